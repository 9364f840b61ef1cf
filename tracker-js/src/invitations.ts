/** Hears of invitations and hands each one, once, to whoever shows it. */
import type { Invitation, Listeners, Outcome, Report } from './api.js';
import { attended, pageId } from './page.js';
import { at, post, push } from './queue.js';
import { LAST, prefix, store } from './store.js';
import type { Answer } from './wire.js';

export type Listener = (...args: unknown[]) => void;

const listeners: Record<string, Listener[]> = {};
/** The ids of those that were handed out on this page. */
let seen = '';
/** Handed out, but not on any screen yet. */
let waiting: [Invitation, Report] | 0;
let source: EventSource | undefined;

/** Nothing may throw into the page, and no mistake of the page's may stop us. */
export const safely = (all: Listener[] | undefined, args: unknown[]): unknown =>
  all?.map((one) => {
    try {
      one(...args);
    } catch {
      // An unknown call, arguments that are no JSON, a listener that fails.
    }
  });

/** Calls every listener, if there is one. */
export const fire = (event: keyof Listeners | Outcome, args: unknown[]): unknown =>
  safely(listeners[event], args);

/** A late listener gets the invitation that waits, unless it is shown already. */
export const on = (event: string, listener: Listener): void => {
  (listeners[event] ||= []).push(listener);
  if (waiting && event == (listeners['invitation'] ? 'invitation' : 'bubble')) listener(...waiting);
};

/**
 * Each answer may carry an invitation, and a fresh ticket for the stream. Where
 * nobody looks, both can wait: the next answer brings them again.
 */
export const heard = ({ invitation, stream }: Answer): void => {
  if (!pageId || !attended) return; // no page: it is left, or consent denied
  if (invitation && !(seen + store[LAST + prefix]).includes(invitation.id)) {
    seen += invitation.id;
    waiting = [
      invitation,
      (outcome) => {
        waiting = 0;
        push('invitation', { page: pageId, invitation: invitation.id, outcome });
        fire(outcome, [invitation]);
      },
    ];
    if (!fire('invitation', waiting) && !fire('bubble', waiting))
      // The default look comes only when it is needed, and registers itself.
      document.head.appendChild(document.createElement('script')).src = at('bubble.js');
  }
  // Browsers allow few connections to a host, so only an attended page begins to listen.
  if (!stream || source) return;
  source = new EventSource(at(stream));
  // The answer is shown, not the news: the service may have lost what this browser remembers.
  source.addEventListener('invitation', ask);
  source.addEventListener('revoke', (event) => {
    waiting = 0; // a visitor has one open invitation at most
    fire('revoke', [JSON.parse(event.data).id]);
  });
  // Its ticket is spent: ask, until an answer brings another stream.
  source.onerror = () => {
    hangUp();
    ask();
  };
};

const ask = (): unknown =>
  post('/v1/invitation')
    .then((response) => response.json())
    .then(heard, () => {});

export const hangUp = (): void => {
  source = source?.close() as undefined;
};
