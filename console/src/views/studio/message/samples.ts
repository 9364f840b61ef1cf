/** Visitors to try a message's variables with: nobody known, somebody known, the longest values, and real ones. Pure. */
import { madeUpName } from '$lib/people';
import type { VisitorDetail } from '$wire/visitor';

export type SampleId = 'stranger' | 'known' | 'longest';
/** What is known of a field; `null`: nothing. */
export type Values = (field: string) => string | number | null;

/** What everybody who can be invited has. */
const ALWAYS: Record<string, string | number> = {
  'page.url': 'https://shop.example/pricing',
  'page.path': '/pricing',
  'page.scroll': 40,
  'session.page_views': 3,
  'session.events': 1,
  'session.source': '(direct)',
  'session.medium': '(none)',
  'session.channel': 'direct',
  'visitor.sessions': 1,
  'visitor.page_views': 3,
  'visitor.chats': 0,
  'visitor.invitations_shown': 0,
  'visitor.invitations_accepted': 0,
  'visitor.invitations_dismissed': 0,
  'chat.state': 'none',
  'chat.agents_online': 2,
  'chat.free_slots': 3,
};

const KNOWN: Record<'en' | 'ar', Record<string, string | number>> = {
  en: {
    'visitor.trait.name': 'Sara Haddad',
    'visitor.trait.first_name': 'Sara',
    'visitor.trait.last_name': 'Haddad',
    'visitor.trait.company': 'Nakheel Offices',
    'visitor.trait.plan': 'Pro',
    'visitor.city': 'Riyadh',
    'visitor.country': 'SA',
    'page.title': 'Plans and prices',
  },
  ar: {
    'visitor.trait.name': 'سارة حداد',
    'visitor.trait.first_name': 'سارة',
    'visitor.trait.last_name': 'حداد',
    'visitor.trait.company': 'مكاتب النخيل',
    'visitor.trait.plan': 'برو',
    'visitor.city': 'الرياض',
    'visitor.country': 'SA',
    'page.title': 'الباقات والأسعار',
  },
};

const LONG = {
  en: 'Alexandria Montgomery-Featherstonehaugh of Nakheel Offices and Partners',
  ar: 'عبدالرحمن بن عبدالعزيز آل عبداللطيف من شركة النخيل للمكاتب والتجهيزات',
};

const always: Values = (field) => ALWAYS[field] ?? (/^(score\.|session\.views\.)/.test(field) ? 0 : null);

/** What is known of a made-up visitor, in the language of the message. */
export function sample(id: SampleId, lang: string): Values {
  const code = lang.startsWith('ar') ? 'ar' : 'en';
  switch (id) {
    case 'stranger':
      return always;
    case 'known':
      return (field) => KNOWN[code][field] ?? (field.startsWith('visitor.trait.') ? '…' : field.startsWith('score.') ? 62 : always(field));
    case 'longest':
      return (field) => (typeof always(field) === 'number' ? 1_234 : LONG[code]);
  }
}

const scalar = (value: unknown): string | number | null => (typeof value === 'string' || typeof value === 'number' ? value : null);

/** What is known of a visitor of the site. */
export function valuesOf(visitor: VisitorDetail): Values {
  const { page, arrival } = visitor;
  const known: Record<string, string | number | null | undefined> = {
    'page.url': page?.url,
    'page.path': page ? pathOf(page.url) : null,
    'page.title': page?.title,
    'page.type': page?.page_type,
    'page.scroll': page?.scroll,
    'session.page_views': visitor.page_views,
    'session.source': arrival?.source,
    'session.medium': arrival?.medium,
    'session.channel': arrival?.channel,
    'session.campaign': arrival?.campaign,
    'visitor.sessions': visitor.sessions,
    'visitor.country': arrival?.country,
    'visitor.region': arrival?.region,
    'visitor.city': arrival?.city,
    'visitor.device': arrival?.device,
    'visitor.browser': arrival?.browser,
    'visitor.os': arrival?.os,
    'chat.state': visitor.chat,
  };
  const traits = new Map(Object.entries(visitor.traits).map(([name, value]) => [name.toLowerCase(), scalar(value)]));
  return (field) => {
    if (field.startsWith('visitor.trait.')) return traits.get(field.slice('visitor.trait.'.length).toLowerCase()) ?? null;
    if (field.startsWith('score.')) return visitor.scores.find((one) => `score.${one.name}` === field)?.value ?? 0;
    if (field.startsWith('stage.')) return visitor.scores.find((one) => `stage.${one.name}` === field)?.stage ?? null;
    return field in known ? (known[field] ?? null) : always(field);
  };
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}

/** What a visitor of the list is called. */
export const rowName = (row: { id: string; name: string | null; user_id: string | null }, language: 'en' | 'ar'): string =>
  row.name ?? row.user_id ?? madeUpName(row.id, language);
