/** Reports and rewound visits in Chromium, against the mock: what is told, what is not told yet, and what becomes a draft. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { filesOf } from '../dev/mock/rulesets.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function visit(path, how, look) {
  const { mock: mind = {}, ...browsing } = how;
  const mock = await serve({ visitors: 40, changes: 0, ...mind });
  Object.assign(mock.mind, mind.mind);
  const { page, context, faults } = await open(browser, browsing);
  try {
    await page.goto(`${mock.url}/console${typeof path === 'function' ? path(mock.mind) : path}`);
    await page.locator('main :is(h1, h2)').first().waitFor();
    await look({ page, mock });
    assert.deepEqual(faults.filter((fault) => !/status of 4\d\d/.test(fault)), []);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  } finally {
    await context.close();
    await mock.close();
  }
}

const bare = (text) => text.replace(/[\u2068\u2069]/g, '');
const rewind = (mind) => `/sites/shop/visitors/${mind.world.mallory}/rewind`;
const at = (page) => page.locator('[aria-current="step"] .when').textContent();

describe('a rewound visit', () => {
  test('is stepped through by keyboard and by slider', () =>
    visit(rewind, {}, async ({ page }) => {
      const slider = page.getByRole('slider', { name: 'Moment of the visit' });
      await slider.waitFor();
      assert.equal(await at(page), '0:00');
      await page.keyboard.press('ArrowRight');
      assert.equal(await at(page), '0:21', 'reading on without consequence is no step');
      await page.keyboard.press('i');
      assert.equal(await at(page), '1:18');
      await page.getByRole('heading', { name: /Is invited by .*Offers an answer on the prices/ }).waitFor();
      assert.match(bare(await slider.getAttribute('aria-valuetext')), /^1:18, Is invited/);
      await page.keyboard.press('ArrowLeft');
      assert.equal(await at(page), '1:08');
      await page.getByText(/10 sec.? to go/).waitFor();
      await page.getByText(/makes .?50/).waitFor();
      await page.keyboard.press('End');
      assert.equal(await at(page), '2:12');
      await slider.fill('49000');
      assert.equal(await at(page), '0:48');
      await page.getByRole('switch', { name: /every moment/ }).check();
      await page.keyboard.press('ArrowRight');
      assert.equal(await at(page), '0:58');
    }));

  test('runs the way one reads in Arabic', () =>
    visit(rewind, { language: 'ar', viewport: PHONE }, async ({ page }) => {
      await page.getByRole('slider').waitFor();
      await page.keyboard.press('ArrowLeft');
      assert.equal(await at(page), '0:21');
      const flag = await page.locator('.flag').boundingBox();
      assert.ok(flag.x < PHONE.width / 2, 'what comes later lies to the left');
    }));

  test('is shown under a draft, and its place can be sent to somebody', () =>
    visit(rewind, {}, async ({ page, mock }) => {
      await page.getByRole('slider').waitFor();
      await page.getByLabel('Under', { exact: true }).selectOption({ label: 'draft: \u2068Greet earlier on pricing\u2069' });
      await page.getByText('here it is never answered').waitFor();
      assert.match(page.url(), /draft=d2/);
      assert.deepEqual(mock.mind.rewound.at(-1).files, mock.mind.studio.drafts.find((one) => one.id === 'd2').files);
      await page.keyboard.press('i');
      assert.equal(await at(page), '1:08', 'ten seconds sooner');
      await page.getByLabel('Visit', { exact: true }).selectOption('S1');
      await page.waitForFunction(() => location.search.includes('session=S1'));
      await page.getByLabel('Under', { exact: true }).selectOption('v:4');
      await page.waitForFunction(() => location.search.includes('version=4') && !location.search.includes('draft'));
    }));

  test('becomes a test in a draft, and nobody’s save is lost by it', () =>
    visit(rewind, {}, async ({ page, mock }) => {
      await page.getByRole('slider').waitFor();
      await page.keyboard.press('s');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Passes under the live version').waitFor();
      assert.match(await dialog.locator('pre').textContent(), /^\[\[test\]\]/);
      await dialog.getByText('points of earlier visits').waitFor();
      await dialog.getByLabel('What the test promises').fill('this one fails');
      await dialog.getByText(/expected pricing-questions, found none/).waitFor();
      await dialog.getByLabel('What the test promises').fill('readers of the prices are asked');
      await dialog.getByText('Passes under the live version').waitFor();
      const draft = mock.mind.studio.drafts.find((one) => one.id === 'd2');
      await page.route('**/rulesets/edit', async (route) => {
        // Somebody saves between the reading and the writing.
        if (draft.revision === 3) Object.assign(draft, { revision: 4, files: [{ name: 'tests.toml', text: '# theirs\n' }] });
        await route.continue();
      });
      await dialog.getByRole('button', { name: 'Add to the draft' }).click();
      await page.getByText('The test stands in the draft.').first().waitFor();
      assert.equal(draft.revision, 5);
      assert.match(draft.files[0].text, /^# theirs\n+\[\[test\]\]\nname = "readers of the prices are asked"/);
      await page.getByRole('button', { name: 'Open the draft' }).click();
      await page.waitForURL('**/sites/shop/studio/d2');
    }));

  test('can be looked at by an agent, not kept', () =>
    visit(rewind, { mock: { role: 'agent' } }, async ({ page }) => {
      await page.getByRole('slider').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Save as a test' }).count(), 0);
      await page.keyboard.press('s');
      assert.equal(await page.getByRole('dialog').count(), 0);
    }));

  test('says so when nothing is recorded any more', () =>
    visit(rewind, { mock: { mind: { forgotten: true } } }, async ({ page }) => {
      await page.getByText('Nothing of this visitor is recorded any more').waitFor();
    }));

  test('is one step away from the visitor', () =>
    visit((mind) => `/sites/shop/visitors/${mind.world.mallory}`, {}, async ({ page }) => {
      await page.getByRole('link', { name: 'Rewind' }).click();
      await page.getByRole('slider').waitFor();
    }));
});

describe('the reports', () => {
  test('tell a difference with its interval, and no number before there is one', () =>
    visit('/sites/shop/reports', {}, async ({ page }) => {
      const row = (name) => page.getByRole('row').filter({ hasText: name }).first();
      await row('pricing-questions').waitFor();
      assert.match(bare(await row('pricing-questions').textContent()), /\+4 .*\+1\.2 to \+7/s);
      const early = bare(await row('home-welcome').textContent());
      assert.match(early, /Not enough data yet.*about 9 days/s);
      assert.doesNotMatch(early, /to \+/);
      await page.getByRole('button', { name: 'home-welcome' }).click();
      await page.getByText('Not enough data yet — about 9 days at this traffic.').waitFor();
      await page.getByRole('button', { name: 'national-day' }).click();
      await page.getByText(/this is no chance \(p = .*0\.000012/).waitFor();
      await page.getByRole('button', { name: 'help-stuck' }).click();
      await page.getByText('Give it holdout = "10%" to find out.').waitFor();
      assert.match(page.url(), /trigger=help-stuck/);
    }));

  test('divide it by language and whatever else', () =>
    visit('/sites/shop/reports?trigger=pricing-questions', {}, async ({ page }) => {
      await page.getByText('Held back by the policy').waitFor();
      await page.getByRole('row').filter({ hasText: 'Other page' }).waitFor();
      await page.getByText('Language', { exact: true }).click();
      await page.getByRole('row').filter({ hasText: 'Arabic' }).waitFor();
      await page.getByText('Country', { exact: true }).click();
      await page.getByRole('row').filter({ hasText: 'all others' }).waitFor();
      await page.getByText('New or returning', { exact: true }).click();
      await page.getByRole('row').filter({ hasText: 'first visit' }).waitFor();
    }));

  test('are taken along as a file', () =>
    visit('/sites/shop/reports', {}, async ({ page }) => {
      await page.getByRole('row').filter({ hasText: 'pricing-questions' }).first().waitFor();
      await page.getByRole('button', { name: 'Export' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /CSV/ }).click()]);
      assert.equal(download.suggestedFilename(), 'ahlan-effect.csv');
      assert.match(readFileSync(await download.path(), 'utf8'), /^trigger,visitors\r\n/);
    }));

  test('put advice on manners into a draft', () =>
    visit('/sites/shop/reports?tab=courtesy', {}, async ({ page, mock }) => {
      await page.getByText(/^of those who say no do so within/).waitFor();
      await page.getByText(/Try .?a delay of .?10 sec/).waitFor();
      await page.getByRole('listitem').filter({ hasText: 'within two seconds' }).last().getByRole('button', { name: 'Try it in a draft' }).click();
      await page.waitForURL('**/sites/shop/studio/d3');
      const text = mock.mind.studio.drafts.find((one) => one.id === 'd3').files.find((file) => file.name === 'triggers.toml').text;
      assert.match(text, /id = "product-questions"(?:\n[^[].*)*\ndelay = "10s"/);
    }));

  test('show in every hour its number, and where agents are short', () =>
    visit('/sites/shop/reports?tab=staffing', { viewport: DESKTOP }, async ({ page }) => {
      await page.locator('td.heat').first().waitFor();
      assert.equal(await page.locator('td.heat').count(), 168);
      assert.equal(await page.locator('tbody tr').count(), 7);
      await page.getByText(/Monday.*19:00.*22:00/).waitFor();
      await page.getByLabel('Show', { exact: true }).selectOption('reply_p75_s');
      const cell = page.locator('td.heat.heat-5').first();
      assert.ok(Number(await cell.textContent().then((text) => text.match(/\d+/)[0])) > 150);
      await page.setViewportSize({ width: 500, height: 900 });
      await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 24);
    }));

  test('propose points that a person chooses from', () =>
    visit('/sites/shop/reports?tab=points', {}, async ({ page, mock }) => {
      await page.getByText('Make a draft of 3 changes').waitFor();
      await page.getByLabel(/Take .*Opens the prices/).uncheck();
      assert.equal(await page.getByLabel(/Take .*Opens a product/).isDisabled(), true, 'it stays as it is');
      await page.getByRole('button', { name: 'Make a draft of 2 changes' }).click();
      await page.waitForURL('**/sites/shop/studio/d3');
      const points = (files) => [...files.find((file) => file.name === 'scores.toml').text.matchAll(/^id = "([\w-]+)"(?:\n[^[].*)*?\npoints = (-?\d+)/gm)].map(([, id, n]) => `${id} ${n}`);
      const [was, is] = [filesOf(mock.mind, 4), mock.mind.studio.drafts.find((one) => one.id === 'd3').files].map(points);
      assert.ok(was.length > 20);
      assert.deepEqual(is.filter((one) => !was.includes(one)), ['pricing-read 26', 'checkout-open 54'], 'and nothing else');
    }));

  test('propose nothing on thin data', () =>
    visit('/sites/shop/reports?tab=points', {}, async ({ page }) => {
      await page.getByText('Make a draft of 3 changes').waitFor();
      await page.getByLabel('Goal', { exact: true }).selectOption('contact');
      await page.getByText(/It takes about 50 visitors who reached the goal; there are 14/).waitFor();
      assert.equal(await page.getByRole('checkbox').count(), 0);
    }));

  test('may be looked at by an agent, who is offered no change', () =>
    visit('/sites/shop/reports?tab=points', { mock: { role: 'agent' } }, async ({ page }) => {
      await page.getByText('changing rules is for marketers').waitFor();
      assert.equal(await page.getByRole('checkbox').count(), 0);
      await page.getByRole('tab', { name: /Courtesy/ }).click();
      await page.getByText('within two seconds').first().waitFor();
      assert.equal(await page.getByRole('button', { name: 'Try it in a draft' }).count(), 0);
    }));

  test('are empty in words', () =>
    visit('/sites/shop/reports', { mock: { mind: { empty: true } } }, async ({ page }) => {
      await page.getByText('No trigger was ready for anybody in this time').waitFor();
      await page.getByRole('tab', { name: 'Staffing' }).click();
      await page.getByText('Nothing to tell yet').waitFor();
    }));
});
