/** The console as people use it: who signs in, and what they see. Words come from the language they chose. */
import { DESKTOP, open } from '../../console/dev/browser.mjs';

export { DESKTOP, PHONE } from '../../console/dev/browser.mjs';

/** What is looked for on the screen, in both languages. */
const WORDS = {
  en: { email: 'E-mail', password: 'Password', signIn: 'Sign in', live: 'Live', everyone: 'Everyone' },
  ar: { email: 'البريد الإلكتروني', password: 'كلمة المرور', signIn: 'تسجيل الدخول', live: 'مباشر', everyone: 'الجميع' },
};

/** A tab of somebody who is not signed in yet. */
export async function console_(browser, url, { language = 'en', theme = 'light', viewport = DESKTOP } = {}) {
  const tab = await open(browser, { language, theme, viewport });
  return new Console(tab, url, WORDS[language]);
}

export class Console {
  constructor({ page, context, faults }, url, words) {
    Object.assign(this, { page, context, faults, url, words });
  }

  /** Goes to a place below `/console`. */
  go(path) {
    return this.page.goto(`${this.url}/console${path}`);
  }

  async signIn(email, password) {
    await this.go('/signin');
    await this.page.getByLabel(this.words.email).fill(email);
    await this.page.getByLabel(this.words.password, { exact: true }).fill(password);
    await this.page.getByRole('button', { name: this.words.signIn, exact: true }).click();
    await this.page.waitForURL(/\/sites\/.+\/live/);
  }

  /** The lines of the live list. */
  lines() {
    return this.page.locator('[role=row][aria-selected]');
  }

  /** The line of one visitor, by public id. */
  line(id) {
    return this.page.locator(`[role=row][id$="-${id}"]`);
  }

  /** The score that a line shows, such as `buy`: the first or the second bar's number. */
  async score(id, nth = 0) {
    const text = await this.line(id).locator('.scores .value').nth(nth).textContent();
    return Number(text);
  }

  /** Opens a visitor by the link on the name. */
  async openVisitor(id) {
    await this.line(id).locator('a').click();
    await this.page.waitForURL(new RegExp(`/visitors/${id}`));
  }

  close() {
    return this.context.close();
  }
}
