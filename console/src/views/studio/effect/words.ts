import ar from './words.ar';
import en from './words.en';
import { words } from '$lib/words';

export const t = words(en, ar);
