/** What could be typed here, and what a word means: from the catalogue, the draft's own names and what was seen. Pure. */
import type { Catalogue, CatalogueKey, Model } from '$wire/studio';
import { entriesOf, idsOf, membersOf, type PartName } from '../model';
import { fieldOf } from '../form/conditions';
import { contextAt, type Context } from './context';

export interface Option {
  label: string;
  /** What it means. */
  doc: string;
  detail: string;
  kind: 'table' | 'key' | 'field' | 'operator' | 'value';
  /** What is put in, where it is more than the label. */
  insert: string;
}

export interface Completion {
  from: number;
  options: Option[];
}

export interface Known {
  catalogue: Catalogue | null;
  model: Model | null;
}

/** Keys whose value is a condition or a list of them. */
const CONDITIONS: ReadonlySet<string> = new Set(['all', 'any', 'not', 'phone_if', 'holds']);
const REFS: Readonly<Record<string, PartName>> = { score: 'score', page_type: 'page_type', never_on: 'page_type', group: 'group', segment: 'segment' };
const SEEN: Readonly<Record<string, keyof Catalogue['seen']>> = { event: 'events', goals: 'goals', goal: 'goals', department: 'departments', country: 'countries', tags: 'tags', campaign: 'campaigns', source: 'sources' };

export function complete(text: string, at: number, known: Known): Completion | null {
  const { catalogue } = known;
  if (catalogue === null) return null;
  const here = contextAt(text, at);
  if (here.place === 'comment') return null;
  if (here.place === 'header') return { from: here.from, options: headers(catalogue) };
  const options = here.place === 'key' ? keys(here, catalogue) : values(here, known);
  return options.length === 0 ? null : { from: here.from, options };
}

const option = (label: string, kind: Option['kind'], doc = '', detail = '', insert = label): Option => ({ label, kind, doc, detail, insert });

const headers = (catalogue: Catalogue): Option[] => catalogue.parts.map((one) => option(one.part, 'table', one.doc));

/** The keys that a header takes, also one inside another: `trigger.invitation`. */
export function keysOf(catalogue: Catalogue, header: string): CatalogueKey[] {
  const last = header.split('.').at(-1) ?? '';
  return (catalogue.parts.find((one) => one.part === header) ?? catalogue.parts.find((one) => one.part === last || one.part.split('.').at(-1) === last))?.keys ?? [];
}

const inCondition = (here: Context): boolean => here.path.some((key) => CONDITIONS.has(key)) && here.path.length > 0;

function keys(here: Context, catalogue: Catalogue): Option[] {
  const written = (name: string) => name in here.siblings;
  if (inCondition(here)) {
    const name = here.siblings['field'];
    if (name === undefined) {
      return [option('field', 'key', '', '', 'field = "'), option('segment', 'key', '', '', 'segment = "'), ...['all', 'any'].map((one) => option(one, 'key', '', '', `${one} = [`)), option('not', 'key', '', '', 'not = {')];
    }
    const field = fieldOf(catalogue, name);
    const operators = (field?.operators ?? catalogue.operators.map((one) => one.name)).filter((one) => !written(one));
    const doc = (one: string) => catalogue.operators.find((known) => known.name === one)?.doc ?? '';
    return [...operators.map((one) => option(one, 'operator', doc(one), '', `${one} = `)), ...(['in_last', 'case_sensitive'] as const).filter((one) => !written(one) && (field?.[one] ?? true)).map((one) => option(one, 'operator', doc(one), '', `${one} = `))];
  }
  const table = here.path.length === 0 ? here.header : (here.path.at(-1) ?? '');
  return keysOf(catalogue, table)
    .filter((one) => !written(one.key))
    .map((one) => option(one.key, 'key', one.doc, one.type, `${one.key} = `));
}

function values(here: Context, { catalogue, model }: Known): Option[] {
  if (catalogue === null) return [];
  const key = here.path.at(-1) ?? '';
  const quoted = (text: string, doc = '', detail = '', kind: Option['kind'] = 'value') => option(text, kind, doc, detail, here.quote === '' ? `"${text}"` : text);
  const bare = (text: string) => option(text, 'value');
  if (key === 'field' || key === 'points_from') {
    return catalogue.fields.flatMap((one) =>
      one.prefix === null ? [quoted(one.name, one.doc, one.type, 'field')] : membersOf(one, model).map((name) => quoted(`${one.prefix}${name}`, one.doc, one.type, 'field')),
    );
  }
  const ref = REFS[key];
  if (ref !== undefined) return idsOf(model, ref).map((id) => quoted(id));
  if (inCondition(here) && here.siblings['field'] !== undefined) {
    const field = fieldOf(catalogue, here.siblings['field']);
    if (field?.type === 'flag' || /true/.test(field?.type ?? '') || key === 'exists') return [bare('true'), bare('false')];
    const declared = declaredFor(here.siblings['field'], model).map((id) => quoted(id));
    const seen = (field?.prefix === null ? field.values : []).filter((one) => !declared.some((known) => known.label === one.value)).map((one) => quoted(one.value, '', one.n > 0 ? `${one.n}×` : ''));
    return [...declared, ...seen];
  }
  const table = here.path.length <= 1 ? here.header : (here.path.at(-2) ?? '');
  const spec = keysOf(catalogue, table).find((one) => one.key === key);
  if (spec?.choices) return spec.choices.map((one) => quoted(one));
  if (/^true or false/.test(spec?.type ?? '')) return [bare('true'), bare('false')];
  const seen = SEEN[key];
  return seen === undefined ? [] : (catalogue.seen[seen] ?? []).map((one) => quoted(one.value, '', one.n > 0 ? `${one.n}×` : ''));
}

function declaredFor(field: string, model: Model | null): string[] {
  if (/^(page\.type|session\.(entry_type|previous_page_type|page_types))$/.test(field)) return idsOf(model, 'page_type');
  const score = /^(?:stage|crossed_up|crossed_down)\.(.+)$/.exec(field)?.[1];
  const stages = entriesOf(model, 'score').find((one) => one.id === score)?.values['stages'];
  return typeof stages === 'object' && stages !== null && !Array.isArray(stages) ? Object.keys(stages) : [];
}

/** What the word at a place means. */
export interface Meaning {
  from: number;
  to: number;
  title: string;
  doc: string;
  /** Type and default, or an example. */
  more: string;
}

const WORD = /[A-Za-z0-9_.-]/;

export function meaning(text: string, at: number, { catalogue }: Known): Meaning | null {
  if (catalogue === null) return null;
  let [from, to] = [at, at];
  while (from > 0 && WORD.test(text[from - 1] ?? '')) from--;
  while (to < text.length && WORD.test(text[to] ?? '')) to++;
  if (from === to) return null;
  const word = text.slice(from, to);
  const here = contextAt(text, from);
  if (here.place === 'comment') return null;
  const say = (title: string, doc: string, more: string): Meaning => ({ from, to, title, doc, more });
  if (here.place === 'header') {
    const part = catalogue.parts.find((one) => one.part === word);
    return part ? say(part.part, part.doc, '') : null;
  }
  if (here.place === 'value') {
    const field = here.path.at(-1) === 'field' || here.path.at(-1) === 'points_from' ? fieldOf(catalogue, word) : undefined;
    return field ? say(field.name, field.doc, field.example) : null;
  }
  const operator = inCondition(here) ? catalogue.operators.find((one) => one.name === word) : undefined;
  if (operator) return say(operator.name, operator.doc, operator.takes);
  const table = here.path.length === 0 ? here.header : (here.path.at(-1) ?? '');
  const key = keysOf(catalogue, table).find((one) => one.key === word);
  return key ? say(key.key, key.doc, [key.type, key.default].filter((one) => one !== null).join(' · ')) : null;
}

