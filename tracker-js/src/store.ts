/**
 * What the tracker keeps: the visitor key, and one entry for each event that
 * is not acknowledged yet. One entry per event means that tabs never rewrite
 * each other's queue: adding and removing are single, atomic operations.
 *
 * Entry names are `ahlan:<site>:<event id>` and sort by time. The bare prefix
 * holds the visitor key, so it always sorts first.
 */
let store: Record<string, string> = {};
let serial = 1e3;
export let prefix: string;

/** Cookieless visitors, and browsers that refuse storage, get plain memory. */
export function openStore(site: string, cookieless: boolean): void {
  prefix = `ahlan:${site}:`;
  try {
    store = (!cookieless && localStorage) || store;
  } catch {
    // Storage is blocked: the visitor lasts as long as the page.
  }
}

export const get = (name: string): string | undefined => store[name];

export function put(name: string, value: string): void {
  try {
    store[name] = value;
  } catch {
    // Storage is full: carry on in memory.
    store = { [prefix]: store[prefix]!, [name]: value };
  }
}

export const drop = (name: string): boolean => delete store[name];

/** All our entries, oldest first; the first is the visitor key. */
export const names = (): string[] =>
  Object.keys(store)
    .filter((name) => name.startsWith(prefix))
    .sort();

/** Sorts by time, and within a millisecond by the order of calls. */
export const uid = (): string =>
  Date.now().toString(36) + serial++ + Math.random().toString(36).slice(2);

/** 128 random bits, base64url. Whoever knows the key speaks for the visitor. */
export function ensureKey(): void {
  if (!store[prefix])
    put(
      prefix,
      btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(
        /\W/g,
        (c) => (c < '/' ? '-' : c < '0' ? '_' : ''),
      ),
    );
}
