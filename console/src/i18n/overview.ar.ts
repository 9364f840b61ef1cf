import type { Translation } from '$lib/message';
import type en from './overview.en';

export default {
  title: 'نظرة عامة',
} satisfies Translation<typeof en>;
