/** Who is signed in. The service decides everything; what is asked here only spares people buttons that would fail. */
import type { Permission, SessionAnswer, SetupAnswer } from '$wire/session';
import { Problem, del, get, whenSignedOut } from './api';
import { preferences } from './preferences.svelte';

export type SessionState = 'unknown' | 'in' | 'out' | 'setup' | 'error';

const LAST_SITE = 'ahlan.site';

class Session {
  state = $state<SessionState>('unknown');
  answer = $state.raw<SessionAnswer | null>(null);
  problem = $state.raw<Problem | null>(null);
  user = $derived(this.answer?.user ?? null);
  sites = $derived(this.answer?.sites ?? []);

  readonly #leaving = new Set<() => Promise<void>>();

  constructor() {
    whenSignedOut(() => this.lost());
  }

  /** Asks who is signed in; when nobody is, whether the installation is still to be set up. */
  async load(): Promise<void> {
    try {
      this.welcome(await get<SessionAnswer>('/session'));
    } catch (why) {
      const problem = Problem.of(why);
      if (problem.status !== 401) {
        this.problem = problem;
        this.state = 'error';
        return;
      }
      this.answer = null;
      this.state = (await this.#setupIsNeeded()) ? 'setup' : 'out';
    }
  }

  async #setupIsNeeded(): Promise<boolean> {
    try {
      return (await get<SetupAnswer>('/setup')).needed;
    } catch {
      return false;
    }
  }

  /** Takes the answer of a successful sign-in or set-up. */
  welcome(answer: SessionAnswer): void {
    this.answer = answer;
    this.problem = null;
    this.state = 'in';
    void preferences.load();
  }

  /** The session ended elsewhere or lapsed. */
  lost(): void {
    if (this.state !== 'in') return;
    this.answer = null;
    this.state = 'out';
  }

  /** Runs something before somebody signs out, while it is still allowed; until the returned function is called. */
  whenLeaving(run: () => Promise<void>): () => void {
    this.#leaving.add(run);
    return () => void this.#leaving.delete(run);
  }

  async signOut(): Promise<void> {
    try {
      await Promise.allSettled([...this.#leaving].map((run) => run()));
      await del('/session');
    } finally {
      this.answer = null;
      this.state = 'out';
    }
  }

  /** Whether this person may do something: on a site, or on any when none is named. */
  may(permission: Permission, site?: string): boolean {
    const asked = site === undefined ? this.sites : this.sites.filter((one) => one.site === site);
    return asked.some((one) => one.permissions.includes(permission));
  }

  /** The site to open first: the last one, if it is still there. */
  firstSite(): string | null {
    const last = localStorage.getItem(LAST_SITE);
    return this.sites.find((one) => one.site === last)?.site ?? this.sites[0]?.site ?? null;
  }

  remember(site: string): void {
    localStorage.setItem(LAST_SITE, site);
  }
}

export const session = new Session();
