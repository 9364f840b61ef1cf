/** One visitor. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Visitor',
} satisfies Catalogue;
