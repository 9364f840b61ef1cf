/** Hints on a message: whether its length and its tone suit the pages on which it is shown. Pure. */
import type { Tone } from '$wire/visitor';

/** On pages whose type has one of these in its name, people look for help: as `src/rules/lint/tone.rs` has it. */
export const HELP_WORDS = ['help', 'support', 'contact', 'faq', 'docs'] as const;
const SALES_WORDS = ['pricing', 'sales', 'checkout', 'cart'] as const;

/** The tone that suits a page type; `null` where nothing can be said. */
export function suits(pageType: string): Tone | null {
  if (HELP_WORDS.some((word) => pageType.includes(word))) return 'help';
  if (SALES_WORDS.some((word) => pageType.includes(word))) return 'sales';
  return /home|product|blog|landing/.test(pageType) ? 'welcome' : null;
}

/** Characters that are taken in at a glance. Who looks for help reads more than who looks around. */
export const GLANCE: Record<Tone, number> = { welcome: 100, sales: 120, help: 140 };
/** A message has at most so many. */
export const MAX_MESSAGE = 280;
/** Lines on a phone beyond which a card hides too much of the page. */
const MAX_LINES = 4;

export interface Hint {
  look: 'good' | 'plain' | 'warn';
  says:
    | 'tone.fits'
    | 'tone.sells'
    | 'tone.other'
    | 'tone.mixed'
    | 'word.sells'
    | 'length.fits'
    | 'length.long'
    | 'length.over'
    | 'lines.many'
    | 'lines.scroll'
    | 'loud'
    | 'empty';
  vars: Record<string, string | number>;
  /** Page types that it is about. */
  pages: string[];
}

export interface Measured {
  /** Lines of the message on a phone. */
  lines: number;
  /** Not all of it is seen at once. */
  scrolls: boolean;
}

export interface Judged {
  /** The words as they are shown. */
  shown: string;
  tone: Tone;
  pageTypes: readonly string[];
  measured: Measured | null;
  /** Words that sell, as the check of the rules found them. */
  selling: readonly string[];
}

export function hints(judged: Judged): Hint[] {
  if (judged.shown.trim() === '') return [{ look: 'warn', says: 'empty', vars: {}, pages: [] }];
  return [...ofTone(judged), ...ofLength(judged), ...ofVoice(judged.shown)];
}

function ofTone({ tone, pageTypes, selling }: Judged): Hint[] {
  const found: Hint[] = [];
  const wanted = pageTypes.map((page) => ({ page, tone: suits(page) })).filter((one) => one.tone !== null);
  const help = wanted.filter((one) => one.tone === 'help').map((one) => one.page);
  const other = wanted.filter((one) => one.tone !== tone && one.tone !== 'help').map((one) => one.page);
  if (tone === 'sales' && help.length > 0) found.push({ look: 'warn', says: 'tone.sells', vars: {}, pages: help });
  for (const word of selling) found.push({ look: 'warn', says: 'word.sells', vars: { word }, pages: help });
  if (found.length > 0) return found;
  if (new Set(wanted.map((one) => one.tone)).size > 1) return [{ look: 'plain', says: 'tone.mixed', vars: {}, pages: wanted.map((one) => one.page) }];
  const differs = [...other, ...(tone === 'help' ? [] : help)];
  if (differs.length > 0) return [{ look: 'plain', says: 'tone.other', vars: { tone: suits(differs[0] ?? '') ?? tone }, pages: differs }];
  return wanted.length === 0 ? [] : [{ look: 'good', says: 'tone.fits', vars: {}, pages: wanted.map((one) => one.page) }];
}

function ofLength({ shown, tone, pageTypes, measured }: Judged): Hint[] {
  const n = [...shown].length;
  const kinds = pageTypes.map(suits).filter((one) => one !== null);
  // Of several kinds of pages, the one whose readers have the least patience.
  const most = Math.min(...(kinds.length > 0 ? kinds : [tone]).map((kind) => GLANCE[kind]));
  if (n > MAX_MESSAGE) return [{ look: 'warn', says: 'length.over', vars: { n, most: MAX_MESSAGE }, pages: [] }];
  if (measured?.scrolls) return [{ look: 'warn', says: 'lines.scroll', vars: { n }, pages: [] }];
  if (measured !== null && measured.lines > MAX_LINES) return [{ look: 'warn', says: 'lines.many', vars: { n: measured.lines }, pages: [] }];
  if (n > most) return [{ look: 'plain', says: 'length.long', vars: { n, most }, pages: [...pageTypes] }];
  return [{ look: 'good', says: 'length.fits', vars: { n }, pages: [] }];
}

function ofVoice(shown: string): Hint[] {
  const letters = shown.replace(/[^A-Za-z]/g, '');
  const loud = letters.length > 12 && letters.replace(/[a-z]/g, '').length / letters.length > 0.6;
  return loud || /[!؟?]{2,}/.test(shown) ? [{ look: 'plain', says: 'loud', vars: {}, pages: [] }] : [];
}
