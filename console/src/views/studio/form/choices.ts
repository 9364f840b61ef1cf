/** What the builder offers: fields and values, from the catalogue, from what was seen lately, and from the draft itself. */
import { country, languageName } from '$lib/format';
import { LANGUAGES } from '$lib/i18n';
import { channelName, chatState, deviceName, pageType, scoreName, stageName } from '$lib/terms';
import type { Catalogue, CatalogueField, Model, Seen } from '$wire/studio';
import { fieldName } from '../../visitor/why';
import { entriesOf, idsOf, isMap, membersOf, titleOf, type PartName } from '../model';
import { t } from '../words';
import type { Choice } from './Combo.svelte';
import { fieldOf } from './conditions';

/** Entries of a part, to be named by others. */
export function refs(model: Model | null, of: PartName): Choice[] {
  return entriesOf(model, of).flatMap((one) => {
    if (one.id === null) return [];
    const title = of === 'page_type' ? pageType(one.id) : of === 'score' ? scoreName(one.id) : titleOf(one);
    return [{ value: one.id, label: title, ...(title !== one.id && { note: one.id }) }];
  });
}

const FAMILIES = ['page', 'session', 'visitor', 'score', 'event', 'chat', 'time'] as const;
type Family = (typeof FAMILIES)[number];

function familyOf(name: string): Family {
  const first = name.split('.')[0] ?? '';
  if (/^(score|stage|crossed_up|crossed_down|matrix)$/.test(first)) return 'score';
  return (FAMILIES as readonly string[]).includes(first) ? (first as Family) : 'visitor';
}

/** Every field that fits, with its name for people, in the order of their families. */
export function fieldChoices(catalogue: Catalogue | null, model: Model | null, onEvent: boolean): Choice[] {
  if (catalogue === null) return [];
  const choice = (field: CatalogueField, name: string): Choice & { family: Family } => {
    const family = familyOf(name);
    return { value: name, label: fieldName(name), note: name, group: t(`family.${family}`), title: field.doc, family };
  };
  return catalogue.fields
    .filter((field) => onEvent || !field.needs_event)
    .flatMap((field) =>
      field.prefix === null ? [choice(field, field.name)] : membersOf(field, model).map((name) => choice(field, `${field.prefix}${name}`)),
    )
    .toSorted((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family));
}

/** A field's value in words. */
export function valueName(field: string, value: string): string {
  if (/^(page\.type|session\.(entry_type|previous_page_type|page_types))$/.test(field)) return pageType(value);
  if (/^(stage|crossed_up|crossed_down)\./.test(field)) return stageName(value);
  if (field === 'session.channel') return channelName(value);
  if (field === 'visitor.device') return deviceName(value);
  if (field === 'chat.state') return chatState(value);
  if (field === 'visitor.country') return /^[A-Za-z]{2}$/.test(value) ? country(value.toUpperCase()) : value;
  if (field === 'page.lang') return languageName(value);
  return value;
}

/** Every country there is, for a site that has not seen any. */
const COUNTRIES: readonly string[] = (() => {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const none = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);
  return letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => !none.has(code) && names.of(code) !== undefined);
})();

/** Values to choose from: those of the draft first where it declares them, then those seen lately. */
export function valueChoices(name: string, catalogue: Catalogue | null, model: Model | null): Choice[] {
  const field = fieldOf(catalogue, name);
  const all = new Map<string, number>(declaredValues(name, model).map((value) => [value, 0]));
  // A family's values are its names.
  for (const { value, n } of field?.prefix === null ? field.values : []) all.set(value, n);
  if (name === 'visitor.country') for (const code of COUNTRIES) if (!all.has(code)) all.set(code, 0);
  return [...all].map(([value, n]) => {
    const label = valueName(name, value);
    const notes = [...(label !== value ? [value] : []), ...(n > 0 ? [t('seen', { n })] : [])];
    return { value, label, ...(notes.length > 0 && { note: notes.join(' · ') }) };
  });
}

/** What a new condition may begin with: known values, but no country that nobody came from. */
export function firstValues(name: string, catalogue: Catalogue | null, model: Model | null): string[] {
  const field = fieldOf(catalogue, name);
  return [...declaredValues(name, model), ...(field?.prefix === null ? field.values.map((one) => one.value) : [])];
}

function declaredValues(name: string, model: Model | null): string[] {
  if (/^(page\.type|session\.(entry_type|previous_page_type|page_types))$/.test(name)) return idsOf(model, 'page_type');
  const score = /^(?:stage|crossed_up|crossed_down)\.(.+)$/.exec(name)?.[1];
  if (score !== undefined) return stagesOf(model, score);
  const matrix = /^matrix\.(.+)$/.exec(name)?.[1];
  if (matrix !== undefined) return cellsOf(model, matrix);
  return [];
}

export function stagesOf(model: Model | null, score: string): string[] {
  const stages = entriesOf(model, 'score').find((one) => one.id === score)?.values['stages'];
  return isMap(stages) ? Object.keys(stages) : [];
}

function cellsOf(model: Model | null, matrix: string): string[] {
  const found = entriesOf(model, 'matrix').find((one) => one.id === matrix)?.values;
  const keys = (axis: 'rows' | 'columns') => (isMap(found?.[axis]) ? Object.keys(found[axis]).filter((key) => key !== 'score') : []);
  return keys('rows').flatMap((row) => keys('columns').map((column) => row + column));
}

/** What was seen lately, as choices. */
export const seenChoices = (seen: readonly Seen[] | undefined): Choice[] =>
  (seen ?? []).map(({ value, n }) => ({ value, label: value, ...(n > 0 && { note: t('seen', { n }) }) }));

/** The languages of messages: those that are written, the console's own, and those of visitors. */
export function languageChoices(catalogue: Catalogue | null, taken: readonly string[]): Choice[] {
  const codes = new Set([...LANGUAGES.map((one) => one.code as string), ...(catalogue?.seen.languages ?? []).map((one) => one.value.split('-')[0] ?? one.value)]);
  return [...codes].filter((code) => !taken.includes(code)).map((code) => ({ value: code, label: languageName(code), note: code }));
}

