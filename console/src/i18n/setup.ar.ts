import type { Translation } from '$lib/message';
import type en from './setup.en';

export default {
  title: 'الإعداد',
} satisfies Translation<typeof en>;
