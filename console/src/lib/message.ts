/** How a text of the catalogue becomes a sentence. Pure, so that it is tested without a browser. */

/** Forms by the plural rules of a language; `{n}` chooses. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Message = string | Plural;
export type Catalogue = Record<string, Message>;
/** The same keys as another catalogue; each text may be a plural or not, as the language needs. */
export type Translation<T extends Catalogue> = { [K in keyof T]: Message };
export type Vars = Record<string, string | number>;

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function pluralRules(locale: string): Intl.PluralRules {
  let found = rules.get(locale);
  if (!found) rules.set(locale, (found = new Intl.PluralRules(locale)));
  return found;
}

function numberFormat(locale: string): Intl.NumberFormat {
  let found = numbers.get(locale);
  if (!found) numbers.set(locale, (found = new Intl.NumberFormat(locale)));
  return found;
}

/** The text with its `{names}` filled in. Words from elsewhere are isolated, so that they cannot turn the line. */
export function render(message: Message, locale: string, vars: Vars = {}): string {
  let text: string;
  if (typeof message === 'string') text = message;
  else {
    const n = typeof vars.n === 'number' ? vars.n : 0;
    // "Nobody" is said in every language, whether or not its grammar counts by it.
    text = (n === 0 ? message.zero : undefined) ?? message[pluralRules(locale).select(n)] ?? message.other;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = vars[name];
    if (value === undefined) return whole;
    if (typeof value === 'number') return numberFormat(locale).format(value);
    return `\u2068${value}\u2069`;
  });
}
