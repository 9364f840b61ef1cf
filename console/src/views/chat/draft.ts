/** Departments as they are edited, and what is wrong with them. Pure. */
import type { Department, Holiday } from '$wire/chat';
import { hoursOf, isName, isSound, weekOf, type Week } from './hours';

export interface Draft {
  /** To tell drafts apart while names change. */
  key: number;
  name: string;
  label: Record<string, string>;
  time_zone: string;
  isAlwaysOpen: boolean;
  week: Week;
  holidays: Holiday[];
  languages: string;
  phone: boolean;
  email: boolean;
  reply: string;
}

export type DraftFault = 'name.needed' | 'name.twice' | 'zone.needed' | 'languages.bad' | 'reply.bad' | 'holidays.bad' | 'hours';

export const draftOf = (department: Department, key: number): Draft => ({
  key,
  name: department.name,
  label: { ...department.label },
  time_zone: department.time_zone,
  isAlwaysOpen: department.hours === null,
  week: weekOf(department.hours ?? []),
  holidays: department.holidays.map((day) => ({ ...day })),
  languages: department.languages.join(', '),
  phone: department.phone,
  email: department.email,
  reply: department.expected_reply_s == null ? '' : String(department.expected_reply_s),
});

export const tags = (text: string): string[] => text.split(/[,،\s]+/).filter((tag) => tag !== '');

const isTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
};

/** The first word that is no language tag. */
export const badTag = (text: string): string | undefined => tags(text).find((tag) => !isTag(tag));

export function departmentOf(draft: Draft): Department {
  return {
    name: draft.name.trim(),
    label: Object.fromEntries(Object.entries(draft.label).filter(([, text]) => text.trim() !== '')),
    time_zone: draft.time_zone,
    hours: draft.isAlwaysOpen ? null : hoursOf(draft.week),
    holidays: draft.holidays.toSorted((a, b) => a.date.localeCompare(b.date)),
    languages: tags(draft.languages),
    phone: draft.phone,
    email: draft.email,
    expected_reply_s: draft.reply.trim() === '' ? null : Number(draft.reply),
  };
}

/** What is wrong with a department, beside the others. */
export function faultsOf(draft: Draft, all: readonly Draft[]): DraftFault[] {
  const found: DraftFault[] = [];
  const name = draft.name.trim().toLowerCase();
  if (!isName(draft.name)) found.push('name.needed');
  else if (all.some((other) => other.key !== draft.key && other.name.trim().toLowerCase() === name)) found.push('name.twice');
  if (draft.time_zone === '') found.push('zone.needed');
  if (badTag(draft.languages) !== undefined) found.push('languages.bad');
  const seconds = Number(draft.reply);
  if (draft.reply.trim() !== '' && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= 604_800)) found.push('reply.bad');
  if (draft.holidays.some((day) => !/^\d{4}-\d{2}-\d{2}$/.test(day.date))) found.push('holidays.bad');
  if (!draft.isAlwaysOpen && !isSound(draft.week)) found.push('hours');
  return found;
}
