/** tawk.to: https://developer.tawk.to/jsapi/ */
import { adapt } from './core.js';

interface Tawk {
  /** The calls are not there before the widget has loaded. */
  maximize?(): void;
  isChatMaximized(): boolean;
  isChatOngoing(): boolean;
  setAttributes(attributes: Record<string, string>, done: (error?: unknown) => void): void;
  [callback: `on${string}`]: ((...args: never[]) => void) | undefined;
}

declare global {
  interface Window {
    Tawk_API?: Tawk;
  }
}

/** The documented callbacks hold one function each: whoever was there before is called too. */
const on = (name: string, act: () => void): void => {
  const api = window.Tawk_API!;
  const before = api[`on${name}`];
  api[`on${name}`] = (...args) => {
    before?.(...args);
    act();
  };
  addEventListener('tawk' + name, act); // what the vendor's own plugins listen to; a page cannot overwrite it
};

adapt({
  ready: () => window.Tawk_API?.maximize,
  listen: (tell, showing) => {
    const api = window.Tawk_API!;
    showing(api.isChatMaximized());
    if (api.isChatOngoing()) tell('queued');
    on('ChatMaximized', () => showing(true));
    on('ChatMinimized', () => showing(false));
    on('ChatStarted', () => tell('queued'));
    on('ChatMessageVisitor', () => tell('queued'));
    on('AgentJoinChat', () => tell('started'));
    on('ChatMessageAgent', () => tell('started'));
    on('ChatEnded', () => tell('ended'));
  },
  pass: (facts) => {
    const attributes: Record<string, string> = {};
    for (const name in facts) attributes[name.replace(/_/g, '-')] = '' + facts[name];
    window.Tawk_API!.setAttributes(attributes, () => {}); // a refusal changes nothing for the visitor
  },
  open: () => window.Tawk_API!.maximize!(),
});
