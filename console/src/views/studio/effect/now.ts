/** Whom the draft would invite now: which list to show, and what a row says. Pure. */
import type { NowAnswer, NowRow } from '$wire/rulesets';

export const GROUPS = ['gained', 'lost', 'both', 'soon'] as const;
export type Group = (typeof GROUPS)[number];

/** The first list that has anybody, in the order of interest. */
export const first = (answer: NowAnswer): Group => GROUPS.find((group) => answer[group].length > 0) ?? 'gained';

/** The scores that the draft changes; all of them when it changes none. */
export function told(row: NowRow): NowRow['scores'] {
  const changed = row.scores.filter((one) => one.before === null || Math.round(one.before) !== Math.round(one.after));
  return changed.length > 0 ? changed : row.scores;
}

/** For how many the draft has a trigger ready that the policy holds back. */
export const heldBack = (answer: NowAnswer): number => Object.values(answer.draft.held).reduce((sum, n) => sum + n, 0);
