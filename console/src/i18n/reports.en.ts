/** Whether invitations helped. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Reports',
} satisfies Catalogue;
