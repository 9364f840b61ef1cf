/** Intercom: https://developers.intercom.com/installing-intercom/web/methods */
import { adapt, type Facts } from './core.js';

interface Intercom {
  (call: 'update', attributes: Facts): void;
  (call: 'showNewMessage'): void;
  (call: 'onShow' | 'onHide' | 'onUserEmailSupplied', listener: () => void): void;
  (call: 'onUnreadCountChange', listener: (unread: number) => void): void;
}

declare global {
  interface Window {
    /** Calls wait until the Messenger has loaded. */
    Intercom?: Intercom;
  }
}

/** Messages from before a visit to the Messenger are no answers. */
let visited: unknown;
let before = 0;

adapt({
  ready: () => window.Intercom,
  listen: (tell, showing) => {
    const intercom = window.Intercom!;
    intercom('onShow', () => showing((visited = true)));
    intercom('onHide', () => showing(false));
    intercom('onUserEmailSupplied', () => tell('queued'));
    intercom('onUnreadCountChange', (unread) => {
      if (visited && unread > before) tell('started');
      before = unread;
    });
  },
  pass: (facts) => window.Intercom!('update', facts),
  open: () => window.Intercom!('showNewMessage'),
});
