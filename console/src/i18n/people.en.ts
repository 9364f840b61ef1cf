/** Users, tokens, audit log. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'People',
} satisfies Catalogue;
