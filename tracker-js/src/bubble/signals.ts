/**
 * What rules may ask for beyond clicks: a pointer that leaves through the top of
 * the page, and a form that is being filled in. Never what is typed.
 */
const EDITABLE = 'input,textarea,select,[contenteditable]';

let left: string | undefined;
let typing = false;

const tell = (name: string): void => window.ahlan!('track', name);

/** Reports only changes: from field to field is none. */
const look = (): void => {
  const now = !!document.activeElement?.closest(EDITABLE);
  if (now != typing) tell(now ? 'form_focus' : 'form_blur');
  typing = now;
};

export function watch(): void {
  document.documentElement.addEventListener('mouseleave', ({ clientY }) => {
    if (clientY <= 0 && left != (left = location.pathname)) tell('exit_intent'); // once a page
  });
  addEventListener('focusin', look);
  addEventListener('focusout', () => setTimeout(look)); // the next one has the focus only then
  look();
}
