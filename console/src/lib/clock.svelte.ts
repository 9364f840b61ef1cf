/** The time, told once a second to whoever shows it. Stands still while nobody looks. */
import { createSubscriber } from 'svelte/reactivity';

class Clock {
  #now = Date.now();
  /** How far the service's clock is ahead of this one. */
  #ahead = 0;
  #subscribe = createSubscriber((update) => {
    this.#now = Date.now();
    const timer = setInterval(() => {
      if (document.hidden) return;
      this.#now = Date.now();
      update();
    }, 1_000);
    return () => clearInterval(timer);
  });

  /** Now by the service's clock, in milliseconds since 1970. */
  get now(): number {
    this.#subscribe();
    return this.#now + this.#ahead;
  }

  /** Learns the service's time from an answer's `Date`. */
  learn(header: string | null): void {
    const at = header ? Date.parse(header) : NaN;
    // The header tells whole seconds, so less than two is no difference.
    if (Number.isFinite(at)) this.#ahead = Math.abs(at - Date.now()) < 2_000 ? 0 : at - Date.now();
  }
}

export const clock = new Clock();
