/** Builds `dist/`: t.js, bubble.js and the chat adapters for script tags, ahlan.mjs and its types for bundlers. */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(home, 'dist');
const adapters = readdirSync(join(home, 'adapters')).filter((file) => file != 'core.ts');
const common = {
  absWorkingDir: home,
  bundle: true,
  minify: true,
  charset: 'utf8',
  target: 'es2021',
  tsconfigRaw: {},
  legalComments: 'none',
  logLevel: 'warning',
};

/** `import css from './style.css'` is the minified text. */
const cssText = {
  name: 'css-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

/** Every byte counts: terser inlines what esbuild leaves apart. */
const smaller = {
  ecma: 2020,
  compress: {
    passes: 5,
    pure_getters: true,
    unsafe: true,
    unsafe_arrows: true,
    unsafe_comps: true,
  },
};

/** Makes a script that keeps what it declares in a function of its own smaller. */
async function squeeze(file) {
  const { code } = await minify(await readFile(file, 'utf8'), smaller);
  await writeFile(file, code);
}

/** The tracker has no function around it, and one keyword for declarations compresses better than two. */
async function squeezeTracker(file) {
  const source = await readFile(file, 'utf8');
  const { code } = await minify(source.replace(/\b(const|var) /g, 'let '), {
    ...smaller,
    compress: {
      ...smaller.compress,
      collapse_vars: false,
      lhs_constants: false,
      booleans_as_integers: true,
      unsafe_methods: true,
    },
    toplevel: true,
  });
  await writeFile(file, `{${code}}`); // a block keeps what is declared to itself, as a function would
}

rmSync(dist, { recursive: true, force: true });
await Promise.all([
  build({ ...common, entryPoints: ['src/t.ts'], outfile: 'dist/t.js', format: 'esm', minify: false }),
  build({
    ...common,
    entryPoints: ['src/bubble/bubble.ts'],
    outfile: 'dist/bubble.js',
    format: 'iife',
    plugins: [cssText],
  }),
  build({
    ...common,
    entryPoints: adapters.map((file) => `adapters/${file}`),
    outdir: 'dist/adapters',
    format: 'iife',
  }),
  build({
    ...common,
    entryPoints: ['src/ahlan.ts'],
    outfile: 'dist/ahlan.mjs',
    format: 'esm',
    define: { 'document.currentScript': '{}' }, // a module has none
  }),
]);

await Promise.all([
  squeezeTracker(join(dist, 't.js')),
  squeeze(join(dist, 'bubble.js')),
  ...adapters.map((file) => squeeze(join(dist, 'adapters', file.replace('.ts', '.js')))),
]);

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', 'tsconfig.types.json'], {
  cwd: home,
  stdio: 'inherit',
});

// Only the public surface is worth types.
for (const file of readdirSync(dist))
  if (file.endsWith('.d.ts') && !['ahlan.d.ts', 'api.d.ts'].includes(file)) rmSync(join(dist, file));
