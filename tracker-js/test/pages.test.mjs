/** Which page views are reported, and when. */
import assert from 'node:assert/strict';
import { eventually, inBrowser } from './support/fixture.mjs';

const paths = (service) =>
  service.of('page_view').map(({ url }) => new URL(url).pathname + new URL(url).hash);

inBrowser('a page view says what it must and nothing else', { attributes: 'data-page-type="home"' }, async (world, service) => {
  await world.visit('/plain?plan=pro#part');
  await service.until(() => service.of('page_view').length == 1);
  const [request] = service.requests;
  assert.equal(request.method, 'POST');
  assert.match(request.type, /^text\/plain/); // and so no preflight
  assert.equal(request.cookie, undefined);
  const { site, key, sent, events } = request.body;
  assert.equal(site, 'shop');
  assert.match(key, /^[\w-]{21}[AQgw]$/);
  assert.equal(Buffer.from(key, 'base64url').length, 16);
  assert.ok(Math.abs(sent - Date.now()) < 60_000);
  const [{ id, at, page, tz, ...view }] = events;
  assert.match(id, /^[\w-]{8,64}$/);
  assert.match(page, /^[\w-]{8,64}$/);
  assert.ok(Math.abs(at - sent) < 5_000);
  assert.equal(tz, Intl.DateTimeFormat().resolvedOptions().timeZone);
  assert.deepEqual(view, {
    type: 'page_view',
    url: `${world.site}/plain?plan=pro`,
    title: 'Plain page',
    referrer: '',
    page_type: 'home',
    screen: [1200, 800],
    lang: 'en',
    visible: true,
  });
});

for (const api of ['the Navigation API', 'history alone']) {
  const init = api == 'history alone' ? () => delete window.navigation : undefined;
  inBrowser(`a single-page app is followed by ${api}`, { init }, async (world, service) => {
    const page = await world.visit();
    await service.until(() => paths(service).length == 1);
    await page.evaluate(() => {
      history.pushState(null, '', '/plain/redirecting');
      history.replaceState(null, '', '/plain/two');
      document.title = 'Two';
    });
    await service.until(() => paths(service).length == 2);
    await page.evaluate(() => history.replaceState({ scroll: 1 }, '')); // same address: no page view
    await page.evaluate(() => (location.hash = 'part'));
    await page.goBack();
    await page.goBack();
    await service.until(() => paths(service).length == 3);
    assert.deepEqual(paths(service), ['/plain', '/plain/two', '/plain']);
    const [first, second, third] = service.of('page_view');
    assert.equal(second.title, 'Two');
    assert.deepEqual([second.referrer, third.referrer], [first.url, second.url]);
    assert.equal(new Set([first.page, second.page, third.page]).size, 3);
    assert.deepEqual(service.of('leave').map(({ page }) => page), [first.page, second.page]);
  });
}

inBrowser('fragments are pages in hash mode', { attributes: 'data-hash' }, async (world, service) => {
  const page = await world.visit('/plain#/one');
  await service.until(() => paths(service).length == 1);
  await page.evaluate(() => (location.hash = '/two'));
  await service.until(() => paths(service).length == 2);
  assert.deepEqual(paths(service), ['/plain#/one', '/plain#/two']);
});

inBrowser('a page view by hand replaces what the document says', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => paths(service).length == 1);
  await page.evaluate(() => window.ahlan('page', { page_type: 'sales', title: 'Offer', url: 'https://a.example/offer' }));
  await service.until(() => paths(service).length == 2);
  const { page_type, title, url } = service.of('page_view')[1];
  assert.deepEqual([page_type, title, url], ['sales', 'Offer', 'https://a.example/offer']);
});

inBrowser('a full page change leaves one page and views the next', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.streams.size == 1);
  await page.click('#away');
  await service.until(() => paths(service).length == 2 && service.of('leave').length == 1);
  const [first, second] = service.of('page_view');
  assert.equal(second.page_type, 'pricing');
  assert.equal(second.referrer, first.url);
  assert.equal(service.of('leave')[0].page, first.page);
  assert.equal(service.collects[0].key, service.collects.at(-1).key);
});

inBrowser('a page from the back/forward cache is a new page view', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.streams.size == 1);
  await page.evaluate(() => (window.restored = 'the same document'));
  await page.click('#away');
  await service.until(() => paths(service).length == 2);
  await page.goBack({ waitUntil: 'commit' }); // a restored page loads no more
  await service.until(() => paths(service).length == 3);
  assert.equal(await page.evaluate(() => window.restored), 'the same document');
  const [first, , third] = service.of('page_view');
  assert.equal(third.url, first.url);
  assert.notEqual(third.page, first.page);
  assert.deepEqual(service.of('leave').map(({ page }) => page).slice(0, 1), [first.page]);
});

// Simulated: a prerendering document is never shown by an automated browser.
inBrowser(
  'a prerendered page waits until it is shown',
  {
    init: () => {
      window.prerendered = true;
      Object.defineProperty(document, 'prerendering', { get: () => window.prerendered });
    },
  },
  async (world, service) => {
    const page = await world.visit('/stub');
    await eventually(page, () => document.readyState == 'complete');
    assert.deepEqual(await world.stored(page), {});
    assert.deepEqual(service.log, []);
    await page.evaluate(() => {
      window.prerendered = false;
      document.dispatchEvent(new Event('prerenderingchange'));
    });
    await service.until(() => service.collects.length == 1);
    assert.deepEqual(service.types, ['page_view', 'identify', 'custom']);
  },
);
