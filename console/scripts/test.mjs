/**
 * Runs the tests below test/. Those in TypeScript are bundled first, because Node does not read it everywhere; those
 * that end in `.mjs` run as they are.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { compileModule } from 'svelte/compiler';

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** Modules with runes go through Svelte's compiler, as in the build. */
const runes = {
  name: 'runes',
  setup(build) {
    build.onLoad({ filter: /\.svelte\.ts$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', target: 'es2022' });
      return { contents: compileModule(code, { filename: path, generate: 'client' }).js.code, loader: 'js' };
    });
  },
};
const files = readdirSync(here('test'));
const typed = files.filter((name) => name.endsWith('.test.ts'));
// Beside the packages, so that what is left outside the bundle is found.
const out = mkdtempSync(here('test/.built-'));
let status = 1;
try {
  await build({
    entryPoints: typed.map((name) => here(`test/${name}`)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['svelte', 'svelte/*'],
    plugins: [runes],
    resolveExtensions: ['.ts', '.svelte.ts', '.mjs', '.js'],
    alias: { $lib: here('src/lib'), $wire: here('src/wire') },
    logLevel: 'warning',
  });
  const chosen = process.argv.slice(2);
  const built = typed.map((name) => `${out}/${name.replace(/ts$/, 'mjs')}`);
  const plain = files.filter((name) => name.endsWith('.test.mjs')).map((name) => here(`test/${name}`));
  const run = [...built, ...plain].filter((path) => chosen.length === 0 || chosen.some((word) => path.includes(word)));
  status = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...run], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = status;
