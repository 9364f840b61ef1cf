/** Chromium, driven without a window, and the console opened in it as somebody would. */
export { launch } from '../../tests/browser/browser.mjs';

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** A page of its own; `faults` gathers what the browser complained of, the policy's refusals among them. */
export async function open(browser, { language = 'en', theme = 'light', viewport = DESKTOP, phone = viewport.width < 600 } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, locale: language, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (why) => faults.push(String(why)));
  page.on('console', (said) => {
    if (['error', 'warning'].includes(said.type())) faults.push(`${said.text()} ${said.location().url}`.trim());
  });
  return { page, context, faults };
}
