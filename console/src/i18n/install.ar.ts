import type { Translation } from '$lib/message';
import type en from './install.en';

export default {
  title: 'التثبيت',
} satisfies Translation<typeof en>;
