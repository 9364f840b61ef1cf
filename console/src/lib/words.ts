/** A view's own words, loaded with the view: both languages have the same keys, or this does not compile. */
import { language } from './lang.svelte';
import { render, type Catalogue, type Translation, type Vars } from './message';

export type Translate<C extends Catalogue = Catalogue> = (key: keyof C & string, vars?: Vars) => string;

export function words<C extends Catalogue>(en: C, ar: Translation<C>): Translate<C> {
  return (key, vars) => {
    const message = (language.code === 'ar' ? ar : en)[key];
    return message === undefined ? key : render(message, language.locale, vars);
  };
}

/** Text of unknown direction inside a sentence: it cannot turn the sentence round. */
export const isolate = (text: string): string => `\u2068${text}\u2069`;

/** "a, b or c" */
export const either = (options: string[]): string =>
  new Intl.ListFormat(language.locale, { type: 'disjunction' }).format(options);
