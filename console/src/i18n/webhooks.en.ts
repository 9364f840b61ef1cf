/** Outgoing webhooks. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Webhooks',
} satisfies Catalogue;
