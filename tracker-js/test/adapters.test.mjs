/** Every chat adapter against a stand-in that knows the vendor's published calls and nothing else. */
import assert from 'node:assert/strict';
import { eventually, inBrowser, INVITATION } from './support/fixture.mjs';
import { stage, VENDORS } from './support/vendors.mjs';

const NOW = 'vendor.snippet(); vendor.arrive();';

/** What runs before the page's own scripts. */
const widget = (name, then = NOW) => ({ init: `(${stage})(); (${VENDORS[name].stub})(); ${then}` });

const outcomes = (service) => service.of('invitation').map(({ outcome }) => outcome);
const told = (service) => service.of('chat').map(({ state }) => state);
const vendor = (page, act) => page.evaluate(`vendor.${act}`);

/** A page with the adapter at work, and the stream open. */
async function open(world, name) {
  const page = await world.visit(`/chat/${name}`);
  await eventually(page, () => window.ahlanAdapter);
  await world.service.until(() => world.service.streams.size == 1);
  return page;
}

async function invite(world, page, invitation = {}) {
  const { service } = world;
  const before = outcomes(service).length;
  service.push('invitation', { ...INVITATION, ...invitation });
  await service.until(() => outcomes(service).length > before, 'the card is seen');
}

/** An event that comes after everything the page has said so far. */
async function settled(page, service) {
  const before = service.of('custom').length;
  await page.evaluate(() => window.ahlan('track', 'settled'));
  await service.until(() => service.of('custom').length > before, 'what was said has arrived');
}

const noFault = async (page) => assert.deepEqual(await vendor(page, 'faults'), [], 'published calls, within their limits');
const accept = (page) => page.locator('ahlan-bubble .accept').click();

for (const [name, { told: life, dash }] of Object.entries(VENDORS)) {
  inBrowser(`${name}: a yes opens the widget and says what the invitation was; the chat is told of once`, widget(name), async (world, service) => {
    const page = await open(world, name);
    await invite(world, page, { context: { score_buy: 62, score_help: 0, stage_buy: 'hot', reason: 'long '.repeat(80) } });
    assert.equal(await vendor(page, 'opened'), 0, 'nothing opens before the yes');
    await accept(page);
    await eventually(page, () => window.vendor.opened == 1);
    for (const act of ['visitorWrites()', 'visitorWrites()', 'agentWrites()', 'agentWrites()', 'ends()']) await vendor(page, act);
    await settled(page, service);
    assert.deepEqual(told(service), life);
    assert.deepEqual(outcomes(service), ['shown', 'accepted']);
    const named = (key) => (dash ? `ahlan_${key}`.replaceAll('_', '-') : `ahlan_${key}`);
    const seen = await vendor(page, 'attributes');
    assert.equal(seen[named('invitation')], 'inv-1');
    assert.equal(seen[named('trigger')], 'pricing-help');
    const [score, none, stage] = ['score_buy', 'score_help', 'stage_buy'].map((key) => seen[named(key)]);
    assert.deepEqual([String(score), String(none), stage], ['62', '0', 'hot']);
    assert.equal(seen[named('reason')], 'long '.repeat(51));
    assert.equal(await vendor(page, 'opened'), 1);
    await noFault(page);
  });

  inBrowser(`${name}: a no opens nothing, on this page and on the next`, widget(name), async (world, service) => {
    const page = await open(world, name);
    await invite(world, page);
    await page.locator('ahlan-bubble .dismiss').click();
    await service.until(() => outcomes(service).length == 2);
    service.invitation = INVITATION; // whoever has forgotten it
    await page.goto(`${world.site}/chat/${name}`);
    await eventually(page, () => window.ahlanAdapter);
    await settled(page, service);
    assert.equal(await page.locator('ahlan-bubble').count(), 0);
    assert.deepEqual(outcomes(service), ['shown', 'dismissed']);
    assert.equal(await vendor(page, 'opened'), 0);
    assert.deepEqual(await vendor(page, 'attributes'), {});
    await noFault(page);
  });

  inBrowser(`${name}: a widget that comes after the yes opens when it comes`, widget(name, ''), async (world, service) => {
    const page = await open(world, name);
    await invite(world, page);
    await accept(page);
    await vendor(page, 'snippet()');
    await settled(page, service);
    assert.equal(await vendor(page, 'opened'), 0, 'a snippet is no widget');
    await vendor(page, 'arrive()');
    await eventually(page, () => window.vendor.opened == 1);
    await vendor(page, 'visitorWrites()');
    assert.equal(Object.values(await vendor(page, 'attributes'))[0], 'inv-1');
    await noFault(page);
  });

  inBrowser(`${name}: who talks is not asked, nor who has the window open`, widget(name), async (world, service) => {
    const page = await open(world, name);
    await vendor(page, 'visitorOpens()');
    service.push('invitation', INVITATION);
    await service.until(() => service.log.includes('POST /v1/invitation'));
    await settled(page, service);
    await vendor(page, 'visitorWrites()');
    await vendor(page, 'visitorCloses()');
    service.push('invitation', { ...INVITATION, id: 'inv-2' });
    await service.until(() => service.log.filter((line) => line == 'POST /v1/invitation').length == 2);
    await settled(page, service);
    assert.equal(await page.locator('ahlan-bubble').count(), 0);
    assert.deepEqual(outcomes(service), []);
    if (life.includes('ended')) {
      await vendor(page, 'ends()');
      await invite(world, page, { id: 'inv-3' });
    }
    assert.equal(await vendor(page, 'opened'), 0);
    await noFault(page);
  });

  inBrowser(`${name}: loaded twice, before and after the widget and the tracker, it works once`, widget(name, 'vendor.snippet()'), async (world, service) => {
    const page = await open(world, name);
    const again = () => page.addScriptTag({ url: `${service.origin}/adapters/${name}.js` });
    await again();
    await vendor(page, 'arrive()');
    await again();
    await again();
    await page.evaluate(() => history.pushState(0, '', '/elsewhere'));
    await invite(world, page);
    await accept(page);
    await eventually(page, () => window.vendor.opened == 1);
    await vendor(page, 'visitorWrites()');
    await settled(page, service);
    assert.deepEqual(told(service), ['queued']);
    assert.equal(await vendor(page, 'opened'), 1);
    await noFault(page);
  });
}

inBrowser('without a widget the card still asks, and nothing breaks', widget('chatwoot', ''), async (world, service) => {
  const page = await open(world, 'chatwoot');
  await invite(world, page);
  await accept(page);
  await service.until(() => outcomes(service).length == 2);
  await settled(page, service);
  assert.deepEqual(told(service), []);
});

inBrowser('before the tracker, and under the strictest content policy', {
  ...widget('tawk'),
  headers: ({ origin }) => ({
    'content-security-policy': `default-src 'none'; script-src ${origin}; connect-src ${origin}; img-src data:`,
  }),
}, async (world, service) => {
  await world.context.route('**/t.js', async (route) => {
    await service.until(() => service.scripts.includes('/adapters/tawk.js'), 'the adapter was asked for');
    setTimeout(() => route.continue(), 200);
  });
  const page = await open(world, 'tawk');
  await invite(world, page);
  await accept(page);
  await eventually(page, () => window.vendor.opened == 1);
  await noFault(page);
});

inBrowser('the card makes room for a window that opens, and the first word is the yes', widget('rocketchat'), async (world, service) => {
  const page = await open(world, 'rocketchat');
  await invite(world, page);
  await vendor(page, 'visitorOpens()');
  assert.equal(await page.locator('ahlan-bubble').count(), 0);
  await settled(page, service);
  assert.deepEqual(outcomes(service), ['shown'], 'a window may open by itself');
  await vendor(page, 'visitorWrites()');
  await settled(page, service);
  assert.deepEqual(outcomes(service), ['shown', 'accepted']);
  assert.equal((await vendor(page, 'attributes')).ahlan_trigger, 'pricing-help');
  assert.equal(await vendor(page, 'opened'), 0, 'it is open already');
  const events = service.events.filter(({ type }) => type == 'invitation' || type == 'chat').map(({ type }) => type);
  assert.deepEqual(events, ['invitation', 'invitation', 'chat'], 'the yes comes before the chat, which would revoke it');
});

inBrowser('when nobody is there any more at the yes, the other offer is shown all the same', widget('intercom'), async (world, service) => {
  const page = await open(world, 'intercom');
  await invite(world, page);
  service.invitation = { ...INVITATION, id: 'inv-2', channel: 'email', message: 'Nobody is free just now. Leave us a line?' };
  await accept(page);
  await eventually(page, () => window.vendor.isOpen);
  await page.getByText('Nobody is free just now').waitFor();
  await page.getByRole('button', { name: 'Write to us' }).click();
  await service.until(() => outcomes(service).length == 4);
  assert.deepEqual(outcomes(service), ['shown', 'accepted', 'shown', 'accepted']);
  assert.equal((await vendor(page, 'attributes')).ahlan_channel, 'email');
  assert.equal(await vendor(page, 'opened'), 1);
  await noFault(page);
});

inBrowser('a revoked invitation takes its card away, and no later word is its yes', widget('crisp'), async (world, service) => {
  const page = await open(world, 'crisp');
  await invite(world, page);
  service.push('revoke', { id: 'inv-1' });
  await eventually(page, () => !document.querySelector('ahlan-bubble'));
  await vendor(page, 'visitorWrites()');
  await settled(page, service);
  assert.deepEqual(outcomes(service), ['shown']);
});

inBrowser('a bot is no agent', widget('chatwoot'), async (world, service) => {
  const page = await open(world, 'chatwoot');
  await vendor(page, 'visitorWrites()');
  await vendor(page, 'botWrites()');
  await settled(page, service);
  assert.deepEqual(told(service), ['queued']);
});

inBrowser("the page's own callbacks are still called", widget('tawk'), async (world) => {
  const page = await open(world, 'tawk');
  await vendor(page, 'visitorWrites()');
  assert.equal(await vendor(page, 'heard'), true);
});

const ARABIC = { lang: 'ar', dir: 'rtl', message: 'هل لديك سؤال عن الباقات؟', trigger: 'أسئلة-الأسعار' };

inBrowser('crisp: after the yes the invitation opens the chat, in Arabic too', widget('crisp'), async (world, service) => {
  const page = await open(world, 'crisp');
  await invite(world, page, ARABIC);
  assert.deepEqual(await vendor(page, 'texts'), []);
  await page.getByRole('button', { name: 'ابدأ المحادثة' }).click();
  await eventually(page, () => window.vendor.opened == 1);
  assert.deepEqual(await vendor(page, 'texts'), [ARABIC.message]);
  assert.equal((await vendor(page, 'attributes')).ahlan_trigger, ARABIC.trigger);
  await settled(page, service);
  assert.deepEqual(told(service), [], 'what the adapter shows is no answer of an agent');
  await noFault(page);
});

inBrowser('crisp: asked for, the widget itself shows the invitation, and an answer is the yes', widget('crisp'), async (world, service) => {
  const page = await world.visit('/chatinside/crisp');
  await eventually(page, () => window.ahlanAdapter);
  await service.until(() => service.streams.size == 1);
  await invite(world, page, ARABIC);
  assert.deepEqual(await vendor(page, 'texts'), [ARABIC.message]);
  assert.equal(await page.locator('ahlan-bubble').count(), 0);
  await vendor(page, 'visitorOpens()');
  await vendor(page, 'visitorWrites()');
  await settled(page, service);
  assert.deepEqual(outcomes(service), ['shown', 'accepted']);
  service.push('invitation', { ...INVITATION, id: 'inv-2' });
  await service.until(() => service.log.filter((line) => line == 'POST /v1/invitation').length == 2);
  await settled(page, service);
  assert.deepEqual(await vendor(page, 'texts'), [ARABIC.message], 'once, and nothing into a chat');
  assert.equal(await vendor(page, 'opened'), 0);
  await noFault(page);
});

inBrowser('other channels can be left to the page', widget('intercom'), async (world, service) => {
  const page = await world.visit('/chatinside/intercom');
  await eventually(page, () => window.ahlanAdapter);
  await service.until(() => service.streams.size == 1);
  await invite(world, page, { channel: 'email' });
  await accept(page);
  await service.until(() => outcomes(service).length == 2);
  await settled(page, service);
  assert.equal(await vendor(page, 'opened'), 0);
  assert.deepEqual(await vendor(page, 'attributes'), {});
});
