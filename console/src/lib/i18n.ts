/** Words in the reader's language. `t('live.title')` is a text; [`word`] turns the server's words into texts. */
export { LANGUAGES, has, language, setLanguage, startLanguage, t, word } from './lang.svelte';
export type { LanguageCode, MessageKey } from './lang.svelte';
export type { Catalogue, Translation } from './message';
