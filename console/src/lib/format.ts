/** Numbers, moments and spans as the reader's language writes them. Inside a component they follow the language. */
import { language } from './lang.svelte';

const cache = new Map<string, unknown>();

function cached<T>(kind: string, make: (locale: string) => T): T {
  const name = `${language.locale} ${kind}`;
  let found = cache.get(name) as T | undefined;
  if (found === undefined) cache.set(name, (found = make(language.locale)));
  return found;
}

/** 12,345 */
export function number(n: number, digits = 0): string {
  return cached(`number ${digits}`, (at) => new Intl.NumberFormat(at, { maximumFractionDigits: digits })).format(n);
}

/** 12K: where there is little room. */
export function compact(n: number): string {
  const how = { notation: 'compact', maximumFractionDigits: 1 } as const;
  return cached('compact', (at) => new Intl.NumberFormat(at, how)).format(n);
}

/** 0.123 is 12.3 %. */
export function percent(share: number, digits = 0): string {
  const how = { style: 'percent', maximumFractionDigits: digits } as const;
  return cached(`percent ${digits}`, (at) => new Intl.NumberFormat(at, how)).format(share);
}

/** 14:05 */
export function time(at: number, seconds = false): string {
  const how = { hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' as const }) } as const;
  return cached(`time ${seconds}`, (to) => new Intl.DateTimeFormat(to, how)).format(at);
}

/** 3 Nov 2026 */
export function date(at: number): string {
  return cached('date', (to) => new Intl.DateTimeFormat(to, { dateStyle: 'medium' })).format(at);
}

/** 3 Nov 2026, 14:05 */
export function dateTime(at: number): string {
  const how = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return cached('date time', (to) => new Intl.DateTimeFormat(to, how)).format(at);
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** "5 minutes ago"; beyond 30 days the date. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) > 30 * 86_400) return date(at);
  const how = { numeric: 'auto', style: 'short' } as const;
  const format = cached('ago', (to) => new Intl.RelativeTimeFormat(to, how));
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** A running clock: 0:42, 12:05, 1:03:20. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A span in its largest two units: "1 hr 4 min". */
export function span(ms: number): string {
  const unit = (n: number, name: string) =>
    cached(`unit ${name}`, (to) => new Intl.NumberFormat(to, { style: 'unit', unit: name, unitDisplay: 'short' })).format(n);
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return unit(s, 'second');
  if (s < 3_600) return [unit(Math.floor(s / 60), 'minute'), ...(s % 60 ? [unit(s % 60, 'second')] : [])].join(' ');
  if (s < 86_400) {
    const minutes = Math.floor((s % 3_600) / 60);
    return [unit(Math.floor(s / 3_600), 'hour'), ...(minutes ? [unit(minutes, 'minute')] : [])].join(' ');
  }
  return unit(Math.round(s / 86_400), 'day');
}

/** The country's name; the code itself when it has none. */
export function country(code: string): string {
  try {
    return cached('region', (to) => new Intl.DisplayNames(to, { type: 'region' })).of(code) ?? code;
  } catch {
    return code;
  }
}

/** The name of a language, by its code. */
export function languageName(code: string): string {
  try {
    return cached('language', (to) => new Intl.DisplayNames(to, { type: 'language' })).of(code) ?? code;
  } catch {
    return code;
  }
}

/** "a, b and c"; in Arabic with commas only, since its "and" is written as a part of the word behind it. */
export function list(words: string[]): string {
  if (language.code === 'ar') return words.join('، ');
  return cached('list', (to) => new Intl.ListFormat(to, { type: 'conjunction' })).format(words);
}
