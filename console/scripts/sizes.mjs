/** Prints what a browser downloads before the live view stands, beside its limit; over the limit is a failure. */
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 150 * 1024;
const dist = new URL('../dist/', import.meta.url);
const read = (path) => readFileSync(new URL(path, dist), 'utf8');
const assets = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.js'));

/** The scripts that a script imports at once; what it may import later is not among them. */
function imports(name) {
  const source = read(`assets/${name}`);
  return [...source.matchAll(/(?:\bimport|\bfrom)\s*["']\.\/([^"']+\.js)["']/g)].map((found) => found[1]);
}

function reachable(names) {
  const seen = new Set();
  const wanted = [...names];
  while (wanted.length > 0) {
    const name = wanted.pop();
    if (seen.has(name)) continue;
    seen.add(name);
    wanted.push(...imports(name));
  }
  return [...seen];
}

const entry = [...read('index.html').matchAll(/\/console\/assets\/([^"]+\.js)"/g)].map((found) => found[1]);
const parts = ['Live-', 'en-'].map((start) => assets.find((name) => name.startsWith(start)));
if (entry.length === 0 || parts.includes(undefined)) throw new Error('the build has no entry, live view or English');

let total = gzipSync(read('before.js'), { level: 9 }).length;
for (const name of reachable([...entry, ...parts])) {
  const size = gzipSync(read(`assets/${name}`), { level: 9 }).length;
  total += size;
  console.log(`${name.padEnd(36)} ${String(size).padStart(7)} B gzip`);
}
const verdict = total > LIMIT ? 'TOO BIG' : 'ok';
console.log(`${'first view, JavaScript'.padEnd(36)} ${String(total).padStart(7)} B gzip, limit ${LIMIT} B: ${verdict}`);
if (total > LIMIT) process.exitCode = 1;
