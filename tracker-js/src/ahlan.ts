/** `import { init } from 'ahlan-tracker'`, for those who bundle. */
import type { Ahlan, Options } from './api.js';
import { init as start } from './tracker.js';

export type * from './api.js';

/** Starts the tracker and returns the function to call it with. */
export function init(options: Options): Ahlan {
  const q: unknown[][] = [];
  window.ahlan ||= Object.assign((...args: unknown[]) => q.push(args), { q }) as never;
  const { src, ...dataset } = options;
  start({ src, dataset });
  return ((...args: [never, never]) => window.ahlan!(...args)) as Ahlan;
}
