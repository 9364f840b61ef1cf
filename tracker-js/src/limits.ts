/** Every bound and interval of the tracker. This file imports nothing, so that the values are inlined. */

/** Events this close together share a request. */
export const BATCH_MS = 100;
export const MAX_QUEUE = 100;
/** Characters of one event; the longest page view takes 4,700, the server 8 KiB. */
export const MAX_EVENT_CHARS = 5e3;
/** Events; nine of the longest stay below the 64 KiB that a request may hold. */
export const MAX_BATCH = 9;
/** Another tab's event this old has lost its sender. */
export const ORPHAN_MS = 5e3;
export const MAX_BACKOFF_MS = 3e5;

/** A page that nobody touched for this long is unattended. */
export const ATTENTION_MS = 6e4;
/** An unattended tab still says that it exists. */
export const IDLE_BEAT_MS = 6e4;
/** After as much silence the server ends a visit. */
export const GONE_MS = 18e5;
/** Until the server says otherwise. */
export const BEAT_MS = 15e3;
/** How often attention and reading depth are looked at. */
export const LOOK_MS = 1e3;
/** Longer than that between two looks, and the computer was asleep. */
export const MAX_STEP_MS = 2e3;

/** Routers redirect, or set the title, just after the address. */
export const ROUTE_MS = 100;
export const MAX_URL = 2e3;
/** Characters; three bytes each stay below 1 KiB. */
export const MAX_TITLE = 300;
