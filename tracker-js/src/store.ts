/**
 * What the tracker keeps: the visitor key, and one entry for each event that
 * is not acknowledged yet. One entry per event means that tabs never rewrite
 * each other's queue: adding and removing are single, atomic operations.
 */
import type { Setup } from './api.js';

/** localStorage; plain memory for cookieless visitors and where it is refused. */
export let store: Record<string, string> = {};
export let setup: Setup;
/** Begins every entry's name; by itself it names the visitor key. */
export let prefix: string;
let serial = 1e3;

export const setUp = (given: Setup): Setup => (setup = given);

export const openStore = (): void => {
  prefix = `ahlan:${setup.dataset.site}:`;
  try {
    if (setup.dataset.cookieless == null) store = localStorage;
  } catch {
    // Storage is blocked: the visitor lasts as long as the page.
  }
};

export const drop = (name: string): boolean => delete store[name];

/** The unacknowledged events, oldest first: ids begin with the time. */
export const entries = (): string[] =>
  Object.keys(store)
    .filter((name) => name.split(prefix)[1])
    .sort();

/** Random, base64url, 22 characters: like 16 bytes, but for the unsafe letters left out. */
export const random = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\W/g, '')
    .padEnd(22, 'A');

/** Sorts by time, and within a millisecond by the order of calls. */
export const uid = (): string => '' + Date.now() + serial++ + random();
