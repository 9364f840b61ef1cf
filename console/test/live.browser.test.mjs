/** The live list in a real browser, before the mock service. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { findings } from '../dev/axe.mjs';
import { PHONE, launch, open } from '../dev/browser.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** The live view, once its list is there. */
async function live(t, { path = '/sites/shop/live', visitors = 1500, changes = 20, ...how } = {}) {
  const mock = await serve({ visitors, changes });
  const tab = await open(browser, how);
  t.after(async () => {
    await tab.context.close();
    await mock.close();
  });
  await tab.page.goto(`${mock.url}/console${path}`);
  await tab.page.locator('[role=row][aria-selected] .name').first().waitFor();
  return { ...tab, mind: mock.mind };
}

/** Waits until the address is as wanted. Asked of the page itself, since it changes without loading anything. */
const at = (page, path) => page.waitForFunction((path) => location.pathname + location.search === path, `/console${path}`, { polling: 50 });
const names = (page) => page.locator('[role=row][aria-selected] .name');
const places = (page) =>
  page.evaluate(() => {
    const rows = [...document.querySelectorAll('[role=row][aria-selected]')];
    return rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.id.split('-').slice(1).join('-'));
  });

test('hostile texts are seen as texts and do nothing', async (t) => {
  const { page, faults, mind } = await live(t);
  const { name, page: at, arrival } = mind.world.rows.get(mind.world.mallory);
  const line = page.locator('[role=row]', { hasText: 'onerror' });
  await line.waitFor();
  for (const text of [name, at.title, arrival.city, arrival.source]) {
    const shown = line.getByText(text, { exact: true }).first();
    assert.equal(await shown.evaluate((element) => getComputedStyle(element).unicodeBidi.startsWith('isolate')), true, text);
  }
  assert.equal(await line.locator('img, script, b b, i i').count(), 0);
  assert.equal(await page.evaluate(() => 'hacked' in window), false);
  assert.deepEqual(faults, []);
});

test('the order stands still under the pointer until one asks', async (t) => {
  const { page } = await live(t, { changes: 400 });
  await page.locator('[role=rowgroup]').nth(1).hover({ position: { x: 300, y: 200 } });
  const chip = page.locator('.changes button');
  await chip.waitFor();
  const held = await places(page);
  const before = Number((await chip.textContent()).replace(/\D/g, ''));
  const count = () => page.evaluate(() => Number(document.querySelector('.changes button')?.textContent.replace(/\D/g, '') ?? 0));
  while ((await count()) < Math.max(before + 5, 20)) await page.waitForTimeout(50);
  assert.deepEqual(await places(page), held, 'nobody moved while changes gathered');
  const gathered = await count();
  await chip.click();
  assert.ok((await count()) < gathered, 'the order is that of now');
  await page.mouse.move(700, 20);
  await page.waitForFunction((first) => document.querySelector('[role=row][aria-rowindex="2"]')?.id.endsWith(first) === false, held[0], { polling: 50 });
});

test('everything works by keyboard', async (t) => {
  const { page, faults } = await live(t, { changes: 400 });
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const chosen = page.locator('[role=row][aria-selected=true]');
  assert.equal(await chosen.getAttribute('aria-rowindex'), '2');
  const grid = page.getByRole('grid');
  assert.equal(await grid.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
  const href = await chosen.locator('a').getAttribute('href');
  await page.keyboard.press('Enter');
  const beside = page.getByRole('complementary', { name: 'The chosen visitor' });
  await beside.waitFor();
  const isBeside = (href, wanted) =>
    page.waitForFunction(
      ([href, wanted]) => href.endsWith(new URLSearchParams(location.search).get('visitor')) === wanted,
      [href, wanted],
      { polling: 50 },
    );
  await isBeside(href, true);
  await page.keyboard.press('j');
  await isBeside(href, false);
  await page.keyboard.press('k');
  await isBeside(href, true);
  await page.keyboard.press('Enter');
  await at(page, href.replace('/console', ''));
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await at(page, '/sites/shop/live');
  await names(page).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('riyadh');
  await at(page, '/sites/shop/live?q=riyadh');
  await page.keyboard.press('Escape');
  await at(page, '/sites/shop/live');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('webh');
  await page.getByRole('option', { name: /Webhooks/ }).waitFor();
  await page.keyboard.press('Enter');
  await at(page, '/sites/shop/webhooks');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(faults.filter((fault) => !fault.includes('404')), []);
});

test('a broken stream says so, keeps what was there, and mends itself', async (t) => {
  const { page, mind } = await live(t);
  mind.down = true;
  mind.cut();
  await page.getByText(/Reconnecting/).waitFor();
  assert.ok((await names(page).count()) > 5, 'the list is still there');
  mind.down = false;
  await page.getByText(/Reconnecting/).waitFor({ state: 'detached' });
  mind.world.rows.get(mind.world.mallory).name = 'Changed after the break';
  await page.getByText('Changed after the break').waitFor();
});

test('the window follows to the end of a long list', async (t) => {
  const { page } = await live(t, { visitors: 20_000, changes: 4 });
  await page.locator('div.live').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll('[role=row][aria-selected]')];
    const all = Number(document.querySelector('[role=grid]').ariaRowCount);
    return rows.some((row) => Number(row.ariaRowIndex) === all && row.querySelector('.name'));
  });
  assert.ok((await page.locator('[role=row]').count()) < 80, 'only what is on the screen exists');
});

test('filters stand in the address, and a view of them is kept with the account', async (t) => {
  const { page, mind } = await live(t);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Find a filter').fill('saudi');
  await page.getByRole('button', { name: /Saudi Arabia/ }).click();
  await at(page, '/sites/shop/live?country=SA');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.getByLabel('Name of the view').fill('The kingdom');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Here now' }).click();
  await at(page, '/sites/shop/live');
  await page.getByRole('button', { name: 'The kingdom', exact: true }).click();
  await at(page, '/sites/shop/live?country=SA');
  const deadline = Date.now() + 10_000;
  while (!mind.preferences.views && Date.now() < deadline) await page.waitForTimeout(50);
  assert.deepEqual(mind.preferences.views, { shop: [{ name: 'The kingdom', query: 'country=SA' }] });
});

test('whoever becomes hot is announced once, quietly', async (t) => {
  const { page, mind } = await live(t, { changes: 0 });
  const quiet = page.locator('[aria-live=polite]');
  const row = [...mind.world.rows.values()].find((one) => one.name === null);
  row.name = 'Rana';
  const hot = [{ id: row.id, score: 'buy', stage: 'hot', row }];
  for (const tick of mind.world.watchers) tick({ hot });
  await page.waitForFunction(() => document.querySelector('[aria-live=polite]').textContent.includes('Rana'));
  await quiet.evaluate((element) => (element.textContent = ''));
  for (const tick of mind.world.watchers) tick({ hot });
  row.page_views = 4321;
  await page.waitForTimeout(600);
  assert.equal(await quiet.textContent(), '', 'the second word about the same visitor is not said');
});

for (const [language, theme, viewport, path] of [
  ['en', 'light', undefined, '/sites/shop/live'],
  ['ar', 'dark', undefined, '/sites/shop/live?group=page_type&country=SA'],
  ['ar', 'light', PHONE, '/sites/shop/live'],
]) {
  test(`nothing serious is in the way of anybody: ${language}, ${theme}, ${viewport ? 'phone' : 'desktop'}`, async (t) => {
    const { page, faults } = await live(t, { language, theme, path, changes: 0, ...(viewport && { viewport }) });
    assert.equal(await page.locator('html').getAttribute('dir'), language === 'ar' ? 'rtl' : 'ltr');
    await page.locator('header button[aria-pressed]').click();
    await page.locator('path.land').first().waitFor();
    assert.deepEqual(await findings(page), []);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wider, false, 'nothing stands beyond the edge');
    assert.deepEqual(faults, []);
  });
}

test('an agent says there that they are available, and is seen by name', async (t) => {
  const { page, mind, faults } = await live(t, { changes: 0 });
  await page.getByRole('button', { name: /Agents online/ }).click();
  const panel = page.getByRole('dialog', { name: 'Agents online' });
  await panel.getByText('layla').waitFor();
  await panel.getByLabel('Chats at once').fill('2');
  await panel.getByLabel('Chats at once').blur();
  await panel.getByText('Available', { exact: true }).click();
  await panel.getByText(/Noor Haddad.*you/).waitFor();
  const { status, max_chats, ttl_s } = mind.agents.get('noor@shop.example');
  assert.deepEqual({ status, max_chats, isShort: ttl_s <= 120 }, { status: 'online', max_chats: 2, isShort: true });
  await panel.getByText('Not here', { exact: true }).click();
  await panel.getByText(/Noor Haddad.*you/).waitFor({ state: 'detached' });
  assert.equal(mind.agents.size, 0);
  assert.deepEqual(faults, []);
});

test('a visitor whose view cannot be fetched leaves no blank, and can be tried again', async (t) => {
  const { page } = await live(t, { changes: 0 });
  await page.route('**/assets/Visitor-*.js', (route) => route.abort());
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const beside = page.getByRole('complementary', { name: 'The chosen visitor' });
  await beside.getByText('This part cannot be fetched').waitFor();
  await page.unroute('**/assets/Visitor-*.js');
  await beside.getByRole('button', { name: 'Try again' }).click();
  await beside.getByRole('tab', { name: 'Timeline' }).waitFor();
});
