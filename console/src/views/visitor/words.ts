import ar from '../../i18n/visitor.ar';
import en from '../../i18n/visitor.en';
import { words } from '$lib/words';

export const t = words(en, ar);
