/**
 * A marketer in the studio against the real service: a draft, its form and its text, what it would have done with visitors
 * who really came, a mistake and its remedy, a visit that becomes a test, publishing, what that does to somebody who is on
 * the site, and the way back. Who saves second loses nothing, and who may not change rules is offered no way to.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, until } from './browser.mjs';
import { Console } from './console.mjs';
import { startDemo } from './service.mjs';

const PASSWORD = 'a password for the browser tests';
process.env.AHLAN_PASSWORD = PASSWORD;
const PATIENCE = 45_000;

const WORDS = {
  en: {
    base: '/demo', theme: 'light',
    newDraft: 'New draft', what: 'What do you want to change?', create: 'Create the draft', title: 'The till counts for more',
    parts: 'Rules', scoreRules: 'Score rules', points: 'Points', form: 'Form', text: 'Text', comment: 'just before they pay',
    worked: /visitors? and .*worked out in/, same: 'No difference in this period', stages: 'Stages reached', mistakes: 'The draft has mistakes', problems: /Problems/,
    rewind: 'Rewind', under: 'Under', save: 'Save as a test', promise: 'What the test promises', promised: 'who is at the till is hot', passes: 'Passes under these rules', into: 'In', add: 'Add to the draft', added: 'The test stands in the draft.',
    publish: 'Publish…', changed: 'checkout-open: 30 → 70 points', sayWhy: 'Say why.', reason: 'Whoever is at the till means it', live: 'Version 2 is live',
    back: 'Roll back to version 1', backDo: 'Roll back', backDone: 'Version 1 is live again',
    others: 'Also here', merge: 'Two of you have changed this draft', keepMine: 'Keep mine', keep: 'Save this',
    looking: 'You may look, not change', newRule: 'New score rule', undo: 'Undo', condition: 'Add a condition',
  },
  ar: {
    base: '/demo/ar', theme: 'dark',
    newDraft: 'مسودة جديدة', what: 'ماذا تريد أن تغيّر؟', create: 'أنشئ المسودة', title: 'صفحة الدفع تساوي أكثر',
    parts: 'القواعد', scoreRules: 'قواعد الدرجات', points: 'النقاط', form: 'نموذج', text: 'نص', comment: 'قبيل الدفع',
    worked: /حدثًا، حُسبت في/, same: 'لا فرق في هذه المدة', stages: 'المراحل التي بُلغت', mistakes: 'في المسودة أخطاء', problems: /المشكلات/,
    rewind: 'استعادة الزيارة', under: 'وفق', save: 'احفظها اختبارًا', promise: 'ما يعِد به الاختبار', promised: 'من وصل إلى الدفع زائر ساخن', passes: 'ينجح وفق هذه القواعد', into: 'في', add: 'أضفه إلى المسودة', added: 'صار الاختبار في المسودة.',
    publish: 'نشر…', changed: 'checkout-open: 30 ← 70 نقطة', sayWhy: 'اذكر السبب.', reason: 'من وصل إلى الدفع جادّ', live: 'الإصدار 2 هو الحالي الآن',
    back: 'العودة إلى الإصدار 1', backDo: 'عودة', backDone: 'الإصدار 1 هو الحالي من جديد',
    others: 'هنا أيضًا', merge: 'غيّرتما هذه المسودة معًا', keepMine: 'أبقِ ما لديّ', keep: 'احفظ هذا',
    looking: 'يمكنك الاطلاع دون التغيير', newRule: 'قاعدة درجات جديدة', undo: 'تراجع', condition: 'أضف شرطًا',
  },
};

/** A text with the marks that keep directions apart anywhere in it. */
const said = (text) => new RegExp([...text].map((letter) => letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\u200e\\u200f\\u2066-\\u2069]*'));

let browser;
/** Visitors have a browser of their own, so that nobody's page lies behind another. */
let elsewhere;

before(async () => ([browser, elsewhere] = await Promise.all([launch(), launch()])));
after(() => Promise.all([browser?.close(), elsewhere?.close()]));

/** Somebody at the console, signed in. */
async function enter(service, language, email, password = PASSWORD) {
  const somebody = await Console.open(browser, service.url, { language, theme: WORDS[language].theme });
  somebody.page.setDefaultTimeout(PATIENCE);
  await somebody.signIn(email, password);
  return somebody;
}

/** A new visitor on a page of the shop. */
async function arrive(service, language, path) {
  const { base } = WORDS[language];
  const at = (id) => service.api(`/v1/sites/shop/visitors/${id}`);
  const known = async () => (await service.api('/v1/sites/shop/visitors')).visitors.map((one) => one.id);
  const earlier = await known();
  const context = await elsewhere.newContext({ locale: language });
  const page = await context.newPage();
  await page.goto(`${service.url}${base}/${path}`);
  const id = await until('the service sees the visitor', async () => (await known()).find((one) => !earlier.includes(one)));
  return {
    id,
    close: () => context.close(),
    /** Opens another page; done when the service has counted it. */
    visit: async (next) => {
      await page.goto(`${service.url}${base}/${next}`);
      await until(`the visit of ${next} is counted`, async () => new URL((await at(id)).page.url).pathname === `${base}/${next}`);
    },
    /** What a rule has given to the visitor. */
    given: async (rule) => (await at(id)).ledger.filter((one) => one.rule === rule).map((one) => one.points),
  };
}

/** A draft as the service has it. */
function draftAt(service, id) {
  const read = () => service.api(`/v1/sites/shop/drafts/${id}`);
  const text = async (name) => (await read()).files.find((one) => one.name === name).text;
  return {
    id,
    read,
    text,
    /** Waits until a file is saved with this in it; resolves to its text. */
    saved: (name, wanted) => until(`${name} is saved with ${wanted}`, async () => {
      const now = await text(name);
      return now.includes(wanted) && now;
    }),
  };
}

/** The lines of a text that another does not have in their place. */
function differing(was, is) {
  const before = was.split('\n');
  return is.split('\n').flatMap((line, at) => (line === before[at] ? [] : [line]));
}

const line = (page, text) => page.locator('.cm-line').filter({ hasText: text }).first();
const turn = (page, view) => page.locator('.deeds').getByText(view, { exact: true }).click();
const points = (page, words) => page.locator('[data-open]').getByLabel(words.points, { exact: true });
const entry = (page, name) => page.locator('button[aria-expanded]', { hasText: name });

/** A draft of the live rules, as somebody makes it who begins at the list. */
async function begin(marketer, service, words) {
  const { page } = marketer;
  await marketer.go('/sites/shop/studio');
  await page.getByRole('button', { name: words.newDraft }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.what).fill(words.title);
  await dialog.getByRole('button', { name: words.create, exact: true }).click();
  await page.getByRole('heading', { name: words.title }).waitFor();
  return draftAt(service, new URL(page.url()).pathname.split('/').at(-1));
}

/** A comment is written in the text, the points beside it in the form: the comment stays, and so does every other line. */
async function changePoints({ page }, draft, words) {
  const before = await draft.text('scores.toml');
  await page.getByRole('navigation', { name: words.parts, exact: true }).getByText(words.scoreRules, { exact: true }).click();
  await entry(page, 'Begins to check out').click();
  assert.equal(await points(page, words).inputValue(), '30');
  await turn(page, words.text);
  await line(page, /^points = 30$/).click();
  await page.keyboard.press('End');
  await page.keyboard.type(`   # ${words.comment}`);
  await draft.saved('scores.toml', `points = 30   # ${words.comment}\n`);
  await turn(page, words.form);
  await points(page, words).fill('70');
  const now = await draft.saved('scores.toml', 'points = 70');
  const [changed, ...more] = differing(before, now);
  assert.match(changed, new RegExp(`^points = 70 +# ${words.comment}$`), 'the comment stands beside the new points');
  assert.deepEqual(more, [], 'no other line has changed');
  await turn(page, words.text);
  await line(page, new RegExp(`^points = 70 +# ${words.comment}$`)).waitFor();
}

/** A page type that there is not is marked where it stands, keeps the draft from being published, and goes by one click. */
async function mendMistake({ page }, draft, words) {
  const before = await draft.text('scores.toml');
  await line(page, /^page_type = "checkout"$/).click();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('x');
  const marked = page.locator('.cm-lintRange-error');
  await marked.waitFor();
  assert.equal(await marked.textContent(), '"checkoutx"');
  const publish = page.getByRole('button', { name: words.publish, exact: true });
  assert.equal(await publish.isDisabled(), true, 'nothing broken is published');
  await page.getByText(words.mistakes).waitFor();
  await page.getByRole('tab', { name: words.problems }).click();
  await page.getByRole('tabpanel', { name: words.problems }).getByText('checkoutx').first().waitFor();
  const remedy = page.locator('.cm-diagnosticAction', { hasText: /\bcheckout\b/ });
  await until('the remedy is offered at the mistake', async () => {
    await page.mouse.move(0, 0);
    await marked.hover();
    return remedy.waitFor({ timeout: 2_000 }).then(() => true, () => false);
  });
  await remedy.click();
  await marked.waitFor({ state: 'detached' });
  await until('the remedy is saved', async () => (await draft.text('scores.toml')) === before);
  await until('it can be published again', () => publish.isEnabled());
}

/** A recorded visit is looked at as the draft would have it, and saved as a test of the draft. */
async function saveAsTest(marketer, draft, visitor, words) {
  const { page } = marketer;
  await marketer.go(`/sites/shop/visitors/${visitor.id}`);
  await page.getByRole('link', { name: words.rewind, exact: true }).click();
  await page.waitForURL('**/rewind');
  const given = page.locator('[data-at]', { hasText: '+30' });
  await given.waitFor();
  await page.getByLabel(words.under, { exact: true }).selectOption(`d:${draft.id}`);
  await page.locator('[data-at]', { hasText: '+70' }).click();
  await page.locator('.given', { hasText: 'Begins to check out' }).getByText('+70').waitFor();
  await page.getByRole('button', { name: words.save, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: words.save });
  await dialog.getByLabel(words.promise).fill(words.promised);
  await dialog.locator('pre', { hasText: words.promised }).waitFor();
  await dialog.getByText(words.passes).waitFor();
  await dialog.getByLabel(words.into, { exact: true }).selectOption(draft.id);
  await dialog.getByRole('button', { name: words.add, exact: true }).click();
  await page.getByText(words.added).waitFor();
  assert.ok((await draft.text('tests.toml')).includes(`name = "${words.promised}"`));
}

/** From the draft to what acts: what changes is told, and without a reason nothing does. */
async function publish(marketer, service, draft, words) {
  const { page } = marketer;
  await marketer.go(`/sites/shop/studio/${draft.id}`);
  await page.getByRole('button', { name: words.publish, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(said(words.changed)).first().waitFor();
  const send = dialog.locator('footer .primary');
  await send.click();
  await dialog.getByText(words.sayWhy).waitFor();
  assert.equal((await service.api('/v1/sites/shop/rulesets')).live, 1, 'nothing is published without a reason');
  await dialog.locator('textarea').fill(words.reason);
  await send.click();
  await page.getByText(said(words.live)).first().waitFor();
  const { live, history } = await service.api('/v1/sites/shop/rulesets');
  assert.deepEqual([live, history[0].to, history[0].reason, history[0].author], [2, 2, words.reason, 'Maha Marketer']);
  await page.locator('.save.saved').waitFor();
}

/** Somebody who is on the site goes to the till, before the eyes of whoever looks at the list. */
async function atTheTill(marketer, visitor, expected) {
  await marketer.go('/sites/shop/live');
  await marketer.line(visitor.id).waitFor();
  const before = await marketer.score(visitor.id);
  await visitor.visit('checkout');
  await until(`the list shows ${expected} points more`, async () => Math.round((await marketer.score(visitor.id)) - before) >= expected);
  assert.deepEqual(await visitor.given('checkout-open'), [expected]);
}

async function rollBack(marketer, service, words) {
  const { page } = marketer;
  await marketer.go('/sites/shop/versions');
  await page.getByRole('button', { name: said(words.back) }).click();
  await page.getByRole('dialog').getByRole('button', { name: words.backDo, exact: true }).click();
  await page.getByText(said(words.backDone)).first().waitFor();
  assert.equal((await service.api('/v1/sites/shop/rulesets')).live, 1);
}

/** Saves a draft from within somebody's console, as whoever is signed in there; resolves to what the service says. */
const putFrom = ({ page }, id) =>
  page.evaluate(async (address) => {
    const { revision, files } = await (await fetch(address)).json();
    const answer = await fetch(address, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ revision, files }) });
    return { status: answer.status, type: (await answer.json()).type ?? null };
  }, `/v1/sites/shop/drafts/${id}`);

/** A second marketer, whom the administrator has invited, and who has chosen a password. */
async function colleague(service) {
  const send = (path, body, headers = {}) => fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const email = 'sara@demo.example';
  const signedIn = await send('/v1/session', { email: 'admin@demo.example', password: PASSWORD });
  const cookie = signedIn.headers.getSetCookie()[0].split(';')[0];
  const { link } = await (await send('/v1/users', { email, name: 'Sara', roles: { shop: 'marketer' } }, { cookie, origin: service.url })).json();
  const joined = await send('/v1/join', { code: new URL(link).searchParams.get('code'), password: PASSWORD });
  assert.equal(joined.status, 201);
  return email;
}

for (const [language, words] of Object.entries(WORDS)) {
  describe(`the studio: ${language}`, () => {
    let service;
    const begun = async (title) => draftAt(service, (await service.api('/v1/sites/shop/drafts', { method: 'POST', body: JSON.stringify({ title }) })).id);
    before(async () => (service = await startDemo('--no-traffic')));
    after(async () => assert.equal(await service?.stop(), 0, 'the service stops cleanly'));

    test('a marketer changes what a visit is worth, sees what that does, and takes it back', async () => {
      const [first, second, third] = [await arrive(service, language, 'blog'), await arrive(service, language, 'blog'), await arrive(service, language, 'blog')];
      await first.visit('checkout');
      await first.visit('blog');
      const marketer = await enter(service, language, 'marketer@demo.example');
      const { page } = marketer;

      const draft = await begin(marketer, service, words);
      await page.getByText(words.same).waitFor();
      await changePoints(marketer, draft, words);
      await page.getByText(words.same).waitFor({ state: 'detached' });
      await page.locator('aside .progress').getByText(words.worked).waitFor();
      const stages = page.locator('aside table').filter({ has: page.locator('caption', { hasText: words.stages }) });
      await stages.locator('tbody tr:not(.same)').getByText('+1').first().waitFor();
      await mendMistake(marketer, draft, words);
      await saveAsTest(marketer, draft, first, words);

      await publish(marketer, service, draft, words);
      await atTheTill(marketer, second, 70);
      await rollBack(marketer, service, words);
      await atTheTill(marketer, third, 30);
      assert.deepEqual(marketer.faults, []);
      await Promise.all([marketer.close(), first.close(), second.close(), third.close()]);
    });

    test('a second marketer saves at the same time, and neither loses anything', async () => {
      const draft = await begun('Two at once');
      const place = `/sites/shop/studio/${draft.id}?part=score_rule&entry=pricing-open`;
      const [maha, sara] = [await enter(service, language, 'marketer@demo.example'), await enter(service, language, await colleague(service))];
      await Promise.all([maha.go(place), sara.go(place)]);
      await Promise.all([points(maha.page, words).waitFor(), points(sara.page, words).waitFor()]);
      await maha.page.getByLabel(words.others).getByText('Sara').waitFor({ state: 'attached' });

      // Maha's save is on its way while Sara's arrives.
      let release;
      const held = new Promise((resolve) => (release = resolve));
      const sent = maha.page.waitForRequest((request) => request.method() === 'PUT');
      await maha.page.route(`**/drafts/${draft.id}`, async (route) => {
        if (route.request().method() === 'PUT') await held;
        await route.continue();
      });
      await points(maha.page, words).fill('17');
      await sent;
      await points(sara.page, words).fill('13');
      await draft.saved('scores.toml', 'points = 13');
      await entry(sara.page, 'Opens the offer for businesses').click();
      await points(sara.page, words).fill('19');
      await draft.saved('scores.toml', 'points = 19');
      release();

      const dialog = maha.page.getByRole('dialog', { name: words.merge });
      await dialog.waitFor();
      const theirs = await draft.text('scores.toml');
      assert.ok(theirs.includes('points = 13') && !theirs.includes('points = 17'), 'what Sara saved stands');
      for (const mine of ['points = 17', 'points = 13']) await dialog.locator('pre', { hasText: mine }).waitFor();
      const keep = dialog.getByRole('button', { name: words.keep, exact: true });
      assert.equal(await keep.isDisabled(), true, 'somebody has to say whose lines stay');
      await dialog.getByText(words.keepMine, { exact: true }).click();
      await keep.click();
      await dialog.waitFor({ state: 'detached' });
      const both = await draft.saved('scores.toml', 'points = 17');
      assert.ok(both.includes('points = 19') && !both.includes('points = 13'), 'what only Sara changed is kept');
      await entry(sara.page, 'Opens the prices').click();
      await until('Sara sees it', async () => (await points(sara.page, words).inputValue()) === '17');
      assert.deepEqual([...maha.faults, ...sara.faults], []);
      await Promise.all([maha.close(), sara.close()]);
    });

    test('an agent looks and does not touch', async () => {
      const draft = await begun('To be looked at');
      const agent = await enter(service, language, 'agent@demo.example');
      const { page } = agent;
      await agent.go('/sites/shop/studio');
      await page.getByText(words.looking).waitFor();
      await page.getByText('To be looked at').waitFor();
      assert.equal(await page.getByRole('button', { name: words.newDraft }).count(), 0);
      await agent.go(`/sites/shop/studio/${draft.id}?part=score_rule&entry=pricing-open`);
      await page.getByText(words.looking).waitFor();
      assert.equal(await points(page, words).getAttribute('readonly'), '');
      for (const name of [words.publish, words.newRule, words.undo, words.condition]) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
      await turn(page, words.text);
      await line(page, 'id = "pricing-open"').waitFor();
      assert.equal(await page.locator('.cm-content').getAttribute('contenteditable'), 'false');

      const before = await draft.read();
      const refused = await putFrom(agent, draft.id);
      assert.equal(refused.status, 403, 'the service refuses as well');
      assert.match(refused.type, /forbidden$/);
      assert.equal((await draft.read()).revision, before.revision);
      // The same request, from somebody who may.
      const marketer = await enter(service, language, 'marketer@demo.example');
      assert.equal((await putFrom(marketer, draft.id)).status, 200);
      assert.deepEqual([...agent.faults, ...marketer.faults], []);
      await Promise.all([agent.close(), marketer.close()]);
    });
  });
}
