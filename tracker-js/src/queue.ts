/**
 * Events on their way to the server: stored first, sent in batches, kept until
 * the server has taken or refused them. Ids never change, so that sending
 * twice (a page that died before the answer came) does no harm.
 */
import type { Options } from './api.js';
import { BATCH_MS, MAX_BACKOFF_MS, MAX_BATCH, MAX_BATCH_CHARS } from './limits.js';
import { MAX_EVENT_CHARS, MAX_QUEUE, ORPHAN_MS } from './limits.js';
import { drop, get, names, prefix, put, uid } from './store.js';
import type { Answer } from './wire.js';

/** Whether an entry is in flight. Entries of other tabs are not in here. */
const inFlight: Record<string, boolean> = {};
let timer = 0;
let failures = 0;
let options: Options;

/** Takes the server's answers; without it the visitor does not let us work. */
export let answered: ((answer: Answer) => void) | undefined;
export const setAnswered = (taker: typeof answered): typeof answered => (answered = taker);
export const openQueue = (given: Options): Options => (options = given);

/** An address beside, or at the origin of, the tracker script. */
export const at = (path: string): string => new URL(path, options.src).href;

/**
 * Queues an event and returns its entry's name. If the key has vanished, the
 * visitor has cleared it, or denied consent in another tab: nothing is kept.
 */
export function push(type: string, fields: object): string | undefined {
  if (!answered || !get(prefix)) return;
  const id = uid();
  const json = JSON.stringify({ id, type, at: Date.now(), ...fields });
  if (json.length > MAX_EVENT_CHARS) return;
  const name = prefix + id;
  put(name, json);
  inFlight[name] = false;
  if (names()[MAX_QUEUE + 1]) drop(names()[1]!);
  timer ||= setTimeout(flush, BATCH_MS);
  return name;
}

/** Forgets an event that a newer one replaces, unless it is on its way. */
export function withdraw(name: string): void {
  if (!inFlight[name]) drop(name);
}

/** A string body goes as text/plain, which spares a preflight. */
export const post = (path: string, fields?: object): Promise<Response> =>
  fetch(at(path), {
    method: 'POST',
    credentials: 'omit',
    keepalive: true,
    body: JSON.stringify({ site: options.site, key: get(prefix), ...fields })
      // Half an emoji, left by cutting a title, is not JSON to a strict parser.
      .replace(/\\ud.../g, '\\ufffd'),
  });

/** Our own events, and those of tabs that are gone. */
function nextBatch(): string[] {
  const orphan = prefix + (Date.now() - ORPHAN_MS).toString(36);
  let room = MAX_BATCH_CHARS;
  return names()
    .slice(1)
    .filter((name) => !(inFlight[name] ?? name > orphan) && (room -= get(name)!.length) > 0)
    .slice(0, MAX_BATCH);
}

/**
 * Sends what waits. A dying page never sees the answer, so there the browser's
 * promise to deliver has to do, unless it is known to be offline.
 */
export async function flush(dying?: boolean): Promise<void> {
  clearTimeout(timer);
  timer = 0;
  const batch = nextBatch();
  if (!batch[0]) return;
  try {
    const sending = post('/v1/collect', {
      sent: Date.now(),
      webdriver: navigator.webdriver || undefined,
      events: batch.map((name) => {
        inFlight[name] = true;
        return JSON.parse(get(name)!);
      }),
    });
    if (dying && navigator.onLine) batch.map(drop);
    const response = await sending;
    if (/^(5|408|429)/.test(response.status as never)) throw response;
    batch.map(drop);
    failures = 0;
    timer ||= setTimeout(flush, BATCH_MS); // there may be more than one batch
    if (response.ok) answered?.(await response.json());
  } catch (error) {
    batch.map((name) => (inFlight[name] = false));
    retry((error as Partial<Response>).headers);
  }
}

/** Waits as long as the server asks, plus full jitter that doubles each time. */
function retry(headers?: Headers): void {
  clearTimeout(timer);
  timer = setTimeout(
    flush,
    1e3 * ((headers?.get("retry-after") as never) || 0) +
      Math.random() * Math.min(MAX_BACKOFF_MS, 1e3 * 2 ** ++failures),
  );
}

/** Sends at once, but never into a server that asked for patience. */
export function hurry(dying?: boolean): void {
  if (!failures) flush(dying);
}
