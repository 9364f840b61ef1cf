import type { Translation } from '$lib/message';
import type en from './people.en';

export default {
  title: 'الأشخاص',
} satisfies Translation<typeof en>;
