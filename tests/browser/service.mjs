/** Starts the real service on a free port, with the demo shop or with nothing, and ends it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as absolute } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.AHLAN_BIN ?? 'target/debug/ahlan';
export const TOKEN = 'a-token-for-the-browser-tests';

export async function startDemo(...args) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run cargo build, or set AHLAN_BIN`);
  const data = await mkdtemp(join(tmpdir(), 'ahlan-story-'));
  const child = spawn(BINARY, ['demo', '--listen', '127.0.0.1:0', '--data', data, ...args], {
    env: { ...process.env, AHLAN_TOKEN: TOKEN, RUST_LOG: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await printed(child, /http:\/\/127\.0\.0\.1:\d+/);
  return {
    url,
    api: async (path, init = {}) => {
      const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers };
      const response = await fetch(url + path, { ...init, headers });
      return response.json();
    },
    metric: async (line) => {
      const text = await (await fetch(url + '/metrics')).text();
      const found = text.split('\n').find((one) => one.startsWith(line + ' '));
      return Number(found?.split(' ').at(-1) ?? 0);
    },
    stop: () => stop(child, data),
  };
}

/** The service as an operator starts it for the first time: one site, `garden`, whose pages come from `origin`. */
export async function startEmpty(origin) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run cargo build, or set AHLAN_BIN`);
  const home = await mkdtemp(join(tmpdir(), 'ahlan-empty-'));
  const site = { key: 'garden', origins: [origin], rules: absolute('rules/shop'), allow_automation: true };
  const lines = Object.entries(site).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const settings = join(home, 'ahlan.toml');
  await writeFile(settings, ['listen = "127.0.0.1:0"', `data = ${JSON.stringify(join(home, 'data'))}`, '[[site]]', ...lines].join('\n'));
  const child = spawn(BINARY, ['serve', '--config', settings], { env: { ...process.env, RUST_LOG: 'warn' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const setup = await printed(child, /http:\/\/\S+\/console\/setup\?code=\S+/);
  return { url: new URL(setup).origin, setup, stop: () => stop(child, home) };
}

/** Ends a service; resolves to the status with which it did. */
async function stop(child, home) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const code = await ended;
  await rm(home, { recursive: true, force: true });
  return code;
}

/** The first piece of what it prints that looks like this. */
function printed(child, wanted) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ahlan ended with ${code} before it said where it is`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = wanted.exec(line);
      if (found) resolve(found[0]);
    });
  });
}
