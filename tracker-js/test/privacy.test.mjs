/** Who objects is left alone: nothing is sent, and nothing kept. */
import assert from 'node:assert/strict';
import { eventually, inBrowser } from './support/fixture.mjs';

const SILENCE_MS = 65_000;

const everythingStored = async (world, page) => ({
  cookies: await world.context.cookies(),
  ...(await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
  }))),
});
const NOTHING = { cookies: [], local: {}, session: {}, databases: [] };

const callEverything = (page) =>
  page.evaluate(() => {
    window.ahlan('track', 'a');
    window.ahlan('identify', 'u', {});
    window.ahlan('goal', 'g', 1);
    window.ahlan('chat', 'queued');
    window.ahlan('page');
    window.ahlan('on', 'invitation', () => {});
    document.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  });

const objections = {
  'Global Privacy Control': () => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }),
  'Do Not Track': () => Object.defineProperty(navigator, 'doNotTrack', { value: '1' }),
};
for (const [name, init] of Object.entries(objections)) {
  inBrowser(`${name}: not one request, nothing stored, calls do nothing`, { init, clock: true }, async (world, service) => {
    const page = await world.visit('/stub');
    await world.settle(page);
    await callEverything(page);
    await page.evaluate(() => window.ahlan('consent', 'granted'));
    await page.clock.runFor(SILENCE_MS);
    await page.goto(`${world.site}/bare`);
    assert.deepEqual(service.log, []);
    assert.deepEqual(await everythingStored(world, page), NOTHING);
  });
}

inBrowser('required consent: silence, then everything, then one last word', { attributes: 'data-consent="required"', clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page);
  await callEverything(page);
  await page.clock.runFor(SILENCE_MS);
  assert.deepEqual(service.log, []);
  assert.deepEqual(await everythingStored(world, page), NOTHING);

  await page.evaluate(() => window.ahlan('consent', 'granted'));
  await world.settle(page, 1);
  assert.deepEqual(service.collects[0].events.map(({ type, state }) => state ?? type), ['page_view', 'granted']);
  await eventually(page, () => Object.keys(localStorage).length == 1);

  await page.evaluate(() => {
    window.ahlan('track', 'unsent');
    window.ahlan('consent', 'denied');
  });
  await service.until(() => service.collects.length == 2);
  assert.deepEqual(service.collects[1].events.map(({ type, state }) => [type, state]), [['consent', 'denied']]);
  assert.equal(service.collects[1].key, service.collects[0].key);
  await service.until(() => service.streams.size == 0);
  await callEverything(page);
  await page.clock.runFor(SILENCE_MS);
  await page.goto(`${world.site}/bare`);
  assert.equal(service.collects.length, 2);
  assert.deepEqual(await everythingStored(world, page), NOTHING);
});

inBrowser('consent granted again is a new visitor', { clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.evaluate(() => window.ahlan('consent', 'denied'));
  await service.until(() => service.collects.length == 2);
  await page.evaluate(() => window.ahlan('consent', 'granted'));
  await world.pass(page, 5);
  await service.until(() => service.collects.length == 3);
  assert.deepEqual(service.types, ['page_view', 'consent', 'page_view', 'consent']);
  assert.notEqual(service.collects[2].key, service.collects[0].key);
});

inBrowser('denied where nothing was granted: not a word', { attributes: 'data-consent="required"', clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page);
  await page.evaluate(() => window.ahlan('consent', 'denied'));
  await page.clock.runFor(SILENCE_MS);
  assert.deepEqual(service.log, []);
  assert.deepEqual(await everythingStored(world, page), NOTHING);
});

inBrowser('denied in one tab ends it in the other', { clock: true }, async (world, service) => {
  const [one, two] = [await world.visit(), await world.visit('/other')];
  await world.settle(one);
  await world.settle(two, 2);
  await one.evaluate(() => window.ahlan('consent', 'denied'));
  await service.until(() => service.of('consent').length == 1);
  const sent = service.collects.length;
  await eventually(two, () => !localStorage.length);
  await two.evaluate(() => window.ahlan('track', 'late'));
  await world.pass(two, 30);
  assert.equal(service.collects.length, sent);
  assert.deepEqual(await world.stored(two), {});
});

inBrowser('cookieless: tracked, but nothing is kept', { attributes: 'data-cookieless', clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.evaluate(() => window.ahlan('track', 'a'));
  await world.pass(page, 20);
  await service.until(() => service.of('custom').length == 1 && service.of('engage').length >= 1);
  assert.deepEqual(await everythingStored(world, page), NOTHING);
  await page.click('#away');
  await world.settle(page);
  await service.until(() => service.of('page_view').length == 2);
  assert.deepEqual(await everythingStored(world, page), NOTHING);
  const keys = service.collects.filter(({ events }) => events.some(({ type }) => type == 'page_view')).map(({ key }) => key);
  assert.equal(new Set(keys).size, 2, 'a visitor lasts as long as the page');
});

inBrowser('storage that refuses is no obstacle', {
  init: () => Object.defineProperty(window, 'localStorage', { get: () => { throw new DOMException('no', 'SecurityError'); } }),
}, async (world, service) => {
  await world.visit();
  await service.until(() => service.of('page_view').length == 1);
});

inBrowser('nor is storage that is full', {
  init: () => {
    for (let size = 5 * 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
      try {
        localStorage[`full-${size}`] = 'x'.repeat(size);
      } catch {
        // As full as it gets.
      }
    }
  },
}, async (world, service) => {
  await world.visit();
  await service.until(() => service.of('page_view').length == 1);
});

inBrowser('an automated browser is reported as one', { init: () => Object.defineProperty(navigator, 'webdriver', { get: () => true }) }, async (world, service) => {
  await world.visit();
  await service.until(() => service.collects.length == 1);
  assert.equal(service.collects[0].webdriver, true);
});

inBrowser('a person is not', { init: () => Object.defineProperty(navigator, 'webdriver', { get: () => false }) }, async (world, service) => {
  await world.visit();
  await service.until(() => service.collects.length == 1);
  assert.ok(!service.collects[0].webdriver);
});
