/** Puts the parts together: settings, calls from the page, browser events. */
import type { Ahlan } from './api.js';
import { fire, hangUp, on, safely, type Listener } from './invitations.js';
import { LOOK_MS, ROUTE_MS } from './limits.js';
import { blur, leave, look, pageId, touch, view } from './page.js';
import { failures, flush, push } from './queue.js';
import { dataset, drop, entries, LAST, openStore, prefix } from './store.js';

/** Begins to keep and send, unless the browser says that the visitor objects. */
const start = (): void => {
  if (navigator.globalPrivacyControl || navigator.doNotTrack == (1 as never)) return;
  openStore();
  touch();
};

/** A page out of sight may be frozen or killed without another word. */
const away = (): void => {
  hangUp(); // an open stream would also keep the page out of the back/forward cache
  look();
  if (!failures) flush();
};

const calls: Record<string, Listener> = {
  goal: (name, value) => push('goal', { name, value }),
  chat: (state) => push('chat', { state }),
  track: (name, props) => push('custom', { page: pageId, name, props }),
  identify: (user_id, traits, token) => push('identify', { user_id, traits, token }),
  consent: (state) => {
    if (state == 'denied') {
      // One last word to the server, then nothing is kept, sent or shown.
      leave();
      entries().map(drop);
      push('consent', { state });
      flush();
      openStore();
      entries().map(drop);
      drop(prefix);
      drop(LAST + prefix);
      hangUp();
      fire('revoke', []);
    } else {
      start();
      push('consent', { state });
    }
  },
  page: view as Listener,
  on: on as Listener,
};

const run = (call: string, ...args: unknown[]): unknown => safely([calls[call]!], args);

const browserEvents: Record<string, () => unknown> = {
  blur,
  scroll: touch,
  online: flush,
  keydown: touch,
  pageshow: touch,
  pointermove: touch,
  pointerover: touch,
  visibilitychange: away,
  focus: touch,
  pagehide: () => {
    leave();
    away();
  },
};

/** Starts the tracker; what was called before comes first, and its page before all. */
export const boot = (): void => {
  const early = (self.ahlan?.q || []) as [string][];
  self.ahlan = run as Ahlan;
  early.map((args) => args[0] == 'page' && run(...args));
  dataset.consent ?? start();
  early.map((args) => args[0] == 'page' || run(...args));
  Object.keys(browserEvents).map((event) => addEventListener(event, browserEvents[event]!));
  // Single-page apps: at once where the browser tells, else at the next look.
  // Routers redirect, or set the title, just after the address.
  self.navigation?.addEventListener('currententrychange', () => setTimeout(look, ROUTE_MS));
  setInterval(look, LOOK_MS);
};
