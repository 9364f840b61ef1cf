/** Puts the parts together: settings, calls from the page, browser events. */
import type { Ahlan, Options, Page, Props } from './api.js';
import { fire, hangUp, heard, on } from './invitations.js';
import { LOOK_MS } from './limits.js';
import { watchNavigation } from './navigation.js';
import { blur, leave, look, navigated, openPages, pageId, setBeat, touch, view } from './page.js';
import { answered, flush, hurry, openQueue, push, setAnswered } from './queue.js';
import { drop, ensureKey, names, openStore } from './store.js';

/** What to say of the first page, if the page said it before we might speak. */
let firstPage: Page | undefined;

function start(): void {
  if (answered) return;
  ensureKey();
  setAnswered((answer) => {
    setBeat(answer.ping_after_ms);
    heard(answer);
  });
  touch();
  view(firstPage);
}

/** One last word to the server, then nothing is kept, sent or shown. */
function deny(): void {
  names().slice(1).map(drop);
  push('consent', { state: 'denied' });
  flush(true);
  setAnswered(undefined);
  names().map(drop);
  leave();
  hangUp();
  fire('revoke');
}

const calls = {
  track: (name: string, props?: Props) => push('custom', { page: pageId, name, props }),
  identify: (user_id: string, traits?: Props, token?: string) =>
    push('identify', { user_id, traits, token }),
  goal: (name: string, value?: number) => push('goal', { name, value }),
  chat: (state: string) => push('chat', { state }),
  consent(state: string) {
    if (state == 'denied') return deny();
    start();
    push('consent', { state });
  },
  page(page?: Page) {
    if (answered) view(page);
    else firstPage = page;
  },
  on,
};

/** Runs one call of the page; nothing it does may throw into the page. */
function run(call: string, ...args: unknown[]): void {
  try {
    (calls as unknown as Record<string, (...args: unknown[]) => void>)[call]!(...args);
  } catch {
    // An unknown call, or arguments that are no JSON.
  }
}

function watchBrowser(): void {
  for (const touched of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'focus'])
    addEventListener(touched, touch, { passive: true });
  addEventListener('blur', blur);
  addEventListener('online', () => flush());
  addEventListener('visibilitychange', () => {
    if (!document.hidden) return touch();
    look();
    hangUp();
    hurry(); // a hidden page may be frozen or killed without another word
  });
  addEventListener('pagehide', () => {
    leave();
    hangUp(); // an open stream would keep the page out of the back/forward cache
    hurry(true);
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    touch();
    calls.page();
  });
  setInterval(look, LOOK_MS);
}

/** Starts the tracker on a page that is really looked at. */
export function boot(options: Options): void {
  const refused = navigator.globalPrivacyControl || navigator.doNotTrack == '1';
  const early = [...(window.ahlan?.q ?? [])] as unknown as [string][];
  window.ahlan = (refused ? () => {} : run) as Ahlan;
  if (refused) return;
  openStore(options.site, options.cookieless != null);
  openQueue(options);
  openPages(options);
  early.map((args) => args[0] == 'page' && run(...args));
  if (options.consent != 'required') start();
  early.map((args) => args[0] != 'page' && run(...args));
  watchBrowser();
  watchNavigation(navigated);
}

/** A prerendered page counts when it is shown, if ever. */
export function init(options: Options): void {
  if (document.prerendering)
    document.addEventListener('prerenderingchange', () => boot(options), { once: true });
  else boot(options);
}
