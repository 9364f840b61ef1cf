/** Rocket.Chat Livechat: https://developer.rocket.chat/docs/livechat-widget-api */
import { adapt } from './core.js';

interface Livechat {
  maximizeWidget(): void;
  setCustomField(name: string, value: string): void;
  onChatMaximized(listener: () => void): void;
  onChatMinimized(listener: () => void): void;
  onChatStarted(listener: () => void): void;
  onAssignAgent(listener: () => void): void;
  onChatEnded(listener: () => void): void;
}

declare global {
  interface Window {
    /** Calls wait until the widget has loaded. */
    RocketChat?: (act: (this: Livechat) => void) => void;
  }
}

adapt({
  ready: () => window.RocketChat,
  listen: (tell, showing) =>
    window.RocketChat!(function () {
      this.onChatMaximized(() => showing(true));
      this.onChatMinimized(() => showing(false));
      this.onChatStarted(() => tell('queued')); // the room is there, whoever answers
      this.onAssignAgent(() => tell('started'));
      this.onChatEnded(() => tell('ended'));
    }),
  pass: (facts) =>
    window.RocketChat!(function () {
      for (const name in facts) this.setCustomField(name, '' + facts[name]);
    }),
  open: () =>
    window.RocketChat!(function () {
      this.maximizeWidget();
    }),
});
