/** The figures of the reports: what is told as a number, what is not told yet, and how warm an hour is. Pure. */
import type { ArmFigures, EffectVerdict, Funnel, RuleWorth, StaffingHour, TriggerEffect } from '$wire/effect';
import { DAYS, type Day } from '$wire/chat';

/** What may be said of a trigger. */
export type Telling = 'better' | 'worse' | 'alike' | 'early' | 'broken' | 'none' | 'nobody';

export function tellingOf(one: Pick<TriggerEffect, 'verdict' | 'holdout' | 'visitors'>): Telling {
  if (one.visitors === 0) return 'nobody';
  return one.holdout === 0 ? 'none' : verdictOf(one.verdict);
}

export function verdictOf(verdict: EffectVerdict | null): Exclude<Telling, 'none' | 'nobody'> {
  switch (verdict?.verdict) {
    case 'better':
    case 'worse':
    case 'alike':
      return verdict.verdict;
    case 'broken_split':
      return 'broken';
    case 'too_early':
    case undefined:
      return 'early';
  }
}

/** The difference that an invitation makes, in conversions of a hundred eligible visitors. */
export interface PerHundred {
  estimate: number;
  low: number;
  high: number | null;
}

/** `null` where no number may be told. */
export function perHundred(verdict: EffectVerdict | null): PerHundred | null {
  if (verdict === null || !('difference' in verdict)) return null;
  const { estimate, low, high } = verdict.difference;
  return { estimate: estimate * 100, low: low * 100, high: high === null ? null : high * 100 };
}

/** The whole of it: what the invited reached beyond, or short of, what they would have reached anyway. */
export function inAll(verdict: EffectVerdict | null, invited: ArmFigures): { n: number; low: number; high: number } | null {
  if (verdict?.verdict !== 'better' && verdict?.verdict !== 'worse') return null;
  const { estimate, low, high } = verdict.difference;
  const [near, far] = [low, high ?? 1].map((one) => Math.round(Math.abs(one * invited.visitors))).toSorted((a, b) => a - b);
  return { n: Math.round(Math.abs(estimate * invited.visitors)), low: near ?? 0, high: far ?? 0 };
}

export type Stage = 'eligible' | 'offered' | 'shown' | 'accepted' | 'chats' | 'converted';

/** One step of the way from being eligible to a goal. */
export interface FunnelStep {
  stage: Stage;
  n: number;
  /** Of the step before, 0 to 1. */
  share: number | null;
  /** Of the first step, for its bar. */
  width: number;
}

export function funnelSteps(funnel: Funnel, converted: number): FunnelStep[] {
  const numbers: [Stage, number][] = [
    ['eligible', funnel.eligible],
    ['offered', funnel.offered],
    ['shown', funnel.shown],
    ['accepted', funnel.accepted],
    ['chats', funnel.chats],
    ['converted', converted],
  ];
  const most = Math.max(1, ...numbers.map(([, n]) => n));
  return numbers.map(([stage, n], at) => {
    const before = numbers[at - 1]?.[1] ?? 0;
    // A goal is reached by those who did not chat as well: it is a share of the offered.
    const whole = stage === 'converted' ? funnel.offered : before;
    return { stage, n, share: at === 0 || whole === 0 ? null : n / whole, width: n / most };
  });
}

/** Which share was withheld, beside the planned one. */
export const withheldShare = (one: Pick<TriggerEffect, 'invited' | 'withheld'>): number | null => {
  const all = one.invited.visitors + one.withheld.visitors;
  return all === 0 ? null : one.withheld.visitors / all;
};

export type Measure = 'offers' | 'held_for_capacity' | 'no_agent' | 'slots_mean' | 'reply_p75_s';
export const MEASURES: readonly Measure[] = ['offers', 'held_for_capacity', 'no_agent', 'slots_mean', 'reply_p75_s'];

/** What an hour shows: counts are those of a usual week. */
export function measureOf(hour: StaffingHour, measure: Measure): number | null {
  const value = hour[measure];
  if (value === null || hour.weeks === 0) return null;
  return measure === 'slots_mean' || measure === 'reply_p75_s' ? value : value / hour.weeks;
}

/** How warm a cell is: 0 for nothing, else 1 to 5 of the greatest. */
export function heat(value: number | null, most: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (value === null || value <= 0 || most <= 0) return 0;
  return Math.min(5, Math.max(1, Math.ceil((value / most) * 5))) as 1 | 2 | 3 | 4 | 5;
}

/** The days of a week as the reader's calendar has them. */
export function week(first: Day): Day[] {
  const at = DAYS.indexOf(first);
  return [...DAYS.slice(at), ...DAYS.slice(0, at)];
}

/** Suggestions that would change something: the surest and greatest changes first. */
export const worthLooking = (rules: readonly RuleWorth[]): RuleWorth[] =>
  rules.toSorted(
    (a, b) =>
      Number(b.confident) - Number(a.confident) ||
      Math.abs(b.suggested - b.points) - Math.abs(a.suggested - a.points) ||
      b.fired - a.fired,
  );

/** Points are whole, and a rule of none is no rule. */
export const isChange = (one: RuleWorth): boolean => one.suggested !== 0 && Math.abs(one.points - one.suggested) >= 0.5;
