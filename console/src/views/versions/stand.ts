/** What acts, and how it came to that: read from the versions and the history. Pure. */
import type { Release, Scheduled, Version, Versions } from '$wire/rulesets';

export const versionOf = (versions: Pick<Versions, 'versions'>, number: number): Version | undefined =>
  versions.versions.find((one) => one.version === number);

/** Kinds of release after which another version acts for everybody. */
const REPLACES = new Set(['publish', 'rollback', 'end']);

/** The release that made the live version live; the latest one. */
export const wentLive = ({ history, live }: Pick<Versions, 'history' | 'live'>): Release | undefined =>
  history.find((one) => REPLACES.has(one.kind) && one.to === live);

/** The version to which a roll-back leads: what was live before the live one; `null` when there was nothing. */
export function previous(versions: Pick<Versions, 'history' | 'live' | 'versions'>): number | null {
  const before = wentLive(versions)?.from ?? null;
  return before !== null && before !== versions.live && versionOf(versions, before) !== undefined ? before : null;
}

/** Whether a version acted for everybody before another took its place: then it can be rolled back to. */
export const wasLive = ({ history }: Pick<Versions, 'history'>, number: number): boolean =>
  history.some((one) => REPLACES.has(one.kind) && one.from === number);

export type State = 'live' | 'rollout' | 'shadow' | 'scheduled' | 'released' | 'kept';

/** What a version is at this moment. */
export function stateOf(versions: Versions, number: number): State {
  if (versions.live === number) return 'live';
  if (versions.rollout?.version === number) return 'rollout';
  if (versions.shadow?.version === number) return 'shadow';
  if (versions.schedule?.some((one) => one.version === number && one.state === 'waiting')) return 'scheduled';
  return wasLive(versions, number) || versionOf(versions, number)?.released ? 'released' : 'kept';
}

/** A share as a number from 0 to 1: `10%` is 0.1. */
export const shareOf = (text: string): number => (Number.parseFloat(text) || 0) / 100;

/** What is to come first, then what acts, then what failed. */
export function inOrder(schedule: readonly Scheduled[]): Scheduled[] {
  const rank = { acting: 0, waiting: 1, failed: 2 } as const;
  return schedule.toSorted((a, b) => rank[a.state] - rank[b.state] || a.at - b.at);
}
