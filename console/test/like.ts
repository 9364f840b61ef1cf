/** Comparisons that the standard ones lack. */
import assert from 'node:assert/strict';

/** The object has these members, whatever else it has. */
export function like(actual: object | null | undefined, wanted: object): void {
  const part = Object.fromEntries(Object.keys(wanted).map((key) => [key, (actual as Record<string, unknown> | null | undefined)?.[key]]));
  assert.deepEqual(part, wanted);
}

/** The numbers are the same but for rounding. */
export function near(actual: number | null | undefined, wanted: number): void {
  assert.ok(Math.abs((actual ?? NaN) - wanted) < 1e-6, `${actual} is not ${wanted}`);
}
