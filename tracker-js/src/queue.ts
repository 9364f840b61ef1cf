/**
 * Events on their way to the server: stored first, sent in batches, kept until
 * the server has taken or refused them. Ids never change, so that sending
 * twice (a page that died before the answer came) does no harm.
 */
import { BATCH_MS, MAX_BACKOFF_MS, MAX_BATCH, MAX_EVENT_CHARS, MAX_QUEUE } from './limits.js';
import { ORPHAN_MS } from './limits.js';
import { heard } from './invitations.js';
import { pageId } from './page.js';
import { drop, entries, dataset, LAST, prefix, src, store, uid } from './store.js';
import type { Outcome } from './api.js';
import type { Answer } from './wire.js';

/** Whether an entry is in flight. Entries of other tabs are not in here. */
const inFlight: Record<string, 0 | 1> = {};
/** Set from the first event until everything is sent: one request after another. */
let busy: unknown;
export let failures = 0;

export let lastAnswer: Answer = {};

/** An address beside, or at the origin of, the tracker script. */
export const at = (path: string): string => new URL(path, src) as never;

/**
 * Queues an event. If the key has vanished, the
 * visitor has cleared it, or denied consent in another tab: nothing is kept.
 */
export const push = (type: string, fields: object): void => {
  const id = uid();
  const name = prefix + id;
  const json = JSON.stringify({ id, type, at: Date.now(), ...fields });
  if (store[prefix] && json.length < MAX_EVENT_CHARS) {
    try {
      store[name] = json;
      if ((fields as { outcome?: Outcome }).outcome) store[LAST + prefix] = json;
    } catch {
      // Storage is full: this one is lost.
    }
    inFlight[name] = 0;
    entries().slice(0, -MAX_QUEUE).map(drop);
    busy ||= setTimeout(flush, BATCH_MS);
  }
};

/** A string body goes as text/plain, which spares a preflight. */
export const post = (path: string, events?: unknown[]): Promise<Response> =>
  fetch(at(path), {
    credentials: 'omit',
    method: 'POST',
    keepalive: true,
    body: JSON.stringify({
      site: dataset.site,
      key: store[prefix],
      webdriver: navigator.webdriver,
      known: store[LAST + prefix], // in case the service has lost it
      sent: Date.now(),
      events,
    }),
  });

/**
 * Sends what waits. A page that has been left never sees the answer, so there
 * the browser's promise to deliver has to do, unless it is known to be offline.
 */
export const flush = async (): Promise<void> => {
  // Our own events, and those of tabs that are gone.
  const batch = entries()
    .filter((name) => !(inFlight[name] ?? name > prefix + (Date.now() - ORPHAN_MS)))
    .slice(0, MAX_BATCH);
  busy = batch[0];
  if (busy) {
    try {
      const sending = post(
        '/v1/collect',
        batch.map((name) => {
          inFlight[name] = 1;
          return JSON.parse(store[name]!);
        }),
      );
      if (!pageId && navigator.onLine) batch.map(drop);
      const response = await sending;
      if (/^5|408|429/.test(response.status as never)) throw response;
      batch.map(drop);
      heard((lastAnswer = await response.json()));
      setTimeout(flush, BATCH_MS); // until nothing is left
    } catch (error) {
      batch.map((name) => (inFlight[name] = 0));
      // As long as the server asks, plus full jitter that doubles each time.
      setTimeout(
        flush,
        (1e3 * ((error as Partial<Response>).headers?.get('retry-after') as never) || 0) +
          Math.random() * Math.min(MAX_BACKOFF_MS, 1e3 * 2 ** ++failures),
      );
    }
  } else failures = 0;
};
