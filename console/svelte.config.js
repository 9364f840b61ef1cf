import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere; styles go to files, as the content security policy wants it. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { css: 'external' },
};
