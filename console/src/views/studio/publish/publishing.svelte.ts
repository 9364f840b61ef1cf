/** A publication on its way: what was checked, what it would change, and the requests that do it. */
import { Problem, get, post } from '$lib/api';
import type { ChangesAnswer, CheckAnswer, Stand, Version, Versions } from '$wire/rulesets';
import type { RuleFile } from '$wire/studio';
import { Backtest } from '../effect/backtest.svelte';
import { type Plan, bodyOf } from './plan';

/** What is to be published: files that are not a version yet, or a version that is kept. */
export interface Subject {
  files: readonly RuleFile[];
  /** The version that the files were made from. */
  parent: number | null;
  /** The version that they are already. */
  version?: number;
}

export class Publishing {
  check = $state.raw<CheckAnswer | null>(null);
  changes = $state.raw<ChangesAnswer | null>(null);
  /** What was published since the files' parent. */
  missed = $state.raw<ChangesAnswer | null>(null);
  stand = $state.raw<Versions | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  readonly backtest = new Backtest();
  readonly #path: string;
  readonly #abort = new AbortController();

  constructor(
    readonly site: string,
    readonly subject: Subject,
  ) {
    this.#path = `/sites/${encodeURIComponent(site)}/rulesets`;
  }

  /** Whether another version is live than the one that the files were made from. */
  get isStale(): boolean {
    const { parent, version } = this.subject;
    return version === undefined && parent !== null && this.stand !== null && this.stand.live !== parent;
  }

  /** The version that is live, with who published it and why. */
  get live(): Version | null {
    return this.stand?.versions.find((one) => one.version === this.stand?.live) ?? null;
  }

  /** Looks at everything at once. */
  look(): void {
    const { files, version } = this.subject;
    const candidate = version === undefined ? { files } : { version };
    void this.#find(() => post<CheckAnswer>(`${this.#path}/check`, { files }, this.#options), (found) => {
      this.check = found;
      if (found.errors === 0) this.backtest.ask(this.site, { ...candidate, against: 'live', since: '7d' }, 0);
    });
    void this.#find(() => post<ChangesAnswer>(`${this.#path}/changes`, candidate, this.#options), (found) => (this.changes = found));
    void this.#readStand();
  }

  stop = (): void => {
    this.#abort.abort();
    this.backtest.stop();
  };

  get #options() {
    return { signal: this.#abort.signal };
  }

  async #readStand(): Promise<void> {
    await this.#find(() => get<Versions>(this.#path, this.#options), (found) => (this.stand = found));
    if (!this.isStale || this.stand === null) return;
    const body = { from: this.subject.parent, version: this.stand.live };
    await this.#find(() => post<ChangesAnswer>(`${this.#path}/changes`, body, this.#options), (found) => (this.missed = found));
  }

  async #find<T>(ask: () => Promise<T>, take: (found: T) => void): Promise<void> {
    try {
      const found = await ask();
      if (!this.#abort.signal.aborted) take(found);
    } catch (why) {
      if (!this.#abort.signal.aborted) this.problem = Problem.of(why);
    }
  }

  /** Keeps the files as a version, unless they are one, and lets it act as planned. Returns its number, or `null`. */
  async publish(plan: Plan, skipTests: boolean): Promise<number | null> {
    if (this.stand === null) return null;
    const { live } = this.stand;
    this.busy = true;
    this.problem = null;
    try {
      const version = this.subject.version ?? (await this.#keep(live, plan.reason.trim()));
      if (plan.how === 'shadow') await post<Stand>(`${this.#path}/${version}/shadow`, { reason: plan.reason.trim() });
      else await post<Stand>(`${this.#path}/${version}/publish`, bodyOf(plan, live, skipTests));
      return version;
    } catch (why) {
      this.problem = Problem.of(why);
      // Somebody was first: then what it would change is another thing now.
      if (this.problem.kind === 'stale-version') this.look();
      return null;
    } finally {
      this.busy = false;
    }
  }

  async #keep(parent: number, reason: string): Promise<number> {
    return (await post<Version>(this.#path, { files: this.subject.files, parent, reason })).version;
  }
}
