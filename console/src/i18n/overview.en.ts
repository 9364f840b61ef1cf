/** What invitations achieve. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Overview',
} satisfies Catalogue;
