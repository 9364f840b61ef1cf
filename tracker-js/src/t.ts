/** `<script async src="…/t.js" data-site="shop"></script>` */
import type { Options } from './api.js';
import { init } from './tracker.js';

const script = document.currentScript as HTMLScriptElement;
init({ ...(script.dataset as Partial<Options>), src: script.src } as Options);
