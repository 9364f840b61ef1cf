/** How a version that acts for a share of the visitors does beside the live one: sums over the log of decisions. Pure. */
import type { Decision } from '$wire/effect';

export interface Side {
  invited: number;
  shown: number;
  accepted: number;
  dismissed: number;
  /** Visitors with a goal. */
  converted: number;
}

const nothing = (): Side => ({ invited: 0, shown: 0, accepted: 0, dismissed: 0, converted: 0 });

/** The sums of each version, by its fingerprint. What another version decided counts for neither. */
export function sides(decisions: readonly Decision[], live: string, rollout: string): { live: Side; rollout: Side } {
  const found = new Map([[live, nothing()], [rollout, nothing()]]);
  const converted = new Set<string>();
  for (const one of decisions) {
    const side = found.get(one.rule_set);
    if (side === undefined) continue;
    if (one.kind === 'offered') side.invited += 1;
    if (one.kind === 'shown') side.shown += 1;
    if (one.kind === 'settled' && one.how === 'accepted') side.accepted += 1;
    if (one.kind === 'settled' && one.how === 'dismissed') side.dismissed += 1;
    if (one.kind === 'goal' && !converted.has(`${one.rule_set} ${one.visitor}`)) {
      converted.add(`${one.rule_set} ${one.visitor}`);
      side.converted += 1;
    }
  }
  return { live: found.get(live) ?? nothing(), rollout: found.get(rollout) ?? nothing() };
}

/** Below so many invitations on either side, a difference says little. */
export const FEW = 100;
