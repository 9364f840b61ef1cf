/**
 * What the live list knows: the window that the service keeps current, and beside it the rows of windows before, so that
 * scrolling back shows them at once. While the order is held, rows change in place and places do not. Pure.
 */
import type { Count, Now, VisitorRow, WindowEvent } from '$wire/live';

/** So many places are remembered; the farthest from the window are forgotten first. */
const MAX_PLACES = 600;

export class Model {
  total = 0;
  /** The first place of the window. */
  from = 0;
  groups: Count[] | null = null;
  figures: Now | null = null;
  /** The names of the site's scores, in the order of its rules. */
  scores: string[] = [];
  /** Whether anything has come yet. */
  ready = false;
  /** How many visitors of the window would stand elsewhere if the order were not held. */
  waiting = 0;
  #order: string[] = [];
  /** The order as the service last told it, while another is shown. */
  #latest: string[] | null = null;
  #held = false;
  #places = new Map<number, string>();
  #rows = new Map<string, VisitorRow>();

  /** Forgets everything: another site, filter, order or grouping. The figures are the site's and stay. */
  clear(): void {
    this.total = 0;
    this.groups = null;
    this.ready = false;
    this.waiting = 0;
    this.#order = [];
    this.#latest = null;
    this.#places.clear();
    this.#rows.clear();
  }

  /** Takes an event; tells whether a row is missing, so that the window has to be asked for anew. */
  take(event: WindowEvent, whole: boolean): boolean {
    if (whole && !this.#held) this.#places.clear();
    const moved = event.from !== this.from || !this.ready;
    this.ready = true;
    this.from = event.from;
    this.total = event.total;
    this.groups = event.counts?.by_group ?? null;
    if (event.figures) this.figures = event.figures;
    for (const row of event.rows) this.#rows.set(row.id, row);
    const names = event.rows[0]?.scores.map((score) => score.name);
    if (names && names.join() !== this.scores.join()) this.scores = names;
    if (this.#held && !moved) {
      this.#fill(event.order);
      this.#latest = event.order;
      this.waiting = difference(this.#order, event.order);
    } else this.#show(event.order);
    this.#forget();
    return event.order.some((id) => !this.#rows.has(id));
  }

  /** Holds the order as it stands, or lets it go. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.settle();
  }

  /** Shows the order as it is by now; a held order is held anew from there. */
  settle(): void {
    if (this.#latest) this.#show(this.#latest);
    this.#forget();
  }

  /** Who stands at a place; nothing where nobody is known yet. */
  at(place: number): VisitorRow | undefined {
    const id = this.#places.get(place);
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** The place of a visitor, as far as it is known. */
  placeOf(id: string): number | undefined {
    for (const [place, one] of this.#places) if (one === id) return place;
    return undefined;
  }

  /** Whether a visitor that is still shown is in the list no more. */
  isGone(id: string): boolean {
    return this.#latest !== null && this.#order.includes(id) && !this.#latest.includes(id);
  }

  #show(order: string[]): void {
    this.#order = [...order];
    this.#latest = null;
    this.waiting = 0;
    // Nobody stands at two places: who was remembered elsewhere has moved.
    const here = new Set(order);
    for (const [place, id] of this.#places) if (here.has(id)) this.#places.delete(place);
    for (const [i, id] of order.entries()) this.#places.set(this.from + i, id);
  }

  /** A list that grows while its order is held shows who came at its end, rather than blank lines. */
  #fill(order: readonly string[]): void {
    const shown = new Set(this.#order);
    for (const id of order) {
      if (this.#order.length >= order.length) return;
      if (shown.has(id)) continue;
      this.#places.set(this.from + this.#order.length, id);
      this.#order.push(id);
    }
  }

  #forget(): void {
    for (const place of this.#places.keys()) if (place >= this.total && !this.#held) this.#places.delete(place);
    if (this.#places.size > MAX_PLACES) {
      const middle = this.from + this.#order.length / 2;
      const far = [...this.#places.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
      for (const place of far.slice(0, this.#places.size - MAX_PLACES)) this.#places.delete(place);
    }
    const wanted = new Set([...this.#places.values(), ...(this.#latest ?? [])]);
    for (const id of this.#rows.keys()) if (!wanted.has(id)) this.#rows.delete(id);
  }
}

/** How many of `after` are new or stand in another order among those who stayed. */
export function difference(before: readonly string[], after: readonly string[]): number {
  const places = new Map(before.map((id, i) => [id, i]));
  const stayed = after.flatMap((id) => places.get(id) ?? []);
  return after.length - stayed.length + (stayed.length - longestRise(stayed));
}

/** The length of the longest rising subsequence: who among those who stayed has not moved past another. */
function longestRise(values: readonly number[]): number {
  const ends: number[] = [];
  for (const value of values) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    ends[low] = value;
  }
  return ends.length;
}
