/** Hears of invitations and hands each one, once, to whoever shows it. */
import type { Invitation, Listeners, Report } from './api.js';
import { attended, pageId } from './page.js';
import { at, post, push } from './queue.js';
import type { Answer } from './wire.js';

type Listener = (...args: unknown[]) => void;

const listeners: Record<string, Listener[]> = {};
const seen: Record<string, unknown> = {};
/** Handed out, but not on any screen yet. */
let waiting: [Invitation, Report] | undefined;
let source: EventSource | undefined;

/** Calls every listener, if there is one. Their errors stay theirs. */
export const fire = (event: keyof Listeners, ...args: unknown[]): unknown =>
  listeners[event]?.map((listener) => {
    try {
      listener(...args);
    } catch {
      // A page's mistake must not stop the tracker.
    }
  });

/** Where nobody looks, an invitation can wait: the next answer brings it again. */
export function offer(invitation: Invitation): void {
  if (seen[invitation.id] || !(attended || document.hasFocus())) return;
  let stage = 0; // outcomes only move forward: shown, then accepted or dismissed
  seen[invitation.id] = waiting = [
    invitation,
    (outcome) => {
      const next = outcome == 'shown' ? 1 : 2;
      if (next <= stage) return;
      stage = next;
      waiting = undefined;
      push('invitation', { invitation: invitation.id, outcome });
      if (outcome == 'accepted') fire(outcome, invitation);
    },
  ];
  if (fire('invitation', ...waiting) || fire('bubble', ...waiting)) return;
  // The default look comes only when it is needed, and registers itself.
  const script = document.createElement('script');
  script.src = at('bubble.js');
  document.head.append(script);
}

function revoke(id: string): void {
  if (seen[id] == waiting) waiting = undefined;
  seen[id] = 1;
  fire('revoke', id);
}

/** A late listener gets the invitation that waits, unless it is shown already. */
export function on<E extends keyof Listeners>(event: E, listener: Listeners[E]): void {
  (listeners[event] ||= []).push(listener as Listener);
  if (waiting && event == (listeners['invitation'] ? 'invitation' : 'bubble'))
    (listener as Listener)(...waiting);
}

/** Each answer may carry an invitation, and a fresh ticket for the stream. */
export function heard({ invitation, stream }: Answer): void {
  if (!pageId) return; // too late: the page is left, or consent denied
  if (invitation) offer(invitation);
  // Browsers allow few connections to a host, so only a visible page listens.
  if (!stream || source || document.hidden || !window.EventSource) return;
  source = new EventSource(at(stream));
  source.addEventListener('invitation', ({ data }) => offer(JSON.parse(data)));
  source.addEventListener('revoke', ({ data }) => revoke(JSON.parse(data).id));
  source.onerror = ask;
}

/** The stream broke and its ticket is spent: ask, until an answer brings another. */
async function ask(): Promise<void> {
  hangUp();
  try {
    heard(await (await post('/v1/invitation')).json());
  } catch {
    // The next heartbeat brings another stream, or another question.
  }
}

export function hangUp(): void {
  source?.close();
  source = undefined;
}
