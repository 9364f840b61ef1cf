/** What the bubble says by itself, in the words of its catalogue. English is the fallback. */
import type { Invitation } from '../api.js';

interface Catalogue {
  label: string;
  dismiss: string;
  close: string;
  /** Per channel: the accept button. */
  chat: string;
  phone: string;
  email: string;
}

const catalogues: Record<string, Catalogue> = {
  en: {
    label: 'Invitation to talk to us',
    dismiss: 'No, thanks',
    close: 'Close',
    chat: 'Chat now',
    phone: 'Call me back',
    email: 'Write to us',
  },
  ar: {
    label: 'دعوة للتحدث معنا',
    dismiss: 'لا، شكرًا',
    close: 'إغلاق',
    chat: 'ابدأ المحادثة',
    phone: 'اتصلوا بي',
    email: 'راسلنا',
  },
};

export interface Words {
  lang: string;
  label: string;
  dismiss: string;
  close: string;
  accept: string;
}

/** The language is that of the invitation's `note`, too: the service falls back in the same way. */
export function wordsFor({ lang, channel }: Invitation): Words {
  const known = catalogues[lang.slice(0, 2)];
  const { label, dismiss, close, ...accept } = known ?? catalogues['en']!;
  return { lang: known ? lang : 'en', label, dismiss, close, accept: accept[channel] ?? accept.chat };
}
