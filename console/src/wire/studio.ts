/** Drafts, the form's model of rule files and its edits, diagnostics, and the catalogue that forms are made from. */

/** One file of a rule set. */
export interface RuleFile {
  name: string;
  text: string;
}

/** A draft in the list. */
export interface DraftHead {
  id: string;
  title: string;
  /** The version that it began with. */
  parent: number;
  /** Grows with each save. */
  revision: number;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

export interface DraftRow extends DraftHead {
  /** Another version is live by now. */
  stale: boolean;
  errors: number;
}

export interface DraftList {
  drafts: DraftRow[];
}

/** Somebody else who has the draft open. */
export interface Present {
  name: string;
  since: number;
  file: string | null;
  line?: number | null;
}

export interface Draft extends DraftHead {
  files: RuleFile[];
  others: Present[];
}

export interface Saved {
  revision: number;
  updated_at: number;
  errors?: number;
}

/** What `…/here` answers: who else is there, and whether the draft has moved on. */
export interface Here {
  revision: number;
  updated_by: string;
  others: Present[];
}

/** Lines that both changed, in a merged file: it has one's own there. */
export interface Conflict {
  file: string;
  /** The first of these lines, from 1, and how many there are. */
  line: number;
  lines: number;
  base: string;
  yours: string;
  theirs: string;
}

export interface Merged {
  files: RuleFile[];
  conflicts: Conflict[];
}

/** The further members of `409 stale-draft`: theirs, and both changes in one. */
export interface StaleDraft {
  draft: Draft;
  merged: Merged;
}

/** What `…/merge` answers: the draft with what was published since. */
export interface MergedWithLive {
  revision: number;
  /** The version that is live. */
  parent: number;
  merged: Merged;
}

/** A step into an entry: a key, or the number of an item in a list. */
export type Step = string | number;

/** What TOML can say, as JSON. Dates come as texts. */
export type Value = string | number | boolean | Value[] | { [key: string]: Value };
export type Values = { [key: string]: Value };

export interface Place {
  file: string;
  /** The line and column, from 1; columns in characters. */
  line: number;
  column: number;
  /** Bytes of the file's UTF-8. */
  start: number;
  end: number;
}

/** One replacement, by bytes. */
export interface TextEdit {
  file: string;
  start: number;
  end: number;
  text: string;
}

export interface Fix {
  /** What it does, in English. */
  title: string;
  edits: TextEdit[];
}

export interface Diagnostic extends Place {
  severity: 'error' | 'warning' | 'hint';
  code: string;
  message: string;
  pointer: string;
  help?: string;
  related?: { place: Place; message: string }[];
  fixes?: Fix[];
  /** The entry and the field that it is about, where it is about one. */
  at?: { file: string; part: string; index: number; path: Step[] } | null;
}

/** One `[[score_rule]]`, one `[policy]`, as the form shows it. */
export interface Entry {
  file: string;
  /** Which one of its part within its file, from 0. */
  index: number;
  id: string | null;
  /** Its first and last line, from 1. */
  line: number;
  end_line: number;
  values: Values;
  /** The comment above it. */
  comment?: string;
}

export interface Part {
  part: string;
  single?: boolean;
  entries: Entry[];
}

export interface Model {
  parts: Part[];
  /** Files that are no TOML at all: they can be mended as text only. */
  broken: { file: string; message: string; line: number; column: number }[];
  diagnostics: Diagnostic[];
  counts: { errors: number; warnings: number; hints: number };
}

interface At {
  file: string;
  part: string;
  index: number;
}

/** One change of the form. `path` leads from the entry to the value. */
export type Edit =
  | ({ op: 'set'; path: Step[]; value: Value } & At)
  | ({ op: 'unset'; path: Step[] } & At)
  | ({ op: 'insert'; path: Step[]; at: number; value: Value } & At)
  | ({ op: 'remove_item'; path: Step[]; at: number } & At)
  | ({ op: 'move_item'; path: Step[]; at: number; to: number } & At)
  | { op: 'add'; file?: string; part: string; after?: number; values: Values }
  | ({ op: 'remove' } & At)
  | ({ op: 'move'; to: number } & At)
  | ({ op: 'duplicate' } & At)
  | { op: 'append'; file: string; text: string };

export interface EditAnswer {
  /** Those that changed. */
  files: RuleFile[];
  model: Model;
  added?: At;
}

/** A value seen lately, and how often. */
export interface Seen {
  value: string;
  n: number;
}

export interface CatalogueKey {
  key: string;
  doc: string;
  /** What stands after the `=`, in English: `whole number`, `duration`, `list of conditions`. */
  type: string;
  required: boolean;
  default: string | null;
  choices: string[] | null;
  unit: string | null;
}

export interface CataloguePart {
  part: string;
  single: boolean;
  doc: string;
  keys: CatalogueKey[];
}

export interface CatalogueField {
  /** `page.active`; a family ends in `<…>`: `visitor.trait.<name>`. */
  name: string;
  /** What a family's fields begin with: `visitor.trait.`. */
  prefix: string | null;
  type: string;
  doc: string;
  example: string;
  operators: string[];
  /** Values seen lately or known; of a family, the names that it is known to have. */
  values: Seen[];
  /** Whether `in_last` and `case_sensitive` may stand beside the comparison. */
  in_last: boolean;
  case_sensitive: boolean;
  /** Whether it has a value only in rules on events and goals. */
  needs_event: boolean;
  /** Whether other values than those seen make sense. */
  free: boolean;
}

export interface CatalogueOperator {
  name: string;
  doc: string;
  takes: string;
}

export interface Catalogue {
  parts: CataloguePart[];
  fields: CatalogueField[];
  operators: CatalogueOperator[];
  seen: Record<'page_types' | 'countries' | 'sources' | 'campaigns' | 'traits' | 'events' | 'goals' | 'languages' | 'tags' | 'departments', Seen[]>;
}
