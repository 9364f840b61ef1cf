import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'node:test';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const css = readFileSync(resolve('src/lib/theme.css'), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((found) => [found[1], [found[2], found[3]]]),
);

const PAIRS = [
  ...['bg', 'surface', 'raised', 'sunken', 'hover'].flatMap((ground) =>
    ['text', 'text-2', 'text-3', 'accent'].map((text) => [text, ground])),
  ...['bg', 'surface'].flatMap((ground) => ['good', 'warn', 'bad', 'accent-strong'].map((text) => [text, ground])),
  ...['good', 'warn', 'bad'].map((tone) => [tone, `${tone}-soft`]),
  ['text-2', 'bad-soft'],
  ['accent-strong', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
] as const;

test('text stands out from its ground in both themes', () => {
  const faults: string[] = [];
  for (const [text, ground] of PAIRS) {
    for (const theme of [0, 1]) {
      const [front, back] = [colours.get(text ?? '')?.[theme], colours.get(ground ?? '')?.[theme]];
      assert.ok(front && back, `${text} on ${ground} are colours of the theme`);
      const found = contrast(front, back);
      if (found < 4.5) faults.push(`${text} on ${ground}, ${theme ? 'dark' : 'light'}: ${found.toFixed(2)}`);
    }
  }
  assert.deepEqual(faults, []);
});
