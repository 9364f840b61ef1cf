import type { Translation } from '$lib/message';
import type en from './reports.en';

export default {
  title: 'التقارير',
} satisfies Translation<typeof en>;
