/** What the bubble notices by itself: the way out at the top, and forms. */
import assert from 'node:assert/strict';
import { eventually, inBrowser, INVITATION } from './support/fixture.mjs';

const names = (service) => service.of('custom').map(({ name }) => name);
const heard = (service, count) => service.until(() => names(service).length == count, `${count} signals`);

/** The pointer leaves the document at this height. */
const leaves = (page, clientY) =>
  page.evaluate((y) => document.documentElement.dispatchEvent(new MouseEvent('mouseleave', { clientY: y })), clientY);

async function noticing(world) {
  const page = await world.visit('/noticing');
  // Both scripts are there: the bubble has asked to be told of invitations, and the tracker answers.
  await eventually(page, () => window.ahlan && !window.ahlan.q && performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.endsWith('bubble.js') && responseEnd));
  return page;
}

inBrowser('the way out at the top is told once a page', {}, async (world, service) => {
  const page = await noticing(world);
  await eventually(page, () => new Promise((done) => setTimeout(() => done(true), 200)));
  await leaves(page, 300);
  await leaves(page, -1);
  await leaves(page, -1);
  await heard(service, 1);
  await page.evaluate(() => history.pushState({}, '', '/noticing/more'));
  await service.until(() => service.of('page_view').length == 2);
  await leaves(page, 0);
  await heard(service, 2);
  assert.deepEqual(names(service), ['exit_intent', 'exit_intent']);
  const pages = service.of('custom').map((event) => event.page);
  assert.notEqual(pages[0], pages[1], 'each on its own page');
});

inBrowser('a form is told when it is entered and left, not from field to field, and never what is typed', {}, async (world, service) => {
  const page = await noticing(world);
  await page.focus('#name');
  await page.keyboard.type('secret');
  await page.focus('#text');
  await page.focus('#rich');
  await page.focus('#send');
  await page.focus('#name');
  await heard(service, 3);
  assert.deepEqual(names(service), ['form_focus', 'form_blur', 'form_focus']);
  assert.ok(!JSON.stringify(service.requests).includes('secret'));
});

inBrowser('a bubble that was there from the start shows invitations, and comes only once', {}, async (world, service) => {
  const page = await noticing(world);
  await service.until(() => service.streams.size == 1);
  service.push('invitation', INVITATION);
  await service.until(() => service.of('invitation').length == 1);
  assert.equal(await page.locator('script[src$="bubble.js"]').count(), 1);
});

inBrowser('a field that has the focus when the bubble comes is told', {}, async (world, service) => {
  const page = await world.visit();
  await page.focus('#field');
  await service.until(() => service.streams.size == 1);
  service.push('invitation', INVITATION);
  await service.until(() => names(service).includes('form_focus'));
});
