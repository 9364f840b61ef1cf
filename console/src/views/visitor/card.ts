/** The card of `tracker-js/src/bubble/bubble.ts`, without its deeds: the tracker's own words and style sheet, in a root of its own. */
import { wordsFor } from '../../../../tracker-js/src/bubble/strings';
import css from '../../../../tracker-js/src/bubble/style.css?inline';
import type { Invitation } from '$wire/visitor';

export interface Look {
  isDark: boolean;
  /** Rules of the place where it is shown, after those of the tracker. */
  css?: string;
}

/** Draws an invitation into `host`, anew each time, and returns its message. The document may be a frame's. */
export function draw(host: HTMLElement, invitation: Invitation, look: Look): HTMLElement {
  const page = host.ownerDocument;
  // A sheet belongs to the document whose window has made it.
  const Sheet = page.defaultView?.CSSStyleSheet ?? CSSStyleSheet;
  const sheets = [css, ...(look.css === undefined ? [] : [look.css])].map((text) => {
    const sheet = new Sheet();
    sheet.replaceSync(text);
    return sheet;
  });
  const element = (tag: string, className: string, text = ''): HTMLElement => {
    const made = page.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const button = (className: string, text: string): HTMLElement => {
    const made = element('button', className, text) as HTMLButtonElement;
    made.tabIndex = -1;
    made.type = 'button';
    return made;
  };

  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = sheets;
  const words = wordsFor(invitation);
  host.dir = invitation.dir;
  const card = element('div', look.isDark ? 'card dark' : 'card');
  card.lang = words.lang;
  const text = element('div', '');
  const message = element('p', 'message', invitation.message);
  message.lang = invitation.lang;
  text.append(message, element('p', 'expect', invitation.note));
  const actions = element('div', 'actions');
  actions.append(button('accept', words.accept), button('dismiss', words.dismiss));
  card.append(element('span', `icon ${invitation.channel}`), text, button('close', ''), actions);
  root.replaceChildren(card);
  return message;
}

/** Whether this browser shows dark pages at the moment. */
export function isDark(): boolean {
  const theme = document.documentElement.dataset['theme'];
  return theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
}
