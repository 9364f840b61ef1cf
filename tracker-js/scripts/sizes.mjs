/** Prints what a visitor downloads beside its limit; over the limit is a failure. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const limits = { 't.js': 2000, 'bubble.js': 3000 };
for (const file of readdirSync(new URL('adapters', dist))) limits[`adapters/${file}`] = 1200;

for (const [file, limit] of Object.entries(limits)) {
  const source = readFileSync(new URL(file, dist));
  const size = gzipSync(source, { level: 9 }).length;
  const verdict = size > limit ? 'TOO BIG' : 'ok';
  console.log(`${file.padEnd(22)} ${String(size).padStart(5)} B gzip, limit ${limit} B: ${verdict}`);
  if (size > limit) process.exitCode = 1;
}
