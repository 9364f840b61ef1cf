/** From the service to whoever shows the invitation, once. */
import assert from 'node:assert/strict';
import { eventually, inBrowser, INVITATION } from './support/fixture.mjs';

const outcomes = (service) => service.of('invitation').map(({ invitation, outcome }) => [invitation, outcome]);
const bubbles = (page) => page.locator('ahlan-bubble').count();
const connected = (service) => service.until(() => service.streams.size == 1);

/** A chat widget of the page's own that remembers what it was told. */
const widget = () => {
  window.heard = [];
  window.addEventListener('DOMContentLoaded', () => {
    window.ahlan ??= function () { (window.ahlan.q ??= []).push(arguments); };
    window.ahlan('on', 'invitation', () => { throw new Error('a mistake of the page'); });
    window.ahlan('on', 'invitation', (invitation, report) => {
      window.heard.push(invitation);
      window.report = report;
    });
    window.ahlan('on', 'accepted', ({ id }) => window.heard.push(`accepted ${id}`));
    window.ahlan('on', 'revoke', (id) => window.heard.push(`revoke ${id}`));
  });
};

inBrowser('an invitation on the stream brings the bubble, and its answers go back', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  assert.equal(await bubbles(page), 0);
  await page.evaluate(() => window.ahlan('on', 'accepted', ({ id }) => (window.opened = id)));
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  await page.getByRole('button', { name: 'Chat now' }).click();
  await service.until(() => outcomes(service).length == 2);
  assert.deepEqual(outcomes(service), [['inv-1', 'shown'], ['inv-1', 'accepted']]);
  assert.equal(await page.evaluate(() => window.opened), 'inv-1');
  assert.equal(await bubbles(page), 0);
});

inBrowser('an invitation in an answer does the same, and the stream repeats it in vain', {}, async (world, service) => {
  service.invitation = INVITATION;
  const page = await world.visit();
  await service.until(() => outcomes(service).length == 1);
  await connected(service);
  await page.getByRole('button', { name: 'No, thanks' }).click();
  await service.until(() => outcomes(service).length == 2);
  service.push('invitation', INVITATION);
  await page.evaluate(() => window.ahlan('track', 'later'));
  await service.until(() => service.of('custom').length == 1);
  await eventually(page, () => Object.keys(localStorage).length == 2);
  assert.equal(await bubbles(page), 0);
  assert.deepEqual(outcomes(service), [['inv-1', 'shown'], ['inv-1', 'dismissed']]);
});

inBrowser("a page's own widget takes the place of the bubble", { init: widget }, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  service.push('invitation', INVITATION);
  await eventually(page, () => window.heard.length == 1);
  assert.deepEqual(await page.evaluate(() => window.heard[0]), INVITATION);
  await page.evaluate(() => {
    window.report('shown');
    window.report('accepted');
  });
  await service.until(() => outcomes(service).length == 2);
  assert.deepEqual(outcomes(service), [['inv-1', 'shown'], ['inv-1', 'accepted']]);
  assert.deepEqual(await page.evaluate(() => window.heard.slice(1)), ['accepted inv-1']);
  assert.equal(await page.locator('script[src*=bubble]').count(), 0);
});

inBrowser('a widget that comes late gets the invitation that waits', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  await page.route('**/bubble.js', (route) => route.abort());
  service.push('invitation', INVITATION);
  await eventually(page, () => document.querySelector('script[src*=bubble]'));
  await page.evaluate(() => window.ahlan('on', 'invitation', ({ id }) => (window.late = id)));
  assert.equal(await page.evaluate(() => window.late), 'inv-1');
});

inBrowser('a widget that comes when the bubble is shown waits for the next one', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  await page.evaluate(() => {
    window.late = [];
    window.ahlan('on', 'invitation', ({ id }) => window.late.push(id));
  });
  service.push('invitation', { ...INVITATION, id: 'inv-2' });
  await eventually(page, () => window.late.length);
  assert.deepEqual(await page.evaluate(() => window.late), ['inv-2']);
});

inBrowser('a revoked invitation goes away without a word', { init: widget }, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await eventually(page, () => window.heard.length == 1);
  service.push('revoke', { id: 'inv-1' });
  await eventually(page, () => window.heard.length == 2);
  assert.equal(await page.evaluate(() => window.heard[1]), 'revoke inv-1');
  assert.deepEqual(outcomes(service), []);
});

inBrowser('so does the bubble; another invitation takes the place of the first', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  service.push('revoke', { id: 'some other' });
  service.push('invitation', { ...INVITATION, id: 'inv-2', message: 'Another' });
  await service.until(() => outcomes(service).length == 2);
  assert.equal(await bubbles(page), 1);
  await page.getByText('Another').waitFor();
  service.push('revoke', { id: 'inv-2' });
  await eventually(page, () => !document.querySelector('ahlan-bubble'));
  assert.deepEqual(outcomes(service), [['inv-1', 'shown'], ['inv-2', 'shown']]);
});

inBrowser('denied consent takes the bubble away', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  await page.evaluate(() => window.ahlan('consent', 'denied'));
  assert.equal(await bubbles(page), 0);
});

inBrowser('where the stream fails, the tracker asks', {}, async (world, service) => {
  service.streaming = false;
  await world.visit();
  await service.until(() => service.requests.some(({ path }) => path == '/v1/invitation'));
  const [asked] = service.requests.filter(({ path }) => path == '/v1/invitation');
  const { key, webdriver } = service.collects[0];
  const { sent, ...said } = asked.body;
  assert.deepEqual(said, { site: 'shop', key, webdriver });
  assert.ok(Math.abs(Date.now() - sent) < 60_000);
  assert.match(asked.type, /^text\/plain/);
  assert.deepEqual(service.log, ['POST /v1/collect page_view', 'GET /v1/stream', 'POST /v1/invitation']);
});

inBrowser('an answered question shows the bubble', {}, async (world, service) => {
  service.streaming = false;
  service.replies.push({ status: 202, json: { stream: '/v1/stream/x', invitation: null } });
  service.invitation = INVITATION;
  await world.visit();
  await service.until(() => outcomes(service).length == 1);
});

inBrowser('a broken stream is opened again with the next ticket', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  for (const stream of service.streams) stream.end();
  await service.until(() => service.log.includes('POST /v1/invitation') && service.streams.size == 0);
  await page.evaluate(() => window.ahlan('track', 'next'));
  await connected(service);
});

inBrowser('a tab nobody looks at shows nothing until somebody does', {
  clock: true,
  init: () => {
    Document.prototype.hasFocus = () => !window.away;
    window.away = false;
  },
}, async (world, service) => {
  const page = await world.visit();
  await world.settle(page, 1);
  await world.passUntil(page, 5, () => service.streams.size == 1);
  await page.evaluate(() => {
    window.away = true;
    dispatchEvent(new Event('blur'));
  });
  await world.passUntil(page, 5, () => service.of('engage').length == 1);
  service.push('invitation', INVITATION);
  await world.pass(page, 10);
  assert.equal(await bubbles(page), 0);
  service.invitation = INVITATION; // still open, so the next answer carries it
  await page.mouse.move(5, 5);
  await world.passUntil(page, 5, () => outcomes(service).length == 1);
});

/** What the last request of this kind said of the invitation that was shown last. */
const remembered = (service, wanted) => {
  const { known } = service.requests.findLast(({ path }) => path == wanted).body;
  return known && JSON.parse(known);
};

inBrowser('the last invitation is remembered and told, on this page and on the next', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  assert.equal(remembered(service, '/v1/collect'), undefined);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  assert.equal(remembered(service, '/v1/invitation'), undefined, 'it was asked for before anything was shown');
  await page.getByRole('button', { name: 'No, thanks' }).click();
  await service.until(() => outcomes(service).length == 2);
  const no = service.of('invitation')[1];
  await page.evaluate(() => window.ahlan('track', 'later'));
  await service.until(() => service.of('custom').length == 1);
  assert.deepEqual(remembered(service, '/v1/collect'), no, 'the event as it was sent');
  await page.goto(`${world.site}/plain/next`);
  await service.until(() => service.of('page_view').length == 2);
  assert.deepEqual(remembered(service, '/v1/collect'), no);
  await service.until(() => service.log.filter((line) => line == 'GET /v1/stream').length == 2);
  service.push('invitation', { ...INVITATION, id: 'inv-2' });
  await service.until(() => outcomes(service).length == 3);
  assert.deepEqual(remembered(service, '/v1/invitation'), no, 'who was invited before says so when asking');
});

inBrowser('what was shown is not shown again, whoever has forgotten it', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  service.invitation = INVITATION;
  await page.goto(`${world.site}/plain/next`);
  await service.until(() => service.log.filter((line) => line == 'GET /v1/stream').length == 2);
  service.push('invitation', INVITATION);
  await service.until(() => service.log.filter((line) => line == 'POST /v1/invitation').length == 2);
  await page.evaluate(() => window.ahlan('track', 'later'));
  await service.until(() => service.of('custom').length == 1);
  assert.equal(await bubbles(page), 0);
  service.push('invitation', { ...INVITATION, id: 'inv-2' });
  await service.until(() => outcomes(service).length == 2);
  assert.deepEqual(outcomes(service), [['inv-1', 'shown'], ['inv-2', 'shown']]);
});

inBrowser('cookieless visitors are remembered as long as the page, and nothing is kept', { attributes: 'data-cookieless' }, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  await page.evaluate(() => window.ahlan('track', 'later'));
  await service.until(() => service.of('custom').length == 1);
  assert.equal(remembered(service, '/v1/collect').outcome, 'shown');
  assert.deepEqual(await world.stored(page), {});
  await page.goto(`${world.site}/plain/next`);
  await service.until(() => service.of('page_view').length == 2);
  assert.equal(remembered(service, '/v1/collect'), undefined);
});

inBrowser('denied consent forgets the invitation too', {}, async (world, service) => {
  const page = await world.visit();
  await connected(service);
  service.push('invitation', INVITATION);
  await service.until(() => outcomes(service).length == 1);
  await eventually(page, () => Object.keys(localStorage).length == 2);
  await page.evaluate(() => window.ahlan('consent', 'denied'));
  await service.until(() => service.of('consent').length == 1);
  assert.deepEqual(await world.stored(page), {});
});
