/** The bubble as people meet it: by eye, keyboard, screen reader, and content policy. */
import assert from 'node:assert/strict';
import { eventually, inBrowser, INVITATION } from './support/fixture.mjs';

const outcomes = (service) => service.of('invitation').map(({ outcome }) => outcome);

/** Opens a page and waits until the bubble with this invitation has been seen. */
async function invited(world, invitation = {}, path = '/plain') {
  const page = await world.visit(path);
  await world.service.until(() => world.service.streams.size == 1);
  world.service.push('invitation', { ...INVITATION, ...invitation });
  await world.service.until(() => outcomes(world.service).length == 1);
  return page;
}

const card = (page) => page.locator('ahlan-bubble .card');
const style = (page, selector, property) =>
  page.locator(selector).evaluate((element, name) => getComputedStyle(element)[name], property);

inBrowser('it takes no focus, and stays in its corner above a chat launcher', {}, async (world) => {
  const page = await world.visit();
  await page.focus('#field');
  await world.service.until(() => world.service.streams.size == 1);
  world.service.push('invitation', INVITATION);
  await world.service.until(() => outcomes(world.service).length == 1);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field');
  const { x, y, width, height } = await card(page).boundingBox();
  assert.ok(width <= 352 && height <= 260, `${width} × ${height}`);
  assert.ok(1200 - (x + width) >= 12 && 1200 - (x + width) <= 32, 'at the right');
  assert.ok(800 - (y + height) >= 16 + 56, 'room for a launcher below');
});

inBrowser('it speaks to screen readers: a named region, a polite status, real buttons', {}, async (world) => {
  const page = await invited(world);
  const tree = await page.locator('ahlan-bubble').ariaSnapshot();
  assert.equal(tree.trim(), [
    '- region "Invitation to talk to us":',
    '  - status:',
    '    - paragraph: Questions about plans? I can help.',
    '    - paragraph: Usually replies within 2 minutes · Chat',
    '  - button "Close"',
    '  - button "Chat now"',
    '  - button "No, thanks"',
  ].join('\n'));
});

inBrowser('the keyboard reaches it, shows where it is, and Esc inside gives the focus back', {}, async (world, service) => {
  const page = await invited(world);
  await page.focus('#away');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.localName), 'ahlan-bubble');
  assert.notEqual(await style(page, 'ahlan-bubble .close', 'outlineStyle'), 'none');
  await page.keyboard.press('Escape');
  await service.until(() => outcomes(service).length == 2);
  assert.deepEqual(outcomes(service), ['shown', 'dismissed']);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'away');
});

inBrowser('Esc with nothing focused dismisses it', {}, async (world, service) => {
  const page = await invited(world);
  await page.keyboard.press('Escape');
  await service.until(() => outcomes(service).length == 2);
  assert.deepEqual(outcomes(service), ['shown', 'dismissed']);
});

for (const [what, path, prepare] of [
  ['a field', '/plain', (page) => page.focus('#field')],
  ['a dialog', '/dialog', () => {}],
  ['a page that has used the key', '/plain', (page) => page.evaluate(() => document.addEventListener('keydown', (e) => e.preventDefault()))],
]) {
  inBrowser(`Esc belongs to ${what}`, {}, async (world, service) => {
    const page = await invited(world, {}, path);
    await prepare(page);
    await page.keyboard.press('Escape');
    await page.evaluate(() => window.ahlan('track', 'afterwards'));
    await service.until(() => service.of('custom').some(({ name }) => name == 'afterwards'));
    assert.deepEqual(outcomes(service), ['shown']);
    assert.equal(await card(page).count(), 1);
  });
}

inBrowser('the cross dismisses', {}, async (world, service) => {
  const page = await invited(world);
  await page.getByRole('button', { name: 'Close' }).click();
  await service.until(() => outcomes(service).length == 2);
  assert.equal(outcomes(service)[1], 'dismissed');
});

inBrowser('hostile text is only text', {}, async (world) => {
  const message = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</scr' + 'ipt>';
  const page = await invited(world, { message });
  assert.equal(await page.locator('ahlan-bubble .message').textContent(), message);
  assert.equal(await page.locator('ahlan-bubble .message *').count(), 0);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

inBrowser('a long message scrolls inside the card', {}, async (world) => {
  const page = await invited(world, { message: 'A very long story. '.repeat(60) });
  const { height } = await card(page).boundingBox();
  assert.ok(height < 330, `${height}`);
});

inBrowser('the strictest content policy is kept, and the look with it', {
  headers: ({ origin }) => ({
    'content-security-policy': `default-src 'none'; script-src ${origin}; connect-src ${origin}; style-src 'none'`,
  }),
  init: () => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  },
}, async (world, service) => {
  const page = await invited(world, {}, '/strict');
  assert.equal(await style(page, 'ahlan-bubble', 'position'), 'fixed');
  assert.equal(await style(page, 'ahlan-bubble .card', 'display'), 'grid');
  await page.getByRole('button', { name: 'Chat now' }).click();
  await service.until(() => outcomes(service).length == 2);
  const own = await page.evaluate(() => window.violations.filter((violation) => !violation.includes('favicon')));
  assert.deepEqual(own, []);
});

inBrowser('Arabic: from right to left, in the left corner, with the right plural', {}, async (world) => {
  const page = await invited(world, {
    lang: 'ar', dir: 'rtl', message: 'هل لديك سؤال عن الباقات؟', note: 'مدة الرد المعتادة: دقيقتان · محادثة',
  });
  const { x } = await card(page).boundingBox();
  assert.ok(x >= 12 && x <= 32, `${x}`);
  const tree = await page.evaluate(() => document.querySelector('ahlan-bubble').shadowRoot.textContent);
  assert.equal(tree, 'هل لديك سؤال عن الباقات؟مدة الرد المعتادة: دقيقتان · محادثةابدأ المحادثةلا، شكرًا');
  assert.equal(await style(page, 'ahlan-bubble .card', 'direction'), 'rtl');
});

const expectations = [
  [{ channel: 'chat', note: 'Chat' }, 'Chat', 'Chat now'],
  [{ channel: 'phone', note: 'We call you back within 30 minutes' }, 'We call you back within 30 minutes', 'Call me back'],
  [{ channel: 'email', note: '<b>We are open</b> again tomorrow' }, '<b>We are open</b> again tomorrow', 'Write to us'],
  [{ channel: 'phone', note: 'Phone call', lang: 'fr' }, 'Phone call', 'Call me back'],
];
inBrowser('what to expect is what the service says, as text', {}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.streams.size == 1);
  const said = [];
  for (const [index, [invitation]] of expectations.entries()) {
    service.push('invitation', { ...INVITATION, ...invitation, id: `inv-${index}` });
    await service.until(() => outcomes(service).length == index + 1);
    const texts = ['.expect', '.accept'].map((part) => page.locator(`ahlan-bubble ${part}`).textContent());
    said.push(await Promise.all(texts));
  }
  assert.deepEqual(said, expectations.map(([, ...texts]) => texts));
});

const LIGHT = 'rgb(255, 255, 255)';
for (const [scheme, theme, dark] of [['light', '', false], ['dark', '', true], ['light', 'dark', true], ['dark', 'light', false]]) {
  inBrowser(`a ${scheme} system${theme && ` and a page that says ${theme}`}: ${dark ? 'dark' : 'light'}`, {
    colorScheme: scheme,
    init: `document.documentElement?.setAttribute('x', ''); addEventListener('DOMContentLoaded', () => '${theme}' && (document.documentElement.dataset.theme = '${theme}'))`,
  }, async (world) => {
    const page = await invited(world);
    assert.equal((await style(page, 'ahlan-bubble .card', 'backgroundColor')) != LIGHT, dark);
  });
}

inBrowser('who prefers less motion sees none', { reducedMotion: 'reduce' }, async (world) => {
  const page = await invited(world);
  assert.equal(await style(page, 'ahlan-bubble .card', 'animationName'), 'none');
});

inBrowser('it is shown only when it is really seen', {
  init: () => Object.defineProperty(document, 'hidden', { get: () => window.out ?? false }),
}, async (world, service) => {
  const page = await world.visit();
  await service.until(() => service.streams.size == 1);
  await page.addStyleTag({ content: 'ahlan-bubble { visibility: visible; transform: translateX(200vw) }' });
  service.push('invitation', INVITATION);
  await eventually(page, () => document.querySelector('ahlan-bubble')?.shadowRoot.textContent.includes('plans'));
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  await page.evaluate(() => window.ahlan('track', 'meanwhile'));
  await service.until(() => service.of('custom').length == 1);
  assert.deepEqual(outcomes(service), []);
});
