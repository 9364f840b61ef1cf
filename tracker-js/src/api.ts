/** What a page may say to Ahlan, and what it hears back. */

export type Scalar = string | number | boolean | null;
/** Facts attached to an event or a visitor; at most 32, strings of at most 1 KiB. */
export type Props = Record<string, Scalar | string[]>;

/** An offer to talk, as the server words it. */
export interface Invitation {
  id: string;
  trigger: string;
  message: string;
  /** BCP 47 language of `message`. */
  lang: string;
  dir: 'ltr' | 'rtl';
  tone: string;
  channel: 'chat' | 'phone' | 'email';
  /** Seconds until a person is expected to answer; null when nobody can say. */
  expected_reply_s: number | null;
  /** Milliseconds since 1970 of when somebody is there again; null while somebody is, or nobody can say. */
  opens_at: number | null;
  /** What to expect of the channel, in one line of plain text: in Arabic where `lang` is, else in English. */
  note: string;
  position: 'bottom-right' | 'bottom-left';
  /** Scores, stages and the reason, for the chat layer; only where the site's settings say so. */
  context?: Record<string, string | number>;
  /** Milliseconds since 1970. */
  expires_at: number;
}

export type Outcome = 'shown' | 'accepted' | 'dismissed';
/** Tells the server what became of an invitation. */
export type Report = (outcome: Outcome) => void;

/** A manual page view; what is left out is read from the document. */
export interface Page {
  page_type?: string;
  title?: string;
  url?: string;
}

/** Everything a listener can be registered for. */
export interface Listeners {
  /** Show this invitation. A listener here replaces the built-in bubble. */
  invitation: (invitation: Invitation, report: Report) => void;
  /** It was really visible. */
  shown: (invitation: Invitation) => void;
  /** The visitor accepted: open the chat. */
  accepted: (invitation: Invitation) => void;
  /** The visitor said no. */
  dismissed: (invitation: Invitation) => void;
  /** Take the unanswered invitation with this id, or without an id any, away again. */
  revoke: (id?: string) => void;
  /** Used by the built-in bubble, which steps back for `invitation` listeners. */
  bubble: (invitation: Invitation, report: Report) => void;
}

/** The one function a page calls: `ahlan('track', 'add_to_cart', { value: 49 })`. */
export interface Ahlan {
  (call: 'track', name: string, props?: Props): void;
  (call: 'identify', userId: string, traits?: Props, token?: string): void;
  (call: 'goal', name: string, value?: number): void;
  (call: 'chat', state: 'queued' | 'started' | 'ended'): void;
  (call: 'consent', state: 'granted' | 'denied'): void;
  (call: 'page', page?: Page): void;
  <E extends keyof Listeners>(call: 'on', event: E, listener: Listeners[E]): void;
}

export interface Options {
  /** Public key of the site. */
  site: string;
  /** Address of `t.js`: the service is its origin, `bubble.js` its neighbour. */
  src: string;
  /** Present: a change of the URL fragment is a new page. */
  hash?: true | '';
  /** Present: keep nothing in the browser; a visitor lasts as long as the page. */
  cookieless?: true | '';
  /** Send and keep nothing before `ahlan('consent', 'granted')`. */
  consent?: 'required';
  /** Page type where no `<meta name="ahlan:page-type">` says otherwise. */
  pageType?: string;
}

/** What the script tag says; a script element has this shape. */
export interface Setup {
  src: string;
  dataset: Omit<Options, 'src'>;
}

declare global {
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
  interface Document {
    prerendering?: boolean;
  }
  interface Window {
    ahlan?: Ahlan & { q?: Iterable<unknown>[] };
    /** Shows an invitation in the built-in bubble, once `bubble.js` is there; the answer takes it away again. */
    ahlanBubble?: (invitation: Invitation, report: Report) => () => void;
    /** A chat adapter is at work. */
    ahlanAdapter?: true;
  }
}
