/** Versions of rules, what they change, and what they would have done, as the service tells it. */
import { readFileSync, readdirSync } from 'node:fs';
import { random } from './random.mjs';
import { Refusal } from './refusal.mjs';

const [MIN, HOUR, DAY] = [60e3, 3600e3, 86400e3];
const SHOP = new URL('../../../rules/shop/', import.meta.url);
const POINTS = /id = "pricing-read"[^[]*?\npoints = \d+/;
const HOSTILE = '<img src=x onerror="window.hacked=1">';

/** The rules of the demonstration's shop. */
export const shop = () => readdirSync(SHOP).filter((name) => name.endsWith('.toml')).sort().map((name) => ({ name, text: readFileSync(new URL(name, SHOP), 'utf8') }));
const SALES = '\n[[trigger]]\nid = "sales-arabic"\npage_type = "sales"\nall = [ { field = "page.lang", equals = "ar" } ]\n\n[trigger.invitation]\nmessage = { ar = "أهلًا وسهلًا!" }\n';

/** The files of a version: what was kept by somebody stays as it was; older ones give fewer points, newer ones greet more. */
export function filesOf(mind, n) {
  const made = kept(mind).files?.get(n);
  if (made) return made;
  return shop().map(({ name, text }) => {
    if (name === 'scores.toml' && n < 4) return { name, text: text.replace(POINTS, (whole) => whole.replace(/\d+$/, '15')) };
    return { name, text: name === 'triggers.toml' && n > 4 ? text + SALES : text };
  });
}

const detail = (key, path, before, after, within = null) => ({ key, path, before, after, within });
const change = (part, id, kind, details = [], where = {}, name = null) => ({ part, id, name, change: kind, says: `${part} ${id}`, details, where: { page_types: [], languages: [], ...where } });

/** A few of everything that can differ. */
const CHANGES = [
  change('score_rule', 'pricing-read', 'changed', [detail('points', ['points'], 15, 20)], { page_types: ['pricing'] }, 'Reads the prices'),
  change('trigger', 'sales-arabic', 'added', [], { page_types: ['sales'], languages: ['ar'] }),
  change('trigger', 'pricing-questions', 'changed', [
    detail('all.at_least', ['all', 0, 'at_least'], '30s', '20s', { field: 'page.active', at_least: '20s' }),
    detail('all', ['all', 1], null, { field: 'score.buy', at_least: 25 }, { field: 'score.buy', at_least: 25 }),
    detail('invitation.message.en', ['invitation', 'message', 'en'], 'Questions about the plans?', 'May I explain the plans?'),
    detail('cooldown', ['cooldown'], null, '1d'),
  ], { page_types: ['pricing'] }, 'Offers an answer on the prices'),
  change('score', 'buy', 'changed', [detail('stages.warm', ['stages', 'warm'], 25, 30)]),
  change('policy', '', 'changed', [detail('never_on', ['never_on'], ['checkout'], ['checkout', 'cart'])]),
  change('segment', 'comparing', 'removed'),
  change('page_type', 'help', 'moved', [detail('order', [], 'blog', 'home')]),
];
const DIFFS = [
  { file: 'scores.toml', change: 'changed', diff: '@@ -9,7 +9,7 @@\n # Reading prices says more than opening them.\n [[score_rule]]\n id = "pricing-read"\n-points = 15   # looked at in November\n+points = 20   # looked at in November\n score = "buy"\n' },
  { file: 'sales.toml', change: 'added', diff: `@@ -0,0 +1,3 @@\n+[[trigger]]\n+id = "sales-arabic"\n+page_type = "sales"\n` },
];

const version = (n, author, reason, days, more = {}) => ({ version: n, hash: `${n}a3e5e9b4187a10${n}`, parent: n > 1 ? n - 1 : null, author, reason, created_at: Date.now() - days * DAY, origin: 'draft', released: true, ...more });
const release = (number, kind, author, reason, from, to, days, more = {}) => ({ number, at: Date.now() - days * DAY, author, reason, kind, from, to, share: null, untested: false, scheduled: false, ...more });

/** What is remembered of rules, made when it is first asked for. */
function kept(mind) {
  mind.rules ??= {
    stand: { live: 4, rollout: null, shadow: { version: 6, since: Date.now() - 5 * HOUR }, schedule: [
      { id: 3, version: 5, expected: 4, at: Date.now() + 2 * DAY, until: Date.now() + 8 * DAY, share: null, reason: 'Founding Day', author: 'Omar', state: 'waiting', why: null },
      { id: 2, version: 3, expected: 2, at: Date.now() - 9 * DAY, until: null, share: null, reason: 'New season', author: 'Omar', state: 'failed', why: 'version 4 is live, and version 2 was expected' },
    ] },
    versions: [
      version(6, 'Noor Haddad', 'Greet Arabic offices', 0.3, { released: false, parent: 4 }),
      version(5, 'Omar', 'Founding Day', 1, { released: false, parent: 4 }),
      version(4, 'سارة الحربي', 'زيادة وزن صفحة الأسعار بعد الباقات الجديدة', 3, { hash: 'da6f2eb99572045a' }),
      version(3, 'Omar', HOSTILE, 9),
      version(2, 'Noor Haddad', 'First thresholds after a week of watching', 33),
      version(1, 'ahlan', 'the site’s directory', 60, { origin: 'seed' }),
    ],
    history: [
      release(9, 'shadow', 'Noor Haddad', 'To see what it would do', 4, 6, 0.2),
      release(8, 'schedule', 'Omar', 'Founding Day', 4, 5, 1),
      release(7, 'publish', 'سارة الحربي', 'زيادة وزن صفحة الأسعار بعد الباقات الجديدة', 2, 4, 3),
      release(6, 'miss', 'Omar', 'New season', 2, 3, 9, { scheduled: true }),
      release(5, 'rollback', 'Noor Haddad', 'Back from version 3', 3, 2, 9.5),
      release(4, 'publish', 'Omar', HOSTILE, 2, 3, 10, { untested: true }),
      release(3, 'rollout', 'Noor Haddad', 'Careful with prices', 1, 2, 34, { share: '10%' }),
      release(2, 'publish', 'Noor Haddad', 'First thresholds after a week of watching', 1, 2, 33),
    ],
    scheduled: 3,
  };
  return mind.rules;
}

const one = (rules, n) => rules.versions.find((known) => known.version === Number(n)) ?? refuse(404, 'not-found', 'no version has this number');

function refuse(...why) {
  throw new Refusal(...why);
}

function note(rules, mind, kind, from, to, body, more = {}) {
  rules.history.unshift({ ...release(rules.history[0].number + 1, kind, mind.user.name, body.reason, from, to, 0), ...more });
}

const mistakes = (list) => list.filter(({ text }) => /mistake/.test(text)).map(({ name }) => ({ severity: 'error', code: 'unknown_field', message: '`page.activ` is no field; did you mean `page.active`?', file: name, line: 12, column: 20, start: 0, end: 1, pointer: '' }));

function check(list) {
  const diagnostics = mistakes(list);
  const failing = list.some(({ text }) => /failing/.test(text));
  const test = (name, passed) => ({ name, file: 'tests.toml', line: 4, passed, timeline: [], ...(!passed && { difference: { file: 'tests.toml', line: 9, at_ms: 30_000, expected: 'invitation = "pricing-questions"', actual: 'none', why: [] } }) });
  const tests = [test('Reading the prices invites', !failing), test('Nobody is disturbed at the checkout', true)];
  const fine = diagnostics.length === 0;
  return { usable: fine && !failing, hash: fine ? 'f00d' : null, errors: diagnostics.length, warnings: 0, hints: 0, diagnostics, failed_test: null, tests: fine ? { passed: failing ? 1 : 2, failed: failing ? 1 : 0, tests } : null };
}

const points = (list) => Number(/\d+$/.exec(POINTS.exec(list.map(({ text }) => text).join('\n'))?.[0] ?? '20')[0]);

/** A report in which more points make more invitations. */
export function report(more, { scale = 1, visitors = 61_400, world } = {}) {
  const r = random(11);
  const until = Date.now() - (Date.now() % HOUR);
  const since = until - 7 * DAY;
  const hours = Array.from({ length: 168 }, (_, i) => {
    const start = since + i * HOUR;
    const by = new Date(start).getUTCHours();
    const busy = Math.max(0, Math.sin(((by - 5) / 24) * 2 * Math.PI)) * (6 + r.next() * 2.5);
    const before = Math.round(busy);
    const free = by >= 6 && by < 15 ? 11 : by < 20 && by >= 4 ? 7 : 0;
    return { start, offered: { before, after: Math.round(before * (1 + more * 0.8) + (before > 3 ? more * 2 : 0)) }, withheld: { before: 0, after: 0 }, free_least: Math.max(0, free - 3), free_most: free };
  });
  const days = [];
  for (const hour of hours) {
    const day = new Date(hour.start).toISOString().slice(0, 10);
    if (days.at(-1)?.day !== day) days.push({ day, offered: { before: 0, after: 0 }, withheld: { before: 0, after: 0 } });
    days.at(-1).offered.before += hour.offered.before;
    days.at(-1).offered.after += hour.offered.after;
  }
  const sum = (side) => hours.reduce((all, hour) => all + hour.offered[side], 0);
  const ids = world ? [...world.rows.keys()] : [];
  const example = (i, trigger) => ({ visitor: ids[i * 37] ?? `visitor-${i}`, at: until - i * 91 * MIN, trigger, scores: { buy: 20 + i * 3, help: i } });
  const band = (at) => ({ sessions: 58_000, max: 100, tenths: [30_000, 11_000, 6_000, 4_000, 2_600, 1_800, 1_200, 800, 400, 200].map((n, i) => Math.round(n * (i > 2 ? 1 + at * 0.5 : 1))), p50: 9 + Math.round(at * 3), p75: 21 + Math.round(at * 4), p90: 43 + Math.round(at * 6), p99: 82 });
  const same = more === 0;
  const two = (before, after = before) => ({ before: Math.round(before * scale), after: Math.round(after * scale) });
  return {
    format: 1, site: 'shop', since, until, time_zone: 'Asia/Riyadh', candidate: 'f00d', against: '5a3e5e9b4187a105', records: 412_000, events: 1_004_318, visitors,
    warnings: ['the journal begins 12h after the beginning of the period', '418 visitors had been there before their first record: what was known of them by then is missing'],
    invited: two(sum('before') * 0.9, sum('after') * 0.9),
    invitations: { offered: two(sum('before'), sum('after')), withheld: two(40, same ? 40 : 44) },
    gained: { visitors: same ? 0 : Math.round(64 * more * 2), examples: same ? [] : Array.from({ length: 20 }, (_, i) => example(i, i % 3 ? 'pricing-questions' : 'sales-arabic')) },
    lost: { visitors: same ? 0 : 3, examples: same ? [] : Array.from({ length: 3 }, (_, i) => example(i + 30, 'home-welcome')) },
    while_chatting: { before: 2, after: same ? 2 : 5 }, on_silent_page: { before: 0, after: 0 },
    triggers: [
      { trigger: 'pricing-questions', offered: two(210, 210 * (1 + more)), withheld: two(20) },
      { trigger: 'home-welcome', offered: two(132, same ? 132 : 129), withheld: two(14) },
      { trigger: 'help-stuck', offered: two(77), withheld: two(0) },
      ...(same ? [] : [{ trigger: 'sales-arabic', offered: two(0, 38), withheld: two(0) }]),
    ],
    conflicts: [{ trigger: 'pricing-leaving', silenced: 'pricing-questions', before: 31, after: same ? 31 : 48 }],
    replaced: same ? [] : [{ before: 'pricing-questions', after: 'sales-arabic', visitors: 12 }],
    unfired: { score_rules: ['newsletter-open'], triggers: ['national-day', 'sales-call-back'] },
    scores: [{ score: 'buy', before: band(0), after: band(more) }, { score: 'help', before: { ...band(0), p50: 2 }, after: { ...band(0), p50: 2 } }],
    stages: [{ score: 'buy', stage: 'warm', ...two(4_100, 4_100 * (1 + more * 0.3)) }, { score: 'buy', stage: 'hot', ...two(820, 820 * (1 + more * 0.6)) }, { score: 'help', stage: 'stuck', ...two(301) }],
    capacity: { peak: { before: null, after: null }, hours_over: { before: 1, after: 4 } },
    days, hours,
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function backtest({ mind, body, request, response }) {
  const rules = kept(mind);
  const candidate = body.files ?? filesOf(mind, one(rules, body.version).version);
  if (mistakes(candidate).length > 0) refuse(422, 'bad-rules', 'the rules have mistakes', { diagnostics: mistakes(candidate) });
  const against = filesOf(mind, body.against === 'live' ? rules.stand.live : body.against);
  const more = Math.max(0, (points(candidate) - points(against)) / 10 + (candidate.length > 0 && /sales-arabic/.test(JSON.stringify(candidate)) && !/sales-arabic/.test(JSON.stringify(against)) ? 0.2 : 0));
  (mind.backtests ??= []).push(body);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const say = (line) => response.write(`${JSON.stringify(line)}\n`);
  let gone = false;
  request.socket.once('close', () => (gone = true));
  response.once('close', () => (gone = true));
  const pace = mind.pace ?? 60;
  await pause(pace);
  if (body.partial) say({ partial: report(more, { scale: 0.97, world: mind.world }), share: 0.05 });
  for (let step = 1; step <= 8 && !gone; step += 1) {
    say({ progress: { records: step * 50_000, moment: Date.now(), permille: step * 120 } });
    await pause(pace);
  }
  if (gone) (mind.broken ??= []).push(body);
  else say({ report: report(more, { world: mind.world }) });
  response.end();
}

function now({ mind, body }) {
  const rules = kept(mind);
  const candidate = body.files ?? filesOf(mind, body.version);
  const rows = [...mind.world.rows.values()].filter((row) => row.page).slice(0, 40);
  const row = (at, trigger, live_trigger, message, lang) => {
    const one = rows[at];
    return { visitor: one.id, name: at === 0 ? HOSTILE : one.name, country: one.arrival.country, page_type: one.page.page_type, path: new URL(one.page.url).pathname, title: one.page.title, trigger, live_trigger, message, lang, tone: 'sales', channel: 'chat', in_ms: 0, scores: one.scores.map((score) => ({ score: score.name, before: score.value, after: score.value + (score.name === 'buy' ? 5 : 0), stage_before: score.stage, stage: score.stage })) };
  };
  const more = points(candidate) > 20 ? 3 : 2;
  const gained = Array.from({ length: more }, (_, i) => row(i, 'pricing-questions', null, 'Questions about the plans? Tell me what you need.', 'en'));
  const both = [row(8, 'sales-arabic', 'pricing-questions', 'أهلًا وسهلًا! هل تبحث عن شيء معيّن؟', 'ar'), row(9, 'help-stuck', 'help-stuck', null, null)];
  const lost = [row(12, 'home-welcome', 'home-welcome', 'Welcome!', 'en')];
  const soon = [{ ...row(14, 'pricing-questions', null, null, null), in_ms: 12_000 }];
  return { at: Date.now(), visitors: mind.world.rows.size, looked_at: Math.round(mind.world.rows.size * 0.6), too_many: 0, unscored: 0, live: { ready: both.length + lost.length, withheld: 1, held: {} }, draft: { ready: both.length + gained.length, withheld: 1, held: { session_cap: 7 } }, counts: { both: both.length, gained: gained.length, lost: lost.length, soon: soon.length }, both, gained, lost, soon };
}

function publish({ mind, parts, body }) {
  const rules = kept(mind);
  const chosen = one(rules, parts.version);
  if (!body.reason) refuse(400, 'bad-parameter', '`reason` is missing');
  if (body.expected !== rules.stand.live) refuse(409, 'stale-version', 'another version is live');
  (mind.published ??= []).push({ version: chosen.version, ...body });
  const from = rules.stand.live;
  if (body.at) {
    rules.stand.schedule.push({ id: ++rules.scheduled, version: chosen.version, expected: from, at: Date.parse(body.at), until: body.until ? Date.parse(body.until) : null, share: body.share ?? null, reason: body.reason, author: mind.user.name, state: 'waiting', why: null });
    note(rules, mind, 'schedule', from, chosen.version, body);
    return { $status: 202, $body: rules.stand };
  }
  if (body.share) {
    rules.stand.rollout = { version: chosen.version, share: body.share, since: rules.stand.rollout?.since ?? Date.now() };
    note(rules, mind, 'rollout', from, chosen.version, body, { share: body.share });
    return rules.stand;
  }
  rules.stand.live = chosen.version;
  rules.stand.rollout = null;
  chosen.released = true;
  note(rules, mind, 'publish', from, chosen.version, body, { untested: body.skip_tests === true });
  return rules.stand;
}

function keep({ mind, body }) {
  const rules = kept(mind);
  if (body.parent !== rules.stand.live) refuse(409, 'stale-version', 'another version is live');
  const n = rules.versions[0].version + 1;
  rules.versions.unshift({ ...version(n, mind.user.name, body.reason, 0, { released: false }), parent: body.parent });
  (rules.files ??= new Map()).set(n, body.files);
  return { $status: 201, $body: rules.versions[0] };
}

function rollback({ mind, body }) {
  const rules = kept(mind);
  const from = rules.stand.live;
  rules.stand.live = one(rules, body.to ?? 2).version;
  note(rules, mind, 'rollback', from, rules.stand.live, body);
  return rules.stand;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
function changes(rules, from, to) {
  const equal = same(from, to);
  return { from: null, changes: equal ? [] : CHANGES, files: equal ? [] : DIFFS, unreadable: [] };
}

export const rulesets = [
  ['GET', '/v1/sites/:site/rulesets', ({ mind }) => ({ ...kept(mind).stand, versions: kept(mind).versions, history: kept(mind).history })],
  ['POST', '/v1/sites/:site/rulesets', keep],
  ['POST', '/v1/sites/:site/rulesets/check', ({ body }) => check(body.files)],
  ['POST', '/v1/sites/:site/rulesets/backtest', backtest],
  ['POST', '/v1/sites/:site/rulesets/now', now],
  ['POST', '/v1/sites/:site/rulesets/changes', ({ mind, body }) => {
    const rules = kept(mind);
    const from = typeof body.from === 'object' ? body.from : filesOf(mind, body.from ?? rules.stand.live);
    return changes(rules, from, body.files ?? filesOf(mind, body.version));
  }],
  ['GET', '/v1/sites/:site/rulesets/history/:number', ({ mind, parts }) => {
    const rules = kept(mind);
    const found = rules.history.find((entry) => entry.number === Number(parts.number)) ?? refuse(404, 'not-found', 'the history has no such entry');
    return { ...found, changes: found.number === 3 ? null : found.number % 2 ? CHANGES.slice(0, 3) : CHANGES.slice(0, 1), files: found.number === 3 ? null : DIFFS };
  }],
  ['POST', '/v1/sites/:site/rulesets/rollback', rollback],
  ['DELETE', '/v1/sites/:site/rulesets/rollout', ({ mind, params }) => {
    const rules = kept(mind);
    note(rules, mind, 'stop_rollout', rules.stand.live, rules.stand.rollout.version, { reason: params.get('reason') });
    rules.stand.rollout = null;
    return rules.stand;
  }],
  ['GET', '/v1/sites/:site/rulesets/shadow', ({ mind }) => ({ shadow: kept(mind).stand.shadow, comparison: { watching_since: Date.now() - 5 * HOUR, dropped: 3, following: 812, report: { ...report(0.3, { world: mind.world }), warnings: [] } } })],
  ['DELETE', '/v1/sites/:site/rulesets/shadow', ({ mind, params }) => {
    const rules = kept(mind);
    note(rules, mind, 'stop_shadow', rules.stand.live, rules.stand.shadow.version, { reason: params.get('reason') });
    rules.stand.shadow = null;
    return rules.stand;
  }],
  ['DELETE', '/v1/sites/:site/rulesets/schedule/:id', ({ mind, parts }) => {
    const { stand } = kept(mind);
    stand.schedule = stand.schedule.filter((entry) => entry.id !== Number(parts.id));
    return stand;
  }],
  ['GET', '/v1/sites/:site/rulesets/current', ({ mind }) => {
    const rules = kept(mind);
    return { ...one(rules, rules.stand.live), files: filesOf(mind, rules.stand.live) };
  }],
  ['GET', '/v1/sites/:site/rulesets/:version', ({ mind, parts }) => ({ ...one(kept(mind), parts.version), files: filesOf(mind, Number(parts.version)) })],
  ['POST', '/v1/sites/:site/rulesets/:version/publish', publish],
  ['POST', '/v1/sites/:site/rulesets/:version/shadow', ({ mind, parts, body }) => {
    const rules = kept(mind);
    rules.stand.shadow = { version: one(rules, parts.version).version, since: Date.now() };
    note(rules, mind, 'shadow', rules.stand.live, rules.stand.shadow.version, body);
    return rules.stand;
  }],
];
export { kept as keptRules };
