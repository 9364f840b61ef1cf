/** Opening hours as they are edited: a row of spans for each day of the week, and back to what the service keeps. */
import { DAYS, type Day, type Department, type Hours } from '$wire/chat';

export interface Span {
  from: string;
  until: string;
}

export type Week = Record<Day, Span[]>;

export type Fault = 'time' | 'overlap';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Minutes since midnight; `24:00` is the end of the day; `null` for what is no time. */
export function minutes(time: string): number | null {
  if (time === '24:00') return 24 * 60;
  if (!TIME.test(time)) return null;
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  return hour * 60 + minute;
}

export const emptyWeek = (): Week => ({ mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] });

/** The week, day by day. */
export function weekOf(hours: readonly Hours[]): Week {
  const week = emptyWeek();
  for (const { days, from, until } of hours) for (const day of days) week[day].push({ from, until });
  for (const day of DAYS) week[day].sort((a, b) => (minutes(a.from) ?? 0) - (minutes(b.from) ?? 0));
  return week;
}

/** The same, with days of equal spans together, in the order of the week. */
export function hoursOf(week: Week): Hours[] {
  const found = new Map<string, Hours>();
  for (const day of DAYS) {
    for (const { from, until } of week[day]) {
      const key = `${from} ${until}`;
      const known = found.get(key) ?? { days: [], from, until };
      known.days.push(day);
      found.set(key, known);
    }
  }
  return [...found.values()];
}

/** The end of a span, counted from the midnight before it: one that does not lie after the beginning is in the next day. */
const lastMinute = (from: number, until: number): number => (until > from ? until : until + 24 * 60);

export const isOvernight = ({ from, until }: Span): boolean => (minutes(until) ?? 0) <= (minutes(from) ?? 0);

/** What is wrong with the spans of a day, each at its place; `null` where nothing is. */
export function faults(spans: readonly Span[]): (Fault | null)[] {
  return spans.map(({ from, until }, at) => {
    const [begin, end] = [minutes(from), minutes(until)];
    if (begin === null || end === null || begin === 24 * 60) return 'time';
    const overlaps = spans.slice(0, at).some((other) => {
      const [from, until] = [minutes(other.from) ?? 0, minutes(other.until) ?? 0];
      return begin < lastMinute(from, until) && lastMinute(begin, end) > from;
    });
    return overlaps ? 'overlap' : null;
  });
}

export const isSound = (week: Week): boolean => DAYS.every((day) => faults(week[day]).every((fault) => fault === null));

/** Days in the order in which the reader's week runs. */
export const weekFrom = (first: Day): Day[] => {
  const at = DAYS.indexOf(first);
  return [...DAYS.slice(at), ...DAYS.slice(0, at)];
};

/** Runs of days with the same hours, for a summary: Sunday to Thursday 09:00–17:00. */
export interface Run {
  first: Day;
  last: Day;
  spans: Span[];
}

export function runs(week: Week, order: readonly Day[]): Run[] {
  const found: Run[] = [];
  const key = (spans: readonly Span[]): string => spans.map((span) => `${span.from}-${span.until}`).join();
  for (const day of order) {
    const last = found.at(-1);
    if (last !== undefined && key(last.spans) === key(week[day])) last.last = day;
    else found.push({ first: day, last: day, spans: week[day] });
  }
  return found;
}

export const isName = (name: string): boolean => name.trim() !== '' && [...name.trim()].length <= 64;

export const newDepartment = (timeZone: string, languages: string[]): Department => ({
  name: '',
  label: {},
  time_zone: timeZone,
  hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'sun'], from: '09:00', until: '17:00' }],
  holidays: [],
  languages,
  phone: false,
  email: true,
  expected_reply_s: null,
});
