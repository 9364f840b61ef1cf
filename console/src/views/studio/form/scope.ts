/** One entry as its controls see it: values, what is wrong with them, and how they are changed. */
import type { Editor } from '../editor.svelte';
import type { At, PartName } from '../model';
import type { Diagnostic, Edit, Step, Value, Values } from '$wire/studio';

export interface Found {
  path: Step[];
  diagnostic: Diagnostic;
}

export interface Scope {
  readonly editor: Editor;
  readonly at: At;
  readonly part: PartName;
  readonly values: Values;
  readonly found: readonly Found[];
  readonly readonly: boolean;
  /** Sets or, with `undefined`, takes away. */
  set(path: readonly Step[], value: Value | undefined): void;
  run(edits: Edit[]): void;
}
