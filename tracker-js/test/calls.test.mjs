/** What a page can say, and how it arrives. */
import assert from 'node:assert/strict';
import { eventually, inBrowser } from './support/fixture.mjs';

const said = ({ id, at, ...event }) => event;

inBrowser('calls made before the script came are kept, the page view first', {}, async (world, service) => {
  await world.visit('/stub');
  await service.until(() => service.collects.length == 1);
  const [view, identify, custom] = service.collects[0].events;
  assert.deepEqual([view.type, view.page_type, view.title, view.url, view.lang], ['page_view', 'product', 'By hand', 'https://shop.example/p/1', 'ar']);
  assert.deepEqual(said(identify), { type: 'identify', user_id: 'u-1', traits: { company: 'Acme' }, token: 'a.b.c' });
  assert.deepEqual(said(custom), { type: 'custom', page: view.page, name: 'opened', props: { deep: false } });
  assert.equal(service.types.length, 3);
});

inBrowser('every call is one event of the wire', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.collects.length == 1);
  await page.evaluate(() => {
    window.ahlan('track', 'add_to_cart', { value: 49 });
    window.ahlan('identify', 'u-1');
    window.ahlan('goal', 'signup', 120);
    window.ahlan('goal', 'read');
    window.ahlan('chat', 'started');
    window.ahlan('consent', 'granted');
  });
  await service.until(() => service.collects.length == 2);
  assert.deepEqual(service.collects[1].events.map(said), [
    { type: 'custom', page: service.of('page_view')[0].page, name: 'add_to_cart', props: { value: 49 } },
    { type: 'identify', user_id: 'u-1' },
    { type: 'goal', name: 'signup', value: 120 },
    { type: 'goal', name: 'read' },
    { type: 'chat', state: 'started' },
    { type: 'consent', state: 'granted' },
  ]);
});

inBrowser('the module does the same for those who bundle', {}, async (world, service) => {
  const page = await world.visit('/module');
  await eventually(page, () => window.ready);
  await service.until(() => service.types.includes('custom'));
  assert.deepEqual(service.types, ['page_view', 'custom']);
  assert.equal(service.of('page_view')[0].page_type, 'landing');
});
