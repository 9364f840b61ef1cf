import type { Translation } from '$lib/message';
import type en from './versions.en';

export default {
  title: 'الإصدارات',
} satisfies Translation<typeof en>;
