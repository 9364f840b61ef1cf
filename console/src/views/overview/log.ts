/** Reads the decision log of a period, as far as is reasonable for a page. */
import { get, query } from '$lib/api';
import type { Decision, DecisionsAnswer } from '$wire/effect';

/** What the page counts; stages, goals and suppressions are many and are not asked for. */
const KINDS = ['offered', 'shown', 'settled'] as const;
const PART = 1_000;
/** The most parts of one kind. */
const PARTS = 20;

export interface Log {
  /** Newest first. */
  decisions: Decision[];
  span: string | null;
  readAt: number;
  /** Whether it is the whole period. */
  isWhole: boolean;
}

async function read(path: string, kind: string, since: string | null, signal: AbortSignal): Promise<{ found: Decision[]; isWhole: boolean }> {
  const found: Decision[] = [];
  let cursor: string | null = null;
  for (let part = 0; part < PARTS; part += 1) {
    const answer: DecisionsAnswer = await get(`${path}/decisions${query({ kind, since, cursor, limit: PART })}`, { signal });
    found.push(...answer.decisions);
    cursor = answer.next;
    if (cursor === null) return { found, isWhole: true };
  }
  return { found, isWhole: false };
}

export async function readLog(path: string, since: string | null, signal: AbortSignal): Promise<Log> {
  const parts = await Promise.all(KINDS.map((kind) => read(path, kind, since, signal)));
  // What is told of all kinds begins where the shortest of the parts does.
  const from = Math.max(0, ...parts.filter((part) => !part.isWhole).map((part) => part.found.at(-1)?.at ?? 0));
  const decisions = parts.flatMap((part) => part.found).filter((one) => one.at >= from);
  return {
    decisions: decisions.toSorted((a, b) => b.at - a.at),
    span: since,
    readAt: Date.now(),
    isWhole: parts.every((part) => part.isWhole),
  };
}
