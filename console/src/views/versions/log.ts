/** Reads the decision log since a moment, as far as is reasonable for a page. */
import { get, query } from '$lib/api';
import type { Decision, DecisionKind, DecisionsAnswer } from '$wire/effect';

const KINDS: readonly DecisionKind[] = ['offered', 'shown', 'settled', 'goal'];
const PART = 1_000;
/** The most parts of one kind. */
const PARTS = 10;

export interface Log {
  decisions: Decision[];
  /** From when on it is told. */
  from: number;
  isWhole: boolean;
}

async function read(path: string, kind: DecisionKind, since: number, signal: AbortSignal): Promise<{ found: Decision[]; isWhole: boolean }> {
  const found: Decision[] = [];
  let cursor: string | null = null;
  for (let part = 0; part < PARTS; part += 1) {
    const answer: DecisionsAnswer = await get(`${path}/decisions${query({ kind, since: String(since), cursor, limit: PART })}`, { signal });
    found.push(...answer.decisions);
    cursor = answer.next;
    if (cursor === null) return { found, isWhole: true };
  }
  return { found, isWhole: false };
}

export async function readLog(path: string, since: number, signal: AbortSignal): Promise<Log> {
  const parts = await Promise.all(KINDS.map((kind) => read(path, kind, since, signal)));
  // What is told of all kinds begins where the shortest of the parts does.
  const from = Math.max(since, ...parts.filter((part) => !part.isWhole).map((part) => part.found.at(-1)?.at ?? since));
  return { decisions: parts.flatMap((part) => part.found).filter((one) => one.at >= from), from, isWhole: parts.every((part) => part.isWhole) };
}
