/** The invitation beside the editor, in Chromium: as the visitor's own browser would draw it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** The editor with a trigger open and its message beside it. */
async function visit(entry, how, look) {
  const mock = await serve({ visitors: 40, changes: 0 });
  const { page, context, faults } = await open(browser, how);
  try {
    await page.goto(`${mock.url}/console/sites/shop/studio/d2?part=trigger&entry=${entry}`);
    await page.locator('#side-message').click();
    const of = (label) => page.frameLocator(`iframe[title="${label}"]`).locator('ahlan-bubble');
    await look({ page, mock, phone: of('The invitation on a phone'), desk: of('The invitation on a desktop') });
    assert.deepEqual(faults, []);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  } finally {
    await context.close();
    await mock.close();
  }
}

const choose = (page, label, option) => page.getByRole('tabpanel').getByLabel(label, { exact: true }).selectOption(option);
const style = (card, name) => card.evaluate((element, name) => getComputedStyle(element)[name], name);
/** The promise comes with the chat's answer, and the card is drawn anew. */
const settled = (card) => card.locator('.expect').getByText('Usually replies within 1 minute · Chat').waitFor();

describe('the message of a trigger', () => {
  test('is drawn as the tracker draws it, on a phone and on a desk', () =>
    visit('pricing-questions', { viewport: DESKTOP }, async ({ page, phone, desk }) => {
      await phone.locator('.message').getByText('Questions about the plans?').waitFor();
      assert.equal(await phone.locator('.accept').textContent(), 'Chat now');
      await settled(phone);
      assert.equal(await style(phone.locator('.card'), 'padding'), '11.25px', 'the style sheet sees a phone');
      await page.locator('label[title="Desktop"]').click();
      await settled(desk);
      assert.equal(await style(desk.locator('.card'), 'padding'), '16px', 'the style sheet sees a desk');
      const [frame, card] = [await page.locator('.screen.desktop').boundingBox(), await desk.locator('.card').boundingBox()];
      assert.ok(card.x > frame.x && card.x + card.width < frame.x + frame.width, 'the card is whole');
    }));

  test('is read from right to left in Arabic, on the other side', () =>
    visit('home-welcome', { viewport: DESKTOP }, async ({ page, phone }) => {
      await phone.locator('.card').waitFor();
      const middle = async () => {
        const [frame, card] = [await page.locator('.screen.phone').boundingBox(), await phone.locator('.card').boundingBox()];
        return card.x + card.width / 2 - (frame.x + frame.width / 2);
      };
      assert.ok((await middle()) > 10);
      await choose(page, 'Language', 'ar');
      await phone.locator('.message').getByText('أهلًا وسهلًا').waitFor();
      assert.ok((await middle()) < -10);
      assert.equal(await phone.getAttribute('dir'), 'rtl');
      assert.equal(await phone.locator('.accept').textContent(), 'ابدأ المحادثة');
    }));

  test('is tried with visitors who are known, unknown, or have long names', () =>
    visit('home-welcome-back', { viewport: DESKTOP }, async ({ page, mock, phone }) => {
      const message = phone.locator('.message');
      await message.getByText('Welcome back, dear guest!').waitFor();
      await page.getByText(/not known: says .*dear guest/).waitFor();
      await choose(page, 'Shown to', 'known');
      await message.getByText('Welcome back, Sara Haddad!').waitFor();
      await choose(page, 'Shown to', 'longest');
      await message.getByText('Alexandria Montgomery-Featherstonehaugh').waitFor();
      await page.getByText(/lines on a phone|has to scroll/).waitFor();
      await choose(page, 'Shown to', `v:${mock.mind.world.mallory}`);
      await message.getByText('<b onmouseover=window.hacked=1>').waitFor();
      assert.equal(await message.locator('b').count(), 0, 'text stays text');
    }));

  test('follows what is typed, and is flagged where it sells to who looks for help', () =>
    visit('help-stuck', { viewport: DESKTOP }, async ({ page, phone }) => {
      await phone.locator('.card').waitFor();
      await page.getByText(/The tone suits these pages/).waitFor();
      const open = page.locator('[data-open]');
      await open.getByLabel('English', { exact: true }).fill('Tell me what happened!!');
      await phone.locator('.message').getByText('Tell me what happened!!').waitFor();
      await page.getByText('sound like shouting').waitFor();
      await open.getByLabel('Tone', { exact: true }).first().selectOption('sales');
      await page.getByText(/It sells on pages where people look for help/).waitFor();
    }));

  test('says what it promises, and is silent where nobody could answer', () =>
    visit('sales-questions', { viewport: DESKTOP }, async ({ page, phone }) => {
      await phone.locator('.card').waitFor();
      await choose(page, 'Shown when', 'closed');
      await phone.locator('.message').getByText('We\'re away right now.').waitFor();
      assert.match(await phone.locator('.expect').textContent(), /^We are open again .*, and reply by e-mail$/);
      assert.equal(await phone.locator('.accept').textContent(), 'Write to us');
      await page.locator('[data-open]').getByText('Offers an answer to businesses').first().waitFor();
    }));

  test('shows the wording of each variant', () =>
    visit('product-questions', { viewport: DESKTOP }, async ({ page, phone }) => {
      await phone.locator('.message').getByText('Is this the one').waitFor();
      await choose(page, 'Wording', 'advice');
      await phone.locator('.message').getByText('Can\'t decide?').waitFor();
      await choose(page, 'Shown when', 'closed');
      await page.getByText('Nobody is invited then').waitFor();
    }));
});

test('on a phone the message has the whole width', () =>
  (async () => {
    const mock = await serve({ visitors: 40, changes: 0 });
    const { page, context } = await open(browser, { viewport: PHONE, language: 'ar' });
    try {
      await page.goto(`${mock.url}/console/sites/shop/studio/d2?part=trigger&entry=pricing-questions`);
      await page.locator('[data-open]').waitFor();
      await page.getByText('الأثر', { exact: true }).first().click();
      await page.locator('#side-message').click();
      await page.locator('.screen.phone').waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    } finally {
      await context.close();
      await mock.close();
    }
  })());
