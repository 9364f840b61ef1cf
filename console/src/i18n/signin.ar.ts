import type { Translation } from '$lib/message';
import type en from './signin.en';

export default {
  title: 'تسجيل الدخول',
} satisfies Translation<typeof en>;
