import type { Translation } from '$lib/message';
import type en from './visitor.en';

export default {
  title: 'الزائر',
} satisfies Translation<typeof en>;
