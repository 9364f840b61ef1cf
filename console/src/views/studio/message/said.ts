/** What a trigger says, read from the form's model: its words by language, and each way of saying it. Pure. */
import type { Channel, Tone } from '$wire/visitor';
import type { Diagnostic, Entry, Model, Value, Values } from '$wire/studio';

export type Words = Record<string, string>;

/** A way to say it: the invitation itself, or a variant. */
export interface Way {
  /** `null` for the invitation of a trigger without variants. */
  variant: string | null;
  /** The share of the visitors who get it, 0 to 1. */
  share: number;
  words: Words;
  tone: Tone;
  channel: Channel;
}

export interface Invites {
  id: string;
  name: string;
  pageTypes: string[];
  department: string | null;
  ways: Way[];
  /** The words while nobody can answer; none of their own: the usual ones. */
  closed: Words;
  offersForm: boolean;
  mayCall: boolean;
  /** The language for pages in any other. */
  defaultLang: string | null;
}

const isTable = (value: Value | undefined): value is Values => typeof value === 'object' && !Array.isArray(value);
const table = (value: Value | undefined): Values => (isTable(value) ? value : {});
const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);

function wordsOf(value: Value | undefined): Words {
  const pairs = Object.entries(table(value)).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}

const oneOf = <T extends string>(value: Value | undefined, options: readonly T[], usual: T): T =>
  options.find((option) => option === value) ?? usual;

const TONES: readonly Tone[] = ['welcome', 'sales', 'help'];
const CHANNELS: readonly Channel[] = ['chat', 'phone', 'email'];

/** The entries of one kind. */
export const entriesOf = (model: Model, part: string): readonly Entry[] =>
  model.parts.find((one) => one.part === part)?.entries ?? [];

/** What this trigger says. */
export function invites(entry: Entry): Invites {
  const { values } = entry;
  const invitation = table(values['invitation']);
  const words = wordsOf(invitation['message']);
  const own = {
    words,
    tone: oneOf(invitation['tone'], TONES, 'welcome'),
    channel: oneOf(invitation['channel'], CHANNELS, 'chat'),
  };
  const variants = (Array.isArray(values['variant']) ? values['variant'] : []).filter(isTable);
  const weightOf = (one: Values): number => (typeof one['weight'] === 'number' ? Math.max(0, one['weight']) : 1);
  const weights = variants.reduce((sum, one) => sum + weightOf(one), 0);
  const ways = variants.map((one): Way => ({
    variant: text(one['id']) ?? '',
    share: weights > 0 ? weightOf(one) / weights : 0,
    // A variant says only what differs.
    words: isTable(one['message']) ? wordsOf(one['message']) : words,
    tone: oneOf(one['tone'], TONES, own.tone),
    channel: oneOf(one['channel'], CHANNELS, own.channel),
  }));
  const pages = values['page_type'];
  return {
    id: entry.id ?? '',
    name: text(values['name']) ?? entry.id ?? '',
    pageTypes: (Array.isArray(pages) ? pages : [pages]).filter((one) => typeof one === 'string'),
    department: text(values['department']),
    ways: ways.length > 0 ? ways : [{ variant: null, share: 1, ...own }],
    closed: wordsOf(invitation['message_closed']),
    offersForm: invitation['when_closed'] === 'email',
    mayCall: isTable(invitation['phone_if']),
    defaultLang: text(invitation['default_lang']),
  };
}

/** What is said to a reader of `lang`, and in which language. */
export function wordsFor(words: Words, lang: string, defaultLang: string | null): { lang: string; text: string } | null {
  const base = lang.split('-')[0] ?? lang;
  const found = [lang, base, defaultLang, Object.keys(words)[0]].find((one) => one != null && words[one] !== undefined);
  return found == null ? null : { lang: found, text: words[found] ?? '' };
}

/** Every language in which some trigger speaks: those of this one first. */
export function languagesOf(model: Model, own: readonly string[]): string[] {
  const all = entriesOf(model, 'trigger').flatMap((entry) => invites(entry).ways.flatMap((way) => Object.keys(way.words)));
  return [...new Set([...own, ...all])];
}

/** What the rules' check says about the words of this trigger. */
export const remarksOn = (model: Model, entry: Entry): Diagnostic[] =>
  model.diagnostics.filter(
    ({ at, file, line }) =>
      (at != null && at.part === 'trigger' && at.file === entry.file && at.index === entry.index) ||
      (at == null && file === entry.file && line >= entry.line && line <= entry.end_line),
  );

const SPAN = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** A span as rules write it, in seconds. */
export function secondsOf(value: Value | undefined): number | null {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?[smhdw])+$/.test(value)) return null;
  return [...value.matchAll(/([\d.]+)([smhdw])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * SPAN[unit as keyof typeof SPAN], 0);
}
