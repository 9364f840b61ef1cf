/**
 * One look at one page: how long it was attended and how far it was read.
 * Totals only ever grow, so a lost or repeated report does no harm.
 */
import type { Page } from './api.js';
import { ATTENTION_MS, BEAT_MS, IDLE_BEAT_MS, MAX_STEP_MS, MAX_TITLE, MAX_URL } from './limits.js';
import { answered, failures, lastAnswer, push } from './queue.js';
import { setup, uid } from './store.js';

export let pageId: string | null;
export let attended = false;
let url: string | undefined;
let activeMs: number;
let scroll: number;
let attendedUntil: number;
let settledAt: number;
let reportedAt: number;
/** What the page said of itself before we might speak. */
let announced: Page | undefined;

/** Fragments may carry tokens, so they leave the browser only when asked for. */
const here = (): string => location.href.split(setup.dataset.hash == null ? '#' : undefined!)[0]!;

/** Brings the totals and the attention up to this moment. */
const settle = (): void => {
  const t = Date.now();
  if (attended) activeMs += Math.min(t - settledAt, MAX_STEP_MS);
  attended = !document.hidden && t < attendedUntil;
  settledAt = t;
  scroll = Math.max(
    scroll,
    Math.min(100, (100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight) | 0,
  );
};

/** Reports the totals. */
const report = (type: string, visible?: boolean): void => {
  reportedAt = settledAt;
  push(type, { page: pageId, active_ms: activeMs, scroll, visible });
};

const beatMs = (): number => (attended ? lastAnswer.ping_after_ms || BEAT_MS : IDLE_BEAT_MS);

/** Reports a change of attention at once, and otherwise keeps the heartbeat. */
export const look = (): void => {
  if (!pageId) return;
  const before = attended;
  settle();
  // Totals need no queue: while the server is away, the next one says it all.
  if (!failures && (attended != before || settledAt - reportedAt >= beatMs()))
    report('engage', attended);
  if (url != here()) view();
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
  if (!answered) return;
  leave();
  const referrer = url || document.referrer;
  const meta = document.querySelector<HTMLMetaElement>('[name="ahlan:page-type"]');
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
    page_type: page.page_type || meta?.content || setup.dataset.pageType,
    screen: [screen.width, screen.height],
    lang: document.documentElement.lang || navigator.language,
    tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    visible: attended,
  });
};

export const leave = (): void => {
  if (!pageId) return;
  settle();
  report('leave');
  pageId = null;
};
