/** How events reach the server: together, once, and in spite of everything. */
import assert from 'node:assert/strict';
import { eventually, inBrowser } from './support/fixture.mjs';

const track = (page, ...names) =>
  page.evaluate((all) => all.forEach((name) => window.ahlan('track', name)), names);
const named = (service) => service.of('custom').map(({ name }) => name);
const queued = async (world, page) =>
  Object.keys(await world.stored(page)).filter((name) => name != 'ahlan:shop:').length;
const ids = (body) => body.events.map(({ id }) => id);

inBrowser('events of one moment share a request', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.collects.length == 1);
  await track(page, 'a', 'b', 'c');
  await service.until(() => service.collects.length == 2);
  assert.deepEqual(service.log.filter((line) => line.startsWith('POST')), [
    'POST /v1/collect page_view',
    'POST /v1/collect custom custom custom',
  ]);
  await eventually(page, () => Object.keys(localStorage).length == 1);
});

inBrowser('offline and back: the same events, nothing lost, nothing twice', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.streams.size == 1);
  await world.context.setOffline(true);
  await track(page, 'one');
  await track(page, 'two');
  const before = Object.keys(await world.stored(page)).sort();
  assert.equal(before.length, 3);
  await world.context.setOffline(false);
  await service.until(() => named(service).length == 2);
  await eventually(page, () => Object.keys(localStorage).length == 1);
  assert.deepEqual(named(service), ['one', 'two']);
  assert.deepEqual(service.of('custom').map(({ id }) => `ahlan:shop:${id}`), before.slice(1));
});

inBrowser('503 waits as long as Retry-After says, then sends the same ids', { clock: true }, async (world, service) => {
  service.replies.push({ status: 503, headers: { 'retry-after': '30' }, json: {} });
  const page = await world.visit();
  await world.settle(page, 1);
  await eventually(page, () => Object.keys(localStorage).length == 2);
  await track(page, 'meanwhile');
  await page.clock.runFor(29_000);
  assert.equal(service.collects.length, 1);
  await world.passUntil(page, 4, () => service.collects.length == 2); // two seconds of jitter at most
  const [first, second] = service.collects;
  assert.deepEqual(second.events.map(({ type }) => type), ['page_view', 'custom']);
  assert.equal(ids(second)[0], ids(first)[0]);
});

inBrowser('400, 401, 403, 404, 413, 415 and 422 are final: that batch is dropped, the next is sent', { clock: true }, async (world, service) => {
  const statuses = [400, 401, 403, 404, 413, 415, 422];
  service.replies.push(...statuses.map((status) => ({ status, json: { title: 'no' } })));
  const page = await world.visit();
  await world.settle(page, 1);
  for (const [index, status] of statuses.entries()) {
    await eventually(page, () => Object.keys(localStorage).length == 1);
    await track(page, `after ${status}`);
    await world.passUntil(page, 5, () => service.collects.length == index + 2);
  }
  assert.deepEqual(service.collects.map(({ events }) => events.map(({ name }) => name ?? 'page')), [
    ['page'],
    ...statuses.map((status) => [`after ${status}`]),
  ]);
});

inBrowser('408, 429 and 5xx are not final', { clock: true }, async (world, service) => {
  const statuses = [408, 429, 500, 502];
  service.replies.push(...statuses.map((status) => ({ status, json: {} })));
  const page = await world.visit();
  await world.settle(page, 1);
  // Four waits of at most 2, 4, 8 and 16 seconds.
  await world.passUntil(page, 60, () => service.collects.length > statuses.length);
  const [first, ...others] = service.collects.slice(0, 5).map(ids);
  assert.deepEqual(others, statuses.map(() => first));
});

inBrowser('a rejected event of an accepted batch is not sent again', { clock: true }, async (world, service) => {
  service.replies.push({ status: 202, json: { rejected: [{ index: 0, reason: 'url' }] } });
  const page = await world.visit();
  await world.settle(page, 1);
  await eventually(page, () => Object.keys(localStorage).length == 1);
});

inBrowser('the queue survives a page change and stays bounded', { clock: true }, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await eventually(page, () => Object.keys(localStorage).length == 1);
  await world.settle(page);
  service.replies.push(...Array(3).fill({ status: 503, headers: { 'retry-after': '600' }, json: {} }));
  await page.evaluate(() => {
    for (let i = 0; i < 130; i++) window.ahlan('track', `n${i}`);
  });
  await world.settle(page, 2);
  assert.equal(await queued(world, page), 100);
  const kept = Object.keys(await world.stored(page)).sort();
  service.replies = [];
  const sent = service.events.length;
  await page.click('#away');
  await world.settle(page, 3);
  await world.passUntil(page, 30, async () => (await queued(world, page)) == 0);
  const events = service.events.slice(sent);
  const custom = events.filter(({ type }) => type == 'custom');
  assert.ok(service.collects.every(({ events }) => events.length <= 50));
  assert.equal(new Set(custom.map(({ id }) => id)).size, custom.length, 'nothing twice');
  assert.deepEqual(custom.map(({ name }) => name), Array.from({ length: custom.length }, (_, i) => `n${130 - custom.length + i}`));
  assert.ok(custom.length >= 98); // the leave and the next page view took the place of the oldest
  assert.ok(custom.every(({ id }) => kept.includes(`ahlan:shop:${id}`)));
});

inBrowser('two tabs share the visitor, and send each event once', {}, async (world, service) => {
  const [one, two] = [await world.visit(), await world.visit('/other')];
  await service.until(() => service.of('page_view').length == 2);
  await Promise.all([track(one, 'a', 'b'), track(two, 'c', 'd')]);
  await service.until(() => named(service).length == 4);
  await eventually(one, () => Object.keys(localStorage).length == 1);
  assert.equal(new Set(service.collects.map(({ key }) => key)).size, 1);
  assert.deepEqual(named(service).sort(), ['a', 'b', 'c', 'd']);
});

inBrowser('what a lost tab could not send, another tab sends', { clock: true }, async (world, service) => {
  service.replies.push({ status: 503, headers: { 'retry-after': '600' }, json: {} });
  const one = await world.visit();
  await world.settle(one, 1);
  const [{ id }] = service.events;
  const two = await world.visit('/other');
  await one.close();
  await world.settle(two, 2);
  await world.passUntil(two, 30, () => service.events.filter((event) => event.id == id).length == 2);
});

inBrowser('a huge or impossible event harms nothing', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.collects.length == 1);
  await page.evaluate(() => {
    const circle = {};
    circle.circle = circle;
    window.ahlan('track', 'circle', circle);
    window.ahlan('track', 'huge', { text: 'x'.repeat(100_000) });
    window.ahlan('no such call');
    window.ahlan();
    window.ahlan('track', 'fine');
  });
  await service.until(() => named(service).length == 1);
  assert.deepEqual(named(service), ['fine']);
});
