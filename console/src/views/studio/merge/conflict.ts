/** What two changes of one draft have come to. Pure. */
import type { Conflict, Merged, RuleFile } from '$wire/studio';

/** Whose lines stay, for each conflict in its order; `null` before somebody has said. */
export type Choice = 'mine' | 'theirs' | null;

/** The merged files, with the other's lines where they were chosen. */
export function chosen(merged: Merged, choices: readonly Choice[]): RuleFile[] {
  return merged.files.map((file) => {
    const taken = merged.conflicts
      .map((conflict, i) => ({ conflict, choice: choices[i] }))
      .filter(({ conflict, choice }) => conflict.file === file.name && choice === 'theirs')
      // From the end, so that earlier places stay where they are.
      .toSorted((a, b) => b.conflict.line - a.conflict.line);
    return taken.reduce((text, { conflict }) => ({ name: file.name, text: replaced(text.text, conflict) }), file);
  });
}

function replaced(text: string, { line, lines, theirs }: Conflict): string {
  const all = text.split('\n');
  const put = theirs === '' ? [] : theirs.replace(/\n$/, '').split('\n');
  return [...all.slice(0, line - 1), ...put, ...all.slice(line - 1 + lines)].join('\n');
}

export interface Pair {
  name: string;
  theirs: string;
  result: string;
}

/** The files in which theirs and what would be saved differ. */
export function differing(theirs: readonly RuleFile[], result: readonly RuleFile[]): Pair[] {
  const names = [...new Set([...theirs, ...result].map((file) => file.name))].toSorted();
  const textOf = (files: readonly RuleFile[], name: string) => files.find((file) => file.name === name)?.text ?? '';
  return names.map((name) => ({ name, theirs: textOf(theirs, name), result: textOf(result, name) })).filter((pair) => pair.theirs !== pair.result);
}
