/** Which field of a form a refusal is about. */
import type { Problem } from './api';

interface FieldError {
  field: string;
  detail: string;
}

const isFieldError = (one: unknown): one is FieldError =>
  typeof one === 'object' && one !== null && 'field' in one && typeof one.field === 'string' && 'detail' in one && typeof one.detail === 'string';

/** The last part of a path such as `departments[0].hours` or `/roles/shop`. */
const parts = (path: string): string[] => path.split(/[.[\]/]+/).filter((part) => part !== '');

/**
 * What a refusal says about each of these fields. A problem names its field as `field`, as a list of `errors`, or by the
 * first name in back-ticks of its detail; what belongs to no field of the form stays under the empty name.
 */
export function byField(problem: Problem, fields: readonly string[]): Record<string, string> {
  const told = problem.detail || problem.title;
  // Beside the field itself its technical name needs no quotes.
  const said = told.replaceAll('`', '');
  const listed = problem.more['errors'];
  if (Array.isArray(listed) && listed.some(isFieldError)) {
    return Object.fromEntries(listed.filter(isFieldError).map((one) => [own(one.field, fields), one.detail.replaceAll('`', '')]));
  }
  if (typeof problem.more['field'] === 'string') return { [own(problem.more['field'], fields)]: said };
  const quoted = [...told.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? '');
  const named = quoted.map((name) => own(name, fields)).find((name) => name !== '');
  return { [named ?? '']: said };
}

function own(path: string, fields: readonly string[]): string {
  if (fields.includes(path)) return path;
  return parts(path).find((part) => fields.includes(part)) ?? '';
}
