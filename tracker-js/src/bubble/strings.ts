/** What the bubble says, in the words of its catalogue. English is the fallback. */
import type { Invitation } from '../api.js';

interface Catalogue {
  label: string;
  dismiss: string;
  close: string;
  /** Per channel: the accept button, and what to expect with and without a time. */
  chat: [accept: string, within: string, plain: string];
  phone: [accept: string, within: string, plain: string];
  email: [accept: string, within: string, plain: string];
}

/** `#` stands for the time. Arabic phrases put it where the nominative belongs. */
const catalogues: Record<string, Catalogue> = {
  en: {
    label: 'Invitation to talk to us',
    dismiss: 'No, thanks',
    close: 'Close',
    chat: ['Chat now', 'Usually replies within # · Chat', 'Chat'],
    phone: ['Call me back', 'We call you back within #', 'Phone call'],
    email: ['Write to us', 'We reply by e-mail within #', 'E-mail'],
  },
  ar: {
    label: 'دعوة للتحدث معنا',
    dismiss: 'لا، شكرًا',
    close: 'إغلاق',
    chat: ['ابدأ المحادثة', 'مدة الرد المعتادة: # · محادثة', 'محادثة'],
    phone: ['اتصلوا بي', 'نعاود الاتصال بك، المدة المتوقعة: #', 'مكالمة هاتفية'],
    email: ['راسلنا', 'نرد بالبريد الإلكتروني، المدة المتوقعة: #', 'بريد إلكتروني'],
  },
};

export interface Words {
  lang: string;
  label: string;
  dismiss: string;
  close: string;
  accept: string;
  /** What to expect: the reply time, if anybody can say, and the channel. */
  expect: string;
}

/** In the largest unit that fits, rounded up: better early than late. */
function duration(lang: string, seconds: number): string {
  const [unit, size] =
    seconds < 3600 ? ['minute', 60] : seconds < 86400 ? ['hour', 3600] : ['day', 86400];
  const style = { style: 'unit', unit: unit as string, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(lang, style).format(Math.ceil(seconds / (size as number)));
}

export function wordsFor({ lang, channel, expected_reply_s: seconds }: Invitation): Words {
  const base = lang.slice(0, 2);
  const catalogue = catalogues[base] ?? catalogues['en']!;
  const known = catalogues[base] ? lang : 'en';
  const [accept, within, plain] = catalogue[channel] ?? catalogue.chat;
  return {
    lang: known,
    label: catalogue.label,
    dismiss: catalogue.dismiss,
    close: catalogue.close,
    accept,
    expect: seconds! > 0 ? within.replace('#', duration(known, seconds!)) : plain,
  };
}
