/** What a draft would do, beside the editor, and publishing it, in Chromium, against the mock. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findings } from '../dev/axe.mjs';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { keptRules } from '../dev/mock/rulesets.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const DRAFT = '/sites/shop/studio/d2';
/** A text with the marks that keep directions apart anywhere in it. */
const said = (text) => new RegExp([...text].map((letter) => letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\u200e\\u200f\\u2066-\\u2069]*'));

async function visit(path, { mock: mind = {}, pace = 5, ...how }, look) {
  const mock = await serve({ visitors: 400, changes: 0, ...mind });
  mock.mind.pace = pace;
  const { page, context, faults } = await open(browser, how);
  try {
    await page.goto(`${mock.url}/console${path}`);
    await look({ page, mock });
    assert.deepEqual(faults.filter((fault) => !/status of 4\d\d/.test(fault)), []);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  } finally {
    await context.close();
    await mock.close();
  }
}

const panel = (page) => page.locator('section[aria-label="Effect"]');
/** Whether each plot is drawn and has its numbers beside it. */
const plots = (page) =>
  page.evaluate(() => [...document.querySelectorAll('.plot')].map((plot) => ({ drawn: plot.querySelector('canvas') !== null, numbers: plot.closest('section')?.querySelector('table') !== null })));
/** Changes what reading the prices is worth, in the form. */
async function points(page, to) {
  const field = page.locator('[data-open]').getByLabel('Points', { exact: true });
  await field.fill(`${to}`);
  await field.press('Tab');
}

describe('beside the editor', () => {
  test('the figures follow what is typed, and are beside their plots', () =>
    visit(`${DRAFT}?part=score_rule&entry=pricing-read`, {}, async ({ page, mock }) => {
      await panel(page).getByText('No difference in this period').waitFor();
      await points(page, 30);
      await panel(page).getByText('No difference in this period').waitFor({ state: 'detached' });
      await panel(page).locator('dd.good').waitFor();
      await panel(page).getByText(said('12 visitors are first invited by sales-arabic, and were by pricing-questions')).waitFor();
      assert.match(mock.mind.backtests.at(-1).files.find(({ name }) => name === 'scores.toml').text, /points = 30/);
      assert.deepEqual({ ...mock.mind.backtests.at(-1), files: [] }, { files: [], against: 'live', since: '7d', partial: true });
      assert.deepEqual(await plots(page), Array.from({ length: 3 }, () => ({ drawn: true, numbers: true })));
    }));

  test('a new edit breaks off what is under way', () =>
    visit(`${DRAFT}?part=score_rule&entry=pricing-read`, { pace: 200 }, async ({ page, mock }) => {
      await panel(page).getByText(/From .* of the visitors/).waitFor();
      await points(page, 30);
      await panel(page).getByText('Visitors gained', { exact: true }).waitFor();
      const deadline = Date.now() + 8_000;
      while (!mock.mind.broken && Date.now() < deadline) await page.waitForTimeout(50);
      assert.ok(mock.mind.broken?.length > 0, 'the first was not broken off');
    }));

  test('a figure leads to its rule', () =>
    visit(`${DRAFT}?part=policy`, {}, async ({ page }) => {
      await panel(page).getByRole('button', { name: 'newsletter-open' }).waitFor();
      await panel(page).locator('table').getByRole('button', { name: 'help-stuck' }).click();
      await page.locator('[data-open]').getByText('help-stuck').first().waitFor();
    }));

  test('another period is another question', () =>
    visit(DRAFT, {}, async ({ page, mock }) => {
      await panel(page).getByText('Visitors gained', { exact: true }).waitFor();
      await panel(page).getByText('28 days').click();
      const deadline = Date.now() + 8_000;
      while (mock.mind.backtests.at(-1).since !== '28d' && Date.now() < deadline) await page.waitForTimeout(50);
      assert.equal(mock.mind.backtests.at(-1).since, '28d');
    }));

  test('who would be invited now is told with names, scores and words', () =>
    visit(DRAFT, {}, async ({ page }) => {
      await page.locator('#side-now').click();
      await page.getByText(said('The draft would invite 4 visitors at this moment')).waitFor();
      // A hostile name is a name.
      await page.getByRole('link', { name: '<img src=x onerror="window.hacked=1">' }).waitFor();
      await page.locator('#now-both').click();
      await page.getByText(said('sales-arabic instead of pricing-questions')).waitFor();
    }));
});

describe('everybody can use it', () => {
  for (const [language, theme, viewport] of [['en', 'light', DESKTOP], ['ar', 'dark', PHONE]]) {
    for (const tab of ['effect', 'now']) {
      test(`${tab}, ${language} ${theme}`, () =>
        visit(DRAFT, { language, theme, viewport }, async ({ page }) => {
          if (viewport === PHONE) await page.locator('.panes label').nth(2).click();
          await page.locator(`#side-${tab}`).click();
          await page.waitForLoadState('networkidle', { timeout: 2_500 }).catch(() => {});
          await page.locator(tab === 'now' ? '#now-gained' : '.plot canvas').first().waitFor();
          assert.deepEqual(await findings(page), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it is wider than the screen');
        }));
    }
  }
});

describe('publishing a draft', () => {
  test('keeps it as a version and makes that live', () =>
    visit(`${DRAFT}?part=score_rule&entry=pricing-read`, {}, async ({ page, mock }) => {
      await points(page, 30);
      await panel(page).locator('dd.good').waitFor();
      await page.getByRole('button', { name: 'Publish…' }).click();
      const dialog = page.locator('dialog[open]');
      await dialog.getByText('2 tests pass').waitFor();
      await dialog.getByText('Visitors gained').waitFor();
      await dialog.locator('textarea').fill('Reading counts for more');
      await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
      await page.getByText(said('Version 7 is live')).waitFor();
      assert.deepEqual(mock.mind.published, [{ version: 7, reason: 'Reading counts for more', expected: 4 }]);
      assert.match(keptRules(mock.mind).files.get(7).find(({ name }) => name === 'scores.toml').text, /points = 30/);
    }));

  test('over what somebody else has published needs a look and a yes', () =>
    visit('/sites/shop/studio/d1', {}, async ({ page, mock }) => {
      await page.getByRole('button', { name: 'Publish…' }).click();
      const dialog = page.locator('dialog[open]');
      await dialog.getByText(said('Version 4 has been published since this draft began')).waitFor();
      await dialog.getByText(said('pricing-read: 15 → 20 points')).first().waitFor();
      await dialog.getByText('2 tests pass').waitFor();
      const publish = dialog.getByRole('button', { name: 'Publish', exact: true });
      assert.equal(await publish.isDisabled(), true);
      assert.equal(await dialog.getByRole('button', { name: 'Take it into my draft' }).count(), 1);
      await dialog.locator('textarea').fill('mine');
      await dialog.getByText('Publish mine all the same').click();
      await publish.click();
      await page.getByText(said('Version 7 is live')).waitFor();
      assert.equal(mock.mind.published[0].expected, 4);
    }));
});
