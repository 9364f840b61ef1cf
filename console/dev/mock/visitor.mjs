/** One visitor in full, why there is no invitation, and the log of decisions. */
import { Refusal } from './refusal.mjs';

const [MIN, DAY] = [60e3, 86400e3];

function find(mind, id) {
  const row = mind.world.rows.get(id);
  if (!row) throw new Refusal(404, 'not-found', 'no visitor of this site has this id, or not any more');
  mind.dossiers ??= new Map();
  if (!mind.dossiers.has(id)) mind.dossiers.set(id, { notes: [], banned: null });
  return { row, dossier: mind.dossiers.get(id) };
}

/** Points that lead to the score that the row shows. */
function ledger(score, now) {
  const half = Math.round(score.value / 2);
  const entry = (rule, rule_name, ago, points) => ({ rule, rule_name, rule_set: 'da6f2eb99572045a', at: now - ago, then: points, now: points });
  return score.value === 0 ? [] : [entry('pricing-open', 'Opens the prices', 9 * MIN, half), entry('pricing-read', 'Reads the prices', 3 * MIN, score.value - half)];
}

const at = (happened, type, more = {}) => ({ at: happened, type, url: null, name: null, page: null, data: {}, ...more });

function detail({ row, dossier }, now) {
  const url = row.page?.url ?? 'https://shop.example/';
  const timeline = [
    at(now - MIN, 'engage', { page: 'b', data: { active_ms: 40_000, scroll: 72 } }),
    at(now - 2 * MIN, 'custom', { page: 'b', name: row.page?.title ?? 'add_to_cart', data: { value: 49 } }),
    at(now - 3 * MIN, 'page_view', { page: 'b', url, data: { title: row.page?.title, page_type: row.page?.page_type } }),
    at(now - 3.5 * MIN, 'chat', { data: { state: 'first_reply', chat: 'c1', agent: 'layla', department: 'sales', first_response_ms: 21_500 } }),
    at(now - 3.7 * MIN, 'chat', { data: { state: 'requested', chat: 'c1' } }),
    at(now - 3.75 * MIN, 'chat', { data: { state: 'queued' } }),
    at(now - 4 * MIN, 'invite', { data: { by: 'layla', message: 'May I show you around?', override: 'asked for it by phone' } }),
    at(now - 5 * MIN, 'engage', { page: 'a', data: { active_ms: 110_000, scroll: 100 } }),
    at(now - 9 * MIN, 'page_view', { page: 'a', url: 'https://shop.example/', data: { title: 'Home', page_type: 'home' } }),
  ];
  return {
    ...row,
    first_seen: now - 12 * DAY,
    traits: { ...(row.name && { name: row.name }), ...(row.company && { company: row.company }), plan: 'pro' },
    tags: row.tags,
    pages: row.page ? [row.page] : [],
    ledger: row.scores.flatMap((score) => ledger(score, now).map((entry) => ({ ...entry, score: score.name, points: entry.then }))),
    invitations: [
      { id: 'p1', trigger: 'pricing-questions', variant: null, state: 'dismissed', offered_at: now - 8 * MIN, settled_at: now - 7 * MIN, made_by: 'trigger' },
      { id: 'p2', trigger: '(by hand)', variant: null, state: 'accepted', offered_at: now - 4 * MIN, settled_at: now - 3.8 * MIN, made_by: 'agent' },
    ],
    notes: dossier.notes,
    banned: dossier.banned,
    earlier_visits: [{ started_at: now - 3 * DAY, ended_at: now - 3 * DAY + 7 * MIN, page_views: 5, source: row.arrival?.source ?? 'google', landing_path: '/pricing' }],
    timeline: [...dossier.notes.map((note) => at(note.at, 'note', { data: { by: note.by, text: note.text } })), ...timeline],
  };
}

const leaf = (field, wanted, actual, unit, missing) => ({ kind: 'leaf', truth: missing > 0 ? 'no' : 'yes', field, operator: 'at_least', wanted, actual, unit, ...(missing > 0 && { missing }), says: '' });

function explain({ row, dossier }, now) {
  const here = row.page?.page_type ?? null;
  const trigger = (id, name, wanted, condition, next) => {
    const fits = wanted.includes(here);
    return { id, name, priority: 60, standing: fits ? 'waits' : 'elsewhere', says: '', page: { fits, wanted, actual: here }, condition: { kind: 'all', truth: 'no', parts: condition }, rests: [], draws: [{ what: 'holdout', bucket: 7312, below: 1000, is_in: false, says: '' }], last_at: null, ready_at: fits ? now + 12_000 : null, next };
  };
  const need = { code: 'field', says: '12 s more on this page', field: 'page.active', from: 18, to: 30, at: now + 12_000 };
  return {
    visitor: row.id,
    versions: { da6f2eb99572045a: 4 },
    past: null,
    at: now,
    rule_set: 'da6f2eb99572045a',
    verdict: { decision: 'wait' },
    says: 'no trigger is ready',
    page: row.page && { url: row.page.url, page_type: here, active_ms: row.page.active_ms, attended: row.page.attended },
    site: { agents_online: 2, free_slots: 3 },
    policy: dossier.banned ? [{ code: 'banned', says: 'the visitor is banned', ends: 'the ban is lifted' }] : [{ code: 'session_cap', says: 'max_per_session: 1 of 1 used', used: 1, of: 1, ends: 'another session' }],
    open: null,
    triggers: [
      trigger('pricing-questions', 'Offers an answer on the prices', [here ?? 'pricing'], [leaf('page.active', '30s', 18, 's', 12), leaf('session.page_views', 2, row.page_views, 'page views', 0)], [need]),
      trigger('help-stuck', 'Helps those who are stuck', ['help'], [leaf('score.help', 45, 12, 'points', 33)], [{ code: 'page', says: 'a page of type help' }, { code: 'field', says: '', field: 'score.help', from: 12, to: 45 }]),
    ],
    scores: row.scores.map((score) => ({
      name: score.name,
      value: score.value,
      max: score.max,
      stage: score.stage,
      stages: [{ name: 'warm', from: 25 }, { name: 'hot', from: 60 }],
      next_stage: score.value < 60 ? { name: score.value < 25 ? 'warm' : 'hot', from: score.value < 25 ? 25 : 60, missing: (score.value < 25 ? 25 : 60) - score.value } : null,
      half_life: '3d',
      ledger: ledger(score, now),
      rules: [],
      left_out: 0,
    })),
  };
}

function invitation(body, row) {
  const lang = body.lang ?? 'en';
  const words = lang === 'ar' ? 'هل لديك سؤال عن الباقات؟ يسعدني مساعدتك.' : 'Questions about the plans? I can help.';
  return { id: `i${row.id}`, trigger: body.trigger ?? '(by hand)', message: body.message ?? words, lang, dir: lang === 'ar' ? 'rtl' : 'ltr', tone: body.tone ?? 'sales', channel: 'chat', expected_reply_s: 120, opens_at: null, note: lang === 'ar' ? 'مدة الرد المعتادة: دقيقتان · محادثة' : 'Usually replies within 2 minutes · Chat', position: 'bottom-right', expires_at: Date.now() + 3 * MIN };
}

/** What the policy has against it: nothing after a reason was given. */
function invite({ mind, parts, params, body }) {
  const { row } = find(mind, parts.id);
  const suppressions = mind.suppressions ?? [{ kind: 'session_cap', text: 'The session has had its share: 1 of 1', can_be_overridden: true }];
  if (params.get('dry_run')) return { invitation: invitation(body, row), suppressions };
  const hard = suppressions.some((one) => !one.can_be_overridden);
  if (hard || (suppressions.length > 0 && !body.override)) throw new Refusal(409, 'suppressed', 'something speaks against it', { suppressions });
  row.invitation = 'offered';
  (mind.invited ??= []).push(body);
  return { $status: 201, $body: { invitation: invitation(body, row) } };
}

/** Invitations over the last days, the same for each question. */
function decisions(params) {
  const [kind, types] = [params.get('kind'), ['pricing', 'help', 'home', null]];
  if (params.get('visitor')) return { decisions: [], next: null };
  const found = Array.from({ length: 240 }, (_, i) => {
    const [offered, id] = [Date.now() - i * 37 * MIN, `i${i}`];
    const base = { visitor: `v${i}`, session: null, rule_set: i % 9 ? 'da6f2eb99572045a' : '6a3e5e9b4187a106', trigger: 'pricing-questions', invitation: id };
    if (kind === 'offered') return { ...base, at: offered, kind, page_type: types[i % 4] ?? undefined };
    if (kind === 'shown') return { ...base, at: offered + 900, kind };
    return { ...base, at: offered + 9_000, kind, how: ['accepted', 'dismissed', 'ignored'][i % 3], shown: true, after_ms: 9_000 };
  });
  return { decisions: found, next: null };
}

export const visitor = [
  ['GET', '/v1/sites/:site/visitors/:id', ({ mind, parts }) => detail(find(mind, parts.id), Date.now())],
  ['GET', '/v1/sites/:site/visitors/:id/explain', ({ mind, parts }) => explain(find(mind, parts.id), Date.now())],
  ['POST', '/v1/sites/:site/visitors/:id/invitations', invite],
  ['POST', '/v1/sites/:site/visitors/:id/tags', ({ mind, parts, body }) => {
    const { row } = find(mind, parts.id);
    row.tags = [...row.tags.filter((tag) => !body.remove?.includes(tag)), ...(body.add ?? [])];
    return { tags: row.tags };
  }],
  ['POST', '/v1/sites/:site/visitors/:id/notes', ({ mind, parts, body }) => {
    const { dossier } = find(mind, parts.id);
    dossier.notes.push({ at: Date.now(), by: mind.user.name, text: body.text });
    return { $status: 201, $body: { notes: dossier.notes } };
  }],
  ['PUT', '/v1/sites/:site/visitors/:id/ban', ({ mind, parts, body }) => {
    const { dossier } = find(mind, parts.id);
    dossier.banned = { at: Date.now(), by: mind.user.name, reason: body.reason };
    return { banned: dossier.banned };
  }],
  ['DELETE', '/v1/sites/:site/visitors/:id/ban', ({ mind, parts }) => {
    find(mind, parts.id).dossier.banned = null;
    return { banned: null };
  }],
  ['GET', '/v1/sites/:site/decisions', ({ params }) => decisions(params)],
];
