/** Debian's Chromium, driven without a window. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

export async function launch() {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: apt-get install chromium, or set CHROMIUM`);
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Waits until `look` gives something true. */
export async function until(what, look, deadlineMs = 45_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${deadlineMs / 1000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A person who reads: the pointer moves now and then, until `done`. */
export async function read(page, done) {
  let reading = true;
  const reader = (async () => {
    for (let step = 0; reading; step += 1) {
      await page.mouse.move(300 + (step % 7) * 9, 320 + (step % 5) * 11).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  try {
    return await done();
  } finally {
    reading = false;
    await reader;
  }
}
