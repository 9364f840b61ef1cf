/** A recorded visit, moment by moment, under the rules of then or others. */
import { Refusal } from './refusal.mjs';

const SECOND = 1e3;
const leaf = (field, wanted, actual, unit, missing, more = {}) => ({ kind: 'leaf', truth: 'no', field, operator: 'at_least', wanted, actual, unit, missing, says: '', ...more });
const event = (at, type, name, data, url = null) => ({ at, type, url, page: 'a', name, data });

const NAMES = { 'pricing-questions': 'Offers an answer on the prices', 'home-welcome': 'Welcomes those who look around', 'help-stuck': 'Helps those who are stuck' };
const trigger = (id, state, missing = [], suppressed = [], ready_at = null) => ({ id, name: NAMES[id], state, missing, needs: state === 'off_page' ? [{ code: 'page', says: 'a page of its types' }] : [], suppressed, ready_at });

/** The visit; under a draft the invitation comes as soon as it asks for. */
function told(row, session, body) {
  const recorded = !body.files && body.version === undefined;
  const wait = recorded ? 30 : 20;
  const from = (row.started_at ?? Date.now()) - (session === 'S2' ? 0 : 3 * 86400e3);
  const pages = [
    { page: 'a', page_type: 'home', path: '/', title: 'Ahlan Coffee', from_ms: 0, until_ms: 21 * SECOND },
    { page: 'b', page_type: 'product', path: '/products/jabal-beans', title: 'Jabal beans', from_ms: 21 * SECOND, until_ms: 48 * SECOND },
    { page: 'c', page_type: 'pricing', path: '/pricing?from=<svg onload=window.hacked=1>', title: row.page?.title ?? 'Plans and prices', from_ms: 48 * SECOND, until_ms: 132 * SECOND },
  ];
  const moments = [];
  const score = { buy: 0, help: 0 };
  let made = null;
  const at = (seconds, kind, page, label, more = {}) => {
    const given = (more.given ?? []).map(([rule, name, points]) => {
      score.buy += points;
      return { rule, name, score: 'buy', points, value_after: score.buy };
    });
    const stage = score.buy >= 60 ? 'hot' : score.buy >= 25 ? 'warm' : null;
    moments.push({
      at: from + seconds * SECOND, offset_ms: seconds * SECOND, kind, label: label && { ...label, at: from + seconds * SECOND }, also: [], page, active_ms: more.active ?? 0, attended: true,
      scores: [{ score: 'buy', value: score.buy, max: 100, stage }, { score: 'help', value: score.help, max: 100, stage: null }], verdict: { decision: 'wait' }, policy: [], triggers: [], invitation: null, ends: false, ...more, given,
    });
  };
  const home = (missing) => trigger('home-welcome', 'waiting', missing);
  at(0, 'page_view', 0, event(0, 'page_view', null, { title: pages[0].title }, 'https://shop.example/'), { triggers: [home([leaf('session.active', '50s', 0, 's', 50), leaf('session.page_views', 2, 1, 'page views', 1)]), trigger('pricing-questions', 'off_page'), trigger('help-stuck', 'off_page')] });
  at(10, 'engage', 0, event(0, 'engage', null, { active_ms: 10_000, scroll: 35 }), { active: 10_000, triggers: [home([leaf('session.active', '50s', 10, 's', 40), leaf('session.page_views', 2, 1, 'page views', 1)])] });
  at(20, 'engage', 0, event(0, 'engage', null, { active_ms: 20_000, scroll: 60 }), { active: 20_000 });
  at(21, 'page_view', 1, event(0, 'page_view', null, { title: pages[1].title }, 'https://shop.example/products/jabal-beans'), { given: [['product-view', 'Looks at a product', 5]], triggers: [trigger('home-welcome', 'off_page')] });
  at(35, 'custom', 1, event(0, 'custom', 'add_to_cart', { value: 49 }), { given: [['cart', 'Puts something into the cart', 15]], active: 14_000 });
  const priced = (seconds) => trigger('pricing-questions', 'waiting', [leaf('page.active', `${wait}s`, seconds, 's', wait - seconds)], [], from + (48 + wait) * SECOND);
  at(48, 'page_view', 2, event(0, 'page_view', null, { title: pages[2].title }, 'https://shop.example/pricing'), { given: [['pricing-open', 'Opens the prices', 10]], triggers: [priced(0)] });
  at(58, 'engage', 2, event(0, 'engage', null, { active_ms: 10_000, scroll: 30 }), { active: 10_000, triggers: [priced(10)] });
  if (wait > 20) at(68, 'engage', 2, event(0, 'engage', null, { active_ms: 20_000, scroll: 55 }), { active: 20_000, given: [['pricing-read', 'Reads the prices', 20]], triggers: [priced(20)] });
  made = {
    id: 'BDhdWUeip4s', trigger: 'pricing-questions', made_by: 'trigger', variant: null, at: from + (48 + wait) * SECOND, offset_ms: (48 + wait) * SECOND, withheld: false,
    message: 'Questions about the plans? Tell me what you need and I’ll point you to the right one.', lang: 'en', tone: 'sales', channel: 'chat', shown_at: null, ended_at: null, ended: null,
  };
  at(48 + wait, 'wake', 2, null, { active: wait * SECOND, triggers: [trigger('pricing-questions', 'invited')], invitation: made, ...(wait > 20 ? {} : { given: [['pricing-read', 'Reads the prices', 20]] }) });
  at(49 + wait, 'invitation', 2, event(0, 'invitation', null, { invitation: made.id, outcome: 'shown' }), { active: wait * SECOND, triggers: [trigger('pricing-questions', 'held', [], ['open_invitation', 'once_per'])] });
  at(90, 'engage', 2, event(0, 'engage', null, { active_ms: 42_000, scroll: 80 }), { active: 42_000 });
  at(96, 'invitation', 2, event(0, 'invitation', null, { invitation: made.id, outcome: 'accepted' }), { active: 48_000, triggers: [trigger('pricing-questions', 'held', [], ['chatting', 'once_per', 'session_cap'])] });
  at(120, 'goal', 2, event(0, 'goal', 'contact', { value: null }), { given: [['contacted', 'Has talked to us', 12]], active: 60_000 });
  at(132, 'end', null, null, { ends: true });
  return {
    visitor: row.id, session, from, until: from + 132 * SECOND,
    ruleset: { recorded, draft: body.files !== undefined, hash: 'da6f2eb99572045a', version: recorded ? 4 : (body.version ?? null), all: [{ hash: 'da6f2eb99572045a', version: 4 }] },
    warnings: recorded ? [] : ['never_answered'], score_bands: [{ score: 'buy', max: 100, stages: [{ name: 'warm', from: 25 }, { name: 'hot', from: 60 }] }, { score: 'help', max: 100, stages: [] }], trigger_names: NAMES, pages, moments, thinned: false, left_out: 0, invitations: [made],
  };
}

const TEST = (name) => `[[test]]
name = "${name}"
visit = [
  { at = "0s", url = "/" },
  { at = "21s", url = "/products/jabal-beans" },
  { at = "35s", event = "add_to_cart", props = { value = 49 } },
  { at = "48s", url = "/pricing" },
  { at = "77s", expect = { invitation = "none" } },
  { at = "78s", expect = { invitation = "pricing-questions" } },
]
expect = { score.buy = 50, stage.buy = "warm" }
`;

function find(mind, id) {
  const row = mind.world.rows.get(id);
  if (!row || mind.forgotten) throw new Refusal(404, 'not-found', 'the journal has no such visit of this visitor, or not any more');
  return row;
}

export const rewind = [
  ['GET', '/v1/sites/:site/visitors/:id/visits', ({ mind, parts }) => {
    const row = find(mind, parts.id);
    const began = row.started_at ?? Date.now();
    return {
      visitor: row.id, whole: true,
      visits: [
        { session: 'S2', started_at: began, ended_at: null, events: 14, page_views: 3, landing_path: '/', invited: true, complete: true },
        { session: 'S1', started_at: began - 3 * 86400e3, ended_at: began - 3 * 86400e3 + 132e3, events: 9, page_views: 2, landing_path: '/pricing', invited: false, complete: true },
      ],
    };
  }],
  ['POST', '/v1/sites/:site/visitors/:id/rewind', ({ mind, parts, body }) => {
    (mind.rewound ??= []).push(body);
    return told(find(mind, parts.id), body.session ?? 'S2', body);
  }],
  ['POST', '/v1/sites/:site/visitors/:id/rewind/test', ({ body }) => {
    const name = body.name ?? 'a visitor who reads the prices is invited after half a minute';
    return { name, toml: TEST(name), passes: !/fails/.test(name), differs: /fails/.test(name) ? 'at 78s: the open invitation: expected pricing-questions, found none' : null, left_out: ['earlier_points'] };
  }],
];
