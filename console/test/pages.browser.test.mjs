/** The views beside the live one, in Chromium, against the mock: nobody is kept out, nothing hostile runs, no input is lost. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { serve } from '../dev/mock/server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Opens a place of a console of its own, and closes both at the end. */
async function visit(path, how, look) {
  const { mock: mind = {}, ...browsing } = how;
  const mock = await serve({ visitors: 40, changes: 0, ...mind });
  Object.assign(mock.mind, mind.mind);
  const { page, context, faults } = await open(browser, browsing);
  try {
    await page.goto(`${mock.url}/console${typeof path === 'function' ? path(mock.mind) : path}`);
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

/** What axe finds that keeps somebody out. */
async function serious(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const grave = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  return grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}

const mallory = (mind) => `/sites/shop/visitors/${mind.world.mallory}`;
const places = {
  visitor: mallory,
  rewind: (mind) => `${mallory(mind)}/rewind`,
  overview: '/sites/shop/overview',
  reports: '/sites/shop/reports',
  courtesy: '/sites/shop/reports?tab=courtesy',
  staffing: '/sites/shop/reports?tab=staffing',
  points: '/sites/shop/reports?tab=points',
  install: '/sites/shop/install',
  people: '/people',
  tokens: '/people?tab=tokens',
  audit: '/people?tab=audit',
  webhooks: '/sites/shop/webhooks',
  webhook: '/sites/shop/webhooks/w2',
  chat: '/sites/shop/chat',
  account: '/account',
};
const doors = { signin: ['/signin', {}], setup: ['/setup?code=good', { setup: true }], join: ['/join?code=good', {}] };

describe('everybody can use every view', () => {
  const ways = [
    { language: 'en', theme: 'light', viewport: DESKTOP },
    { language: 'ar', theme: 'dark', viewport: PHONE },
  ];
  for (const way of ways) {
    for (const [name, path] of Object.entries(places)) {
      test(`${name}, ${way.language} ${way.theme}`, () =>
        visit(path, { ...way, mock: { mind: { refused: true } } }, async ({ page }) => {
          await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
          assert.deepEqual(await serious(page), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it is wider than the screen');
        }));
    }
    for (const [name, [path, mind]] of Object.entries(doors)) {
      test(`${name}, ${way.language} ${way.theme}`, () =>
        visit(path, { ...way, mock: { signedIn: false, ...mind } }, async ({ page }) => assert.deepEqual(await serious(page), [])));
    }
  }
});

describe('a visitor', () => {
  test('is invited by hand against the policy only with a reason', () =>
    visit(mallory, {}, async ({ page, mock }) => {
      await page.getByRole('heading', { name: 'Notes' }).waitFor();
      await page.keyboard.press('i');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Write a message').click();
      await dialog.getByLabel('Message', { exact: true }).fill('May I help?');
      await dialog.getByText('The policy speaks against it').waitFor();
      assert.equal(await dialog.locator('figcaption').textContent(), 'May I help?');
      await dialog.getByRole('button', { name: 'Invite all the same' }).click();
      await dialog.getByText('Give a reason to go against the policy.').waitFor();
      assert.equal(mock.mind.invited, undefined);
      await dialog.getByLabel('Invite all the same, because').fill('asked on the phone');
      await dialog.getByRole('button', { name: 'Invite all the same' }).click();
      await dialog.waitFor({ state: 'hidden' });
      const [{ id, ...sent }] = mock.mind.invited;
      assert.ok(id.length > 0);
      assert.deepEqual(sent, { message: 'May I help?', lang: 'en', tone: 'welcome', override: 'asked on the phone' });
    }));

  test('who cannot be invited is not', () =>
    visit(mallory, { mock: { mind: { suppressions: [{ kind: 'opted_out', text: 'refused', can_be_overridden: false }] } } }, async ({ page }) => {
      await page.getByRole('button', { name: /^Invite/ }).click();
      await page.getByText('This cannot be overridden').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Invite now' }).isDisabled(), true);
    }));

  test('gets a note and a tag by keyboard alone', () =>
    visit(mallory, {}, async ({ page }) => {
      await page.getByRole('heading', { name: 'Notes' }).waitFor();
      await page.keyboard.press('n');
      await page.getByLabel('New note').fill('asked about <b>terms</b>');
      await page.keyboard.press('Control+Enter');
      await page.getByText('asked about <b>terms</b>').first().waitFor();
      await page.keyboard.press('t');
      await page.getByLabel('New tag').fill('vip');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /Take off the tag.*vip/ }).waitFor();
    }));

  test('is not to be touched by a viewer', () =>
    visit(mallory, { mock: { role: 'viewer' } }, async ({ page }) => {
      await page.getByRole('heading', { name: 'Notes' }).waitFor();
      for (const name of [/^Invite/, 'Add a note', 'Add a tag', /Take off/]) assert.equal(await page.getByRole('button', { name }).count(), 0);
      await page.keyboard.press('i');
      assert.equal(await page.getByRole('dialog').count(), 0);
    }));

  test('stays in sight when the service goes away', () =>
    visit(mallory, {}, async ({ page, mock, faults }) => {
      await page.getByRole('heading', { name: 'Notes' }).waitFor();
      mock.mind.down = true;
      await page.getByText('The service does not answer.').waitFor({ timeout: 15_000 });
      assert.equal(await page.getByRole('heading', { name: 'Profile' }).isVisible(), true);
      faults.length = 0;
    }));
});

describe('the install view', () => {
  test('turns green by itself', () =>
    visit('/sites/shop/install', {}, async ({ page, mock }) => {
      await page.getByText('Waiting for the first event').waitFor();
      mock.mind.installed = true;
      await page.getByRole('heading', { name: /Hello, .?Chrome.? in .?Riyadh/ }).waitFor({ timeout: 10_000 });
    }));
});

describe('people', () => {
  test('are invited by a link that is shown once, and a mistake keeps what was written', () =>
    visit('/people', {}, async ({ page }) => {
      await page.getByRole('button', { name: 'Invite somebody' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name', { exact: true }).fill('Layla');
      await dialog.getByLabel('E-mail').fill('layla@shop');
      await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
      await dialog.getByText('is no address').waitFor();
      assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Layla');
      assert.equal(await dialog.getByLabel('E-mail').getAttribute('aria-invalid'), 'true');
      await dialog.getByLabel('E-mail').fill('layla@shop.example');
      await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.getByText('/console/join?code=good').waitFor();
    }));

  test('are not shown to whoever may not manage them', () =>
    visit('/people', { mock: { role: 'marketer' } }, async ({ page }) => {
      await page.getByText('This is not yours to see').waitFor();
      assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0);
    }));
});

describe('the chat settings', () => {
  test('are not overwritten when somebody else has changed them', () =>
    visit('/sites/shop/chat', {}, async ({ page, mock }) => {
      await page.locator('details.department summary').first().click();
      await page.getByLabel('Name', { exact: true }).first().fill('sales team');
      mock.mind.settings.chat.revision += 1;
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Somebody else has changed these settings meanwhile').waitFor();
      assert.equal(mock.mind.settings.chat.departments[0].name, 'sales');
      await page.getByRole('button', { name: 'Keep mine and save' }).click();
      await page.getByText('Saved. It holds at once.').waitFor();
      assert.equal(mock.mind.settings.chat.departments[0].name, 'sales team');
    }));
});

describe('signing in', () => {
  test('says what was wrong at its place, and leads on', () =>
    visit('/signin', { mock: { signedIn: false } }, async ({ page }) => {
      await page.getByLabel('E-mail').fill('noor@shop.example');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('E-mail or password is wrong.').waitFor();
      await page.getByLabel('Password', { exact: true }).fill('correct horse');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/sites/shop/live');
    }));
});
