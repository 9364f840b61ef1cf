/** Pictures of places of the console, to be looked at: `node dev/shots.mjs FOLDER [PATH…]`. Needs the built console. */
import { mkdirSync } from 'node:fs';
import { DESKTOP, PHONE, launch, open } from './browser.mjs';
import { serve } from './mock/server.mjs';

const [folder = 'shots', ...paths] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const mock = await serve({ visitors: 4000, changes: 40 });
const browser = await launch();
for (const path of paths.length ? paths : ['/sites/shop/live']) {
  for (const language of ['en', 'ar']) {
    for (const theme of ['light', 'dark']) {
      for (const viewport of [DESKTOP, PHONE]) {
        const { page, context, faults } = await open(browser, { language, theme, viewport });
        await page.goto(`${mock.url}/console${path}`);
        await page.waitForLoadState('networkidle', { timeout: 2500 }).catch(() => {});
        const name = `${path.split('/').at(-1)}-${language}-${theme}-${viewport === PHONE ? 'phone' : 'desktop'}.png`;
        await page.screenshot({ path: `${folder}/${name}` });
        for (const fault of faults) console.log(`${name}: ${fault}`);
        await context.close();
      }
    }
  }
}
await browser.close();
await mock.close();
