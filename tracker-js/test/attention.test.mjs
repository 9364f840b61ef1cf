/** Active time: visible and attended. Time stands still in these pages until a test moves it. */
import assert from 'node:assert/strict';
import { inBrowser } from './support/fixture.mjs';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const hidden = () => {
  window.out = false;
  Object.defineProperty(document, 'hidden', { get: () => window.out });
  Document.prototype.hasFocus = () => !window.blurred;
};
const hide = (page, out) =>
  page.evaluate((value) => {
    window.out = value;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, out);

const reports = (service) =>
  service.of('engage').map(({ active_ms, visible }) => [active_ms / SECOND, visible]);

inBrowser('an attended page beats as the server asks, with running totals', { clock: true }, async (world, service) => {
  service.pingAfterMs = 10_000;
  const page = await world.visit();
  await world.settle(page, 1);
  for (const beats of [1, 2, 3]) {
    await world.passUntil(page, 16, () => service.of('engage').length == beats);
  }
  const active = service.of('engage').map(({ active_ms, visible }) => [Math.round(active_ms / 10_000), visible]);
  assert.deepEqual(active, [[1, true], [2, true], [3, true]]);
  assert.deepEqual(new Set(service.of('engage').map(({ page }) => page)), new Set([service.of('page_view')[0].page]));
});

inBrowser('a page nobody touches for a minute is unattended, said at once; a touch ends that at once', { clock: true }, async (world, service) => {
  service.pingAfterMs = 40 * SECOND;
  const page = await world.visit();
  await world.settle(page, 1);
  await world.passUntil(page, 70, () => service.of('engage').length == 2);
  const [beat, lapsed] = service.of('engage');
  assert.deepEqual([beat.visible, lapsed.visible], [true, false]);
  assert.ok(lapsed.active_ms >= MINUTE - SECOND && lapsed.active_ms <= MINUTE + SECOND, `${lapsed.active_ms}`);
  await world.pass(page, 40);
  assert.equal(service.of('engage').length, 2);
  await page.mouse.move(10, 10);
  await world.settle(page);
  await service.until(() => service.of('engage').length == 3);
  const [, , again] = service.of('engage');
  assert.deepEqual([again.active_ms, again.visible], [lapsed.active_ms, true]);
});

inBrowser('an unattended tab still says once a minute that it exists', { clock: true }, async (world, service) => {
  service.pingAfterMs = 200 * SECOND;
  const page = await world.visit();
  await world.settle(page, 1);
  for (const reported of [1, 2, 3]) {
    await world.passUntil(page, 70, () => service.of('engage').length == reported);
  }
  const [lapsed, ...beats] = reports(service);
  assert.deepEqual(beats, [lapsed, lapsed]);
  assert.equal(lapsed[1], false);
});

// Simulated: an automated browser shows and focuses every tab.
inBrowser('a hidden tab stops the clock and says so at once', { clock: true, init: hidden }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await service.until(() => service.streams.size == 1);
  await page.clock.runFor(5 * SECOND);
  await hide(page, true); // no time passes: the report does not wait for a timer
  await service.until(() => service.of('engage').length == 1);
  await service.until(() => service.streams.size == 0);
  await page.clock.runFor(50 * SECOND);
  assert.equal(service.of('engage').length, 1);
  await hide(page, false);
  await world.settle(page);
  await service.until(() => service.of('engage').length == 2);
  await service.until(() => service.streams.size == 1);
  const [[before, out], [after, back]] = reports(service);
  assert.ok(before > 4 && before < 8);
  assert.deepEqual([after, out, back], [before, false, true]);
});

inBrowser('losing the focus is reported, unless a frame of the page has it', { clock: true, init: hidden }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.evaluate(() => dispatchEvent(new Event('blur')));
  await world.settle(page);
  assert.equal(service.of('engage').length, 0);
  await page.evaluate(() => {
    window.blurred = true;
    dispatchEvent(new Event('blur'));
  });
  await world.settle(page);
  await service.until(() => service.of('engage').length == 1);
  assert.equal(service.of('engage')[0].visible, false);
});

inBrowser('reading depth is the most that was seen', { clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.evaluate(() => scrollTo(0, 1e6));
  await page.clock.runFor(2 * SECOND);
  await page.evaluate(() => scrollTo(0, 0));
  await world.passUntil(page, 20, () => service.of('engage').length == 1);
  assert.equal(service.of('engage')[0].scroll, 100);
  await page.evaluate(() => history.pushState(null, '', '/plain/top'));
  await world.passUntil(page, 20, () => service.of('engage').length == 2);
  const { scroll } = service.of('engage').at(-1);
  assert.ok(scroll > 20 && scroll < 40, `${scroll}`);
});

inBrowser('who comes back to a page that slept begins another visit there, by a touch and not before', { clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.clock.fastForward(31 * MINUTE); // no timer runs meanwhile
  await world.pass(page, 3);
  assert.equal(service.of('page_view').length, 1, 'nobody is there yet');
  assert.deepEqual(service.of('engage'), [], 'the visit that is over hears nothing more');
  await page.mouse.move(10, 10);
  await world.settle(page);
  await service.until(() => service.of('page_view').length == 2);
  await page.mouse.move(20, 20);
  await world.pass(page, 20);
  const [first, second] = service.of('page_view');
  assert.equal(service.of('page_view').length, 2);
  assert.equal(second.url, first.url);
  assert.notEqual(second.page, first.page);
  assert.equal(second.visible, true);
  assert.equal(service.of('engage').at(-1).page, second.page);
});

inBrowser('a nap changes nothing', { clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await page.clock.fastForward(20 * MINUTE);
  await page.mouse.move(10, 10);
  await world.passUntil(page, 20, () => service.of('engage').at(-1)?.visible);
  assert.equal(service.of('page_view').length, 1);
  assert.ok(service.of('engage').at(-1).active_ms < MINUTE, 'sleep is no attention');
});
