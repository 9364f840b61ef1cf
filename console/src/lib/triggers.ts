/** What the triggers of the live rules are called. */
import { get } from './api';
import { model } from './drafts';
import type { VersionFiles } from '$wire/rulesets';

/** Names by id; without a name, or without an answer, an id stands for itself. */
export async function triggerNames(site: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const { files } = await get<VersionFiles>(`/sites/${encodeURIComponent(site)}/rulesets/current`, signal ? { signal } : {});
  const found = await model(site, files);
  const triggers = found.parts.find((one) => one.part === 'trigger')?.entries ?? [];
  return new Map(triggers.flatMap(({ id, values }) => (id !== null && typeof values['name'] === 'string' ? [[id, values['name']]] : [])));
}
