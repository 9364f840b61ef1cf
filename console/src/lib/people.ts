/** A name for somebody who has told none: always the same for one id, easy to say, and plainly made up. Pure. */

/** A number from a text that is spread well (FNV-1a, 32 bits). */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  // Mixed once more, because neighbouring ids should not get neighbouring names.
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 12)) >>> 0;
}

const WORDS = {
  en: {
    first: ['Amber', 'Calm', 'Clever', 'Coral', 'Early', 'Gentle', 'Golden', 'Indigo', 'Ivory', 'Jade', 'Keen', 'Lively', 'Olive', 'Quiet', 'Silver', 'Sunny'],
    second: ['Acacia', 'Breeze', 'Cedar', 'Crane', 'Dune', 'Falcon', 'Fig', 'Gazelle', 'Harbour', 'Heron', 'Iris', 'Jasmine', 'Lantern', 'Lark', 'Maple', 'Meadow', 'Moon', 'Oasis', 'Orchid', 'Palm', 'Pearl', 'Pine', 'Pomegranate', 'Reed', 'River', 'Saffron', 'Sparrow', 'Star', 'Swift', 'Thyme', 'Wave', 'Willow'],
    join: (first: string, second: string) => `${first} ${second}`,
  },
  // In Arabic the noun comes first, and the word after it agrees with it: all of these are masculine.
  ar: {
    first: ['هادئ', 'لطيف', 'ذكي', 'نبيه', 'مشرق', 'ذهبي', 'فضي', 'نيلي', 'مبكر', 'نشيط', 'كريم', 'أنيق', 'بهي', 'رقيق', 'عنبري', 'زمردي'],
    second: ['نسيم', 'أرز', 'صقر', 'غزال', 'ميناء', 'سوسن', 'ياسمين', 'فانوس', 'قمر', 'نخيل', 'لؤلؤ', 'صنوبر', 'رمان', 'نهر', 'زعفران', 'عصفور', 'نجم', 'زعتر', 'موج', 'ريحان', 'هلال', 'مرج', 'كروان', 'بحر', 'ورد', 'نورس', 'جبل', 'غيم', 'مطر', 'فجر', 'بلبل', 'سنونو'],
    join: (first: string, second: string) => `${second} ${first}`,
  },
} as const;

/** "Amber Falcon" for an id. */
export function madeUpName(id: string, language: 'en' | 'ar'): string {
  const words = WORDS[language];
  const h = hash(id);
  const first = words.first[h % words.first.length] ?? '';
  const second = words.second[(h >>> 8) % words.second.length] ?? '';
  return words.join(first, second);
}

/** The first letters of up to two words; marks and controls are none. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu)?.slice(0, 2) ?? ['?'];
  // Arabic letters would join into a word that nobody said.
  return words.map((word) => [...word][0] ?? '').join('\u200c').toLocaleUpperCase();
}

/** The first characters of an id: enough to tell people apart. */
export const shortId = (id: string) => id.slice(0, 6);
