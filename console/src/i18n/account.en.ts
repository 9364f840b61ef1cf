/** The signed-in person's own page. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Account',
} satisfies Catalogue;
