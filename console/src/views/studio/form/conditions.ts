/** Conditions as the builder sees them: what may be asked of a field, and with which value. Pure. */
import { isMap } from '../model';
import type { Catalogue, CatalogueField, Value, Values } from '$wire/studio';

export const MODIFIERS: ReadonlySet<string> = new Set(['in_last', 'case_sensitive']);
const FRAME: ReadonlySet<string> = new Set(['field', 'segment', 'all', 'any', 'not']);

export type ConditionKind = 'field' | 'segment' | 'all' | 'any' | 'not' | 'other';

export function kindOf(value: Value | undefined): ConditionKind {
  if (!isMap(value)) return 'other';
  const found = (['field', 'segment', 'all', 'any', 'not'] as const).filter((key) => key in value);
  // Several joints in one table are rare; the text view shows them.
  return found.length === 1 && found[0] !== undefined ? found[0] : 'other';
}

/** The operators of a condition on a field, in the order in which they are written. */
export const asked = (condition: Values): string[] => Object.keys(condition).filter((key) => !FRAME.has(key) && !MODIFIERS.has(key));

/** What kind of input a value needs. */
export type Shape = 'number' | 'duration' | 'flag' | 'date' | 'text' | 'list' | 'numbers' | 'durations' | 'dates' | 'plain';

/** A field's type in one word, however the catalogue says it. */
export function typeOf(field: Pick<CatalogueField, 'type'> | undefined): 'text' | 'number' | 'flag' | 'duration' | 'date' | 'list' | 'word' | 'any' {
  const type = field?.type ?? 'any';
  if (/flag|true|bool/.test(type)) return 'flag';
  if (/list/.test(type)) return 'list';
  if (/number/.test(type)) return 'number';
  if (/duration/.test(type)) return 'duration';
  if (/date/.test(type)) return 'date';
  if (/any/.test(type)) return 'any';
  return /text/.test(type) ? 'text' : 'word';
}

const LISTS: ReadonlySet<string> = new Set(['one_of', 'none_of', 'any_of', 'all_of']);

export function shapeOf(field: Pick<CatalogueField, 'type'> | undefined, operator: string): Shape {
  const type = typeOf(field);
  if (operator === 'exists') return 'flag';
  if (operator === 'in_last' || operator === 'within' || operator === 'within_next') return 'duration';
  if (operator === 'case_sensitive') return 'flag';
  if (operator === 'before' || operator === 'after' || operator === 'on') return 'date';
  if (LISTS.has(operator)) return 'list';
  if (operator === 'between') return type === 'duration' ? 'durations' : type === 'date' ? 'dates' : 'numbers';
  if (type === 'number' || type === 'duration' || type === 'flag') return type;
  if (type === 'any' && (operator === 'equals' || /^(at|more|less)/.test(operator))) return operator === 'equals' ? 'plain' : 'number';
  return 'text';
}

/** A value to begin with, of what is known lately where that is possible. */
export function firstValue(shape: Shape, values: readonly string[]): Value {
  const seen = values[0];
  switch (shape) {
    case 'number':
      return 1;
    case 'duration':
      return '30s';
    case 'flag':
      return true;
    case 'numbers':
      return [1, 10];
    case 'durations':
      return ['30s', '5m'];
    case 'date':
      return new Date().toISOString().slice(0, 10);
    case 'dates':
      return [new Date().toISOString().slice(0, 10), new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)];
    case 'list':
      return seen === undefined ? [] : [seen];
    case 'text':
    case 'plain':
      return seen ?? '';
  }
}

/** The field of the catalogue that a name means: itself, or the family it belongs to. */
export function fieldOf(catalogue: Catalogue | null, name: string): CatalogueField | undefined {
  const fields = catalogue?.fields ?? [];
  return (
    fields.find((one) => one.prefix === null && one.name === name) ??
    fields
      .filter((one) => one.prefix !== null && name.startsWith(one.prefix) && name.length > one.prefix.length)
      .toSorted((a, b) => (b.prefix?.length ?? 0) - (a.prefix?.length ?? 0))[0]
  );
}

/** The operator that is asked most often of each type. */
const USUAL: Partial<Record<ReturnType<typeof typeOf>, string>> = {
  text: 'contains', number: 'at_least', flag: 'equals', duration: 'at_least', date: 'after', list: 'contains', word: 'one_of', any: 'equals',
};

/** A new condition on a field, with a value of those that are known. */
export function begin(field: CatalogueField, name: string, values: readonly string[]): Values {
  const usual = USUAL[typeOf(field)] ?? 'equals';
  const operator = field.operators.includes(usual) ? usual : (field.operators[0] ?? 'exists');
  return { field: name, [operator]: firstValue(shapeOf(field, operator), values) };
}

/** The condition with one operator in place of another; the value stays where it fits. */
export function withOperator(field: CatalogueField | undefined, condition: Values, from: string, to: string, values: readonly string[]): Values {
  const [was, is] = [shapeOf(field, from), shapeOf(field, to)];
  const value = condition[from];
  let kept: Value = firstValue(is, values);
  if (value !== undefined && was === is) kept = value;
  else if (is === 'list' && (typeof value === 'string' || typeof value === 'number')) kept = [value];
  else if (was === 'list' && Array.isArray(value) && typeof value[0] === 'string' && is === 'text') kept = value[0];
  return Object.fromEntries(Object.entries(condition).map(([key, old]) => (key === from ? [to, kept] : [key, old]))) as Values;
}
