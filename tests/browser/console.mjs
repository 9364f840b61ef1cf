/** The console as people use it: who signs in, and what they see. Words come from the language they chose. */
import { DESKTOP, open } from '../../console/dev/browser.mjs';

export { DESKTOP, PHONE } from '../../console/dev/browser.mjs';

/** What stands on the screen, in both languages. */
export const WORDS = {
  en: {
    signIn: 'Sign in',
    scores: 'Scores',
    invite: /^Invite/,
    write: 'Write a message',
    message: 'Message',
    send: /^Invite (now|all the same)$/,
    override: 'Invite all the same, because',
    inChat: /Waiting|Chatting/,
    forbidden: 'This is not yours to see',
    beside: 'The chosen visitor',
  },
  ar: {
    signIn: 'تسجيل الدخول',
    scores: 'الدرجات',
    invite: /^ادعُ/,
    write: 'اكتب رسالة',
    message: 'الرسالة',
    send: /^(ادعُ الآن|ادعُ مع ذلك)$/,
    override: /^ادعُ مع ذلك/,
    inChat: /في الانتظار|في محادثة/,
    forbidden: 'لا تملك صلاحية الاطلاع على هذه الصفحة',
    beside: 'الزائر المختار',
  },
};

/** Somebody at the console. */
export class Console {
  /** Opens a tab of its own at the sign-in page. */
  static async open(browser, url, { language = 'en', theme = 'light', viewport = DESKTOP } = {}) {
    const tab = await open(browser, { language, theme, viewport });
    return new Console(tab, url, language);
  }

  constructor({ page, context, faults }, url, language) {
    Object.assign(this, { page, context, url, words: WORDS[language] });
    this.seen = faults;
  }

  /** What the browser complained of: faults of scripts, and what the policy forbids. Refusals are the service's to tell. */
  get faults() {
    return this.seen.filter((fault) => !/^Failed to load resource: .*\/v1\//.test(fault));
  }

  /** Goes to a place below `/console`. */
  go(path) {
    return this.page.goto(`${this.url}/console${path}`);
  }

  async signIn(email, password) {
    await this.go('/signin');
    await this.page.locator('input[type=email]').fill(email);
    await this.page.locator('input[autocomplete=current-password]').fill(password);
    await this.page.getByRole('button', { name: this.words.signIn, exact: true }).click();
    await this.page.getByRole('navigation').first().waitFor();
  }

  /** The line of one visitor in the live list, by public id. */
  line(id) {
    return this.page.locator(`[role=row][id$="-${id}"]`);
  }

  /** The first score that a visitor's line shows. */
  async score(id) {
    const shown = this.line(id).locator('.scores .value').first();
    return (await shown.count()) > 0 ? Number(await shown.textContent()) : 0;
  }

  /** Opens a visitor beside the list. */
  async openBeside(id) {
    await this.line(id).click();
    const panel = this.page.getByRole('complementary', { name: this.words.beside });
    await panel.getByRole('tab', { name: this.words.scores }).waitFor();
    return panel;
  }

  /** Invites the visitor who is open, with a message of one's own. */
  async invite(message) {
    await this.page.keyboard.press('i');
    const dialog = this.page.getByRole('dialog');
    await dialog.getByText(this.words.write, { exact: true }).click();
    await dialog.getByLabel(this.words.message, { exact: true }).fill(message);
    const send = dialog.getByRole('button', { name: this.words.send });
    await this.page.waitForFunction((button) => !button.disabled, await send.elementHandle());
    await send.click();
    await dialog.waitFor({ state: 'detached' });
  }

  close() {
    return this.context.close();
  }
}
