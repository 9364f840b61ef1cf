/** The snippet, and whether it works. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Install',
} satisfies Catalogue;
