/** Whom the draft would invite now: which list to show, and what a row says. Pure. */
import type { NowAnswer, NowRow } from '$wire/rulesets';

export const GROUPS = ['gained', 'lost', 'both', 'soon'] as const;
export type Group = (typeof GROUPS)[number];

export type Row = NowRow & { in_ms?: number };

/** How many there are in each list. What is beyond the rows that were sent follows from the counts. */
export function counts(answer: NowAnswer): Record<Group, number> {
  const { gained, lost, both, soon } = answer;
  const shared = both.length;
  // A list is cut at 50 rows: then the others and the sums tell how long it is.
  const cut = shared >= 50 ? Math.max(shared, Math.min(answer.live.ready - lost.length, answer.draft.ready - gained.length)) : shared;
  return {
    gained: Math.max(gained.length, answer.draft.ready - cut),
    lost: Math.max(lost.length, answer.live.ready - cut),
    both: cut,
    soon: soon.length,
  };
}

/** The first list that has anybody, in the order of interest. */
export const first = (answer: NowAnswer): Group => GROUPS.find((group) => answer[group].length > 0) ?? 'gained';

/** The scores that the draft changes; all of them when it changes none. */
export function told(row: NowRow): NowRow['scores'] {
  const changed = row.scores.filter((one) => Math.round(one.before) !== Math.round(one.after));
  return changed.length > 0 ? changed : row.scores;
}
