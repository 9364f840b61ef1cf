/** As much of drafts as reports and rewound visits need: they are made, changed and kept. */
import { Refusal } from './refusal.mjs';

const FILES = [
  { name: 'policy.toml', text: '[policy]\nmax_per_session = 1\n' },
  { name: 'scores.toml', text: '# What a visit is worth.\n[[score_rule]]\nid = "pricing-read"\npoints = 20 # half a minute of reading\n' },
  { name: 'tests.toml', text: '' },
  { name: 'triggers.toml', text: '[[trigger]]\nid = "product-questions"\n' },
];
const RULES = { score_rule: ['pricing-read', 'pricing-open', 'cart', 'newsletter', 'blog-read', 'wholesale'], trigger: ['pricing-questions', 'product-questions', 'home-welcome', 'help-stuck'], policy: [null] };
const IN = { score_rule: 'scores.toml', trigger: 'triggers.toml', policy: 'policy.toml' };

function kept(mind) {
  mind.proposals ??= {
    next: 2,
    drafts: [{ id: 'd1', title: 'Winter campaign', parent: 4, revision: 3, created_at: Date.now() - 86400e3, created_by: 'Omar', updated_at: Date.now() - 3600e3, updated_by: 'Omar', files: FILES, stale: false, errors: 0 }],
  };
  return mind.proposals;
}

function one(mind, id) {
  const found = kept(mind).drafts.find((draft) => draft.id === id);
  if (!found) throw new Refusal(404, 'not-found', 'no draft has this id');
  return found;
}

const model = () => ({
  parts: Object.entries(RULES).map(([part, ids]) => ({ part, entries: ids.map((id, index) => ({ file: IN[part], index, id, line: 1, end_line: 1, values: id ? { id } : {} })) })),
  broken: [], diagnostics: [], counts: { errors: 0, warnings: 0, hints: 0 },
});

export const proposals = [
  ['GET', '/v1/sites/:site/rulesets', () => ({ live: 4, rollout: null, shadow: null, versions: [], history: [], schedule: [] })],
  ['GET', '/v1/sites/:site/rulesets/catalogue', () => ({ parts: [], fields: [], operators: [], seen: { goals: [{ value: 'purchase', n: 800 }, { value: 'contact', n: 60 }] } })],
  ['GET', '/v1/sites/:site/drafts', ({ mind }) => ({ drafts: kept(mind).drafts })],
  ['POST', '/v1/sites/:site/drafts', ({ mind, body }) => {
    const draft = { ...kept(mind).drafts[0], id: `d${kept(mind).next++}`, title: body.title, revision: 1, updated_at: Date.now(), files: FILES };
    kept(mind).drafts.unshift(draft);
    return { $status: 201, $body: { ...draft, others: [] } };
  }],
  ['GET', '/v1/sites/:site/drafts/:id', ({ mind, parts }) => ({ ...one(mind, parts.id), others: [] })],
  ['PUT', '/v1/sites/:site/drafts/:id', ({ mind, parts, body }) => {
    const draft = one(mind, parts.id);
    if (body.revision !== draft.revision) throw new Refusal(409, 'stale-draft', 'somebody else has saved it meanwhile', { draft: { ...draft, others: [] }, merged: { files: draft.files, conflicts: [] } });
    Object.assign(draft, { files: body.files, revision: draft.revision + 1, updated_at: Date.now() });
    return { revision: draft.revision, updated_at: draft.updated_at };
  }],
  ['POST', '/v1/sites/:site/rulesets/model', () => model()],
  ['POST', '/v1/sites/:site/rulesets/edit', ({ mind, body }) => {
    (mind.edits ??= []).push(...body.edits);
    // Somebody may save in between.
    mind.meanwhile?.(kept(mind));
    mind.meanwhile = undefined;
    const files = body.edits.map((edit) => {
      const text = body.files.find((file) => file.name === edit.file)?.text ?? '';
      return { name: edit.file, text: edit.op === 'append' ? `${text}${edit.text}` : `${text}# ${edit.path.join('.')} = ${JSON.stringify(edit.value)}\n` };
    });
    return { files, model: model() };
  }],
];
