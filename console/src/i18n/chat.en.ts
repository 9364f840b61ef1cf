/** Departments, hours, who can answer. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Chat',
} satisfies Catalogue;
