/**
 * What every chat adapter does: asks with the bubble, opens the vendor's widget after a yes and never before,
 * tells the widget what the invitation was, and tells the service how the chat is going.
 */
import type { Invitation, Report } from '../src/api.js';

export type ChatState = 'queued' | 'started' | 'ended';

/** What the widget is told of an accepted invitation: `ahlan_trigger` and the like, within every vendor's limits. */
export type Facts = Record<string, string | number>;

/** A vendor's published calls, under the names of this project. */
export interface Adapter {
  /** Whether the vendor's calls can be made. Asked every second until they can. */
  ready(): unknown;
  /** Hears from the vendor how a chat is going, and whether the window is open. Called once, when it is ready. */
  listen(tell: (state: ChatState) => void, showing: (open: unknown) => void): void;
  /** Puts the facts where the agent sees them. */
  pass(facts: Facts): void;
  /** Shows the text as a message of the shop's; absent where the vendor publishes no call for it. */
  say?(text: string): void;
  /** Opens the widget where the visitor can write. */
  open(): void;
}

/** The invitation that is neither answered nor revoked. */
interface Pending {
  invitation: Invitation;
  answer: Report;
  shown?: true;
  /** Takes the card away without a word. */
  close?: () => void;
}

/** How often the vendor is looked for: consent may bring it late. */
const LOOK_MS = 1e3;
/** How long a yes may open the window, and how long its answer may bring another offer. */
const PATIENCE_MS = 3e4;
/** Characters of a value: the shortest limit among the vendors. */
const MAX_VALUE = 255;

const factsOf = ({ id, trigger, tone, channel, lang, context }: Invitation): Facts => {
  const facts: Facts = {};
  const all: Facts = { invitation: id, trigger, tone, channel, lang, ...context };
  for (const name in all) {
    const value = all[name]!;
    if (value || value === 0) facts['ahlan_' + name] = typeof value == 'string' ? value.slice(0, MAX_VALUE) : value;
  }
  return facts;
};

const { src, dataset } = document.currentScript as HTMLScriptElement;
let vendor: Adapter;
let ready = false;
let isOpen: unknown;
/** When the window was opened from here. */
let openedAt = 0;
let state: ChatState | undefined;
let pending: Pending | undefined;
/** The id of the invitation whose text the widget has shown already. */
let said: string | undefined;
/** A yes that waits for the vendor. */
let later: (() => void) | undefined;
let timer: number;

/** Tells of every change once, and of nothing that a chat has left behind. */
const tell = (next: ChatState): void => {
  // Only the visitor's own word is a yes. An agent may have written first.
  if (next == 'queued' && pending?.shown) pending.answer('accepted');
  if (next != 'ended') put(undefined);
  if (next == state || (next == 'queued' && state == 'started')) return;
  state = next;
  window.ahlan!('chat', next);
};

/**
 * Whether there is a conversation, or room for one, so that nobody needs to be asked. A window that has just been
 * opened here does not count: the answer to a yes may be that nobody is there any more, and another offer.
 */
const busy = (): unknown =>
  (state && state != 'ended') || (isOpen && Date.now() - openedAt > PATIENCE_MS);

/** No card beside an open window. That is no answer: windows also open by themselves. */
const showing = (open: unknown): void => {
  isOpen = open;
  if (busy()) pending?.close?.();
};

const put = (next: Pending | undefined): void => {
  pending?.close?.();
  pending = next;
};

/** Passes on what the invitation was and opens the widget, as soon as there is one. */
const accepted = (invitation: Invitation): void => {
  if (dataset['channels'] && !dataset['channels'].includes(invitation.channel)) return;
  const at = Date.now();
  const act = (): void => {
    try {
      vendor.pass(factsOf(invitation));
      if (said != invitation.id) vendor.say?.(invitation.message);
    } finally {
      if (!isOpen && Date.now() - at < PATIENCE_MS) {
        openedAt = Date.now();
        vendor.open();
      }
    }
  };
  if (ready) act();
  else later = act;
};

/** Asks, unless there is a conversation already. */
const invited = (invitation: Invitation, report: Report): void => {
  if (busy()) return;
  const mine: Pending = {
    invitation,
    answer: (outcome) => {
      if (outcome == 'shown') mine.shown = true;
      else pending = undefined;
      report(outcome);
    },
  };
  put(mine);
  if (ready && vendor.say && 'inWidget' in dataset) {
    said = invitation.id;
    vendor.say(invitation.message);
    mine.answer('shown');
  } else card(mine);
};

/** Shows the card once the bubble is there, unless something has happened meanwhile. */
const card = (mine: Pending): void => {
  const show = (): void => {
    if (pending == mine && !busy()) mine.close = window.ahlanBubble!(mine.invitation, mine.answer);
  };
  if (window.ahlanBubble) return show();
  let script = document.querySelector<HTMLScriptElement>('script[src$="/bubble.js"]');
  if (!script) {
    script = document.createElement('script');
    script.src = new URL('../bubble.js', src) as never;
    document.head.append(script);
  }
  script.addEventListener('load', show);
};

const look = (): void => {
  if (!vendor.ready()) return;
  clearInterval(timer);
  ready = true;
  vendor.listen(tell, showing);
  later?.();
};

/** Runs an adapter. A second one on the page, or the same one loaded twice, does nothing. */
export function adapt(given: Adapter): void {
  if (window.ahlanAdapter) return;
  window.ahlanAdapter = true;
  vendor = given;
  window.ahlan ||= function () {
    (window.ahlan!.q ||= []).push(arguments as never);
  } as never;
  window.ahlan!('on', 'invitation', invited);
  window.ahlan!('on', 'accepted', accepted);
  window.ahlan!('on', 'revoke', (id) => {
    if (!id || id == pending?.invitation.id) pending = undefined; // the bubble hears of it too
  });
  timer = setInterval(look, LOOK_MS) as never;
  look();
}
