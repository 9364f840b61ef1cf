/** What narrows, orders and divides the list, as it stands in the address bar and in saved views. Pure. */

export const FILTERS = ['stage', 'presence', 'page_type', 'country', 'channel', 'device', 'chat', 'invitation', 'returning', 'tag'] as const;
export type FilterName = (typeof FILTERS)[number];
export const GROUPS = ['page_type', 'country', 'channel', 'device', 'presence', 'stage'] as const;
export type GroupName = (typeof GROUPS)[number];
const KNOWN: readonly string[] = [...FILTERS, 'q', 'sort', 'group'];

/** Who has a page open, looked at or not: the list, unless something else is asked for. */
export const HERE = 'here';
/** Those who have left lately as well. */
export const EVERYBODY = 'all';

/** Words that are the service's own: what may be chosen whatever the site is. */
export const CHOICES: Partial<Record<FilterName, readonly string[]>> = {
  presence: [HERE, 'active', 'idle', 'left', EVERYBODY],
  chat: ['queued', 'chatting', 'ended'],
  invitation: ['offered', 'shown', 'accepted', 'dismissed', 'ignored', 'held'],
  device: ['desktop', 'mobile', 'tablet', 'tv', 'other'],
  returning: ['true', 'false'],
};

/** The part of a query that concerns the list, in one order, so that two views can be compared. */
export function listQuery(query: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const name of KNOWN) {
    const value = query.get(name);
    if (value) kept.set(name, value);
  }
  return kept;
}

/** What the service is asked: who has left is told only to whoever wants to know. */
export function asked(list: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(list);
  const wanted = list.get('presence') ?? HERE;
  if (wanted === EVERYBODY) next.delete('presence');
  else next.set('presence', wanted);
  return next;
}

/** The query with something set, or taken off by `null`. */
export function changed(query: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(query);
  // Who is here is what is shown anyway: no filter of its own.
  if (value && !(name === 'presence' && value === HERE)) next.set(name, value);
  else next.delete(name);
  return next;
}

/** The filters that are set, in the order of the filters. */
export function filtersOf(query: URLSearchParams): { name: FilterName; value: string }[] {
  return FILTERS.flatMap((name) => {
    const value = query.get(name);
    return value ? [{ name, value }] : [];
  });
}

/** The order of a column after its heading was pressed: greatest first, then least first, then as it was. */
export function nextSort(current: string | null, column: string): string | null {
  if (current === `-${column}`) return column;
  if (current === column) return null;
  return `-${column}`;
}

/** How warm a stage is, among the stages of its score from the lowest to the highest: 0 cold, 1 warm, 2 hot. */
export function warmth(stage: string | null, stages: readonly (string | null)[]): 0 | 1 | 2 {
  if (stage === null) return 0;
  const named = stages.filter((one) => one !== null);
  const at = named.indexOf(stage);
  if (at < 0) return stage === 'hot' ? 2 : stage === 'cold' ? 0 : 1;
  return at === named.length - 1 ? 2 : at === 0 && named.length > 2 ? 0 : 1;
}
