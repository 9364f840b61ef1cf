/**
 * What the tracker keeps: the visitor key, the last word on an invitation, and
 * one entry for each event that is not acknowledged yet. One entry per event means that tabs never rewrite
 * each other's queue: adding and removing are single, atomic operations.
 */
import type { Setup } from './api.js';

/** localStorage; plain memory for cookieless visitors and where it is refused. */
export let store: Record<string, string> = {};
/** From the script tag; those who bundle set it up themselves. */
export let { src, dataset } = document.currentScript as unknown as Setup;
export const setUp = (given: Setup): unknown => ({ src, dataset } = given);
/** Begins every entry's name; by itself it names the visitor key. */
export let prefix: string;
/** Before the prefix, names the last event that told what became of an invitation. */
export const LAST = 0;
let serial = 1e3;

/** Until it is opened there is no key, and without a key nothing is kept or sent. */
export const openStore = (): void => {
  prefix = 'ahlan:' + dataset.site + ':';
  try {
    dataset.cookieless ?? (store = localStorage);
    store[prefix] ||= random();
  } catch {
    // Storage is blocked or full: the visitor lasts as long as the page.
    store = { [prefix]: random() };
  }
};

export const drop = (name: string): boolean => delete store[name];

/** The unacknowledged events, oldest first: ids begin with the time. */
export const entries = (): string[] =>
  Object.keys(store)
    .sort()
    .filter((name) => name.split(prefix)[1]);

/** 16 random bytes, base64url, but for a rare letter that a URL does not like. */
const random = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\W/g, 0 as never)
    .slice(0, 22);

/** Sorts by time, and within a millisecond by the order of calls. */
export const uid = (): string => Date.now() + (serial++ + random());
