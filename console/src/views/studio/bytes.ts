/** Places in UTF-8, as the service tells them, and in JavaScript's texts. Pure. */
import type { Fix, RuleFile, TextEdit } from '$wire/studio';

/** How many bytes of UTF-8 a code point takes. */
const width = (code: number): number => (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);

/** The index in `text` of each byte offset; an offset inside a character is its beginning. `offsets` rise. */
export function indexesOf(text: string, offsets: readonly number[]): number[] {
  const found: number[] = [];
  let [bytes, index] = [0, 0];
  for (const offset of offsets) {
    while (index < text.length) {
      const code = text.codePointAt(index) ?? 0;
      if (bytes + width(code) > offset) break;
      bytes += width(code);
      index += code > 0xffff ? 2 : 1;
    }
    found.push(index);
  }
  return found;
}

export function rangeOf(text: string, start: number, end: number): { from: number; to: number } {
  const [from = 0, to = 0] = indexesOf(text, [start, Math.max(start, end)]);
  return { from, to };
}

/** A text with edits in it. Edits are places of the text as it was, and do not overlap. */
export function edited(text: string, edits: readonly Pick<TextEdit, 'start' | 'end' | 'text'>[]): string {
  let result = '';
  let done = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const { from, to } = rangeOf(text, edit.start, edit.end);
    if (from < done) continue;
    result += text.slice(done, from) + edit.text;
    done = to;
  }
  return result + text.slice(done);
}

/** The files with a mistake mended. */
export function mended(files: readonly RuleFile[], fix: Fix): RuleFile[] {
  return files.map((file) => {
    const edits = fix.edits.filter((edit) => edit.file === file.name);
    return edits.length === 0 ? file : { name: file.name, text: edited(file.text, edits) };
  });
}

/** The smallest replacement that makes one text of another: what lies before and after it stays. */
export function difference(was: string, is: string): { from: number; to: number; insert: string } | null {
  if (was === is) return null;
  let from = 0;
  const shorter = Math.min(was.length, is.length);
  while (from < shorter && was[from] === is[from]) from++;
  let tail = 0;
  while (tail < shorter - from && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++;
  return { from, to: was.length - tail, insert: is.slice(from, is.length - tail) };
}
