import type { Translation } from '$lib/message';
import type en from './studio.en';

export default {
  title: 'الاستوديو',
} satisfies Translation<typeof en>;
