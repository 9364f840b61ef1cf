/** Short words about what just happened, for eyes and for screen readers. */

export type ToastTone = 'good' | 'bad' | 'plain';

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  action?: { label: string; run: () => void };
}

const STAYS = 6_000;

class Toasts {
  shown = $state.raw<Toast[]>([]);
  /** What a screen reader says next, politely. */
  said = $state('');
  #next = 1;

  show(text: string, tone: ToastTone = 'plain', action?: Toast['action']): void {
    const toast: Toast = { id: this.#next++, tone, text, ...(action && { action }) };
    // The last three are enough.
    this.shown = [...this.shown.slice(-2), toast];
    setTimeout(() => this.drop(toast.id), action || tone === 'bad' ? STAYS * 2 : STAYS);
  }

  good(text: string): void {
    this.show(text, 'good');
  }

  bad(text: string): void {
    this.show(text, 'bad');
  }

  drop(id: number): void {
    this.shown = this.shown.filter((one) => one.id !== id);
  }

  /** Tells screen readers, without showing anything. */
  say(text: string): void {
    // The same words again are heard only if they differ.
    this.said = this.said === text ? `${text}\u00a0` : text;
  }
}

export const toasts = new Toasts();
