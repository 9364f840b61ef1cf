/** What a backtest's report says, in the form in which it is shown. Pure. */
import type { Band, Report, Versus, WeekHour, Weekday } from '$wire/rulesets';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** How many days the report covers: from the first hour that has anything, and one at least. */
export function days(report: Pick<Report, 'since' | 'until' | 'hours'>): number {
  const first = Math.max(report.since, report.hours[0]?.start ?? report.since);
  return Math.max(1, (report.until - first) / DAY);
}

/** Invitations a day. */
export function perDay(report: Report): Versus {
  const of = days(report);
  const { before, after } = report.invitations.offered;
  return { before: before / of, after: after / of };
}

/** The change in proportion to what was; `null` where nothing was. */
export const growth = ({ before, after }: Versus): number | null => (before === 0 ? null : (after - before) / before);

/** Whether the two sides are the same in everything that the report tells. */
export function isSame(report: Report): boolean {
  const same = ({ before, after }: Versus): boolean => before === after;
  return (
    same(report.invitations.offered) && same(report.invitations.withheld) && same(report.invited) &&
    report.gained.visitors === 0 && report.lost.visitors === 0 && (report.replaced ?? []).length === 0 &&
    report.triggers.every((one) => same(one.offered)) && report.stages.every(same) &&
    report.scores.every((one) => JSON.stringify(one.before) === JSON.stringify(one.after))
  );
}

export interface TriggerLine {
  trigger: string;
  offered: Versus;
  change: number;
}

/** Triggers with anything to tell: those that changed most first. */
export function triggerLines(report: Report): TriggerLine[] {
  return report.triggers
    .map(({ trigger, offered }) => ({ trigger, offered, change: offered.after - offered.before }))
    .filter(({ offered }) => offered.before > 0 || offered.after > 0)
    .toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change) || b.offered.after - a.offered.after || (a.trigger < b.trigger ? -1 : 1));
}

/** How the end of a score's tenths is written: `0–9`, `10–19`, … of a maximum. */
export function tenthLabels(max: number): string[] {
  return Array.from({ length: 10 }, (_, at) => {
    const low = Math.round((at * max) / 10);
    const high = at === 9 ? max : Math.round(((at + 1) * max) / 10) - 1;
    return high <= low ? `${low}` : `${low}–${high}`;
  });
}

/** Sessions in each tenth, as shares of all: the two sides need not have as many. */
export const shares = (band: Band | null): number[] =>
  band === null || band.sessions === 0 ? Array.from({ length: 10 }, () => 0) : band.tenths.map((n) => n / band.sessions);

/** The place of an hour within the week, from Monday 0:00. */
export const placeOf = ({ weekday, hour }: Pick<WeekHour, 'weekday' | 'hour'>): number => WEEKDAYS.indexOf(weekday) * 24 + hour;

interface Local {
  weekday: Weekday;
  hour: number;
}

/** The weekday and the hour of a moment by the clock of a zone. */
function localOf(zone: string): (at: number) => Local {
  const how = { weekday: 'short', hour: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en', how);
  } catch {
    format = new Intl.DateTimeFormat('en', { ...how, timeZone: 'UTC' });
  }
  return (at) => {
    const parts = format.formatToParts(at);
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
    return { weekday: part('weekday').slice(0, 3).toLowerCase() as Weekday, hour: Number(part('hour')) };
  };
}

export interface LoadHour extends Local {
  /** Offers in such an hour, on average over the weeks of the period. */
  offered: Versus;
  /** Free slots on average; `null` where none were ever told. */
  slots: number | null;
  least: number | null;
  /** More offers than slots, on average; and whether it was so before. */
  over: boolean;
  was: boolean;
}

/** The hours of the report, put together by the hour of the week. */
function gathered(report: Report): WeekHour[] {
  const local = localOf(report.time_zone);
  const found = new Map<number, WeekHour>();
  for (const one of report.hours) {
    const at = local(one.start);
    const known = found.get(placeOf(at)) ?? { ...at, hours: 0, offered: { before: 0, after: 0 }, withheld: { before: 0, after: 0 }, free_least: one.free_least, free_mean: 0 };
    known.offered.before += one.offered.before;
    known.offered.after += one.offered.after;
    known.free_least = Math.min(known.free_least, one.free_least);
    known.free_mean = (known.free_mean * known.hours + (one.free_least + one.free_most) / 2) / (known.hours + 1);
    known.hours += 1;
    found.set(placeOf(at), known);
  }
  return [...found.values()];
}

const isOver = (offered: number, slots: number | null): boolean => offered > 0 && slots !== null && offered > slots;

/** The 168 hours of the week, Monday 0:00 first: offers beside what agents could take. */
export function week(report: Report): LoadHour[] {
  const weeks = Math.max(1, days(report) / 7);
  const told = new Map((report.hours_of_week?.length ? report.hours_of_week : gathered(report)).map((one) => [placeOf(one), one]));
  return WEEKDAYS.flatMap((weekday) =>
    Array.from({ length: 24 }, (_, hour): LoadHour => {
      const one = told.get(placeOf({ weekday, hour }));
      const offered = { before: (one?.offered.before ?? 0) / weeks, after: (one?.offered.after ?? 0) / weeks };
      const known = one !== undefined && one.hours > 0;
      const slots = known ? one.free_mean : null;
      return { weekday, hour, offered, slots, least: known ? one.free_least : null, over: isOver(offered.after, slots), was: isOver(offered.before, slots) };
    }),
  );
}

/** The hours with more offers than slots, the tightest first. */
export const tight = (hours: readonly LoadHour[]): LoadHour[] =>
  hours.filter((one) => one.over).toSorted((a, b) => b.offered.after - (b.slots ?? 0) - (a.offered.after - (a.slots ?? 0)));

/** By how many there are more tight hours than before. */
export const tighter = (hours: readonly LoadHour[]): number => hours.filter((one) => one.over).length - hours.filter((one) => one.was).length;

export type Caution =
  | { key: 'warn.nothing' }
  | { key: 'warn.begins'; span: string }
  | { key: 'warn.known'; n: number }
  | { key: 'warn.unkept'; hash: string }
  | { key: 'warn.other'; text: string };

/** A warning of the service in a form that can be said in any language. */
export function caution(text: string): Caution {
  if (text.includes('has no record')) return { key: 'warn.nothing' };
  const [, span] = /^the journal begins (\S+) after/.exec(text) ?? [];
  if (span !== undefined) return { key: 'warn.begins', span };
  const [, known] = /^(\d+) visitors had been there before/.exec(text) ?? [];
  if (known !== undefined) return { key: 'warn.known', n: Number(known) };
  const [, hash] = /^the rules (\S+) are not kept/.exec(text) ?? [];
  if (hash !== undefined) return { key: 'warn.unkept', hash };
  return { key: 'warn.other', text };
}
