/** What the studio asks for: drafts, the form's model and its edits, the catalogue. */
import { Refusal } from '../refusal.mjs';
import { filesOf, keptRules, shop } from '../rulesets.mjs';
import { catalogue } from './catalogue.mjs';
import { read } from './check.mjs';
import { edit } from './toml.mjs';

const [MIN, DAY] = [60e3, 86400e3];

/** What is remembered of drafts, made when it is first asked for. */
export function kept(mind) {
  mind.studio ??= begin();
  return mind.studio;
}

function begin() {
  const files = shop();
  const now = Date.now();
  const draft = (id, title, more) => ({ id, title, parent: 4, revision: 3, created_at: now - DAY, created_by: 'Noor Haddad', updated_at: now - 12 * MIN, updated_by: 'Noor Haddad', files: structuredClone(files), old: [], ...more });
  return {
    next: 3,
    drafts: [
      draft('d2', 'Greet earlier on pricing', {}),
      draft('d1', 'حملة اليوم الوطني', { parent: 3, updated_at: now - 3 * DAY, updated_by: 'سارة الحربي', created_by: 'سارة الحربي' }),
    ],
    others: [],
  };
}

const live = (mind) => keptRules(mind).stand.live;
const head = ({ files: _, old: __, ...rest }) => rest;
const find = (mind, id) => kept(mind).drafts.find((one) => one.id === id) ?? fail(404, 'not-found', 'there is no draft of this id');
function fail(status, kind, detail, more) {
  throw new Refusal(status, kind, detail, more);
}
const may = (mind, right) => {
  const has = mind.session().sites[0].permissions.includes(right);
  if (!has) fail(403, 'forbidden', `this needs the permission ${right}`);
};

/** The merge of two changes of one text, line by line: simple, for lines that were changed and not moved. */
function merge(name, base, yours, theirs, conflicts) {
  if (yours === theirs || theirs === base) return yours;
  if (yours === base) return theirs;
  const [b, y, t] = [base, yours, theirs].map((text) => text.split('\n'));
  if (b.length !== y.length || b.length !== t.length) return yours;
  return b
    .map((line, i) => {
      if (y[i] === line) return t[i];
      if (t[i] !== line && t[i] !== y[i]) conflicts.push({ file: name, line: i + 1, lines: 1, base: `${line}\n`, yours: `${y[i]}\n`, theirs: `${t[i]}\n` });
      return y[i];
    })
    .join('\n');
}

function merged(base, yours, theirs) {
  const conflicts = [];
  const of = (files, name) => files.find((file) => file.name === name)?.text ?? '';
  const files = yours.map(({ name, text }) => ({ name, text: merge(name, of(base, name), text, of(theirs, name), conflicts) }));
  return { files, conflicts };
}

export const studio = [
  ['GET', '/v1/sites/:site/drafts', ({ mind }) => ({
    drafts: kept(mind).drafts.map((one) => ({ ...head(one), stale: one.parent !== live(mind), errors: read(one.files).counts.errors })).sort((a, b) => b.updated_at - a.updated_at),
  })],
  ['POST', '/v1/sites/:site/drafts', ({ mind, body }) => {
    may(mind, 'edit_rules');
    const mine = kept(mind);
    const parent = body.version ?? live(mind);
    const files = body.files ?? structuredClone(filesOf(mind, parent));
    const made = { id: `d${mine.next++}`, title: body.title, parent, revision: 1, created_at: Date.now(), created_by: mind.user.name, updated_at: Date.now(), updated_by: mind.user.name, files, old: [] };
    mine.drafts.push(made);
    return { $status: 201, $body: { ...head(made), files, others: [] } };
  }],
  ['GET', '/v1/sites/:site/drafts/:id', ({ mind, parts }) => ({ ...head(find(mind, parts.id)), files: find(mind, parts.id).files, others: kept(mind).others })],
  ['PUT', '/v1/sites/:site/drafts/:id', ({ mind, parts, body }) => {
    may(mind, 'edit_rules');
    const draft = find(mind, parts.id);
    if (body.revision !== draft.revision) {
      const base = draft.old.find((one) => one.revision === body.revision)?.files ?? draft.files;
      fail(409, 'stale-draft', 'somebody else has saved this draft', { draft: { ...head(draft), files: draft.files, others: [] }, merged: merged(base, body.files, draft.files), base: 'revision' });
    }
    draft.old = [...draft.old.slice(-20), { revision: draft.revision, files: draft.files }];
    Object.assign(draft, { parent: body.parent ?? draft.parent, files: body.files, title: body.title ?? draft.title, revision: draft.revision + 1, updated_at: Date.now(), updated_by: mind.user.name });
    return { revision: draft.revision, updated_at: draft.updated_at, errors: read(draft.files).counts.errors };
  }],
  ['DELETE', '/v1/sites/:site/drafts/:id', ({ mind, parts }) => {
    may(mind, 'edit_rules');
    kept(mind).drafts = kept(mind).drafts.filter((one) => one.id !== find(mind, parts.id).id);
  }],
  ['POST', '/v1/sites/:site/drafts/:id/here', ({ mind, parts }) => {
    const { revision, updated_by } = find(mind, parts.id);
    return { revision, updated_by, others: kept(mind).others };
  }],
  ['GET', '/v1/sites/:site/drafts/:id/merge', ({ mind, parts }) => {
    const draft = find(mind, parts.id);
    const [base, theirs] = [draft.parent, live(mind)].map((n) => filesOf(mind, n));
    return { revision: draft.revision, parent: live(mind), merged: merged(base, draft.files, theirs) };
  }],
  ['POST', '/v1/sites/:site/rulesets/model', ({ body }) => read(body.files)],
  ['POST', '/v1/sites/:site/rulesets/edit', ({ body }) => {
    const files = structuredClone(body.files);
    let added;
    for (const one of body.edits) added = edit(files, one) ?? added;
    const before = new Map(body.files.map((file) => [file.name, file.text]));
    return { files: files.filter((file) => before.get(file.name) !== file.text), model: read(files), ...(added && { added }) };
  }],
  ['GET', '/v1/sites/:site/rulesets/catalogue', () => catalogue],
];
