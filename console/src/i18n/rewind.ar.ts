import type { Translation } from '$lib/message';
import type en from './rewind.en';

export default {
  title: 'استعادة الزيارة',
} satisfies Translation<typeof en>;
