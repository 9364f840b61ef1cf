/** `<script async src="…/t.js" data-site="shop"></script>` */
import { boot } from './tracker.js';

// A prerendered page counts when it is shown, if ever.
if (document.prerendering) document.addEventListener('prerenderingchange', boot);
else boot();
