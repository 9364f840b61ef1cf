/** Hears of invitations and hands each one, once, to whoever shows it. */
import type { Invitation, Listeners, Outcome, Report } from './api.js';
import { attended, pageId } from './page.js';
import { at, post, push } from './queue.js';
import type { Answer } from './wire.js';

export type Listener = (...args: unknown[]) => void;

const listeners: Record<string, Listener[]> = {};
const seen: Record<string, unknown> = {};
/** Handed out, but not on any screen yet. */
let waiting: [Invitation, Report] | 0;
let source: EventSource | 0;

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

/** Where nobody looks, an invitation can wait: the next answer brings it again. */
const offer = (invitation: Invitation): void => {
  if (seen[invitation.id] || !attended) return;
  seen[invitation.id] = waiting = [
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
};

/** A late listener gets the invitation that waits, unless it is shown already. */
export const on = (event: string, listener: Listener): void => {
  (listeners[event] ||= []).push(listener);
  if (waiting && event == (listeners['invitation'] ? 'invitation' : 'bubble')) listener(...waiting);
};

/** Each answer may carry an invitation, and a fresh ticket for the stream. */
export const heard = ({ invitation, stream }: Answer): void => {
  if (!pageId) return; // too late: the page is left, or consent denied
  if (invitation) offer(invitation);
  // Browsers allow few connections to a host, so only an attended page begins to listen.
  if (!stream || source || !attended) return;
  source = new EventSource(at(stream));
  source.addEventListener('invitation', (event) => offer(JSON.parse(event.data)));
  source.addEventListener('revoke', (event) => {
    waiting = 0; // a visitor has one open invitation at most
    fire('revoke', [JSON.parse(event.data).id]);
  });
  // Its ticket is spent: ask, until an answer brings another stream.
  source.onerror = () => {
    hangUp();
    post('/v1/invitation')
      .then((response) => response.json())
      .then(heard, () => {});
  };
};

export const hangUp = (): void => {
  if (source) source.close();
  source = 0;
};
