/** Which of some things somebody means who types a few letters. Pure. */

interface Named {
  label: string;
  words?: string;
}

/** Capitals, accents and Arabic vowel signs do not count; the forms of alef and of ya are one letter each. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\u064b-\u065f\u0640]/g, '')
    .replace(/[أإآ]/g, 'ا')
    .replace(/ى/g, 'ي')
    .toLowerCase()
    .trim();
}

/** 3: begins so; 2: a word begins so; 1: has it somewhere; 0: does not fit. */
function fit(thing: Named, wanted: string): number {
  const label = plain(thing.label);
  if (label.startsWith(wanted)) return 3;
  const all = `${label} ${plain(thing.words ?? '')}`;
  if (all.split(/\s+/).some((word) => word.startsWith(wanted))) return 2;
  return all.includes(wanted) ? 1 : 0;
}

/** What fits, best first; everything, as it stands, when nothing is wanted. */
export function rank<T extends Named>(things: readonly T[], text: string): T[] {
  const wanted = plain(text);
  if (!wanted) return [...things];
  return things
    .map((thing) => ({ thing, fits: fit(thing, wanted) }))
    .filter(({ fits }) => fits > 0)
    .sort((a, b) => b.fits - a.fits)
    .map(({ thing }) => thing);
}
