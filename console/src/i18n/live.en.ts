/** The live list. */
import type { Catalogue } from '$lib/message';

export default {
  title: 'Live',
  visitors: { one: '{n} visitor', other: '{n} visitors' },
} satisfies Catalogue;
