import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const folder = (name) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));

export default defineConfig({
  base: '/console/',
  plugins: [svelte()],
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
