/** One test's own world: a service, a site on another origin, and a fresh browser profile. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { listen, Service } from './service.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PAGES = new URL('../fixtures/', import.meta.url);
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let launching;

/** One browser for all tests of a file. Playwright turns the back/forward cache off; it stays on here. */
export async function browser() {
  if (!existsSync(CHROMIUM))
    throw new Error(`Chromium is missing at ${CHROMIUM}: install it or set CHROMIUM to its path`);
  launching ??= chromium.launch({
    executablePath: CHROMIUM,
    args: ARGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache', '--enable-automation'],
  });
  return launching;
}

after(async () => (await launching)?.close());

/** Serves `fixtures/<name>.html` with the script tag filled in, under any path below /<name>, the rest of which it gets. */
function siteServer(service, attributes, headers) {
  return createServer(async (request, response) => {
    const [, name = 'plain', rest = ''] = /^\/(\w+)\/?(\w*)/.exec(request.url) ?? [];
    try {
      const page = await readFile(new URL(`${name}.html`, PAGES), 'utf8');
      const script = `<script async src="${service.origin}/t.js" data-site="shop" ${attributes}></script>`;
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers(service) });
      response.end(page.replace('{{tracker}}', script).replaceAll('{{service}}', service.origin).replaceAll('{{rest}}', rest));
    } catch {
      response.writeHead(404).end();
    }
  });
}

export class World {
  service = new Service();
  /** Errors and policy violations in any page; there must be none. */
  faults = [];

  constructor({ attributes = '', headers = () => ({}), clock = false, init, ...context }) {
    this.options = { attributes, headers, clock, init, context };
  }

  async open() {
    const { attributes, headers, context } = this.options;
    await this.service.open();
    this.server = siteServer(this.service, attributes, headers);
    this.site = await listen(this.server);
    this.context = await (await browser()).newContext({ viewport: { width: 1200, height: 800 }, ...context });
    this.asked = new Set();
    this.context.on('request', (request) => request.method() === 'POST' && this.asked.add(request));
    this.context.on('requestfinished', (request) => this.asked.delete(request));
    this.context.on('requestfailed', (request) => this.asked.delete(request));
    return this;
  }

  async close() {
    await this.context?.close();
    this.server?.closeAllConnections();
    this.server?.close();
    this.service.close();
  }

  /** A new tab at `path`. With `clock`, its time stands still until it is moved. */
  async visit(path = '/plain') {
    const { clock, init } = this.options;
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) this.faults.push(message.text());
    });
    if (clock) {
      await page.clock.install({ time: Date.now() });
      await page.clock.pauseAt(Date.now() + 1000);
    }
    if (init) await page.addInitScript(init);
    await page.goto(this.site + path);
    return page;
  }

  /** Lets the events of one moment leave the page, where time stands still. */
  async settle(page, count) {
    await page.waitForFunction(() => window.ahlan && !('q' in window.ahlan));
    await page.clock.runFor(150);
    if (count) await this.service.until(() => this.service.collects.length >= count, `${count} requests`);
  }

  /** Gives answers under way a moment of real time, so that the page's time does not run away from them. */
  async answered() {
    for (let turn = 0; this.asked.size > 0 && turn < 30; turn += 1) {
      await new Promise((again) => setTimeout(again, 10));
    }
  }

  /** Lets time pass in steps, so that answers can arrive in between. */
  async pass(page, seconds) {
    for (let second = 0; second < seconds; second += 5) {
      await page.clock.runFor(Math.min(5, seconds - second) * 1000);
      await this.answered();
    }
  }

  /**
   * Lets so many seconds pass in the page until `condition` holds. Answers and
   * paint take real time, which a busy machine may need more of: it gets it,
   * while the page's time all but stands still.
   */
  async passUntil(page, seconds, condition) {
    for (let second = 0; second < seconds; second += 1) {
      if (await condition()) return;
      await page.clock.runFor(1000);
      await this.answered();
    }
    const deadline = Date.now() + 10_000;
    while (!(await condition()) && Date.now() < deadline) {
      await page.clock.runFor(10);
      await new Promise((again) => setTimeout(again, 20));
    }
    assert.ok(await condition(), `not within ${seconds} s: ${condition}\n${this.service.log.join('\n')}`);
  }

  stored(page) {
    return page.evaluate(() => ({ ...localStorage }));
  }
}

/** A test with a world of its own. */
export function inBrowser(name, options, body) {
  test(name, async () => {
    const world = new World(options);
    try {
      await world.open();
      await body(world, world.service);
      assert.deepEqual(world.faults, [], 'errors in the page');
    } finally {
      await world.close();
    }
  });
}

/** Asks until it is so: for what only the page knows. */
export const eventually = (page, condition, argument) =>
  page.waitForFunction(condition, argument, { timeout: 10_000, polling: 50 });

export const INVITATION = {
  id: 'inv-1',
  trigger: 'pricing-help',
  message: 'Questions about plans? I can help.',
  lang: 'en',
  dir: 'ltr',
  tone: 'sales',
  channel: 'chat',
  expected_reply_s: 120,
  opens_at: null,
  note: 'Usually replies within 2 minutes · Chat',
  position: 'bottom-right',
  expires_at: 4_000_000_000_000,
};
