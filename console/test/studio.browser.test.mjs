/** The studio in a real browser, before the mock service: the form and the text are one, nothing is lost, nobody is kept out. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findings } from '../dev/axe.mjs';
import { DESKTOP, PHONE, launch, open } from '../dev/browser.mjs';
import { filesOf, keptRules } from '../dev/mock/rulesets.mjs';
import { kept } from '../dev/mock/studio/index.mjs';
import { serve } from '../dev/mock/server.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const DRAFT = '/sites/shop/studio/d2';

/** Opens a place of a console of its own; `change` gets the mock's files first. */
async function visit(t, path, { role = 'administrator', change = () => {}, ...how } = {}) {
  const mock = await serve({ visitors: 20, changes: 0, role });
  change(kept(mock.mind), mock.mind);
  const { page, context, faults } = await open(browser, how);
  t.after(async () => {
    await context.close();
    await mock.close();
  });
  await page.goto(`${mock.url}/console${path}`);
  await page.locator('main h1').first().waitFor();
  const draft = () => kept(mock.mind).drafts.find((one) => one.id === 'd2');
  const text = (name) => draft().files.find((one) => one.name === name).text;
  return { page, faults, mock, draft, text, url: mock.url };
}

/** Waits until `is` holds of what the mock has. */
async function until(page, is, what) {
  const deadline = Date.now() + 10_000;
  while (!is()) {
    if (Date.now() > deadline) assert.fail(what);
    await page.waitForTimeout(30);
  }
}

const swap = (studio, name, from, to) => {
  const file = studio.drafts.find((one) => one.id === 'd2').files.find((one) => one.name === name);
  assert.ok(file.text.includes(from), from);
  file.text = file.text.replace(from, to);
};

describe('a marketer', () => {
  test('changes points in the form, sees the text change with its comments, and takes it back', async (t) => {
    const { page, faults, text } = await visit(t, `${DRAFT}?part=score_rule&entry=pricing-read`);
    const before = text('scores.toml');
    const points = page.getByLabel('Points', { exact: true });
    await points.fill('25');
    await until(page, () => text('scores.toml') !== before, 'the change is saved by itself');
    const [was, is] = [before.split('\n'), text('scores.toml').split('\n')];
    assert.deepEqual(is.filter((line, i) => line !== was[i]), ['points = 25'], 'no other line has changed');
    await page.getByText('Saved', { exact: false }).first().waitFor();
    await page.locator('.deeds').getByText('Text').click();
    const line = page.locator('.cm-line', { hasText: 'points = 25' });
    await line.waitFor();
    await page.locator('.cm-line', { hasText: '# active time: the page is in front of somebody' }).waitFor();
    await page.locator('.deeds').getByText('Form', { exact: true }).click();
    await points.waitFor();
    await page.keyboard.press('Control+z');
    await page.waitForFunction(() => [...document.querySelectorAll('[data-open] input')].some((one) => one.value === '20'));
    await until(page, () => text('scores.toml') === before, 'undo brings every byte back');
    assert.deepEqual(faults, []);
  });

  test('types in the text, and the form follows', async (t) => {
    const { page, faults, text } = await visit(t, `${DRAFT}?view=text&file=policy.toml`);
    await page.locator('.cm-line', { hasText: 'max_per_day = 2' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    await until(page, () => text('policy.toml').includes('max_per_day = 3'), 'the text is saved');
    await page.locator('.deeds').getByText('Form', { exact: true }).click();
    const field = page.getByLabel('Invitations in 24 hours');
    await field.waitFor();
    assert.equal(await field.inputValue(), '3');
    assert.deepEqual(faults, []);
  });

  test('is told of a mistake at its field and at its column, and mends it by one click', async (t) => {
    const change = (studio) => swap(studio, 'triggers.toml', 'page_type = "pricing"', 'page_type = "prising"');
    const { page, text } = await visit(t, `${DRAFT}?part=trigger&entry=pricing-questions`, { change });
    assert.equal(await page.getByRole('button', { name: 'Publish…' }).isDisabled(), true, 'nothing broken is published');
    const open = page.locator('[data-open]');
    await open.getByText('there is no page type `prising`').waitFor();
    await page.getByRole('tab', { name: /Problems/ }).click();
    await page.locator('.deeds').getByText('Text').click();
    const marked = page.locator('.cm-lintRange-error');
    await marked.waitFor();
    assert.equal(await marked.textContent(), '"prising"');
    await marked.hover();
    await page.locator('.cm-diagnosticAction', { hasText: 'Write "pricing"' }).click();
    await until(page, () => text('triggers.toml').includes('page_type = "pricing"\nall = [ { field = "page.active", at_least = "30s" } ]   # half'), 'the fix is saved');
    await page.getByText('No problems').waitFor();
  });

  test('builds a condition from fields that fit and values that were seen', async (t) => {
    const { page, faults, text } = await visit(t, `${DRAFT}?part=trigger&entry=contact-now`);
    await page.locator('[data-open]').getByRole('button', { name: 'Add a condition' }).first().click();
    const which = page.getByRole('combobox', { name: 'What should be asked?' });
    await which.fill('event');
    assert.equal(await page.getByRole('option', { name: /Value of the event/ }).count(), 0, 'a trigger has no event to ask');
    await which.fill('country');
    await page.keyboard.press('Enter');
    await until(page, () => text('triggers.toml').includes('field = "visitor.country"'), 'the question is written');
    await page.locator('[data-open]').getByRole('combobox', { name: 'Value', exact: true }).click();
    await page.getByRole('option', { name: /Egypt/ }).click();
    await until(page, () => /\{ field = "page\.active", at_least = "20s" \}, \{ field = "visitor\.country", one_of = \["SA", "EG"\] \}/.test(text('triggers.toml')), 'both countries are written');
    assert.deepEqual(faults, []);
  });

  test('is helped in the text: fields, comparisons, and what they mean', async (t) => {
    const { page } = await visit(t, `${DRAFT}?view=text&file=segments.toml`);
    await page.locator('.cm-line', { hasText: 'visitor.trait.orders' }).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\n[[segment]]\nname = "near"\nall = [ { field = "visitor.coun');
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'visitor.country' }).click();
    await page.locator('.cm-line', { hasText: 'field = "visitor.country' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.cm-line', { hasText: 'in_last = "5m"' }).getByText('"session.events.payment_failed"').hover({ position: { x: 60, y: 8 } });
    await page.locator('.cm-meaning').getByText('custom events of that name').waitFor();
  });

  test('does not lose a save to a colleague, and decides about the lines that both changed', async (t) => {
    const { page, draft, text } = await visit(t, `${DRAFT}?part=score_rule&entry=pricing-read`);
    await page.getByLabel('Points', { exact: true }).waitFor();
    const theirs = structuredClone(draft().files);
    const file = theirs.find((one) => one.name === 'scores.toml');
    file.text = file.text.replace(/(id = "pricing-read"[^[]*points = )20/, '$130').replace(/(id = "sales-open"[^[]*points = )10/, '$112');
    draft().old.push({ revision: draft().revision, files: draft().files });
    Object.assign(draft(), { files: theirs, revision: draft().revision + 1, updated_by: 'Sara' });
    await page.getByLabel('Points', { exact: true }).fill('25');
    const dialog = page.getByRole('dialog', { name: 'Two of you have changed this draft' });
    await dialog.waitFor();
    assert.ok(text('scores.toml').includes('points = 30'), 'nothing is overwritten');
    assert.equal(await dialog.getByRole('button', { name: 'Save this' }).isDisabled(), true);
    await dialog.getByText('points = 25').first().waitFor();
    await dialog.getByText('points = 30').first().waitFor();
    await dialog.getByText('Keep mine').click();
    await dialog.getByRole('button', { name: 'Save this' }).click();
    await dialog.waitFor({ state: 'detached' });
    await until(page, () => text('scores.toml').includes('points = 25') && text('scores.toml').includes('points = 12'), 'both changes are kept');
  });

  test('sees what a colleague saves, and who else is here', async (t) => {
    const { page, draft, mock } = await visit(t, `${DRAFT}?part=score_rule&entry=pricing-read`);
    kept(mock.mind).others = [{ name: 'Sara', since: Date.now(), file: 'scores.toml', line: 3 }];
    const theirs = structuredClone(draft().files);
    theirs[3].text = theirs[3].text.replace(/(id = "pricing-read"[^[]*points = )20/, '$130');
    Object.assign(draft(), { files: theirs, revision: draft().revision + 1, updated_by: 'Sara' });
    await page.waitForFunction(() => [...document.querySelectorAll('[data-open] input')].some((one) => one.value === '30'), undefined, { timeout: 15_000 });
    await page.getByLabel('Also here').getByText(/Sara\W+in \W*scores\.toml/).waitFor({ state: 'attached' });
  });

  test('takes what was published meanwhile into the draft', async (t) => {
    const change = (_, mind) => {
      // A fifth version is live by now.
      const files = filesOf(mind, 4);
      const policy = files.find((one) => one.name === 'policy.toml');
      policy.text = policy.text.replace('max_per_day = 2', 'max_per_day = 4');
      keptRules(mind).files = new Map([[5, files]]);
      keptRules(mind).stand.live = 5;
    };
    const { page, draft, text } = await visit(t, `${DRAFT}?part=policy`, { change });
    await page.getByRole('button', { name: 'Take it into the draft' }).click();
    const dialog = page.getByRole('dialog', { name: 'Two of you have changed this draft' });
    await dialog.getByRole('button', { name: 'Save this' }).click();
    await until(page, () => text('policy.toml').includes('max_per_day = 4') && draft().parent === 5, 'the draft has both and rests on the live version');
    await page.getByRole('button', { name: 'Take it into the draft' }).waitFor({ state: 'detached' });
  });

  test('adds, duplicates and removes rules, and finds none of it lost after a reload', async (t) => {
    const { page, text } = await visit(t, `${DRAFT}?part=segment`);
    await page.getByRole('button', { name: 'New segment' }).click();
    const name = page.locator('[data-open]').getByLabel('Name in rules');
    await name.fill('readers');
    await until(page, () => text('segments.toml').includes('name = "readers"'), 'the new segment is saved');
    await page.getByRole('button', { name: /^Actions for \W*readers\W*$/ }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await until(page, () => text('segments.toml').includes('name = "readers-2"'), 'the copy is saved');
    await page.getByRole('button', { name: /^Actions for \W*readers-2\W*$/ }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await until(page, () => !text('segments.toml').includes('readers-2'), 'the copy is gone');
    await page.reload();
    await page.getByRole('button', { name: /^Actions for \W*readers\W*$/ }).waitFor();
  });

  test('begins a draft from the live version by keyboard', async (t) => {
    const { page, mock } = await visit(t, '/sites/shop/studio');
    await page.keyboard.press('n');
    await page.getByLabel('What do you want to change?').fill('Quieter on the blog');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Quieter on the blog' }).waitFor();
    const made = kept(mock.mind).drafts.at(-1);
    assert.deepEqual([made.title, made.parent], ['Quieter on the blog', 4]);
    await page.keyboard.press('v');
    await page.locator('.cm-line').first().waitFor();
  });
});

test('keys of the console do nothing while somebody types in the text', async (t) => {
  const { page } = await visit(t, `${DRAFT}?view=text&file=policy.toml`);
  await page.locator('.cm-line').first().click();
  await page.keyboard.type('gl?v');
  await page.locator('.cm-line', { hasText: 'gl?v' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.match(page.url(), /studio\/d2/);
});

test('an agent may look and not touch', async (t) => {
  const { page } = await visit(t, `${DRAFT}?part=score_rule&entry=pricing-read`, { role: 'agent' });
  await page.getByText('You may look, not change').waitFor();
  assert.equal(await page.getByLabel('Points', { exact: true }).getAttribute('readonly'), '');
  for (const name of ['Publish…', 'New score rule', 'Undo', 'Add a condition']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  await page.locator('.deeds').getByText('Text').click();
  await page.locator('.cm-line', { hasText: 'pricing-read' }).waitFor();
  assert.equal(await page.locator('.cm-content').getAttribute('contenteditable'), 'false');
});

describe('everybody can use it', () => {
  for (const [path, how] of [
    ['/sites/shop/studio', { language: 'en', theme: 'light' }],
    ['/sites/shop/studio', { language: 'ar', theme: 'dark', viewport: PHONE }],
    [`${DRAFT}?part=trigger&entry=product-questions`, { language: 'en', theme: 'dark', viewport: DESKTOP }],
    [`${DRAFT}?part=score_rule&entry=cart-add`, { language: 'ar', theme: 'light', viewport: DESKTOP }],
    [`${DRAFT}?part=hours`, { language: 'ar', theme: 'dark', viewport: PHONE }],
    [`${DRAFT}?part=trigger&entry=national-day`, { language: 'en', theme: 'light', viewport: PHONE }],
    [`${DRAFT}?view=text&file=triggers.toml`, { language: 'ar', theme: 'dark', viewport: DESKTOP }],
  ]) {
    test(`${path} in ${how.language}, ${how.theme}, ${how.viewport === PHONE ? 'phone' : 'desktop'}`, async (t) => {
      const { page, faults } = await visit(t, path, how);
      await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing stands beyond the edge');
      assert.deepEqual(faults, []);
    });
  }
});
