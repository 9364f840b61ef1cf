/** The language in use: its catalogue, locale and direction. */
import type { English } from '../i18n/en';
import { render, type Vars } from './message';

export type LanguageCode = 'en' | 'ar';
type Texts = { [N in keyof English]: Record<keyof English[N], import('./message').Message> };
/** `live.title` for the key `title` of the namespace `live`. */
export type MessageKey = {
  [N in keyof English & string]: `${N}.${keyof English[N] & string}`;
}[keyof English & string];

export const LANGUAGES: readonly { code: LanguageCode; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ar', name: 'العربية' },
];

const loaders: Record<LanguageCode, () => Promise<{ default: Texts }>> = {
  en: () => import('../i18n/en'),
  ar: () => import('../i18n/ar'),
};

/** Western digits in both: ids, addresses and prices stand beside them. */
const LOCALES: Record<LanguageCode, string> = { en: 'en', ar: 'ar-u-nu-latn' };

class Language {
  code = $state<LanguageCode>('en');
  texts = $state.raw<Texts | null>(null);
  locale = $derived(LOCALES[this.code]);
  dir = $derived<'ltr' | 'rtl'>(this.code === 'ar' ? 'rtl' : 'ltr');
}

export const language = new Language();

/** Loads a language and shows everything in it. */
export async function setLanguage(code: LanguageCode): Promise<void> {
  const loaded = await loaders[code]();
  language.texts = loaded.default;
  language.code = code;
  document.documentElement.lang = code;
  document.documentElement.dir = language.dir;
}

/** The language to begin with: the chosen one, else the browser's. */
export function startLanguage(chosen?: string): Promise<void> {
  if (chosen === 'en' || chosen === 'ar') return setLanguage(chosen);
  return setLanguage(/^ar\b/.test(navigator.language) ? 'ar' : 'en');
}

/** A text of the catalogue. Numbers in `vars` are written by the language; `n` chooses the plural. */
export function t(key: MessageKey, vars?: Vars): string {
  const dot = key.indexOf('.');
  const space = language.texts?.[key.slice(0, dot) as keyof English] as Record<string, import('./message').Message> | undefined;
  const message = space?.[key.slice(dot + 1)];
  return message === undefined ? key : render(message, language.locale, vars);
}

/** Whether the catalogue has a text of this name: for words that come from the server. */
export function has(key: string): key is MessageKey {
  const dot = key.indexOf('.');
  const space = language.texts?.[key.slice(0, dot) as keyof English] as Record<string, unknown> | undefined;
  return space?.[key.slice(dot + 1)] !== undefined;
}

/** The text for a word from the server, such as `organic_search`; the word itself, made readable, when it is not known. */
export function word(space: keyof English & string, name: string): string {
  const key = `${space}.${name}`;
  return has(key) ? t(key) : name.replaceAll('_', ' ');
}
