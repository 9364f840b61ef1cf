/**
 * Whether the person who is signed in can be chatted with: told to the service by site, and told again as long as the
 * console is open. The service forgets it by itself, so a console that is closed or dies leaves no promise behind.
 */
import { Problem, put } from './api';
import { session } from './session.svelte';

export type Word = 'online' | 'away';

export interface Said {
  /** `null`: nothing is promised; the rest is what was chosen last. */
  status: Word | null;
  /** So many chats at the same time. */
  places: number;
  /** So many are going on. */
  chats: number;
  departments: string[];
}

interface Kept extends Said {
  /** When the service last heard it, in milliseconds since 1970. */
  toldAt: number;
}

const KEPT = 'ahlan.availability';
/** How long the service is to believe it, in seconds. */
export const HOLDS_S = 120;
/** How often it is told again, in milliseconds. */
const AGAIN = 30_000;
export const MOST_PLACES = 100;
const FIRST: Said = { status: null, places: 3, chats: 0, departments: [] };

/** What an agent is called in the chat layer, in 64 characters at most. */
export const agentOf = (user: { id: string; email: string }): string => (user.email !== '' && user.email.length <= 64 ? user.email : user.id);

/** A whole number of a field within its bounds; the lower one for anything else. */
export const within = (text: string | number, least: number, most: number): number => {
  const found = Math.floor(Number(text));
  return Number.isFinite(found) ? Math.min(most, Math.max(least, found)) : least;
};

/** What was kept, without promises that have lapsed meanwhile. */
export function revived(text: string | null, now: number): Record<string, Kept> {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (typeof found !== 'object' || found === null) return {};
  const sites = Object.entries(found as Record<string, Partial<Kept>>).flatMap(([site, kept]): [string, Kept][] => {
    if (typeof kept !== 'object' || kept === null) return [];
    const toldAt = typeof kept.toldAt === 'number' ? kept.toldAt : 0;
    const isAlive = now - toldAt < HOLDS_S * 1_000 && (kept.status === 'online' || kept.status === 'away');
    const departments = Array.isArray(kept.departments) ? kept.departments.filter((one) => typeof one === 'string') : [];
    return [[site, { status: isAlive ? (kept.status as Word) : null, places: within(kept.places ?? FIRST.places, 0, MOST_PLACES), chats: within(kept.chats ?? 0, 0, MOST_PLACES), departments, toldAt }]];
  });
  return Object.fromEntries(sites);
}

class Availability {
  #sites = $state.raw<Record<string, Kept>>({});
  /** Why the service has not heard it, by site. */
  problems = $state.raw<Record<string, Problem>>({});
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Begins to tell again what holds; until the returned function is called. For whoever has signed in. */
  begin(): () => void {
    const key = this.#key();
    const read = (): void => void (this.#sites = revived(localStorage.getItem(key), Date.now()));
    read();
    const heard = (event: StorageEvent): void => {
      if (event.key === key) read();
    };
    addEventListener('storage', heard);
    this.#timer = setInterval(() => this.#again(), AGAIN);
    this.#again();
    const forget = session.whenLeaving(() => this.leave());
    return () => {
      removeEventListener('storage', heard);
      clearInterval(this.#timer);
      forget();
    };
  }

  /** What was said for a site. */
  of(site: string): Said {
    return this.#sites[site] ?? FIRST;
  }

  /** Says something else, at once. */
  async say(site: string, change: Partial<Said>): Promise<void> {
    const next: Said = { ...this.of(site), ...change };
    const hadWord = this.of(site).status !== null;
    this.#keep(site, next, this.#sites[site]?.toldAt ?? 0);
    if (next.status !== null || hadWord) await this.#tell(site, next);
  }

  /** Takes every promise back: somebody signs out. */
  async leave(): Promise<void> {
    const sites = Object.entries(this.#sites).filter(([, said]) => said.status !== null);
    await Promise.all(sites.map(([site]) => this.say(site, { status: null })));
  }

  #again(): void {
    for (const [site, said] of Object.entries(this.#sites)) {
      if (said.status !== null && session.may('speak_for_chat', site)) void this.#tell(site, said);
    }
  }

  async #tell(site: string, said: Said): Promise<void> {
    const user = session.user;
    if (user === null) return;
    const { [site]: _, ...others } = this.problems;
    try {
      await put(`/sites/${encodeURIComponent(site)}/agents/${encodeURIComponent(agentOf(user))}`, {
        status: said.status ?? 'offline',
        chats: said.chats,
        max_chats: said.places,
        ttl_s: said.status === null ? 1 : HOLDS_S,
        departments: said.departments,
      });
      this.problems = others;
      if (this.#sites[site] !== undefined) this.#keep(site, this.of(site), Date.now());
    } catch (why) {
      this.problems = { ...others, [site]: Problem.of(why) };
    }
  }

  #keep(site: string, said: Said, toldAt: number): void {
    this.#sites = { ...this.#sites, [site]: { ...said, toldAt } };
    try {
      localStorage.setItem(this.#key(), JSON.stringify(this.#sites));
    } catch {
      // Storage is full or forbidden: it holds for this page.
    }
  }

  /** Two people at one browser do not speak for each other. */
  #key(): string {
    return `${KEPT}.${session.user?.id ?? ''}`;
  }
}

export const availability = new Availability();
