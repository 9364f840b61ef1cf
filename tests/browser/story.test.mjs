/**
 * The whole story in a real browser against the real service: a person reads the pricing page and is greeted once,
 * in the language of the page; a no is a no.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, read, until } from './browser.mjs';
import { startDemo } from './service.mjs';
import { stage, VENDORS } from '../../tracker-js/test/support/vendors.mjs';

const LANGUAGES = [
  { lang: 'en', dir: 'ltr', base: '/demo', accept: 'Chat now', dismiss: 'No, thanks', message: /plans/ },
  { lang: 'ar', dir: 'rtl', base: '/demo/ar', accept: 'ابدأ المحادثة', dismiss: 'لا، شكرًا', message: /الباقات/ },
];
const SCREENS = [
  { name: 'desktop', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

let service;
let browser;

before(async () => {
  service = await startDemo('--no-traffic');
  browser = await launch();
  await until('an agent is at the desk', async () => {
    const text = await service.api('/v1/sites/shop/agents/probe', {
      method: 'PUT',
      body: JSON.stringify({ status: 'offline', max_chats: 1, ttl_s: 1 }),
    });
    return text.free_slots > 0;
  });
});

after(async () => {
  await browser?.close();
  assert.equal(await service?.stop(), 0, 'the service stops cleanly');
});

/** A fresh visitor; faults of the page fail the test. */
async function visitor(screen) {
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (fault) => faults.push(String(fault)));
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  const self = { context, page, faults, id: undefined };
  page.on('response', async (answer) => {
    if (answer.url().endsWith('/v1/collect') && answer.status() === 202) self.id ??= (await answer.json()).visitor;
  });
  return self;
}

const accept = (page, words) => page.getByRole('button', { name: words.accept });

/** A visitor who looks at something now, as an agent sees them: several people read the same page here. */
async function inList({ id }) {
  const { visitors } = await service.api('/v1/sites/shop/visitors?presence=active');
  return visitors.find((one) => one.id === id);
}

describe('a reader of the pricing page', { concurrency: true }, () => {
  for (const words of LANGUAGES) {
    test(`is greeted once in ${words.lang}, and a no is a no`, async () => {
      const reader = await visitor(SCREENS[0]);
      const { context, page, faults } = reader;
      await page.goto(`${service.url}${words.base}/pricing`);
      await read(page, async () => {
        const seen = await until('the agent sees the visitor', () => inList(reader));
        assert.equal(seen.page.page_type, 'pricing');
        await accept(page, words).waitFor({ timeout: 45_000 });
      });
      const message = page.locator('p.message');
      assert.match(await message.textContent(), words.message);
      assert.equal(await message.evaluate((node) => getComputedStyle(node).direction), words.dir);
      const { id } = reader;
      await atCorner(page, words);
      assert.equal(await page.evaluate(() => document.activeElement === document.body), true, 'the focus stays');
      await page.screenshot({ path: `shots/story-${words.lang}.png` });

      await page.getByRole('button', { name: words.dismiss }).first().click();
      await accept(page, words).waitFor({ state: 'detached' });
      const detail = () => service.api(`/v1/sites/shop/visitors/${id}`);
      await until('the service knows of the no', async () => (await detail()).invitation === 'dismissed');

      await page.reload();
      await read(page, () => until('the page was read again', async () => (await detail()).active_ms > 62_000, 70_000));
      assert.equal(await accept(page, words).count(), 0, 'nobody is asked twice');
      const { invitations, scores } = await detail();
      assert.equal(invitations.length, 1, 'exactly one invitation');
      assert.ok(scores.find((score) => score.name === 'buy').value > 0, 'reading prices counts');
      assert.deepEqual(faults, []);
      await context.close();
    });
  }

  test('on a phone in the dark can say yes, and the chat opens', async () => {
    const words = LANGUAGES[0];
    const { context, page, faults } = await visitor(SCREENS[1]);
    await page.goto(`${service.url}/demo/sales`);
    await read(page, () => accept(page, words).waitFor({ timeout: 60_000 }));
    await page.screenshot({ path: 'shots/story-phone-dark.png' });
    await accept(page, words).click();
    await page.locator('[role=dialog], .chat-panel, [data-chat-panel]').first().waitFor();
    await page.screenshot({ path: 'shots/story-phone-chat.png' });
    await until('the yes is counted', () => service.metric('ahlan_invitations_total{state="accepted"}'));
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('whose shop uses a vendor\'s chat finds the invitation in it after the yes, in Arabic', async () => {
    const words = LANGUAGES[1];
    const reader = await visitor(SCREENS[0]);
    const { context, page, faults } = reader;
    await page.addInitScript(`(${stage})(); (${VENDORS.crisp.stub})(); vendor.snippet(); vendor.arrive();`);
    await page.goto(`${service.url}${words.base}/pricing`);
    await page.addScriptTag({ url: '/adapters/crisp.js' });
    await read(page, () => accept(page, words).waitFor({ timeout: 60_000 }));
    const { id } = reader;
    const message = await page.locator('p.message').textContent();
    assert.equal(await page.evaluate(() => window.vendor.opened), 0, 'nothing opens before the yes');
    await accept(page, words).click();
    await page.waitForFunction(() => window.vendor.opened === 1);
    const { texts, attributes, faults: refused } = await page.evaluate(() => {
      const { texts, attributes, faults } = window.vendor;
      return { texts, attributes, faults };
    });
    assert.deepEqual(texts, [message]);
    const detail = () => service.api(`/v1/sites/shop/visitors/${id}`);
    const accepted = await until('the service knows of the yes', async () => {
      const { invitations } = await detail();
      return invitations.find(({ state }) => state === 'accepted');
    });
    assert.equal(attributes.ahlan_trigger, accepted.trigger);
    await page.evaluate(() => window.vendor.visitorWrites());
    await until('the visitor waits for an answer', async () => (await detail()).chat === 'queued');
    await page.evaluate(() => window.vendor.agentWrites());
    await until('they talk', async () => (await detail()).chat === 'chatting');
    assert.deepEqual([refused, faults], [[], []]);
    await context.close();
  });

  test('is left in peace at the checkout', async () => {
    const { context, page } = await visitor(SCREENS[0]);
    await page.goto(`${service.url}/demo/checkout?plan=bayt`);
    const id = await until('the agent sees the visitor', async () => {
      const { visitors } = await service.api('/v1/sites/shop/visitors?page_type=checkout');
      return visitors[0]?.id;
    });
    await read(page, () =>
      until('a minute of checkout', async () => (await service.api(`/v1/sites/shop/visitors/${id}`)).active_ms > 60_000, 75_000),
    );
    const { invitations } = await service.api(`/v1/sites/shop/visitors/${id}`);
    assert.deepEqual(invitations, []);
    await context.close();
  });
});

/** The invitation sits in its corner and leaves the page to the visitor. */
async function atCorner(page, words) {
  const box = await page.locator('section.card').boundingBox();
  const { width, height } = page.viewportSize();
  const near = words.dir === 'rtl' ? box.x : width - (box.x + box.width);
  assert.ok(near < 40, `it is at its side, not ${near} px away`);
  assert.ok(box.y > height / 2 - 100, 'it is at the bottom');
  assert.ok(box.width * box.height < 0.12 * width * height, 'it covers a corner only');
}
