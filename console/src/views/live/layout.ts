/** Where headings and rows stand in a grouped list, and which part of it to ask for. Pure. */
import type { Count } from '$wire/live';

export type Item = { kind: 'row'; place: number } | { kind: 'group'; group: Count; index: number };

/** Translates between lines on the screen (headings included) and places of visitors. */
export class Layout {
  /** The line of each group's heading. */
  readonly #heads: number[] = [];
  readonly #groups: readonly Count[];
  readonly lines: number;

  constructor(total: number, groups: readonly Count[] | null) {
    this.#groups = groups ?? [];
    let line = 0;
    for (const group of this.#groups) {
      this.#heads.push(line);
      line += group.n + 1;
    }
    this.lines = groups ? line : total;
  }

  /** What stands on a line. */
  item(line: number): Item {
    if (this.#heads.length === 0) return { kind: 'row', place: line };
    const index = this.#groupOf(line);
    const head = this.#heads[index] ?? 0;
    const group = this.#groups[index];
    if (line === head && group) return { kind: 'group', group, index };
    return { kind: 'row', place: line - index - 1 };
  }

  isHead(line: number): boolean {
    return this.#heads.length > 0 && this.#heads[this.#groupOf(line)] === line;
  }

  /** The line on which a visitor's place is. */
  lineOf(place: number): number {
    if (this.#heads.length === 0) return place;
    let before = 0;
    for (const [i, group] of this.#groups.entries()) {
      if (place < before + group.n) return place + i + 1;
      before += group.n;
    }
    return place + this.#groups.length;
  }

  /** The last group that begins on this line or before. */
  #groupOf(line: number): number {
    let [low, high] = [0, this.#heads.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#heads[middle] ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The rows asked for at once, and how near its edge the screen may come before another part is asked for. */
export const WINDOW = 120;
const MARGIN = 20;

/**
 * The first place of the window to ask for, when places `first` to `last` are on the screen; `null` when the window that
 * begins at `from` does. Whoever scrolls on finds more of the list in the direction of the middle.
 */
export function windowFor(first: number, last: number, from: number, total: number): number | null {
  const short = first < from + MARGIN && from > 0;
  const long = last > from + WINDOW - MARGIN && from + WINDOW < total;
  const outside = first < from || last >= Math.min(from + WINDOW, Math.max(total, 1));
  if (!short && !long && !(outside && total > 0)) return null;
  const middle = (first + last) / 2;
  const wanted = Math.max(0, Math.round((middle - WINDOW / 2) / 10) * 10);
  const least = Math.max(0, Math.min(wanted, Math.ceil((total - WINDOW) / 10) * 10));
  return least === from ? null : least;
}
