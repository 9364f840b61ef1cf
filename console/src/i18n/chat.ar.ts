import type { Translation } from '$lib/message';
import type en from './chat.en';

export default {
  title: 'الدردشة',
} satisfies Translation<typeof en>;
