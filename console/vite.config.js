import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const folder = (name) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));

/** Puts a packed copy beside every file that is smaller so: the service hands it to whoever takes it. */
const packed = {
  name: 'packed',
  apply: 'build',
  closeBundle() {
    const dist = fileURLToPath(new URL('./dist/', import.meta.url));
    for (const name of readdirSync(dist, { recursive: true })) {
      if (!/\.(js|css|html|json|svg)$/.test(name)) continue;
      const plain = readFileSync(dist + name);
      const small = gzipSync(plain, { level: 9 });
      if (small.length < plain.length * 0.9) writeFileSync(`${dist}${name}.gz`, small);
    }
  },
};

export default defineConfig({
  base: '/console/',
  plugins: [svelte(), packed],
  resolve: { alias: { $lib: folder('lib'), $wire: folder('wire') } },
  build: {
    target: 'es2022',
    // Nothing is put inside the page: the policy allows scripts, styles and fonts from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/v1': process.env.AHLAN ?? 'http://127.0.0.1:8430' } },
});
