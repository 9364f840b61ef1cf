/** What somebody is called: by the site, else by a name that is made up from the id. */
import { language } from '$lib/i18n';
import { madeUpName } from '$lib/people';
import type { VisitorDetail } from '$wire/visitor';

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);

export const visitorName = (visitor: Pick<VisitorDetail, 'id' | 'user_id' | 'traits'>): string =>
  text(visitor.traits['name']) ?? text(visitor.user_id) ?? madeUpName(visitor.id, language.code);

export const company = (visitor: Pick<VisitorDetail, 'traits'>): string | null => text(visitor.traits['company']);

/** The path of an address: the part that tells pages of one site apart. */
export function pathOf(url: string): string {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    return url;
  }
}
