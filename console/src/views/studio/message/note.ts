/**
 * The line below a message: what to expect of the channel. The service writes it (`src/engine/note`); it is written here
 * in the same words, so that a draft can be shown before anybody could be invited by it. A test compares the two.
 */
import type { Channel } from '$wire/visitor';

export interface Said {
  channel: Channel;
  /** How long a first reply usually takes. */
  expectedReplyS: number | null;
  /** When somebody is there again, in milliseconds since 1970. */
  opensAt: number | null;
  /** Somebody is there and has no time. */
  isBusy: boolean;
}

/** `#` stands for a time, `@` for a weekday or a date. */
export const WORDS = {
  en: {
    chat: 'Chat',
    chat_within: 'Usually replies within # · Chat',
    phone: 'Phone call',
    phone_within: 'We call you back within #',
    phone_closed: 'We call you back when we are open again: #',
    email: 'E-mail',
    email_within: 'We reply by e-mail within #',
    email_busy: 'Nobody is free right now. We reply by e-mail',
    email_closed: 'We are open again #, and reply by e-mail',
    today: 'today at #',
    tomorrow: 'tomorrow at #',
    on_day: 'on @ at #',
    weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  },
  ar: {
    chat: 'محادثة',
    chat_within: 'مدة الرد المعتادة: # · محادثة',
    phone: 'مكالمة هاتفية',
    phone_within: 'نعاود الاتصال بك، المدة المتوقعة: #',
    phone_closed: 'نعاود الاتصال بك عند بدء دوامنا: #',
    email: 'بريد إلكتروني',
    email_within: 'نرد بالبريد الإلكتروني، المدة المتوقعة: #',
    email_busy: 'جميع موظفينا مشغولون الآن. نرد عليك بالبريد الإلكتروني',
    email_closed: 'نعود إلى العمل #، ونرد عليك بالبريد الإلكتروني',
    today: 'اليوم الساعة #',
    tomorrow: 'غدًا الساعة #',
    on_day: 'يوم @ الساعة #',
    weekdays: ['الأحد', 'الاثنين', 'الثلاثاء', 'الأربعاء', 'الخميس', 'الجمعة', 'السبت'],
    months: ['يناير', 'فبراير', 'مارس', 'أبريل', 'مايو', 'يونيو', 'يوليو', 'أغسطس', 'سبتمبر', 'أكتوبر', 'نوفمبر', 'ديسمبر'],
  },
} as const;

type Code = keyof typeof WORDS;
type Unit = 'minute' | 'hour' | 'day';

const ARABIC_UNITS: Record<Unit, readonly [one: string, two: string, few: string, many: string]> = {
  minute: ['دقيقة', 'دقيقتان', 'دقائق', 'دقيقة'],
  hour: ['ساعة', 'ساعتان', 'ساعات', 'ساعة'],
  day: ['يوم', 'يومان', 'أيام', 'يومًا'],
};

/** The line, for a reader of `lang`, at the moment `now`. */
export function note(said: Said, lang: string, now: number): string {
  const code: Code = lang.split('-')[0]?.toLowerCase() === 'ar' ? 'ar' : 'en';
  const words = WORDS[code];
  const within = said.expectedReplyS !== null && said.expectedReplyS > 0 ? duration(said.expectedReplyS, code) : null;
  const opens = said.opensAt === null ? null : when(said.opensAt, now, code);
  const [text, time] = choose(said, words, opens, within);
  return text.replace('#', code === 'ar' ? time.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))) : time);
}

function choose(said: Said, words: (typeof WORDS)[Code], opens: string | null, within: string | null): [string, string] {
  switch (said.channel) {
    case 'chat':
      return within === null ? [words.chat, ''] : [words.chat_within, within];
    case 'phone':
      if (opens !== null) return [words.phone_closed, opens];
      return within === null ? [words.phone, ''] : [words.phone_within, within];
    case 'email':
      if (opens !== null) return [words.email_closed, opens];
      if (within !== null) return [words.email_within, within];
      return [said.isBusy ? words.email_busy : words.email, ''];
  }
}

/** In the largest unit that fits, rounded up. */
function duration(seconds: number, code: Code): string {
  const [unit, size]: [Unit, number] = seconds < 3_600 ? ['minute', 60] : seconds < 86_400 ? ['hour', 3_600] : ['day', 86_400];
  const n = Math.ceil(seconds / size);
  if (code === 'en') return `${n} ${unit}${n === 1 ? '' : 's'}`;
  const [one, two, few, many] = ARABIC_UNITS[unit];
  if (n === 1) return one;
  if (n === 2) return two;
  const rest = n % 100;
  return `${n} ${rest >= 3 && rest <= 10 ? few : rest <= 2 ? one : many}`;
}

/** A moment as people say it, by the reader's own clock. */
function when(at: number, now: number, code: Code): string {
  const words = WORDS[code];
  const [then, today] = [new Date(at), new Date(now)];
  const midnight = (day: Date): number => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const days = Math.round((midnight(then) - midnight(today)) / 86_400_000);
  const hour = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  if (days === 0) return words.today.replace('#', hour);
  if (days === 1) return words.tomorrow.replace('#', hour);
  const day = days > 1 && days <= 6 ? words.weekdays[then.getDay()] : `${then.getDate()} ${words.months[then.getMonth()]}`;
  return words.on_day.replace('@', day ?? '').replace('#', hour);
}
