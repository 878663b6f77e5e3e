/** Debian's Chromium, driven through playwright-core: one page at a time, with everything it complains about. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { needsProgram } from '../../support/needs.ts';

const WAIT_MS_MAX = 40_000;

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  /** Of pages; null: that of the machine. */
  readonly #zone: string | null;
  /** Console errors, uncaught errors and dialogs of all pages. Failed requests that a test expects are not among them. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser, zone: string | null) {
    this.#browser = browser;
    this.#zone = zone;
  }

  /** `zone`: what the machine says its time zone is; then pages have no other. */
  static async open(
    context: TestContext,
    { zone, args = [] }: { zone?: string; args?: readonly string[] } = {},
  ): Promise<TestBrowser> {
    const executablePath = needsProgram(context, 'chromium');
    const env = zone === undefined ? {} : { env: { ...process.env, TZ: zone } };
    const launched = chromium.launch({ executablePath, args: ['--no-sandbox', ...args], ...env });
    return new TestBrowser(await launched, zone === undefined ? 'Europe/Berlin' : null);
  }

  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const zone = this.#zone === null ? {} : { timezoneId: this.#zone };
    const context = await this.#browser.newContext({ ...zone, ...options });
    // Shorter than a test may take: then the line that waits in vain is named.
    context.setDefaultTimeout(WAIT_MS_MAX);
    const page = await context.newPage();
    page.on('console', (message) => {
      const isRefusal = /responded with a status of 40[01]/.test(message.text());
      if (message.type() === 'error' && !isRefusal) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('dialog', (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
