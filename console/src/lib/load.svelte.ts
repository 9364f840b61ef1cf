/** Something fetched, with its states: what a view needs to show loading, trouble and data without forgetting one. */
import { Problem } from './api';

export class Loaded<T> {
  data = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  readonly #fetch: (signal: AbortSignal) => Promise<T>;
  #abort: AbortController | null = null;

  constructor(fetch: (signal: AbortSignal) => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Fetches anew. What was there stays until the answer comes. */
  reload = async (): Promise<void> => {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const data = await this.#fetch(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.problem = null;
    } catch (why) {
      if (abort.signal.aborted) return;
      this.problem = Problem.of(why);
    }
    this.loading = false;
  };

  /** Gives up what is under way. */
  stop = (): void => this.#abort?.abort();
}

/**
 * Fetches at once, and again whenever something that `fetch` reads before its first `await` changes. To be called
 * while a component is made.
 */
export function load<T>(fetch: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const loaded = new Loaded(fetch);
  $effect(() => {
    void loaded.reload();
    return loaded.stop;
  });
  return loaded;
}
