/** Chatwoot: https://www.chatwoot.com/hc/user-guide/articles/1677587234 */
import { adapt, type Facts } from './core.js';

interface Chatwoot {
  hasLoaded: boolean;
  isOpen: boolean;
  toggle(state: 'open' | 'close'): void;
  setConversationCustomAttributes(attributes: Facts): void;
}
/** `message_type`: 0 from the visitor, 1 to the visitor, 2 a note of what happened, 3 a template. */
type Message = CustomEvent<{ message_type: number; sender_type?: string | null }>;

declare global {
  interface Window {
    $chatwoot?: Chatwoot;
  }
  interface WindowEventMap {
    'chatwoot:on-message': Message;
    'chatwoot:opened': Event;
    'chatwoot:closed': Event;
  }
}

let waiting: Facts | undefined;

adapt({
  ready: () => window.$chatwoot?.hasLoaded,
  listen: (tell, showing) => {
    showing(window.$chatwoot!.isOpen);
    addEventListener('chatwoot:opened', () => showing(true));
    addEventListener('chatwoot:closed', () => showing(false));
    addEventListener('chatwoot:on-message', ({ detail }) => {
      if (detail.message_type == 0) {
        tell('queued');
        // A pre-chat form loses what was set before the conversation was there.
        if (waiting) window.$chatwoot!.setConversationCustomAttributes(waiting);
        waiting = undefined;
      } else if (detail.message_type == 1 && detail.sender_type == 'User') tell('started'); // no bot
    });
  },
  pass: (facts) => window.$chatwoot!.setConversationCustomAttributes((waiting = facts)),
  open: () => window.$chatwoot!.toggle('open'),
});
