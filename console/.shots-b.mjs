import { mkdirSync } from 'node:fs';
import { DESKTOP, PHONE, launch, open } from './dev/browser.mjs';
import { keptRules } from './dev/mock/rulesets.mjs';
import { serve } from './dev/mock/server.mjs';
const folder = process.argv[2] ?? '/tmp/shots-B';
const only = process.argv[3];
mkdirSync(folder, { recursive: true });
const browser = await launch();
const V = '/sites/shop/versions';
const jobs = {
  history: [V], list: [`${V}?tab=versions`], compare: [`${V}/5?with=3`],
  shadow: [`${V}/7`], rollout: [`${V}/7`, (r) => Object.assign(r.stand, { shadow: null, rollout: { version: 7, share: '10%', since: Date.now() - 3600e3 } })],
  publish: [`${V}/6`, null, async (page) => { await page.locator('header .actions .primary').click(); await page.waitForTimeout(1800); await page.locator('dialog .body').evaluate((e) => e.scrollTo(0, 0)); }],
  publish2: [`${V}/6`, null, async (page) => { await page.locator('header .actions .primary').click(); await page.waitForTimeout(1500); await page.locator('dialog input[type=radio]').nth(1).check(); await page.locator('dialog input[type=checkbox]').first().check(); await page.locator('dialog .body').evaluate((e) => e.scrollTo(0, 9999)); }],
  effect: [`${V}/6`, null, async (page) => { await page.locator('main section button, main .card button').last().click(); await page.waitForTimeout(2500); }],
};
for (const [name, [path, rules, act]] of Object.entries(jobs)) {
  if (only && !only.split(',').includes(name)) continue;
  for (const [language, theme, viewport] of [['en', 'light', DESKTOP], ['ar', 'dark', PHONE], ['ar', 'light', DESKTOP], ['en', 'dark', PHONE]]) {
    const mock = await serve({ visitors: 600, changes: 0 });
    rules?.(keptRules(mock.mind));
    const { page, context, faults } = await open(browser, { language, theme, viewport });
    await page.goto(`${mock.url}/console${path}`);
    await page.waitForLoadState('networkidle', { timeout: 2500 }).catch(() => {});
    try { await act?.(page); } catch (why) { console.log(name, String(why).slice(0, 200)); }
    if (!name.startsWith('publish')) {
      const h = await page.evaluate(() => Math.max(...[...document.querySelectorAll('main, main *')].slice(0, 40).map((e) => e.scrollHeight)));
      await page.setViewportSize({ width: viewport.width, height: Math.min(4200, h + 80) });
      await page.waitForTimeout(300);
    }
    await page.screenshot({ path: `${folder}/${name}-${language}-${theme}-${viewport === PHONE ? 'phone' : 'desk'}.png` });
    for (const fault of faults) console.log(name, language, fault.slice(0, 300));
    await context.close();
    await mock.close();
  }
}
await browser.close();
