import type { Translation } from '$lib/message';
import type en from './live.en';

export default {
  title: 'مباشر',
  visitors: {
    zero: 'لا زوّار',
    one: 'زائر واحد',
    two: 'زائران',
    few: '{n} زوّار',
    many: '{n} زائرًا',
    other: '{n} زائر',
  },
} satisfies Translation<typeof en>;
