/** Names and order of the days as the reader's language has them. */
import { language } from '$lib/i18n';
import { DAYS, type Day } from '$wire/chat';

/** 5 January 1970 was a Monday. */
const MONDAY = 4 * 86_400_000;

export const dayName = (day: Day): string =>
  new Intl.DateTimeFormat(language.locale, { weekday: 'long', timeZone: 'UTC' }).format(MONDAY + DAYS.indexOf(day) * 86_400_000);

/** Weeks begin on Sunday in Arabic, on Monday in English. */
export const firstDay = (): Day => (language.code === 'ar' ? 'sun' : 'mon');
