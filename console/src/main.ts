/** Starts the console: language first, so that the first word on screen is already in it. */
import { mount } from 'svelte';
import App from './App.svelte';
import './lib/theme.css';
import './lib/base.css';
import { startLanguage } from '$lib/i18n';
import { preferences } from '$lib/preferences.svelte';
import { session } from '$lib/session.svelte';

const target = document.getElementById('app');
if (target) {
  const who = session.load();
  await startLanguage(preferences.value.language);
  mount(App, { target });
  await who;
}
