/** What the set-up views ask for: people, tokens, the audit log, webhooks, the chat's settings, the installation. */
import { Refusal } from './refusal.mjs';

const [MIN, HOUR, DAY] = [60e3, 3600e3, 86400e3];
const HOSTILE = '<img src=x onerror="window.hacked=1">';

/** What is remembered of these, made when it is first asked for. */
function kept(mind) {
  mind.settings ??= {
    next: 1,
    users: [
      { id: 'u1', email: mind.user.email, name: mind.user.name, roles: { '*': 'administrator' }, state: 'active', last_seen: Date.now() },
      { id: 'u2', email: 'sara@shop.example', name: 'سارة الحربي', roles: { shop: 'agent', academy: 'viewer' }, state: 'active', last_seen: Date.now() - 3 * HOUR },
      { id: 'u3', email: 'omar@shop.example', name: 'Omar', roles: { shop: 'marketer' }, state: 'invited', last_seen: null },
      { id: 'u4', email: 'old@shop.example', name: HOSTILE, roles: { shop: 'viewer' }, state: 'disabled', last_seen: Date.now() - 80 * DAY },
    ],
    tokens: [
      { id: 't1', name: 'CRM', site: 'shop', scopes: ['see_visitors', 'speak_for_chat'], hint: '9fK2', created_by: 'Noor Haddad', created_at: Date.now() - 40 * DAY, expires_at: null, last_used: Date.now() - 5 * MIN },
      { id: 't2', name: HOSTILE, site: '*', scopes: ['read_journal'], hint: 'Qx81', created_by: 'Omar', created_at: Date.now() - 3 * DAY, expires_at: Date.now() + 4 * DAY, last_used: null },
    ],
    webhooks: [
      endpoint('w1', `https://crm.example/hooks?from=${HOSTILE}`, '*', { last_success_at: Date.now() - 2 * MIN }),
      endpoint('w2', 'https://slow.example/in', ['invitation.accepted'], { breaker: 'open', waiting: 37, last_success_at: Date.now() - 3 * HOUR, last_failure: { at: Date.now() - 40e3, detail: 'no answer within 15 s' } }),
      { ...endpoint('w3', 'https://gone.example/', ['session.ended']), enabled: false, disabled_because: 'the receiver answered 410 Gone' },
    ],
    chat: {
      revision: 4,
      departments: [
        { name: 'sales', label: { en: 'Sales', ar: 'المبيعات' }, time_zone: 'Asia/Riyadh', hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'sun'], from: '09:00', until: '12:30' }, { days: ['mon', 'tue', 'wed', 'thu', 'sun'], from: '13:30', until: '18:00' }], holidays: [{ date: '2027-02-22', name: 'Founding Day' }], languages: ['ar', 'en'], phone: true, email: true, expected_reply_s: null },
        { name: 'support', label: { en: 'Support' }, time_zone: 'Asia/Riyadh', hours: null, holidays: [], languages: [], phone: false, email: true, expected_reply_s: 120 },
      ],
    },
  };
  return mind.settings;
}

const endpoint = (id, url, events, health = {}) => ({
  id, url, events, enabled: true, disabled_because: null, created_at: Date.now() - 30 * DAY,
  secrets: [{ hint: 'k9Qw', created_at: Date.now() - 30 * DAY, expires_at: null }],
  health: { breaker: 'closed', waiting: 0, last_success_at: null, last_failure: null, ...health },
});

const deliveries = () => [
  { id: 'd1', event: 'invitation.accepted', at: Date.now() - 2 * MIN, state: 'delivered', attempts: 1, status: 200, took_ms: 84, response: '{"ok":true}', error: null, next_at: null, body: { type: 'invitation.accepted', data: { trigger: 'pricing-questions' } } },
  { id: 'd2', event: 'visitor.stage_changed', at: Date.now() - 5 * MIN, state: 'failed', attempts: 2, status: 503, took_ms: 12, response: `<html>${HOSTILE}</html>`, error: 'the receiver answered 503', next_at: Date.now() + 95e3 },
  { id: 'd3', event: 'chat.requested', at: Date.now() - 3 * HOUR, state: 'given_up', attempts: 9, status: null, took_ms: 15_000, response: '', error: 'no answer within 15 s', next_at: null },
];

const audit = () => [
  { id: 'a4', at: Date.now() - MIN, who: 'Noor Haddad', user: 'u1', action: 'user.change', site: null, before: { name: 'Sara', roles: { shop: 'viewer' } }, after: { name: 'Sara', roles: { shop: 'agent', academy: 'viewer' } } },
  { id: 'a3', at: Date.now() - 20 * MIN, who: HOSTILE, user: null, action: 'webhook.create', site: 'shop', before: null, after: { url: `https://crm.example/${HOSTILE}`, events: '*' } },
  { id: 'a2', at: Date.now() - 2 * HOUR, who: 'Omar', user: 'u3', action: 'rules.publish', site: 'shop', before: { live: 3 }, after: { live: 4, reason: 'pricing counts for more' } },
  { id: 'a1', at: Date.now() - 2 * DAY, who: 'Noor Haddad', user: 'u1', action: 'session.begin', site: null, before: null, after: null },
];

const SNIPPET = '<script async src="https://greet.shop.example/t.js" data-site="shop"></script>';
const made = (body) => ({ $status: 201, $body: body });
const one = (list, id) => list.find((item) => item.id === id) ?? fail(404, 'not-found', 'nothing has this id');
function fail(status, kind, detail, more) {
  throw new Refusal(status, kind, detail, more);
}
function replaced(list, id, change) {
  Object.assign(one(list, id), change);
  return one(list, id);
}
const without = (list, id) => void list.splice(list.indexOf(one(list, id)), 1);

export const settings = [
  ['POST', '/v1/setup', ({ mind, body }) => (body.code === 'good' ? signIn(mind) : fail(410, 'bad-link', 'this link was used or has lapsed'))],
  ['POST', '/v1/join', ({ mind, body }) => (body.code === 'good' ? signIn(mind) : fail(410, 'bad-link', 'this link was used or has lapsed'))],
  ['PUT', '/v1/session/password', ({ body }) => (body.current === 'correct horse' ? undefined : fail(401, 'wrong-password', '`current` is not your password'))],
  ['GET', '/v1/session/others', () => ({ sessions: [{ device: 'Firefox on Windows', began_at: Date.now() - 3 * DAY, last_seen: Date.now() - 5 * HOUR }] })],
  ['DELETE', '/v1/session/others', () => undefined],

  ['GET', '/v1/users', ({ mind }) => ({ users: kept(mind).users })],
  ['POST', '/v1/users', ({ mind, body }) => {
    if (!/^\S+@\S+\.\S+$/.test(body.email)) fail(400, 'bad-parameter', '`email` is no address');
    const user = { id: `n${kept(mind).next++}`, state: 'invited', last_seen: null, ...body };
    kept(mind).users.push(user);
    return made({ ...user, link: `${mind.url ?? ''}/console/join?code=good` });
  }],
  ['PATCH', '/v1/users/:id', ({ mind, parts, body: { disabled, ...rest } }) =>
    replaced(kept(mind).users, parts.id, { ...rest, ...(disabled !== undefined && { state: disabled ? 'disabled' : 'active' }) })],
  ['POST', '/v1/users/:id/link', ({ mind }) => ({ link: `${mind.url ?? ''}/console/join?code=good` })],
  ['DELETE', '/v1/users/:id', ({ mind, parts }) => without(kept(mind).users, parts.id)],

  ['GET', '/v1/tokens', ({ mind }) => ({ tokens: kept(mind).tokens })],
  ['POST', '/v1/tokens', ({ mind, body: { expires_in_days: days, ...body } }) => {
    const token = { id: `n${kept(mind).next++}`, hint: 'L5pJ', created_by: mind.user.name, created_at: Date.now(), expires_at: days ? Date.now() + days * DAY : null, last_used: null, ...body };
    kept(mind).tokens.push(token);
    return made({ ...token, token: 'ahlan_N7fK2mQ9xTz4vR8cW1bY6dH3sL5pJ' });
  }],
  ['DELETE', '/v1/tokens/:id', ({ mind, parts }) => without(kept(mind).tokens, parts.id)],
  ['GET', '/v1/audit', ({ params }) => ({ entries: audit().filter((entry) => !params.get('site') || entry.site === params.get('site')), next: null })],

  ['GET', '/v1/sites/:site/webhooks', ({ mind }) => ({ webhooks: kept(mind).webhooks, events: [] })],
  ['POST', '/v1/sites/:site/webhooks', ({ mind, body }) => {
    if (/localhost|127\.|10\./.test(body.url)) fail(400, 'bad-parameter', '`url` leads to a private address');
    const added = { ...endpoint(`n${kept(mind).next++}`, body.url, body.events), created_at: Date.now() };
    kept(mind).webhooks.push(added);
    return made({ ...added, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  }],
  ['GET', '/v1/sites/:site/webhooks/:id', ({ mind, parts }) => one(kept(mind).webhooks, parts.id)],
  ['PATCH', '/v1/sites/:site/webhooks/:id', ({ mind, parts, body }) => replaced(kept(mind).webhooks, parts.id, { ...body, ...(body.enabled && { disabled_because: null }) })],
  ['DELETE', '/v1/sites/:site/webhooks/:id', ({ mind, parts }) => without(kept(mind).webhooks, parts.id)],
  ['POST', '/v1/sites/:site/webhooks/:id/secret', ({ mind, parts }) => ({ ...one(kept(mind).webhooks, parts.id), secret: 'whsec_9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ' })],
  ['POST', '/v1/sites/:site/webhooks/:id/test', () => deliveries()[0]],
  ['GET', '/v1/sites/:site/webhooks/:id/deliveries', ({ params }) => ({ deliveries: deliveries().filter((sent) => !params.get('state') || sent.state === params.get('state')), next: null })],
  ['POST', '/v1/sites/:site/webhooks/:id/deliveries/:delivery/replay', () => deliveries()[0]],

  ['GET', '/v1/sites/:site/chat', ({ mind }) => kept(mind).chat],
  ['PUT', '/v1/sites/:site/chat', ({ mind, body, request }) => {
    const { chat } = kept(mind);
    if (request.headers['if-match'] !== `"${chat.revision}"`) fail(412, 'changed', 'the settings have been changed since');
    mind.settings.chat = { ...body, revision: chat.revision + 1 };
    return mind.settings.chat;
  }],
  ['PUT', '/v1/sites/:site/agents/:agent', ({ mind, parts, body }) => {
    mind.agents ??= new Map();
    if (body.status === 'offline') mind.agents.delete(parts.agent);
    else mind.agents.set(parts.agent, { agent: parts.agent, languages: [], ...body, until: Date.now() + body.ttl_s * 1e3 });
    return { agents_online: 2, free_slots: 3 };
  }],
  ['GET', '/v1/sites/:site/chat/now', ({ mind }) => ({
    agents: [
      { agent: 'layla', status: 'online', chats: 1, max_chats: 3, departments: ['sales'], languages: ['ar', 'en'], until: Date.now() + 50e3 },
      { agent: 'omar', status: 'away', chats: 0, max_chats: 2, departments: [], languages: [], until: Date.now() + 50e3 },
      ...(mind.agents?.values() ?? []),
    ],
    departments: [
      { name: 'sales', open: true, opens_at: null, closes_at: Date.now() + 3 * HOUR, agents_online: 2, free_slots: 3, queue: 1, expected_reply_s: 48, expected_reply_from: 'measured', channel: 'chat' },
      { name: 'support', open: false, opens_at: Date.now() + 14 * HOUR, closes_at: null, agents_online: 0, free_slots: 0, queue: 0, expected_reply_s: null, expected_reply_from: 'unknown', channel: 'email' },
    ],
  })],

  ['POST', '/v1/sites/:site/install/check', ({ body }) => ({
    url: body.url,
    problems: body.url.includes('fine') ? [] : [{ kind: 'wrong_key', detail: 'Shop' }, { kind: 'csp', detail: 'script-src, connect-src' }],
  })],
  ['GET', '/v1/sites/:site/install', ({ mind }) => {
    const event = { at: Date.now() - 2e3, browser: 'Chrome', os: 'Linux', country: 'SA', city: 'Riyadh', page: 'https://shop.example/pricing' };
    const origin = { kind: 'origin', count: 14, last_at: Date.now() - 20e3, detail: `"https://${HOSTILE}" is not on the list`, hint: 'add it' };
    return { snippet: SNIPPET, first_event: mind.installed ? event : null, last_event: mind.installed ? event : null, problems: mind.refused ? [origin] : [] };
  }],
];

function signIn(mind) {
  mind.signedIn = true;
  mind.setup = false;
  return mind.session();
}
