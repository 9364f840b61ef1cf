/** Starts the real service with the demo shop on a free port, and ends it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const url = await firstUrl(child);
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
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      await rm(data, { recursive: true, force: true });
      return code;
    },
  };
}

function firstUrl(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ahlan demo ended with ${code} before it listened`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    });
  });
}
