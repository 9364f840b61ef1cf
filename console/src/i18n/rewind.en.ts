/** A recorded visit, step by step. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Rewind',
} satisfies Catalogue;
