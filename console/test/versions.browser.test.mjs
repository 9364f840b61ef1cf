/** Versions, what they change, and publishing them, in Chromium, against the mock. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findings } from '../dev/axe.mjs';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { keptRules } from '../dev/mock/rulesets.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Opens a place of a console of its own, and closes both at the end. */
async function visit(path, { mock: mind = {}, rules = () => {}, ...how }, look) {
  const mock = await serve({ visitors: 400, changes: 0, ...mind });
  mock.mind.pace = 5;
  rules(keptRules(mock.mind));
  const { page, context, faults } = await open(browser, how);
  try {
    await page.goto(`${mock.url}/console${path}`);
    await page.locator('main :is(h1, h2)').first().waitFor();
    await look({ page, mock, faults });
    // That a request was refused is the browser's remark; the views tell of it themselves.
    assert.deepEqual(faults.filter((fault) => !/status of 4\d\d/.test(fault)), []);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  } finally {
    await context.close();
    await mock.close();
  }
}

/** A text with the marks that keep directions apart anywhere in it. */
const said = (text) => new RegExp([...text].map((letter) => letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\u200e\\u200f\\u2066-\\u2069]*'));

const rollout = (rules) => Object.assign(rules.stand, { shadow: null, rollout: { version: 6, share: '10%', since: Date.now() - 3600e3 } });
const VERSIONS = '/sites/shop/versions';

describe('everybody can use every view', () => {
  const ways = [
    { language: 'en', theme: 'light', viewport: DESKTOP },
    { language: 'ar', theme: 'dark', viewport: PHONE },
  ];
  const places = { history: [VERSIONS], versions: [`${VERSIONS}?tab=versions`], compare: [`${VERSIONS}/4?with=2`], shadow: [`${VERSIONS}/6`], 'roll-out': [`${VERSIONS}/6`, rollout] };
  for (const way of ways) {
    for (const [name, [path, rules]] of Object.entries(places)) {
      test(`${name}, ${way.language} ${way.theme}`, () =>
        visit(path, { ...way, ...(rules && { rules }) }, async ({ page }) => {
          await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
          assert.deepEqual(await findings(page), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it is wider than the screen');
        }));
    }
    test(`publishing, ${way.language} ${way.theme}`, () =>
      visit(`${VERSIONS}/5`, way, async ({ page }) => {
        await page.locator('header .actions .primary').click();
        await page.locator('dialog .step.good, dialog .step.warn').nth(3).waitFor();
        await page.locator('dialog input[type=radio]').nth(1).check();
        assert.deepEqual(await findings(page), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it is wider than the screen');
      }));
  }
});

describe('the history', () => {
  test('tells who, when, why and what it changed, in plain words', () =>
    visit(VERSIONS, {}, async ({ page }) => {
      const entry = page.locator('li.publish').first();
      await entry.getByText(said('pricing-read: 15 → 20 points')).waitFor();
      await entry.getByText(said('New trigger sales-arabic for Sales pages in Arabic')).waitFor();
      await entry.getByText(said('سارة الحربي')).first().waitFor();
      await page.locator('li.rollout').getByRole('button', { name: 'What it changed' }).click();
      await page.getByText('What it changed is not remembered any more.').waitFor();
    }));

  test('tells the same in Arabic', () =>
    visit(VERSIONS, { language: 'ar' }, async ({ page }) => {
      await page.locator('li.publish').first().getByText(said('pricing-read: 15 ← 20 نقطة')).waitFor();
    }));
});

describe('rolling back', () => {
  test('takes a press and a yes; the reason stands there already', () =>
    visit(VERSIONS, {}, async ({ page, mock }) => {
      await page.getByRole('button', { name: 'Roll back to version 2' }).click();
      await page.locator('dialog').getByRole('button', { name: 'Roll back' }).click();
      await page.getByText(said('Version 2 is live again')).waitFor();
      await page.getByRole('article', { name: 'Live' }).getByRole('link', { name: said('Version 2') }).waitFor();
      const [entry] = keptRules(mock.mind).history;
      assert.deepEqual([entry.kind, entry.from, entry.to, entry.reason], ['rollback', 4, 2, 'Back from version 4']);
    }));
});

describe('publishing', () => {
  const fill = async (page, reason) => {
    await page.getByRole('button', { name: 'Publish', exact: true }).first().click();
    await page.locator('dialog').getByText('2 tests pass').waitFor();
    if (reason) await page.locator('dialog textarea').fill(reason);
  };

  test('tells what changes and what it would do, and asks for a reason', () =>
    visit(`${VERSIONS}/5`, {}, async ({ page, mock }) => {
      await fill(page, '');
      const dialog = page.locator('dialog');
      await dialog.getByText(said('New trigger sales-arabic for Sales pages in Arabic')).waitFor();
      await dialog.getByText('Visitors gained').waitFor();
      await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
      await dialog.getByText('Say why.').waitFor();
      assert.equal(mock.mind.published, undefined);
      await dialog.locator('textarea').fill('Founding Day');
      await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
      await page.getByText(said('Version 5 is live')).waitFor();
      assert.deepEqual(mock.mind.published, [{ version: 5, reason: 'Founding Day', expected: 4 }]);
    }));

  test('to a share of the visitors', () =>
    visit(`${VERSIONS}/5`, {}, async ({ page, mock }) => {
      await fill(page, 'careful');
      await page.getByText('A share of the visitors').click();
      await page.locator('dialog').getByText('25 %').click();
      await page.getByRole('button', { name: said('Roll out to 25%') }).click();
      await page.getByText(said('acts for 25% of the visitors')).first().waitFor();
      assert.deepEqual(mock.mind.published, [{ version: 5, reason: 'careful', expected: 4, share: '25%' }]);
    }));

  test('at a set time, and ending by itself', () =>
    visit(`${VERSIONS}/5`, {}, async ({ page, mock }) => {
      await fill(page, 'campaign');
      await page.getByText('At a set time').click();
      await page.getByRole('button', { name: 'Schedule' }).click();
      await page.getByText('Say when it begins.').waitFor();
      const year = new Date().getFullYear() + 1;
      await page.getByLabel('From', { exact: true }).fill(`${year}-02-22T09:00`);
      await page.getByText('Ends by itself').click();
      await page.getByLabel('Until', { exact: true }).fill(`${year}-02-21T09:00`);
      await page.getByText('The end lies before the beginning.').waitFor();
      await page.getByLabel('Until', { exact: true }).fill(`${year}-02-24T09:00`);
      await page.getByRole('button', { name: 'Schedule' }).click();
      await page.getByText(said('Version 5 goes live on')).waitFor();
      const [sent] = mock.mind.published;
      assert.equal(Date.parse(sent.until) - Date.parse(sent.at), 2 * 86_400_000);
    }));

  test('waits while another version is being rolled out', () =>
    visit(`${VERSIONS}/5`, { rules: rollout }, async ({ page }) => {
      await fill(page, 'now');
      await page.getByText(said('Version 6 is being rolled out to')).waitFor();
      assert.equal(await page.locator('dialog footer .primary').isDisabled(), true);
    }));
});

describe('on recorded traffic', () => {
  test('figures come first, and every plot has its numbers', () =>
    visit(`${VERSIONS}/5`, {}, async ({ page }) => {
      await page.getByRole('button', { name: 'Work out the effect' }).click();
      await page.getByText(said('visitors and 1,004,318 events')).waitFor();
      await page.getByText('Visitors gained', { exact: true }).waitFor();
      const plots = () => page.evaluate(() => [...document.querySelectorAll('.plot')].map((plot) => ({ drawn: plot.querySelector('canvas') !== null, numbers: plot.closest('section')?.querySelector('table') !== null })));
      assert.deepEqual(await plots(), Array.from({ length: 3 }, () => ({ drawn: true, numbers: true })));
      const example = page.getByRole('link', { name: /Rewind the visit of/ }).first();
      assert.match(await example.getAttribute('href'), /\/console\/sites\/shop\/visitors\/.+\/rewind$/);
    }));
});

describe('an agent', () => {
  test('may look and not touch', () =>
    visit(VERSIONS, { mock: { role: 'agent' } }, async ({ page }) => {
      await page.locator('li.publish').first().waitFor();
      assert.equal(await page.getByRole('button', { name: /Roll back|Stop|Import|Take off/ }).count(), 0);
      await page.getByRole('link', { name: 'Version 4' }).first().click();
      await page.getByRole('heading', { name: 'Version 4' }).waitFor();
      assert.equal(await page.getByRole('button', { name: /Publish|New draft|shadow/ }).count(), 0);
    }));
});

describe('files', () => {
  test('from disk become a draft', () => {
    const made = [];
    const routes = [['POST', '/v1/sites/:site/drafts', ({ body }) => (made.push(body), { $status: 201, $body: { id: 'd9', ...body } })]];
    return visit(VERSIONS, { mock: { routes } }, async ({ page }) => {
      await page.locator('input[type=file]').setInputFiles([{ name: 'scores.toml', mimeType: 'text/plain', buffer: Buffer.from('# mine\n') }]);
      await page.waitForURL(/\/studio\/d9$/);
      assert.deepEqual(made[0].files, [{ name: 'scores.toml', text: '# mine\n' }]);
    });
  });

  test('that are no rules are named', () =>
    visit(VERSIONS, {}, async ({ page }) => {
      await page.locator('input[type=file]').setInputFiles([{ name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('x') }]);
      await page.getByText(said('These are no rule files: photo.png')).waitFor();
    }));
});
