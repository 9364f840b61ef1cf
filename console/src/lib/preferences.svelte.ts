/** What a person has chosen: theme, language, saved views. Kept with the account; this browser has a copy to begin with. */
import { get, put } from './api';
import { setLanguage, type LanguageCode } from './lang.svelte';

export type Theme = 'system' | 'light' | 'dark';

/** A named filter of the live list: its query, as in the address bar. */
export interface SavedView {
  name: string;
  query: string;
}

export interface Preferences {
  theme?: Theme;
  language?: LanguageCode;
  /** By site. */
  views?: Record<string, SavedView[]>;
  /** Whether the live view shows its map. */
  map?: boolean;
  [more: string]: unknown;
}

const KEPT = 'ahlan.preferences';
const PATH = '/session/preferences';
/** Several changes in a row are told once. */
const QUIET = 600;

function read(): Preferences {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Preferences;
  } catch {
    return {};
  }
}

class PreferenceStore {
  value = $state.raw<Preferences>(read());
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Fetches what the account has; without an answer this browser's copy stands. */
  async load(): Promise<void> {
    try {
      const kept = await get<Preferences | null>(PATH);
      if (kept && typeof kept === 'object') this.#take({ ...this.value, ...kept });
    } catch {
      // The copy has to do.
    }
  }

  /** Changes some, here at once and in the account a moment later. */
  set(change: Partial<Preferences>): void {
    this.#take({ ...this.value, ...change });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void put(PATH, this.value).catch(() => {}), QUIET);
  }

  #take(next: Preferences): void {
    const before = this.value;
    this.value = next;
    try {
      localStorage.setItem(KEPT, JSON.stringify(next));
    } catch {
      // Storage is full or forbidden: it holds for this page.
    }
    const page = document.documentElement;
    if (next.theme === 'light' || next.theme === 'dark') page.dataset.theme = next.theme;
    else delete page.dataset.theme;
    if (next.language && next.language !== before.language) void setLanguage(next.language);
  }
}

export const preferences = new PreferenceStore();
