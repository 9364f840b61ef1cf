/** The invitations there were: who made them, with which words, and what became of them. Pure. */
import type { Decision } from '$wire/effect';
import type { InvitationView, InvitationWord, TimelineEntry } from '$wire/visitor';

export interface Past {
  id: string;
  at: number;
  /** The trigger that invited, or whose words an agent used; `null` where an agent had words of their own. */
  trigger: string | null;
  variant: string | null;
  /** Who invited by hand; `null` for a trigger. */
  by: string | null;
  /** The agent's own words. */
  message: string | null;
  department: string | null;
  /** Why it went against the policy. */
  reason: string | null;
  pageType: string | null;
  state: InvitationWord;
  /** From the offer until it was visible, in milliseconds. */
  seenAfterMs: number | null;
  /** From being visible, else from the offer, to the end, in milliseconds. */
  endedAfterMs: number | null;
}

const BY_HAND = '(by hand)';
/** What an agent did and the invitation that came of it are at most so far apart, in milliseconds. */
const SAME = 2_000;

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** All that is remembered, the latest first. */
export function past(invitations: readonly InvitationView[], decisions: readonly Decision[], timeline: readonly TimelineEntry[]): Past[] {
  const deeds = timeline.filter((entry) => entry.type === 'invite');
  const made = invitations.map((one): Past => {
    const about = decisions.filter((decision) => decision.invitation === one.id);
    const offer = about.find((decision) => decision.kind === 'offered' || decision.kind === 'withheld');
    const shown = about.find((decision) => decision.kind === 'shown');
    const isByHand = one.made_by === 'agent';
    const deed = isByHand ? deeds.find((entry) => Math.abs(entry.at - one.offered_at) <= SAME) : undefined;
    return {
      id: one.id,
      at: one.offered_at,
      trigger: one.trigger === BY_HAND || one.trigger === '' ? null : one.trigger,
      variant: one.variant,
      by: isByHand ? (text(offer?.by) ?? text(deed?.data['by']) ?? '') : null,
      message: text(deed?.data['message']),
      department: text(deed?.data['department']),
      reason: text(offer?.reason) ?? text(deed?.data['override']),
      pageType: offer?.page_type ?? null,
      state: one.state,
      seenAfterMs: shown === undefined ? null : shown.at - one.offered_at,
      endedAfterMs: one.settled_at === null ? null : one.settled_at - (shown?.at ?? one.offered_at),
    };
  });
  return made.toSorted((a, b) => b.at - a.at);
}
