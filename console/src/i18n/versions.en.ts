/** What was live when, and what it changed. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Versions',
} satisfies Catalogue;
