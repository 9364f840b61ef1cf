/**
 * A service that nobody manages yet, as `ahlan serve` starts it: its one-time link makes the administrator, who puts the
 * tracker on a page and sees it arrive, and lets an agent in, who sees the visitor of that page.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launch } from './browser.mjs';
import { Console } from './console.mjs';
import { startEmpty } from './service.mjs';

const PASSWORD = 'ten unrelated lanterns';
const WORDS = {
  en: { create: 'Create the account', hello: /^Hello, .*Chrom/, waiting: 'Waiting for the first event…', invite: 'Invite somebody', ask: 'Invite', done: 'Done', join: 'Join', page: 'Everything for the garden' },
  ar: { create: 'إنشاء الحساب', hello: /^أهلًا بـ .*Chrom/, waiting: 'في انتظار أول حدث…', invite: 'دعوة شخص', ask: 'دعوة', done: 'تم', join: 'انضم', page: 'كل ما تحتاجه الحديقة' },
};

let browser;
let elsewhere;

before(async () => ([browser, elsewhere] = await Promise.all([launch(), launch()])));
after(() => Promise.all([browser?.close(), elsewhere?.close()]));

/** A customer's website: one page with this line in its head. */
async function website(title) {
  const site = { line: '' };
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.end(`<!doctype html><html><head><title>${title}</title>${site.line}</head><body><h1>${title}</h1></body></html>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return site;
}

describe('the first to come', () => {
  for (const [language, words] of Object.entries(WORDS)) {
    test(`sets up, installs, and lets an agent in: ${language}`, async () => {
      const site = await website(words.page);
      const service = await startEmpty(site.url);
      try {
        const admin = await Console.open(browser, service.url, { language });
        await admin.page.goto(service.setup);
        const { page } = admin;
        await page.locator('input[name=name]').fill('Huda');
        await page.locator('input[name=email]').fill('huda@garden.example');
        await page.locator('input[name=password]').fill(PASSWORD);
        await page.getByRole('button', { name: words.create }).click();
        await page.getByRole('navigation').first().waitFor();
        assert.ok(!page.url().includes('code='), 'the code is not left in the address');

        // The page of the set-up turns green by itself.
        await admin.go('/sites/garden/install');
        await page.getByRole('heading', { name: words.waiting }).waitFor();
        site.line = await page.locator('.steps code').textContent();
        const visitor = await elsewhere.newContext({ locale: language });
        const garden = await visitor.newPage();
        await garden.goto(`${site.url}/pricing`);
        await page.getByRole('heading', { name: words.hello }).waitFor();

        // An agent gets a one-time link, chooses a password and sees who is here.
        await admin.go('/people');
        await page.getByRole('button', { name: words.invite }).click();
        const dialog = page.getByRole('dialog');
        await dialog.locator('input').first().fill('Noor');
        await dialog.locator('input[type=email]').fill('noor@garden.example');
        await dialog.getByRole('button', { name: words.ask, exact: true }).click();
        const link = await page.getByRole('dialog').locator('code').textContent();
        await page.getByRole('button', { name: words.done, exact: true }).click();
        assert.deepEqual(admin.faults, []);

        const agent = await Console.open(browser, service.url, { language, theme: 'dark' });
        await agent.page.goto(link);
        await agent.page.locator('input[name=password]').fill(PASSWORD);
        await agent.page.getByRole('button', { name: words.join, exact: true }).click();
        await agent.page.waitForURL('**/sites/garden/live');
        await agent.page.locator('[role=row]', { hasText: words.page }).first().waitFor();
        assert.deepEqual(agent.faults, []);

        // Each link works once.
        for (const [what, address] of Object.entries({ setup: service.setup, join: link })) {
          const code = new URL(address).searchParams.get('code');
          const body = { code, email: 'mallory@garden.example', name: 'Mallory', password: PASSWORD };
          const answer = await fetch(`${service.url}/v1/${what}`, { method: 'POST', body: JSON.stringify(body) });
          assert.ok(answer.status >= 400 && answer.status < 500, `${what} was used twice: ${answer.status}`);
        }
        await Promise.all([admin.close(), agent.close(), visitor.close()]);
      } finally {
        assert.equal(await service.stop(), 0, 'the service stops cleanly');
        await site.close();
      }
    });
  }
});
