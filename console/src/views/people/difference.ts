/** What differs between two documents, path by path: for the audit log. */

export interface Difference {
  /** `roles.shop`, `departments[0].hours`; empty for the whole. */
  path: string;
  change: 'added' | 'removed' | 'changed';
  before: string | null;
  after: string | null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value) ?? String(value);
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function walk(path: string, before: unknown, after: unknown, into: Difference[]): void {
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) walk(join(path, name), before[name], after[name], into);
    return;
  }
  const isList = Array.isArray(before) && Array.isArray(after);
  if (isList && [...before, ...after].some((one) => typeof one === 'object' && one !== null)) {
    for (let at = 0; at < Math.max(before.length, after.length); at += 1) walk(`${path}[${at}]`, before[at], after[at], into);
    return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const change = before === undefined || before === null ? 'added' : after === undefined || after === null ? 'removed' : 'changed';
  into.push({
    path,
    change,
    before: before === undefined || before === null ? null : shown(before),
    after: after === undefined || after === null ? null : shown(after),
  });
}

/** The differences, in the order in which the fields stand. A new or a removed document is told field by field. */
export function differences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = [];
  if (isRecord(before) && (after === null || after === undefined)) walk('', before, {}, found);
  else if (isRecord(after) && (before === null || before === undefined)) walk('', {}, after, found);
  else walk('', before ?? null, after ?? null, found);
  return found;
}
