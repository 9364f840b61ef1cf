/** What differs between two versions, in plain words of the reader's language: from keys and values, never from English. */
import ar from './changes.words.ar';
import en from './changes.words.en';
import { language } from '$lib/i18n';
import { languageName, list, number, span } from '$lib/format';
import { pageType, scoreName, stageName, toneName, channelName } from '$lib/terms';
import { either, isolate, words } from '$lib/words';
import type { Leaf, Plain } from '$wire/explain';
import type { Change, ChangeDetail } from '$wire/rulesets';
import type { Value } from '$wire/studio';
import { fieldName, spanOf, wantedText } from '../visitor/why';

type Key = keyof typeof en;

const own = words(en, ar);

/**
 * A text that tells its direction by its first letter: one that is made of other texts alone would be read from left to
 * right within the next.
 */
export const t: typeof own = (key, vars) => (language.dir === 'rtl' ? '\u200f' : '\u200e') + own(key, vars);

const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** A change as it is told. */
export interface Said {
  key: string;
  change: Change['change'];
  /** The whole in one line. */
  title: string;
  /** What people call the rule, where it has a name beside its id. */
  name: string | null;
  /** Value by value, where there is more than one. */
  items: string[];
}

/** The most values of one part that are told. */
const MAX_ITEMS = 8;
/** Parts whose ids speak for themselves: everywhere else the kind stands before the name. */
const BY_ID = new Set(['score_rule', 'trigger']);
const CONDITIONS = new Set(['all', 'any', 'not', 'phone_if']);
/** Keys of a condition that are no operators. */
const BESIDE = new Set(['field', 'in_last', 'all', 'any', 'not', 'segment']);

/** What a kind of part is called. */
export function partName(part: string): string {
  const key = `part.${part}`;
  return isKey(key) ? t(key) : part.replaceAll('_', ' ');
}

/** What a key is called: by its whole way if that has a name of its own, else by its last step. */
export function keyName(key: string): string {
  for (const name of [`key.${key}`, `key.${key.split('.').at(-1)}`]) if (isKey(name)) return t(name);
  return isolate(key);
}

const isRecord = (value: unknown): value is Record<string, Value> => typeof value === 'object' && value !== null && !Array.isArray(value);

function textValue(key: string, text: string): string {
  const last = key.split('.').at(-1) ?? key;
  if (last === 'page_type' || last === 'never_on') return pageType(text);
  if (last === 'score') return scoreName(text);
  if (last === 'tone') return toneName(text);
  if (last === 'channel' || last === 'when_closed') return channelName(text);
  if (last === 'default_lang') return languageName(text);
  const word = `word.${text}`;
  if (/^(once_per|on|days|weekend)$/.test(last) && isKey(word)) return t(word);
  const ms = spanOf(text);
  return ms === null ? isolate(text) : span(ms);
}

/** A value for people. */
export function valueText(key: string, value: Value | null): string {
  if (value === null) return t('value.none');
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (typeof value === 'number') return number(value, 2);
  if (typeof value === 'string') return textValue(key, value);
  if (Array.isArray(value)) {
    if (value.length === 0) return t('value.none');
    return value.some(isRecord) ? value.map((one) => conditionText(one)).join(' · ') : list(value.map((one) => valueText(key, one)));
  }
  if ('field' in value || 'segment' in value) return conditionText(value);
  return isolate(Object.entries(value).map(([name, one]) => `${name} ${typeof one === 'object' ? JSON.stringify(one) : String(one)}`).join(', '));
}

function leafText(value: Record<string, Value>): string {
  const field = String(value['field']);
  const operator = Object.keys(value).find((key) => !BESIDE.has(key)) ?? 'exists';
  const leaf = { kind: 'leaf', truth: 'unknown', field, operator, wanted: value[operator] as Plain, ...(typeof value['in_last'] === 'string' && { in_last: value['in_last'] }) } as Leaf;
  return t('cond.leaf', { field: fieldName(field), wanted: wantedText(leaf) });
}

/** A condition in words. */
export function conditionText(value: Value): string {
  if (!isRecord(value)) return isolate(JSON.stringify(value));
  if (typeof value['field'] === 'string') return leafText(value);
  if (typeof value['segment'] === 'string') return t('cond.segment', { name: value['segment'] });
  const parts: string[] = [];
  if (Array.isArray(value['all'])) parts.push(list(value['all'].map(conditionText)));
  if (Array.isArray(value['any'])) parts.push(either(value['any'].map(conditionText)));
  if (value['not'] !== undefined) parts.push(t('cond.not', { condition: conditionText(value['not']) }));
  return parts.length > 0 ? list(parts) : isolate(JSON.stringify(value));
}

/** Old and new, or that there is only one of them. */
function pair(label: string, before: string | null, after: string | null): string {
  if (before === null) return t('d.new', { label, after: after ?? '' });
  if (after === null) return t('d.gone', { label, before });
  return t('d.changed', { label, before, after });
}

function conditionSaid({ path, before, after, within }: ChangeDetail): string {
  const key = path.at(-1);
  const isPart = isRecord(within) && typeof within['field'] === 'string' && typeof key === 'string' && !CONDITIONS.has(key);
  if (!isPart) {
    if (before === null && after !== null) return t('cond.new', { condition: valueText('', after) });
    if (after === null && before !== null) return t('cond.gone', { condition: valueText('', before) });
    return pair(t('key.conditions'), valueText('', before), valueText('', after));
  }
  const field = String(within['field']);
  const wanted = (value: Value | null): string | null => {
    if (value === null) return null;
    if (key === 'in_last') return textValue(key, String(value));
    return wantedText({ kind: 'leaf', truth: 'unknown', field, operator: key, wanted: value as Plain } as Leaf);
  };
  return pair(fieldName(field), wanted(before), wanted(after));
}

const quoted = (value: Value | null): string => (value === null ? '' : t('value.quoted', { text: String(value) }));

function wordsSaid(what: 'message' | 'message_closed', lang: string, before: Value | null, after: Value | null): string {
  const label = t(`key.${what}.of`, { language: languageName(lang) });
  return pair(label, before === null ? null : quoted(before), after === null ? null : quoted(after));
}

/** One value that differs, without the name of its part. */
export function detailSaid(part: string, detail: ChangeDetail): string {
  const { key, path, before, after, within } = detail;
  const steps = key.split('.');
  if (path[0] === 'variant') {
    const id = isRecord(within) && typeof within['id'] === 'string' ? within['id'] : '';
    if (path.length <= 2) return t(after === null ? 'variant.gone' : 'variant.new', { id: id || nameOf(before) });
    return t('variant.changed', { id, what: detailSaid(part, { ...detail, key: steps.slice(1).join('.'), path: path.slice(2) }) });
  }
  const [last, above] = [steps.at(-1) ?? key, steps.at(-2)];
  if (steps.some((step) => CONDITIONS.has(step))) return conditionSaid(detail);
  if (above === 'message' || above === 'message_closed') return wordsSaid(above, last, before, after);
  if (part === 'score' && above === 'stages') return pair(t('key.stage.of', { stage: stageName(last) }), points(before), points(after));
  if (key === 'points' && typeof before === 'number' && typeof after === 'number') return t('d.points', { before: number(before), n: after });
  const texts = [before, after].map((value) => (value === null ? null : valueText(key, value)));
  return pair(keyName(key), texts[0] ?? null, texts[1] ?? null);
}

const nameOf = (value: Value | null): string => (isRecord(value) && typeof value['id'] === 'string' ? value['id'] : '');
const points = (value: Value | null): string | null => (typeof value === 'number' ? t('d.of_points', { n: value }) : value === null ? null : String(value));

/** Which pages and which languages, where it is said. */
function where(change: Change): 'both' | 'pages' | 'languages' | 'plain' {
  const [pages, languages] = [change.where.page_types.length > 0, change.where.languages.length > 0];
  if (change.part === 'page_type') return 'plain';
  return pages && languages ? 'both' : pages ? 'pages' : languages ? 'languages' : 'plain';
}

function addedSaid(change: Change): string {
  const vars = {
    part: partName(change.part),
    id: change.id,
    pages: list(change.where.page_types.map(pageType)),
    languages: list(change.where.languages.map(languageName)),
  };
  if (change.id === '') return t('added.single', vars);
  return t(`added.${where(change)}`, vars);
}

/** What a part is called at the beginning of a line. */
export function subject({ part, id }: Pick<Change, 'part' | 'id'>): string {
  if (id === '') return partName(part);
  if (BY_ID.has(part)) return isolate(id);
  const shown = part === 'page_type' ? pageType(id) : part === 'score' ? scoreName(id) : id;
  return t('subject', { part: partName(part), id: shown });
}

/** One change in the reader's words. */
export function said(change: Change): Said {
  const base = { key: `${change.part} ${change.id} ${change.change}`, change: change.change, name: change.name, items: [] as string[] };
  const vars = { part: partName(change.part), id: change.id };
  switch (change.change) {
    case 'added':
      return { ...base, title: addedSaid(change) };
    case 'removed':
      return { ...base, title: change.id === '' ? t('removed.single', vars) : t('removed', vars) };
    case 'moved': {
      const behind = change.details[0]?.after;
      const name = subject(change);
      return { ...base, title: typeof behind === 'string' ? t('moved.behind', { name, other: pageType(behind) }) : t('moved.first', { name }) };
    }
    case 'changed': {
      const told = change.details.map((detail) => detailSaid(change.part, detail));
      const name = subject(change);
      const [only] = told;
      if (only === undefined) return { ...base, title: t('changed', { name, what: change.says }) };
      if (change.part === 'test' && told.length > 2) return { ...base, title: t('changed.test', { name }) };
      if (told.length === 1) return { ...base, title: t('changed', { name, what: only }) };
      const more = told.length - MAX_ITEMS;
      return { ...base, title: name, items: more > 0 ? [...told.slice(0, MAX_ITEMS), t('more', { n: more })] : told };
    }
  }
}

/** Triggers and rules first, tests last: what visitors notice before what nobody sees. */
const ORDER = ['trigger', 'score_rule', 'score', 'policy', 'hours', 'segment', 'page_type'];

export function saidAll(changes: readonly Change[]): Said[] {
  const rank = ({ part }: Change): number => (part === 'test' ? 99 : ORDER.includes(part) ? ORDER.indexOf(part) : 50);
  return changes.toSorted((a, b) => rank(a) - rank(b)).map(said);
}

/** The same in one line, for where there is no more room. */
export const sentence = ({ title, items }: Said): string => (items.length === 0 ? title : t('changed', { name: title, what: items.join(t('then')) }));
