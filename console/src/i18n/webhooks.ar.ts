import type { Translation } from '$lib/message';
import type en from './webhooks.en';

export default {
  title: 'خطافات الويب',
} satisfies Translation<typeof en>;
