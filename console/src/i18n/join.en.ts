/** Redeeming a one-time link. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Join',
} satisfies Catalogue;
