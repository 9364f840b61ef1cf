/**
 * What rules may ask for beyond clicks: a pointer that leaves through the top of
 * the page, and a form that is being filled in. Never what is typed.
 */
const EDITABLE = 'input,textarea,select,[contenteditable]:not([contenteditable=false])';

let left: string | undefined;
let typing = false;

const tell = (name: string): void => window.ahlan!('track', name);

const editable = (target: EventTarget | null): boolean =>
  target instanceof Element && !!target.closest(EDITABLE);

/** Reports only changes. */
const focus = (now: boolean): void => {
  if (now != typing) tell(now ? 'form_focus' : 'form_blur');
  typing = now;
};

export function watch(): void {
  document.documentElement.addEventListener('mouseleave', ({ clientY }) => {
    const page = location.href.split('#')[0];
    if (clientY > 0 || left == page) return;
    left = page;
    tell('exit_intent');
  });
  addEventListener('focusin', ({ target }) => focus(editable(target)));
  addEventListener('focusout', ({ relatedTarget }) => focus(editable(relatedTarget)));
  focus(editable(document.activeElement));
}
