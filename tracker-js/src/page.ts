/**
 * One look at one page: how long it was attended and how far it was read.
 * Totals only ever grow, so a lost or repeated report does no harm.
 */
import type { Page } from './api.js';
import { ATTENTION_MS, BEAT_MS, GONE_MS, IDLE_BEAT_MS, MAX_STEP_MS, MAX_TITLE, MAX_URL } from './limits.js';
import { failures, lastAnswer, push } from './queue.js';
import { dataset, prefix, store, uid } from './store.js';

export let pageId: string | 0;
export let attended: boolean;
let url: string | undefined;
let activeMs: number;
let scroll: number;
let attendedUntil: number;
let settledAt: number;
let reportedAt: number;
/** What the page said of itself before we might speak. */
let announced: Page | undefined;

/** Fragments may carry tokens: they leave the browser only when asked for. (No address has a space.) */
const here = (): string => location.href.split(dataset.hash == null ? '#' : ' ')[0]!;

/** `<meta name="ahlan:page-type" content="pricing">`, found by the shortest selector. */
const declaredType = (): string | undefined =>
  document.querySelector<HTMLMetaElement>('[name^=ahlan]')?.content;

/** Brings the totals and the attention up to this moment. */
const settle = (): void => {
  const t = Date.now();
  if (attended) activeMs += Math.min(t - settledAt, MAX_STEP_MS);
  attended = !document.hidden && t < attendedUntil;
  settledAt = t;
  scroll = Math.max(
    scroll,
    Math.min(100, (100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight),
  );
};

/** Reports the totals. */
const report = (type: string): void => {
  reportedAt = settledAt;
  push(type, { page: pageId, active_ms: activeMs, scroll, visible: attended });
};

/** Reports a change of attention at once, and otherwise keeps the heartbeat. */
export const look = (): void => {
  const before = attended;
  if (!pageId) return;
  settle();
  // After a long sleep the server has ended the visit, and only a page view begins another: at the next touch.
  if (settledAt - reportedAt > GONE_MS) pageId = 0;
  else {
    // Totals need no queue: while the server is away, the next one says it all.
    if (!failures && (attended != before || settledAt - reportedAt >= (attended ? lastAnswer.ping_after_ms || BEAT_MS : IDLE_BEAT_MS)))
      report('engage');
    url == here() || view();
  }
};

/** Somebody is there: a touch, or a page just opened or brought back. */
export const touch = (): void => {
  attendedUntil = Date.now() + ATTENTION_MS;
  if (!pageId) view(announced);
  if (!attended) look();
};

/** The window lost the focus, unless it went to a frame of this page. */
export const blur = (): void => {
  if (document.hasFocus()) return;
  attendedUntil = 0;
  look();
};

/** Ends the page view, if there is one, and begins another. */
export const view = (page: Page = {}): void => {
  announced = page;
  if (store[prefix]) {
    leave();
    pageId = uid();
    reportedAt = settledAt;
    activeMs = scroll = 0;
    push('page_view', {
      page: pageId,
      lang: document.documentElement.lang || navigator.language,
      referrer: (url || document.referrer).slice(0, MAX_URL), // the page before, so it comes first
      url: ((url = here()), page.url || url).slice(0, MAX_URL),
      title: (page.title || document.title).slice(0, MAX_TITLE),
      page_type: page.page_type || declaredType() || dataset.pageType,
      screen: [screen.width, screen.height],
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      visible: attended,
    });
  }
};

export const leave = (): void => {
  settle();
  if (pageId) report('leave');
  pageId = 0;
};
