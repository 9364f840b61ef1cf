import type { Translation } from '$lib/message';
import type en from './chat.en';

export default {
  title: 'المحادثة',
} satisfies Translation<typeof en>;
