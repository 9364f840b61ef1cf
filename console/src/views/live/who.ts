/** What a visitor is called in the list. */
import { language } from '$lib/i18n';
import { madeUpName, shortId } from '$lib/people';
import type { VisitorRow } from '$wire/live';

export interface Who {
  name: string;
  /** The company, the site's own id, or the short id of somebody unknown. */
  note: string;
  /** Whether the site told who it is. */
  known: boolean;
}

export function who(row: Pick<VisitorRow, 'id' | 'user_id' | 'name' | 'company'>): Who {
  if (row.name) return { name: row.name, note: row.company ?? row.user_id ?? shortId(row.id), known: true };
  if (row.user_id) return { name: row.user_id, note: row.company ?? shortId(row.id), known: true };
  return { name: madeUpName(row.id, language.code), note: row.company ?? shortId(row.id), known: false };
}
