import type { Translation } from '$lib/message';
import type en from './account.en';

export default {
  title: 'الحساب',
} satisfies Translation<typeof en>;
