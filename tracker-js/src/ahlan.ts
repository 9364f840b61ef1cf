/** `import { init } from 'ahlan-tracker'`, for those who bundle. */
import type { Ahlan, Options } from './api.js';
import { setUp } from './store.js';
import { boot } from './tracker.js';

export type * from './api.js';

/** Starts the tracker and returns the function to call it with. */
export function init(options: Options): Ahlan {
  const q: unknown[][] = [];
  window.ahlan ||= Object.assign((...args: unknown[]) => q.push(args), { q }) as never;
  const { src, ...dataset } = options;
  setUp({ src, dataset });
  if (document.prerendering) document.addEventListener('prerenderingchange', boot);
  else boot();
  return ((...args: [never, never]) => window.ahlan!(...args)) as Ahlan;
}
