/**
 * What the tracker keeps: the visitor key, and one entry for each event that
 * is not acknowledged yet. One entry per event means that tabs never rewrite
 * each other's queue: adding and removing are single, atomic operations.
 */
import type { Setup } from './api.js';

/** localStorage; plain memory for cookieless visitors and where it is refused. */
export let store: Record<string, string> = {};
export let setup: Setup;
/** Where the visitor key lies. Whoever knows the key speaks for the visitor. */
export let keyName: string;
let serial = 1e3;

export const openStore = (given: Setup): void => {
  setup = given;
  keyName = `ahlan:${setup.dataset.site}`;
  try {
    if (setup.dataset.cookieless == null) store = localStorage;
  } catch {
    // Storage is blocked: the visitor lasts as long as the page.
  }
};

export const drop = (name: string): boolean => delete store[name];

/** An event's entry. Ids begin with the time, so names sort by age. */
export const entry = (id: string | number): string => keyName + ':' + id;

/** All unacknowledged events, oldest first. */
export const entries = (): string[] =>
  Object.keys(store)
    .filter((name) => name.startsWith(entry('')))
    .sort();

/** Random, base64url, 22 characters: like 16 bytes, but for the unsafe letters left out. */
export const random = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\W/g, '')
    .padEnd(22, 'A');

/** Sorts by time, and within a millisecond by the order of calls. */
export const uid = (): string => '' + Date.now() + serial++ + random();
