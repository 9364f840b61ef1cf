/** Puts the parts together: settings, calls from the page, browser events. */
import type { Ahlan, Page, Setup } from './api.js';
import { fire, hangUp, heard, on, safely, type Listener } from './invitations.js';
import { LOOK_MS, ROUTE_MS } from './limits.js';
import { blur, leave, look, pageId, touch, view } from './page.js';
import { failures, flush, push, setAnswered } from './queue.js';
import { drop, entries, openStore, prefix, random, setUp, setup, store } from './store.js';

/** Begins to keep and send, unless the browser says that the visitor objects. */
const start = (): void => {
  if (navigator.globalPrivacyControl || navigator.doNotTrack == '1') return;
  store[prefix] ||= random();
  setAnswered(heard);
  touch();
};

/** One last word to the server, then nothing is kept, sent or shown. */
const deny = (): void => {
  leave();
  entries().map(drop);
  push('consent', { state: 'denied' });
  flush();
  setAnswered();
  entries().map(drop);
  drop(prefix);
  hangUp();
  fire('revoke', []);
};

/** The page is out of sight, and may be frozen or killed without another word. */
const away = (): void => {
  hangUp(); // an open stream would also keep the page out of the back/forward cache
  if (!failures) flush();
};

const calls: Record<string, Listener> = {
  track: (name, props) => push('custom', { page: pageId, name, props }),
  identify: (user_id, traits, token) => push('identify', { user_id, traits, token }),
  goal: (name, value) => push('goal', { name, value }),
  chat: (state) => push('chat', { state }),
  consent: (state) => {
    if (state == 'denied') deny();
    else {
      start();
      push('consent', { state });
    }
  },
  page: (page) => view(page as Page),
  on: (event, listener) => on(event as string, listener as Listener),
};

const run = (call: string, ...args: unknown[]): void => safely(calls[call]!, args);

const watchBrowser = (): void => {
  for (const touched of 'pointerover pointermove keydown scroll focus pageshow'.split(' '))
    addEventListener(touched, touch);
  addEventListener('blur', blur);
  addEventListener('online', flush);
  addEventListener('visibilitychange', () => {
    look();
    if (document.hidden) away();
    else touch();
  });
  addEventListener('pagehide', () => {
    leave();
    away();
  });
  // Single-page apps: at once where the browser tells, else at the next look.
  // Routers redirect, or set the title, just after the address.
  window.navigation?.addEventListener('currententrychange', () => setTimeout(look, ROUTE_MS));
  setInterval(look, LOOK_MS);
};

const boot = (): void => {
  const early = (window.ahlan?.q || []) as [string][];
  window.ahlan = run as Ahlan;
  openStore();
  early.map((args) => args[0] == 'page' && run(...args));
  if (setup.dataset.consent == null) start();
  early.map((args) => args[0] != 'page' && run(...args));
  watchBrowser();
};

/** Starts the tracker; a prerendered page counts when it is shown, if ever. */
export const init = (given: Setup): void => {
  setUp(given);
  if (document.prerendering) document.addEventListener('prerenderingchange', boot);
  else boot();
};
