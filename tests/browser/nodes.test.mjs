/** The same story on three nodes that share a Redis: every request of the page goes to another node than the last. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, read, until } from './browser.mjs';
import { startDemo } from './service.mjs';

let service;
let browser;

before(async () => {
  service = await startDemo('--no-traffic', '--nodes', '3');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await service?.stop(), 0, 'all nodes stop cleanly');
});

test('a reader of the pricing page is greeted once, and a no is a no on every node', async () => {
  const probe = { method: 'PUT', body: JSON.stringify({ status: 'offline', max_chats: 1, ttl_s: 1 }) };
  let known = 0;
  await until('every node knows of the agents', async () => {
    const { free_slots } = await service.api('/v1/sites/shop/agents/probe', probe);
    known = free_slots > 0 ? known + 1 : 0;
    return known >= 3;
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (fault) => faults.push(String(fault)));
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  await page.goto(`${service.url}/demo/pricing`);
  const accept = page.getByRole('button', { name: 'Chat now' });
  await read(page, () => accept.waitFor({ timeout: 45_000 }));
  const { visitors } = await service.api('/v1/sites/shop/visitors');
  assert.equal(visitors.length, 1, 'one visitor, whoever is asked');
  await page.getByRole('button', { name: 'No, thanks' }).first().click();
  await accept.waitFor({ state: 'detached' });
  for (let node = 0; node < 3; node += 1) {
    await until('this node knows of the no', async () => {
      const detail = await service.api(`/v1/sites/shop/visitors/${visitors[0].id}`);
      return detail.invitation === 'dismissed' && detail.invitations.length === 1;
    });
  }
  assert.deepEqual(faults, []);
  await context.close();
});
