/** Signing in. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Sign in',
} satisfies Catalogue;
