/** `<script async src="…/t.js" data-site="shop"></script>` */
import type { Setup } from './api.js';
import { init } from './tracker.js';

init(document.currentScript as unknown as Setup);
