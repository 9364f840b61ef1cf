/** How a score came about: each rule's points, what has faded since, and the sum, as bars on one scale. */
import type { ScoreWhy } from '$wire/explain';

export interface Step {
  kind: 'rule' | 'earlier' | 'gone' | 'decay' | 'limit';
  /** The rule's name; `null` where there is none. */
  name: string | null;
  /** How many times it gave. */
  times: number;
  /** When it gave last. */
  at: number | null;
  /** Points it gave, in all. */
  points: number;
  /** What of that is left. */
  now: number;
  /** Where its bar begins and ends, in points. */
  from: number;
  to: number;
}

export interface Band {
  name: string | null;
  from: number;
  to: number;
  isHere: boolean;
}

export interface Waterfall {
  steps: Step[];
  bands: Band[];
  total: number;
  /** The right end of the scale: the score's maximum, or more if bars go beyond it on their way. */
  end: number;
}

/** Points closer than this are the same. */
const SAME = 0.05;

const round = (points: number): number => Math.round(points * 10) / 10;

/** Contributions of one rule stand together, in the order in which they began. */
function byRule(score: ScoreWhy): Step[] {
  const steps = new Map<string, Step>();
  for (const entry of score.ledger) {
    const kind = entry.rule_set === null ? 'earlier' : entry.rule === null ? 'gone' : 'rule';
    const key = `${kind} ${entry.rule ?? ''}`;
    const step = steps.get(key) ?? { kind, name: entry.rule_name, times: 0, at: null, points: 0, now: 0, from: 0, to: 0 };
    step.times += 1;
    step.at = Math.max(step.at ?? 0, entry.at);
    step.points += entry.then;
    step.now += entry.now;
    steps.set(key, step);
  }
  return [...steps.values()];
}

/** The bands of the stages, as far as they are known. */
export function bands(score: ScoreWhy & { stages?: { name: string; from: number }[] }): Band[] {
  const known = score.stages ?? (score.next_stage === null ? [] : [score.next_stage]);
  const edges = [{ name: null as string | null, from: 0 }, ...known.toSorted((a, b) => a.from - b.from)];
  return edges.map((edge, at) => {
    const to = edges[at + 1]?.from ?? score.max;
    const last = at === edges.length - 1;
    return { name: edge.name, from: edge.from, to, isHere: score.value >= edge.from && (score.value < to || last) };
  });
}

export function waterfall(score: ScoreWhy): Waterfall {
  const steps = byRule(score);
  let at = 0;
  for (const step of steps) {
    [step.from, step.to] = [at, at + step.points];
    at = step.to;
  }
  const add = (kind: 'decay' | 'limit', points: number): void => {
    if (Math.abs(points) < SAME) return;
    steps.push({ kind, name: null, times: 1, at: null, points, now: points, from: at, to: at + points });
    at += points;
  };
  const given = steps.reduce((sum, step) => sum + step.points, 0);
  const left = steps.reduce((sum, step) => sum + step.now, 0);
  add('decay', left - given);
  add('limit', score.value - left);
  for (const step of steps) {
    step.points = round(step.points);
    step.now = round(step.now);
  }
  const end = Math.max(score.max, ...steps.flatMap((step) => [step.from, step.to]));
  return { steps, bands: bands(score), total: round(score.value), end };
}
