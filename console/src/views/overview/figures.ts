/** What invitations came to: sums, rates and series from the report of effects and the decision log. */
import type { ArmFigures, Decision, EffectVerdict, TriggerEffect } from '$wire/effect';

export interface Funnel {
  offered: number;
  shown: number;
  accepted: number;
  dismissed: number;
  ignored: number;
  expired: number;
  goals: number;
  visitors: number;
  converted: number;
  value: number;
}

const NOTHING: Funnel = { offered: 0, shown: 0, accepted: 0, dismissed: 0, ignored: 0, expired: 0, goals: 0, visitors: 0, converted: 0, value: 0 };

function plus(sum: Funnel, arm: ArmFigures): Funnel {
  return {
    offered: sum.offered + arm.invitations,
    shown: sum.shown + arm.shown,
    accepted: sum.accepted + arm.accepted,
    dismissed: sum.dismissed + arm.dismissed,
    ignored: sum.ignored + arm.ignored,
    expired: sum.expired + arm.expired,
    goals: sum.goals + arm.goals,
    visitors: sum.visitors + arm.visitors,
    converted: sum.converted + arm.converted,
    value: sum.value + arm.value,
  };
}

/** Everybody who was invited, whatever the trigger. A visitor of several triggers counts once for each. */
export const funnel = (triggers: readonly TriggerEffect[]): Funnel =>
  triggers.reduce((sum, one) => plus(sum, one.invited), NOTHING);

/** A part of a whole, 0 to 1; `null` of nothing. */
export const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** An interval on a scale around "no effect", as places from 0 to 1. */
export interface Whisker {
  low: number;
  high: number;
  estimate: number;
  /** Where no effect lies. */
  zero: number;
  /** The interval goes on beyond the scale. */
  isCut: boolean;
}

/** Differences of rates on one scale that is symmetrical around none, so that rows can be compared. */
export function whiskers(verdicts: readonly (EffectVerdict | null)[]): (Whisker | null)[] {
  const told = verdicts.map((one) => (one !== null && 'difference' in one ? one.difference : null));
  const reach = Math.max(0.01, ...told.flatMap((one) => (one === null ? [] : [Math.abs(one.low), Math.abs(one.high ?? 0)])));
  const edge = Math.min(1, reach);
  const place = (at: number): number => Math.max(0, Math.min(1, (at + edge) / (2 * edge)));
  return told.map((one) => {
    if (one === null) return null;
    const high = one.high ?? edge;
    return { low: place(one.low), high: place(high), estimate: place(one.estimate), zero: 0.5, isCut: one.low < -edge || high > edge };
  });
}

/** Figures of one kind of page. */
export interface OnPages extends Funnel {
  pageType: string | null;
}

/** One invitation, put together from the log. */
interface Followed {
  at: number;
  shownAt: number | null;
  how: Decision['how'] | null;
  settledAt: number | null;
}

function follow(decisions: readonly Decision[]): Map<string, Followed> {
  const found = new Map<string, Followed>();
  for (const one of decisions) {
    if (one.kind !== 'offered' || one.invitation === undefined) continue;
    found.set(one.invitation, { at: one.at, shownAt: null, how: null, settledAt: null });
  }
  for (const one of decisions) {
    const known = one.invitation === undefined ? undefined : found.get(one.invitation);
    if (known === undefined) continue;
    if (one.kind === 'shown') known.shownAt = Math.min(one.at, known.shownAt ?? one.at);
    if (one.kind === 'settled') {
      // An answer may follow when the invitation had been let pass or taken back: the last word counts.
      if (one.at >= (known.settledAt ?? 0)) {
        known.how = one.how ?? null;
        known.settledAt = one.at;
      }
      // The log of a period may lack the showing itself.
      if (one.shown === true) known.shownAt ??= one.at;
    }
  }
  return found;
}

/** How each invitation ended, by its last word; those of which only the end is in the log too. */
function endings(decisions: readonly Decision[]): Decision[] {
  const last = new Map<string, Decision>();
  const nameless: Decision[] = [];
  for (const one of decisions) {
    if (one.kind !== 'settled') continue;
    if (one.invitation === undefined) nameless.push(one);
    else if (one.at >= (last.get(one.invitation)?.at ?? 0)) last.set(one.invitation, one);
  }
  return [...last.values(), ...nameless];
}

/** What became of invitations by the type of the page on which their visitors were first ready for one, most first. */
export function byPageType(triggers: readonly TriggerEffect[]): OnPages[] {
  const sums = new Map<string | null, Funnel>();
  for (const part of triggers.flatMap((one) => one.by?.page_type ?? [])) {
    const pageType = part.value ?? null;
    sums.set(pageType, plus(sums.get(pageType) ?? NOTHING, part.invited));
  }
  const rows = [...sums].map(([pageType, sum]) => ({ pageType, ...sum }));
  return rows.filter((one) => one.offered > 0).toSorted((x, y) => y.offered - x.offered);
}

/** The middle of the times from being visible to being accepted, in milliseconds; `null` when nobody accepted. */
export function medianAnswer(decisions: readonly Decision[]): number | null {
  const times = [...follow(decisions).values()]
    .filter((one) => one.how === 'accepted' && one.shownAt !== null && one.settledAt !== null)
    .map((one) => (one.settledAt ?? 0) - (one.shownAt ?? 0))
    .toSorted((a, b) => a - b);
  if (times.length === 0) return null;
  const half = Math.floor(times.length / 2);
  return times.length % 2 === 1 ? (times[half] ?? null) : ((times[half - 1] ?? 0) + (times[half] ?? 0)) / 2;
}

export interface Series {
  /** The beginnings of the spans, in milliseconds since 1970. */
  at: number[];
  stepMs: number;
  offered: number[];
  shown: number[];
  accepted: number[];
  dismissed: number[];
}

const HOUR = 3_600_000;
const STEPS = [HOUR / 12, HOUR / 4, HOUR, 6 * HOUR, 24 * HOUR] as const;

/** How long the spans of a plot are, so that there are about forty of them. */
export const stepFor = (span: number): number => STEPS.find((step) => span / step <= 48) ?? 24 * HOUR;

/** The beginning of the span in which a moment lies; days begin at midnight where the reader is. */
export function floor(at: number, step: number): number {
  const offset = step >= HOUR ? new Date(at).getTimezoneOffset() * 60_000 : 0;
  return Math.floor((at - offset) / step) * step + offset;
}

/** Events by span, without gaps. */
export function series(decisions: readonly Decision[], since: number, until: number): Series {
  const stepMs = stepFor(until - since);
  const first = floor(since, stepMs);
  const count = Math.max(1, Math.ceil((until - first) / stepMs));
  const zeros = (): number[] => Array.from({ length: count }, () => 0);
  const made: Series = {
    at: zeros().map((_, place) => first + place * stepMs),
    stepMs,
    offered: zeros(),
    shown: zeros(),
    accepted: zeros(),
    dismissed: zeros(),
  };
  const add = (line: number[], at: number): void => {
    const place = Math.floor((at - first) / stepMs);
    if (place >= 0 && place < count) line[place] = (line[place] ?? 0) + 1;
  };
  for (const one of decisions) {
    if (one.kind === 'offered') add(made.offered, one.at);
    if (one.kind === 'shown') add(made.shown, one.at);
  }
  for (const one of endings(decisions)) {
    if (one.how === 'accepted') add(made.accepted, one.at);
    if (one.how === 'dismissed') add(made.dismissed, one.at);
  }
  return made;
}
