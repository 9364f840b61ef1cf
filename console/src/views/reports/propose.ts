/** Puts a report's proposal into a draft of the live version, for a person to look at. */
import { begin, change, entry, model } from '$lib/drafts';
import { go } from '$lib/router.svelte';
import { toasts } from '$lib/toasts.svelte';
import { problemLine } from '$lib/problem';
import type { Edit, Step, Value } from '$wire/studio';
import { t } from './words';

/** One value of one rule. */
export interface Proposal {
  part: string;
  /** `null` for a table of which there is one. */
  id: string | null;
  path: Step[];
  value: Value;
}

/** Makes the draft and goes to it. */
export async function propose(site: string, title: string, proposals: readonly Proposal[]): Promise<void> {
  try {
    const made = await begin(site, title);
    await change(site, made, async (files) => {
      const found = await model(site, files);
      return proposals.map(({ part, id, path, value }): Edit => {
        const rule = entry(found, part, id);
        if (rule === null) throw new Error(t('draft.gone', { name: id ?? part }));
        return { op: 'set', file: rule.file, part, index: rule.index, path, value };
      });
    });
    toasts.good(t('draft.made'));
    go(`/sites/${encodeURIComponent(site)}/studio/${encodeURIComponent(made.id)}`);
  } catch (why) {
    toasts.bad(problemLine(why));
  }
}
