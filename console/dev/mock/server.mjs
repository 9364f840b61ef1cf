/**
 * A small service that speaks as the real one does, so that the console is developed and tested without it. Never
 * shipped. `routes` are `[method, pattern, answer]`; a view that needs more adds its own file beside this one.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { list } from './list.mjs';
import { Refusal } from './refusal.mjs';
import { reports } from './reports.mjs';
import { rewind } from './rewind.mjs';
import { rulesets } from './rulesets.mjs';
import { settings } from './settings.mjs';
import { stream } from './stream.mjs';
import { studio } from './studio/index.mjs';
import { visitor } from './visitor.mjs';
import { World } from './world.mjs';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const KINDS = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html', '.json': 'application/json' };
const ALL = ['see_visitors', 'greet', 'see_rules', 'edit_rules', 'publish_rules', 'see_reports', 'speak_for_chat', 'read_journal', 'set_up_site', 'manage_people'];
const ROLES = {
  administrator: ALL,
  agent: ['see_visitors', 'greet', 'see_rules', 'see_reports', 'speak_for_chat'],
  marketer: ['see_visitors', 'see_rules', 'edit_rules', 'publish_rules', 'see_reports'],
  viewer: ['see_visitors', 'see_rules', 'see_reports'],
};

/** Everything that the mock remembers. */
function memory({ role = 'administrator', signedIn = true, setup = false, ...how }) {
  return { world: Object.assign(new World(how), { watchers: new Set() }), role, signedIn, setup, preferences: {}, user: { id: 'u1', email: 'noor@shop.example', name: 'Noor Haddad' } };
}

const base = [
  ['GET', '/v1/session', ({ mind }) => session(mind)],
  ['POST', '/v1/session', ({ mind, body }) => {
    if (body.password !== 'correct horse') throw new Refusal(401, 'wrong-password', 'e-mail address or password is wrong');
    mind.signedIn = true;
    return session(mind);
  }],
  ['DELETE', '/v1/session', ({ mind }) => void (mind.signedIn = false)],
  ['GET', '/v1/session/preferences', ({ mind }) => mind.preferences],
  ['PUT', '/v1/session/preferences', ({ mind, body }) => void (mind.preferences = body)],
  ['GET', '/v1/setup', ({ mind }) => ({ needed: mind.setup })],
  ['GET', '/v1/sites/:site/visitors', ({ mind, params }) => {
    const { rows } = list(mind.world, params);
    return { visitors: rows.slice(0, Number(params.get('limit') ?? 50)), total: rows.length, next: null };
  }],
  ['GET', '/v1/sites/:site/now', ({ mind }) => mind.world.figures()],
];

function session(mind) {
  if (!mind.signedIn) throw new Refusal(401, 'unauthorized', 'sign in');
  const access = (site) => ({ site, role: mind.role, permissions: ROLES[mind.role] });
  return { user: mind.user, sites: [access('shop'), access('academy')], installation: { version: '0.1.0', demo: true } };
}

function match(pattern, path) {
  const [want, have] = [pattern.split('/'), path.split('/')];
  if (want.length !== have.length) return null;
  const found = {};
  for (const [i, part] of want.entries()) {
    if (part.startsWith(':')) found[part.slice(1)] = decodeURIComponent(have[i]);
    else if (part !== have[i]) return null;
  }
  return found;
}

async function read(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text ? JSON.parse(text) : {};
}

function file(path, response) {
  const name = path.slice('/console/'.length);
  const wanted = DIST + name;
  const found = name && existsSync(wanted) && statSync(wanted).isFile() ? wanted : `${DIST}index.html`;
  response.writeHead(200, { 'content-type': KINDS[extname(found)] ?? 'application/octet-stream', 'content-security-policy': CSP });
  createReadStream(found).pipe(response);
}

/** Starts it; `close` ends it. `changes` happen each second; `routes` come before the mock's own. */
export async function serve({ port = 0, changes = 200, routes = [], stream: own, ...how } = {}) {
  const mind = memory(how);
  mind.session = () => session(mind);
  const table = [...routes, ...base, ...visitor, ...rewind, ...reports, ...settings, ...studio, ...rulesets];
  const answer = async (request, response) => {
    const { pathname, searchParams: params } = new URL(request.url, 'http://mock');
    if (pathname === '/') return response.writeHead(307, { location: '/console/' }).end();
    if (pathname.startsWith('/console')) return file(pathname, response);
    if (mind.down) return request.socket.destroy();
    if (/^\/v1\/sites\/[^/]+\/visitors\/stream$/.test(pathname)) {
      if (own) return own(request, response, params);
      return stream(mind.world, request, response, params);
    }
    for (const [method, pattern, run] of table) {
      const parts = method === request.method && match(pattern, pathname);
      if (!parts) continue;
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? await read(request) : undefined;
      const data = await run({ mind, params, parts, body, request, response });
      if (response.headersSent) return undefined;
      const status = data === undefined ? 204 : (data?.$status ?? 200);
      response.writeHead(status, { 'content-type': 'application/json', ...data?.$headers });
      return response.end(data === undefined ? undefined : JSON.stringify(data.$body ?? data));
    }
    throw new Refusal(404, 'not-found', `the mock has no ${request.method} ${pathname}`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((why) => {
      const { status = 500, kind = 'internal', detail = String(why), more = {} } = why;
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ type: `urn:ahlan:problem:${kind}`, title: kind, status, detail, ...more }));
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  /** Breaks every connection; with `mind.down` set, new ones fail as well. */
  mind.cut = () => server.closeAllConnections();
  const timer = setInterval(() => {
    const told = mind.world.live(Math.round(changes / 4));
    for (const tick of mind.world.watchers) tick(told);
  }, 250);
  const close = () => {
    clearInterval(timer);
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, mind, close };
}
