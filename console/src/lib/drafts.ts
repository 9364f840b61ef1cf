/** Drafts of rules from outside the studio: a change that some report proposes, a test that a visit has made. */
import { Problem, get, post, put } from './api';
import type { Draft, DraftList, DraftRow, Edit, EditAnswer, Entry, Model, RuleFile, Saved, StaleDraft } from '$wire/studio';

const at = (site: string): string => `/sites/${encodeURIComponent(site)}`;

/** The drafts of a site, newest first. */
export const drafts = async (site: string, signal?: AbortSignal): Promise<DraftRow[]> =>
  (await get<DraftList>(`${at(site)}/drafts`, signal ? { signal } : {})).drafts;

export const draft = (site: string, id: string, signal?: AbortSignal): Promise<Draft> =>
  get<Draft>(`${at(site)}/drafts/${encodeURIComponent(id)}`, signal ? { signal } : {});

/** A new draft of the live version. */
export const begin = (site: string, title: string): Promise<Draft> => post<Draft>(`${at(site)}/drafts`, { title });

export const model = (site: string, files: readonly RuleFile[]): Promise<Model> => post<Model>(`${at(site)}/rulesets/model`, { files });

/** The entry of this part with this id; without an id the only one. */
export const entry = (found: Model, part: string, id: string | null): Entry | null =>
  found.parts.find((one) => one.part === part)?.entries.find((one) => id === null || one.id === id) ?? null;

/** Files with some of them replaced, and new ones behind. */
export function merged(files: readonly RuleFile[], changed: readonly RuleFile[]): RuleFile[] {
  const kept = files.map((file) => changed.find((one) => one.name === file.name) ?? file);
  return [...kept, ...changed.filter((one) => !files.some((file) => file.name === one.name))];
}

/** How often somebody else's save in between is met with another try. */
const TRIES = 3;

/**
 * Changes a draft and saves it. `make` is handed the files that the edits are for: if somebody has saved in between, it
 * is asked again for theirs, so that nothing of theirs is lost.
 */
export async function change(site: string, from: Draft, make: (files: RuleFile[]) => Promise<Edit[]>): Promise<Saved> {
  let base: Pick<Draft, 'revision' | 'files'> = from;
  for (let tries = 1; ; tries += 1) {
    const edits = await make(base.files);
    const answer = await post<EditAnswer>(`${at(site)}/rulesets/edit`, { files: base.files, edits });
    const files = merged(base.files, answer.files);
    try {
      return await put<Saved>(`${at(site)}/drafts/${encodeURIComponent(from.id)}`, { revision: base.revision, files });
    } catch (why) {
      const problem = Problem.of(why);
      const stale = problem.more as Partial<StaleDraft>;
      if (problem.kind !== 'stale-draft' || stale.draft === undefined || tries >= TRIES) throw problem;
      base = stale.draft;
    }
  }
}
