/** The first administrator. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Set up',
} satisfies Catalogue;
