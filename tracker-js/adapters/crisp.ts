/** Crisp: https://docs.crisp.chat/guides/chatbox-sdks/web-sdk/dollar-crisp/ */
import { adapt } from './core.js';

interface Crisp {
  push(call: unknown[]): unknown;
  /** Not there before the chatbox has loaded. */
  is?(state: 'chat:opened'): boolean;
}

declare global {
  interface Window {
    $crisp?: Crisp;
  }
}

/** Shown by ourselves, and not to be taken for an agent's. */
let said: string | undefined;

const push = (...call: unknown[]): unknown => window.$crisp!.push(call);

adapt({
  ready: () => window.$crisp?.is,
  listen: (tell, showing) => {
    showing(window.$crisp!.is!('chat:opened'));
    push('on', 'chat:opened', () => showing(true));
    push('on', 'chat:closed', () => showing(false));
    push('on', 'message:sent', () => tell('queued'));
    push('on', 'message:received', (message?: { content?: unknown }) => {
      if (!said || message?.content != said) tell('started');
    });
  },
  pass: (facts) => push('set', 'session:data', [Object.entries(facts)]),
  say: (text) => push('do', 'message:show', ['text', (said = text)]),
  open: () => push('do', 'chat:open'),
});
