/** Where rules are written. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Studio',
} satisfies Catalogue;
