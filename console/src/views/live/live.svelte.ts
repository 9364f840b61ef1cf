/** The live list, kept current: the model, fed by the stream, and the window moved to where the reader looks. */
import { untrack } from 'svelte';
import type { Problem } from '$lib/api';
import { query as queryText } from '$lib/api';
import { Stream, type StreamState } from '$lib/stream';
import type { VisitorRow, WindowEvent } from '$wire/live';
import { WINDOW, windowFor } from './layout';
import { Model } from './model';

/** While somebody scrolls, windows are asked for no more often than this. */
const SCROLL_MS = 60;
/** So long a window that was asked for is waited for before another is. */
const PATIENCE_MS = 1_500;

export type Hot = WindowEvent['hot'][number];

export class Live {
  readonly model = new Model();
  /** Grows with every change of the model; whoever reads the model reads this first. */
  version = $state(0);
  state = $state<StreamState>('connecting');
  problem = $state.raw<Problem | null>(null);
  /** When the service was last heard. */
  heardAt = $state(0);
  readonly #site: string;
  readonly #onHot: (hot: Hot[]) => void;
  #query = '';
  #from = 0;
  #stream: Stream | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The first and the last place on the screen. */
  #seen: [number, number] = [0, 0];
  #asked = false;
  #askedAt = 0;

  constructor(site: string, onHot: (hot: Hot[]) => void) {
    this.#site = site;
    this.#onHot = onHot;
  }

  /** Another filter, order or grouping: from the top. */
  open(list: URLSearchParams): void {
    this.#query = list.toString();
    this.#from = 0;
    this.problem = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.model.clear();
    this.#changed();
    this.#connect(false);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#stream = null;
  }

  /** Tells which places are on the screen, so that the window follows. */
  look(first: number, last: number): void {
    this.#seen = [first, last];
    this.#timer ??= setTimeout(() => this.#follow(), SCROLL_MS);
  }

  #follow(): void {
    this.#timer = undefined;
    const from = windowFor(...this.#seen, this.#from, this.model.total);
    if (from === null || !this.model.ready) return;
    // A window that was asked for is waited for, or whoever scrolls without a pause would never see one.
    if (this.#asked && performance.now() - this.#askedAt < PATIENCE_MS) {
      this.#timer = setTimeout(() => this.#follow(), SCROLL_MS);
      return;
    }
    this.#from = from;
    this.#connect(true);
  }

  hold(held: boolean): void {
    this.model.hold(held);
    this.#changed();
  }

  settle(): void {
    this.model.settle();
    this.#changed();
  }

  at(place: number): VisitorRow | undefined {
    void this.version;
    return this.model.at(place);
  }

  /** Tries again after the service refused. */
  retry(): void {
    this.close();
    this.problem = null;
    this.#connect(false);
  }

  /** Whoever calls this in an effect must not run again because of it. */
  #changed(): void {
    this.version = untrack(() => this.version) + 1;
  }

  #path(): string {
    const more = queryText({ from: this.#from, rows: WINDOW });
    const filters = this.#query ? `&${this.#query}` : '';
    return `/sites/${encodeURIComponent(this.#site)}/visitors/stream${more}${filters}`;
  }

  #connect(resume: boolean): void {
    this.#asked = true;
    this.#askedAt = performance.now();
    if (this.#stream) {
      this.#stream.open(this.#path(), { resume });
      return;
    }
    this.#stream = new Stream(this.#path(), {
      event: (name, data) => this.#event(name, data),
      state: (state) => (this.state = state),
      refused: (why) => {
        this.problem = why;
        this.#stream = null;
      },
    });
  }

  #event(name: string, data: unknown): void {
    this.heardAt = Date.now();
    if (name !== 'snapshot' && name !== 'change') return;
    this.#asked = false;
    const event = data as WindowEvent;
    const isIncomplete = this.model.take(event, name === 'snapshot');
    this.#changed();
    if (isIncomplete) this.#connect(false);
    if (event.hot.length > 0) this.#onHot(event.hot);
  }
}
