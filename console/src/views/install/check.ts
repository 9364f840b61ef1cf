/** Whether the tracker works on the site, and if not, what is probably wrong. */
import type { InstallAnswer, InstallProblem, InstallProblemKind } from '$wire/install';

export type State = 'waiting' | 'refused' | 'works' | 'quiet';

export interface Check {
  state: State;
  /** What was refused lately, the most telling first. */
  problems: InstallProblem[];
}

/** After so long without an event, a site that worked is called quiet. */
const QUIET = 60 * 60_000;
/** Refusals older than this say nothing about now. */
const LATELY = 24 * 60 * 60_000;

/** What keeps everything out comes before what keeps some out. */
const WEIGHT: Record<InstallProblemKind, number> = { unknown_site: 0, origin: 1, consent: 2, clock: 3, malformed: 4, bot: 5 };
/** These keep a whole site out; the others concern single visitors. */
const OF_THE_SITE = new Set<InstallProblemKind>(['unknown_site', 'origin', 'consent']);

export function check(answer: InstallAnswer, now: number): Check {
  const weight = (one: InstallProblem): number => WEIGHT[one.kind] ?? 9;
  const problems = answer.problems
    .filter((one) => now - one.last_at < LATELY)
    .toSorted((a, b) => weight(a) - weight(b) || b.last_at - a.last_at);
  if (answer.first_event !== null) {
    const last = answer.last_event ?? answer.first_event;
    return { state: now - last.at > QUIET ? 'quiet' : 'works', problems };
  }
  const isRefused = problems.some((one) => OF_THE_SITE.has(one.kind)) || problems.length > 0;
  return { state: isRefused ? 'refused' : 'waiting', problems };
}

/** How long until the next look: often while somebody waits for the first event, less so once it is there. */
export const nextLook = (state: State): number => (state === 'works' || state === 'quiet' ? 4_000 : 2_000);
