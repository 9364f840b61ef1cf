/**
 * One look at one page: how long it was attended and how far it was read.
 * Totals only ever grow, so a lost or repeated report does no harm.
 */
import type { Options, Page } from './api.js';
import { ATTENTION_MS, BEAT_MS, IDLE_BEAT_MS, MAX_TITLE, MAX_URL } from './limits.js';
import { push, withdraw } from './queue.js';
import { uid } from './store.js';

export let pageId: string | undefined;
export let attended = false;
let options: Options;
let url: string | undefined;
let activeMs: number;
let scroll: number;
let attendedUntil = 0;
let settledAt: number;
let reportedAt: number;
let lastReport: string | undefined;
let beatMs = BEAT_MS;

export const openPages = (given: Options): Options => (options = given);

/** The server decides how often it wants to hear from an attended page. */
export const setBeat = (ms: number | undefined): number => (beatMs = ms || beatMs);

const now = (): number => performance.now();

/** Fragments may carry tokens, so they leave the browser only when asked for. */
const here = (): string => location.href.split(options.hash == null ? '#' : undefined!)[0]!;

/** Brings the totals and the attention up to this moment. */
function settle(): void {
  const t = now();
  if (attended) activeMs += Math.min(t, attendedUntil) - settledAt;
  attended = !document.hidden && t < attendedUntil;
  settledAt = t;
  const read = (scrollY + innerHeight) / document.documentElement.scrollHeight;
  scroll = Math.max(scroll, Math.min(100, Math.round(read * 100)));
}

/** Reports the totals; an unsent older total says nothing that this one does not. */
function report(type: string, visible?: boolean): void {
  reportedAt = settledAt;
  withdraw(lastReport!);
  lastReport = push(type, { page: pageId, active_ms: Math.round(activeMs), scroll, visible });
}

/** Reports a change of attention at once, and otherwise keeps the heartbeat. */
export function look(): void {
  if (!pageId) return;
  const before = attended;
  settle();
  if (attended != before || settledAt - reportedAt >= (attended ? beatMs : IDLE_BEAT_MS))
    report('engage', attended);
}

/** Somebody is there: a touch, or a page that was just opened. */
export function touch(): void {
  attendedUntil = now() + ATTENTION_MS;
  if (!attended) look();
}

/** The window lost the focus, unless it went to a frame of this page. */
export function blur(): void {
  if (document.hasFocus()) return;
  attendedUntil = Math.min(now(), attendedUntil);
  look();
}

/** Ends the page view, if there is one, and begins another. */
export function view(page: Page = {}): void {
  leave();
  const referrer = url ?? document.referrer;
  const meta = document.querySelector<HTMLMetaElement>('meta[name="ahlan:page-type"]');
  url = here();
  pageId = uid();
  settle();
  reportedAt = settledAt;
  activeMs = scroll = 0;
  push('page_view', {
    page: pageId,
    url: (page.url || url).slice(0, MAX_URL),
    title: (page.title || document.title).slice(0, MAX_TITLE),
    referrer: referrer.slice(0, MAX_URL),
    page_type: page.page_type || meta?.content || options.pageType,
    screen: [screen.width, screen.height],
    lang: document.documentElement.lang || navigator.language,
    tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    visible: attended,
  });
}

/** Navigated within the document: a new page only if the address is new. */
export function navigated(): void {
  if (pageId && url != here()) view();
}

export function leave(): void {
  if (!pageId) return;
  settle();
  report('leave');
  pageId = lastReport = undefined;
}
