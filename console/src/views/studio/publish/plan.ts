/** How and when a version is to act: what a person has chosen, what is still missing, and how it is sent. Pure. */

export type How = 'all' | 'share' | 'shadow';

/** What has become of it. */
export type Outcome = How | 'later';

export interface Plan {
  how: How;
  /** In percent. */
  share: number;
  /** Whether it begins at [`Plan.at`], and not at once. */
  later: boolean;
  /** Whether it ends at [`Plan.until`] by itself. */
  ends: boolean;
  /** As `<input type="datetime-local">` writes it: by the reader's clock. */
  at: string;
  until: string;
  reason: string;
}

export const SHARES: readonly number[] = [5, 10, 25, 50];

export const outcome = ({ how, later }: Plan): Outcome => (how !== 'shadow' && later ? 'later' : how);

export const plain = (): Plan => ({ how: 'all', share: 10, later: false, ends: false, at: '', until: '', reason: '' });

/** The moment of a local time, in milliseconds since 1970; `null` when it is none. */
export function momentOf(local: string): number | null {
  if (local === '') return null;
  const at = new Date(local).getTime();
  return Number.isFinite(at) ? at : null;
}

/** A moment as `<input type="datetime-local">` writes it. */
export function localOf(at: number): string {
  const moved = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return moved.toISOString().slice(0, 16);
}

export type Fault = 'when.wanted' | 'when.wanted.end' | 'when.past' | 'when.order';

/** What is wrong with the times. */
export function faults(plan: Plan, now: number): { at?: Fault; until?: Fault } {
  if (plan.how === 'shadow') return {};
  const at = plan.later ? momentOf(plan.at) : now;
  const until = momentOf(plan.until);
  const found: { at?: Fault; until?: Fault } = {};
  if (at === null) found.at = 'when.wanted';
  else if (plan.later && at <= now) found.at = 'when.past';
  if (!plan.ends) return found;
  if (until === null) found.until = 'when.wanted.end';
  else if (until <= now) found.until = 'when.past';
  else if (at !== null && until <= at) found.until = 'when.order';
  return found;
}

export interface PublishBody {
  reason: string;
  expected: number;
  share?: string;
  skip_tests?: true;
  at?: string;
  until?: string;
}

/** The request that publishes. */
export function bodyOf(plan: Plan, expected: number, skipTests: boolean): PublishBody {
  const moment = (name: 'at' | 'until', local: string) => {
    const at = momentOf(local);
    return at === null ? {} : { [name]: new Date(at).toISOString() };
  };
  return {
    reason: plan.reason.trim(),
    expected,
    ...(plan.how === 'share' && { share: `${plan.share}%` }),
    ...(skipTests && { skip_tests: true as const }),
    ...(plan.later && moment('at', plan.at)),
    ...(plan.ends && moment('until', plan.until)),
  };
}

/** A moment by the clock of a zone, as `<input type="datetime-local">` would write it: to see whether two clocks differ. */
export function inZone(at: number, zone: string): string | null {
  try {
    const how = { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    const parts = new Intl.DateTimeFormat('en', how).formatToParts(at);
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
    return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
  } catch {
    return null;
  }
}
