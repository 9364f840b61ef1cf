/** What was before, to go back to. Pure. */

/** Steps that are remembered. */
const DEPTH = 200;
/** Changes of the same thing within this are one step. */
const TOGETHER_MS = 1_200;

export interface History<T> {
  past: readonly T[];
  future: readonly T[];
  /** What the last change was about, and when. */
  tag: string;
  at: number;
}

export const empty = <T>(): History<T> => ({ past: [], future: [], tag: '', at: 0 });

/** Remembers `before`. Changes of one thing in quick succession are one step back. */
export function changed<T>(history: History<T>, before: T, tag: string, at: number): History<T> {
  const isSame = tag !== '' && history.tag === tag && at - history.at < TOGETHER_MS && history.future.length === 0;
  return { past: isSame ? history.past : [...history.past.slice(1 - DEPTH), before], future: [], tag, at };
}

export function undone<T>(history: History<T>, now: T): [History<T>, T] | null {
  const last = history.past.at(-1);
  if (last === undefined) return null;
  return [{ past: history.past.slice(0, -1), future: [...history.future, now], tag: '', at: 0 }, last];
}

export function redone<T>(history: History<T>, now: T): [History<T>, T] | null {
  const next = history.future.at(-1);
  if (next === undefined) return null;
  return [{ past: [...history.past, now], future: history.future.slice(0, -1), tag: '', at: 0 }, next];
}
