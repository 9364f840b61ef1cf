/** A recorded visit as one steps through it: what stood at each moment, and where it lies on the line. Pure. */
import type { Part } from '$wire/explain';
import type { Moment, RewindPage, ScoreBands, ScoreThen, TriggerState, TriggerThen } from '$wire/rewind';

/** How everything stood after a moment. */
export interface Stand {
  scores: ScoreThen[];
  triggers: TriggerThen[];
}

/** Moments tell what has changed; this is the whole after one of them. */
export function standAt(moments: readonly Moment[], index: number): Stand {
  const scores = new Map<string, ScoreThen>();
  const triggers = new Map<string, TriggerThen>();
  for (const moment of moments.slice(0, index + 1)) {
    for (const one of moment.scores) scores.set(one.score, one);
    for (const one of moment.triggers) triggers.set(one.id, one);
  }
  return { scores: [...scores.values()], triggers: [...triggers.values()] };
}

const RANK: Record<TriggerState, number> = { invited: 0, withheld: 1, ready: 2, held: 3, waiting: 4, off_page: 5 };

/** Triggers as they matter: those that act first, then the nearest. */
export const inOrder = (triggers: readonly TriggerThen[], near: (one: TriggerThen) => number): TriggerThen[] =>
  triggers.toSorted((a, b) => RANK[a.state] - RANK[b.state] || near(b) - near(a));

/** Which triggers stand otherwise than just before. */
export function movedAt(moments: readonly Moment[], index: number): Set<string> {
  if (index <= 0) return new Set();
  const before = new Map(standAt(moments, index - 1).triggers.map((one) => [one.id, one.state]));
  return new Set((moments[index]?.triggers ?? []).filter((one) => before.get(one.id) !== one.state).map((one) => one.id));
}

/** Reading on, and time that passes: many, and mostly nothing comes of them. */
const QUIET = new Set(['engage', 'wake']);

/** The moments worth a step: what somebody did, and whatever had a consequence. */
export function telling(moments: readonly Moment[]): number[] {
  const states = new Map<string, TriggerState>();
  const kept: number[] = [];
  for (const [index, moment] of moments.entries()) {
    let moved = false;
    for (const one of moment.triggers) {
      const before = states.get(one.id);
      moved ||= before !== undefined && before !== one.state;
      states.set(one.id, one.state);
    }
    if (index === 0 || !QUIET.has(moment.kind) || moment.given.length > 0 || moment.invitation !== null || moment.ends || moved) kept.push(index);
  }
  return kept;
}

/** The last moment at or before this time; the first before all. */
export function indexAt(moments: readonly Moment[], offset: number): number {
  const found = moments.findLastIndex((moment) => moment.offset_ms <= offset);
  return Math.max(0, found);
}

/** The moment nearest to this time. */
export function nearestTo(moments: readonly Moment[], offset: number): number {
  const before = indexAt(moments, offset);
  const [a, b] = [moments[before], moments[before + 1]];
  if (a === undefined || b === undefined) return before;
  return offset - a.offset_ms <= b.offset_ms - offset ? before : before + 1;
}

/** The next of these steps from a moment on, or back; the moment itself at the end. */
export function step(steps: readonly number[], from: number, by: 1 | -1): number {
  const next = by > 0 ? steps.find((one) => one > from) : steps.findLast((one) => one < from);
  return next ?? from;
}

/** How long the visit is on the line, in milliseconds; never none. */
export const lengthOf = (moments: readonly Moment[], pages: readonly RewindPage[]): number =>
  Math.max(1_000, moments.at(-1)?.offset_ms ?? 0, ...pages.map((page) => page.until_ms));

/** A score over the visit: where it was from when on. */
export interface Line {
  score: string;
  points: { offset: number; value: number }[];
}

export function lines(moments: readonly Moment[]): Line[] {
  const found = new Map<string, Line>();
  for (const moment of moments) {
    for (const one of moment.scores) {
      const line = found.get(one.score) ?? { score: one.score, points: [] };
      line.points.push({ offset: moment.offset_ms, value: one.value });
      found.set(one.score, line);
    }
  }
  return [...found.values()];
}

/** The top of the scale: a score that hardly moves does not look as if it leapt. */
export const topOf = (found: readonly Line[]): number => Math.max(20, ...found.flatMap((line) => line.points.map((point) => point.value)));

/** How warm a stage is: 0 below the first, 2 for the last. */
export function levelOf(bands: ScoreBands | undefined, stage: string | null): 0 | 1 | 2 {
  const at = bands?.stages.findIndex((one) => one.name === stage) ?? -1;
  if (stage === null || bands === undefined || at < 0) return 0;
  return at === bands.stages.length - 1 ? 2 : 1;
}

/** A line in steps, in a box of `width` by `height`. */
export function path(line: Line, length: number, top: number, width: number, height: number): string {
  const x = (offset: number): string => ((offset / length) * width).toFixed(1);
  const y = (value: number): string => (height - (Math.max(0, value) / top) * height).toFixed(1);
  const [first] = line.points;
  if (first === undefined) return '';
  const steps = line.points.slice(1).map((point) => `H${x(point.offset)}V${y(point.value)}`);
  return `M${x(first.offset)} ${y(first.value)}${steps.join('')}H${width}`;
}

/** A page on the line: where it begins and ends, 0 to 1, and in which row, where several were open at once. */
export interface Stretch {
  page: RewindPage;
  from: number;
  to: number;
  row: number;
}

/** At most so many rows of tabs. */
const ROWS = 3;

export function stretches(pages: readonly RewindPage[], length: number): Stretch[] {
  const ends: number[] = [];
  return pages
    .toSorted((a, b) => a.from_ms - b.from_ms)
    .map((page) => {
      const until = page.until_ms;
      const free = ends.findIndex((end) => end <= page.from_ms);
      const row = Math.min(ROWS - 1, free < 0 ? ends.length : free);
      ends[row] = Math.max(until, ends[row] ?? 0);
      return { page, from: page.from_ms / length, to: Math.min(1, Math.max(until, page.from_ms) / length), row };
    });
}

/** How near a trigger is, 0 to 1: the mean of its missing conditions' ways. */
export function nearness(one: TriggerThen, progress: (part: Part) => number | null): number {
  if (one.missing.length === 0) return 1;
  return one.missing.reduce((sum, part) => sum + (progress(part) ?? 0), 0) / one.missing.length;
}
