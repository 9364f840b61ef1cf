/** Questions to the form's model: where a diagnostic belongs, what an entry is called. Pure. */
import type { CatalogueField, Diagnostic, Entry, Model, Part, Step, Value, Values } from '$wire/studio';

/** Which entry: the same three that edits name. */
export interface At {
  file: string;
  part: string;
  index: number;
}

/** Parts in the order in which people think of them. Others of the catalogue follow. */
export const PARTS = [
  'page_type', 'score', 'score_rule', 'group', 'segment', 'matrix', 'trigger', 'policy', 'hours', 'measure', 'test',
] as const;
export type PartName = (typeof PARTS)[number];

export const SINGLE: ReadonlySet<string> = new Set(['policy', 'hours', 'measure']);

/** Where a part's first entry is written when no file has one. */
export const HOME: Record<PartName, string> = {
  page_type: 'pages.toml',
  score: 'scores.toml',
  score_rule: 'scores.toml',
  group: 'scores.toml',
  segment: 'segments.toml',
  matrix: 'scores.toml',
  trigger: 'triggers.toml',
  policy: 'policy.toml',
  hours: 'hours.toml',
  measure: 'policy.toml',
  test: 'tests.toml',
};

export const isPart = (name: string): name is PartName => (PARTS as readonly string[]).includes(name);

export const entriesOf = (model: Model | null, part: string): Entry[] =>
  model?.parts.find((one) => one.part === part)?.entries ?? [];

/** The ids or names of a part's entries. */
export const idsOf = (model: Model | null, part: PartName): string[] => entriesOf(model, part).flatMap((one) => (one.id === null ? [] : [one.id]));

/** The names that a family of fields is known to have: those that the draft declares, and those of the catalogue. */
export function membersOf(field: CatalogueField, model: Model | null): string[] {
  const prefix = field.prefix ?? '';
  const known = field.values.map((one) => one.value);
  if (/^(score|stage|crossed_up|crossed_down)\.$/.test(prefix)) return idsOf(model, 'score');
  if (prefix === 'matrix.') return idsOf(model, 'matrix');
  if (prefix === 'session.views.') return [...new Set([...idsOf(model, 'page_type'), ...known])];
  return known;
}

export const isMap = (value: Value | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path inside an entry. */
export function at(values: Value | undefined, path: readonly Step[]): Value | undefined {
  let here: Value | undefined = values;
  for (const step of path) {
    if (Array.isArray(here) && typeof step === 'number') here = here[step];
    else if (isMap(here)) here = here[String(step)];
    else return undefined;
  }
  return here;
}

/** What an entry is called: its name for people, else its id. */
export function titleOf(entry: Entry): string {
  const name = entry.values['name'];
  if (typeof name === 'string' && name !== '') return name;
  return entry.id ?? '';
}

/** The entry that a diagnostic is about, and the path of the field in it. */
export function placeOf(one: Diagnostic): (At & { path: Step[] }) | null {
  if (one.at) return { ...one.at, path: one.at.path };
  const [part, ...rest] = one.pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (part === undefined || !isPart(part)) return null;
  const steps = rest.map((step): Step => (/^\d+$/.test(step) ? Number(step) : step));
  if (SINGLE.has(part)) return { file: one.file, part, index: 0, path: steps };
  const [index, ...path] = steps;
  return typeof index === 'number' ? { file: one.file, part, index, path } : null;
}

export const isAt = (a: At | null, b: At | null): boolean =>
  a !== null && b !== null && a.file === b.file && a.part === b.part && a.index === b.index;

/** The diagnostics of one entry, each with its path in it. */
export function diagnosticsAt(model: Model | null, entry: At): { path: Step[]; diagnostic: Diagnostic }[] {
  return (model?.diagnostics ?? []).flatMap((diagnostic) => {
    const place = placeOf(diagnostic);
    return place && isAt(place, entry) ? [{ path: place.path, diagnostic }] : [];
  });
}

const begins = (path: readonly Step[], with_: readonly Step[]): boolean =>
  with_.length <= path.length && with_.every((step, i) => String(step) === String(path[i]));

/** Those about a field or something inside it. */
export const within = <T extends { path: Step[] }>(found: readonly T[], path: readonly Step[]): T[] =>
  found.filter((one) => begins(one.path, path));

const WEIGHT = { error: 0, warning: 1, hint: 2 } as const;

/** What weighs most first, then by place. */
export const inOrder = (all: readonly Diagnostic[]): Diagnostic[] =>
  all.toSorted((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);

/** How a list of one or several is written: as the author wrote it. Nothing for none. */
export function asWritten(values: readonly string[], before: Value | undefined): Value | undefined {
  if (values.length === 0) return undefined;
  return values.length === 1 && !Array.isArray(before) ? values[0] : [...values];
}

/** One text or several, as a list. */
export function texts(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map((one) => String(one)) : [];
}

/** A new id or name that nobody has: `new`, `new-2`. */
export function free(wanted: string, taken: readonly (string | null)[], joint = '-'): string {
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) {
    const name = `${wanted}${joint}${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** The entry that spans a line of a file. */
export function entryAtLine(parts: readonly Part[], file: string, line: number): At | null {
  for (const { part, entries } of parts) {
    const found = entries.find((one) => one.file === file && one.line <= line && line <= one.end_line);
    if (found) return { file, part, index: found.index };
  }
  return null;
}
