import type { Translation } from '$lib/message';
import type en from './join.en';

export default {
  title: 'الانضمام',
} satisfies Translation<typeof en>;
