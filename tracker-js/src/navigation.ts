/** Tells when a single-page app has moved on. */
import { ROUTE_MS } from './limits.js';

export function watchNavigation(navigated: () => void): void {
  let timer = 0;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(navigated, ROUTE_MS);
  };
  if (window.navigation) {
    navigation.addEventListener('currententrychange', soon);
  } else {
    addEventListener('popstate', soon);
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = function (...args) {
        original.apply(this, args);
        soon();
      };
    }
  }
}
