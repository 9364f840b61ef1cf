/**
 * An agent at the console against the real service: somebody becomes hot, the agent sees it, reads why, and invites by
 * hand; the visitor's browser shows it, and the chat that follows stands in the list. And who may not, cannot.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, until } from './browser.mjs';
import { Console } from './console.mjs';
import { startDemo } from './service.mjs';

const PASSWORD = 'a password for the browser tests';
process.env.AHLAN_PASSWORD = PASSWORD;

const STORIES = [
  { language: 'en', base: '/demo', accept: 'Chat now', message: 'Shall I show you which grinder fits?' },
  { language: 'ar', base: '/demo/ar', accept: 'ابدأ المحادثة', message: 'هل أساعدك في اختيار المطحنة المناسبة؟' },
];

let service;
let browser;
/** Visitors have a browser of their own, so that nobody's page lies behind another. */
let elsewhere;

before(async () => {
  service = await startDemo('--no-traffic');
  [browser, elsewhere] = await Promise.all([launch(), launch()]);
});

after(async () => {
  await Promise.all([browser?.close(), elsewhere?.close()]);
  assert.equal(await service?.stop(), 0, 'the service stops cleanly');
});

describe('an agent', () => {
  for (const { language, base, accept, message } of STORIES) {
    test(`sees who becomes hot, reads why, and greets them by hand: ${language}`, async () => {
      const agent = await Console.open(browser, service.url, { language, theme: language === 'ar' ? 'dark' : 'light' });
      await agent.signIn('agent@demo.example', PASSWORD);
      await agent.page.waitForURL('**/sites/shop/live');

      const visitor = await elsewhere.newContext({ locale: language });
      const shop = await visitor.newPage();
      await shop.goto(`${service.url}${base}/pricing`);
      const id = await until('the service sees the visitor', async () => {
        const { visitors } = await service.api('/v1/sites/shop/visitors?presence=active');
        return visitors.find((one) => new URL(one.page.url).pathname === `${base}/pricing`)?.id;
      });
      await agent.line(id).waitFor();
      const first = await agent.score(id);
      for (const path of ['sales', 'checkout?plan=bayt', 'pricing', 'blog']) {
        await shop.goto(`${service.url}${base}/${path}`);
        await until(`the visit of ${path} is counted`, async () => {
          const { page } = await service.api(`/v1/sites/shop/visitors/${id}`);
          return page.url.includes(`${base}/${path.split('?')[0]}`);
        });
      }
      await until('the list shows a hot visitor', async () => (await agent.score(id)) >= 60);
      assert.ok(first < 60, `the score rose from ${first}`);

      const panel = await agent.openBeside(id);
      await panel.getByRole('tab', { name: agent.words.scores }).click();
      const { ledger } = await service.api(`/v1/sites/shop/visitors/${id}`);
      await panel.getByText(ledger.at(-1).rule_name).first().waitFor();

      await agent.invite(message);
      // The card comes first and its words a moment later, so that screen readers hear them.
      await shop.locator('p.message', { hasText: message }).waitFor();
      await shop.getByRole('button', { name: accept }).click();
      await shop.locator('.chat-form input, .chat-form textarea').fill(language === 'ar' ? 'نعم' : 'Yes, please');
      await shop.keyboard.press('Enter');
      await until('the list shows the chat', async () => agent.words.inChat.test((await agent.line(id).locator('.state').textContent()) ?? ''));
      assert.deepEqual(agent.faults, []);
      await Promise.all([agent.close(), visitor.close()]);
    });
  }
});

describe('who may not', () => {
  test('a marketer finds no way to the people, and is told so at their address', async () => {
    const marketer = await Console.open(browser, service.url);
    await marketer.signIn('marketer@demo.example', PASSWORD);
    const navigation = marketer.page.getByRole('navigation').first();
    assert.equal(await navigation.getByRole('link', { name: 'People' }).count(), 0);
    await marketer.go('/people');
    await marketer.page.getByText(marketer.words.forbidden).waitFor();
    const refused = await marketer.page.evaluate(async () => (await fetch('/v1/users')).status);
    assert.equal(refused, 403, 'the service refuses as well');
    await marketer.close();
  });

  test('a viewer sees the list and greets nobody', async () => {
    const guest = await elsewhere.newContext();
    const shop = await guest.newPage();
    await shop.goto(`${service.url}/demo/blog`);
    const viewer = await Console.open(browser, service.url);
    await viewer.signIn('viewer@demo.example', PASSWORD);
    const line = viewer.page.locator('[role=row][aria-selected] a').first();
    await line.waitFor();
    await viewer.page.keyboard.press('j');
    await viewer.page.keyboard.press('i');
    await viewer.page.keyboard.press('Enter');
    await viewer.page.getByRole('tab', { name: viewer.words.scores }).waitFor();
    const panel = viewer.page.getByRole('complementary', { name: viewer.words.beside });
    assert.equal(await panel.getByRole('button', { name: viewer.words.invite }).count(), 0);
    assert.equal(await viewer.page.getByRole('dialog').count(), 0);
    const id = new URL(viewer.page.url()).searchParams.get('visitor');
    const refused = await viewer.page.evaluate(
      async (id) => (await fetch(`/v1/sites/shop/visitors/${id}/notes`, { method: 'POST', body: '{"text":"hello"}' })).status,
      id,
    );
    assert.equal(refused, 403, 'the service refuses as well');
    await Promise.all([viewer.close(), guest.close()]);
  });
});
