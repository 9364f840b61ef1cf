/**
 * The default look of an invitation: a small card in a corner that leaves the
 * page and its focus alone. It is an ordinary user of the tracker's own calls.
 */
import type { Invitation, Outcome, Report } from '../api.js';
import { watch } from './signals.js';
import { wordsFor } from './strings.js';
import css from './style.css';

/** A live region has to exist before its text does, or nothing is read out. */
const ANNOUNCE_MS = 60;

let close = (): void => {};
let openId: string | undefined;

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text; // never markup: whoever wrote it
  return made;
}

function button(className: string, text: string, click: () => void): HTMLElement {
  const made = element('button', className, text);
  made.onclick = click;
  return made;
}

/** The page's own choice of theme wins over the system's. */
function isDark(): boolean {
  const theme = document.documentElement.dataset['theme'];
  return theme ? theme == 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
}

/** Esc is ours only if nothing else could want it. */
function wantsEscape(event: KeyboardEvent, host: Element): boolean {
  const focused = document.activeElement;
  const elsewhere = focused && focused != document.body;
  return (
    event.key == 'Escape' &&
    !event.defaultPrevented &&
    (focused == host || (!elsewhere && !document.querySelector('dialog[open],[aria-modal=true]')))
  );
}

/** Reports once that somebody can really see the card. */
function whenSeen(card: Element, seen: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (document.hidden || !entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      seen();
    },
    { threshold: 0.5 },
  );
  observer.observe(card);
}

function show(invitation: Invitation, report: Report): () => void {
  close();
  const words = wordsFor(invitation);
  const host = document.createElement('ahlan-bubble');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet(); // a strict content policy refuses <style>
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  let before: Element | null = null;
  const answer = (outcome: Outcome) => (): void => {
    close();
    report(outcome);
  };
  const escape = (event: KeyboardEvent): void => {
    if (wantsEscape(event, host)) answer('dismissed')();
  };
  close = () => {
    const focused = document.activeElement == host;
    removeEventListener('keydown', escape);
    host.remove();
    openId = undefined;
    close = () => {};
    if (focused) (before as HTMLElement | null)?.focus?.();
  };

  const card = element('section', isDark() ? 'card dark' : 'card');
  const text = element('div', '');
  const message = element('p', 'message');
  const expect = element('p', 'expect');
  const actions = element('div', 'actions');
  const cross = button('close', '', answer('dismissed'));
  host.dir = invitation.dir;
  card.lang = words.lang;
  card.ariaLabel = words.label;
  message.lang = invitation.lang;
  cross.ariaLabel = words.close;
  text.role = 'status';
  text.append(message, expect);
  actions.append(
    button('accept', words.accept, answer('accepted')),
    button('dismiss', words.dismiss, answer('dismissed')),
  );
  card.append(element('span', 'icon ' + invitation.channel), text, cross, actions);
  card.addEventListener('focusin', ({ relatedTarget }) => {
    if (relatedTarget && !root.contains(relatedTarget as Node)) before = relatedTarget as Element;
  });
  addEventListener('keydown', escape);
  root.append(card);
  document.body.append(host);
  openId = invitation.id;

  setTimeout(() => {
    message.textContent = invitation.message;
    expect.textContent = invitation.note;
    whenSeen(card, () => report('shown'));
  }, ANNOUNCE_MS);
  return () => revoke(invitation.id);
}

const revoke = (id?: string): void => {
  if (!id || id == openId) close();
};

if (window.ahlan && !window.ahlanBubble) {
  window.ahlanBubble = show;
  window.ahlan('on', 'revoke', revoke);
  window.ahlan('on', 'bubble', show);
  watch();
}
