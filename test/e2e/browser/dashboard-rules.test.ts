/**
 * The dashboard of a daemon with a rule that found something: what it would have fired, played again from what is stored,
 * and the rule for lines like one.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../../support/daemon-process.ts';
import { TestBrowser } from './test-browser.ts';

/** Twenty seconds where others work on the machine too. */
const TEST_MS_MAX = 120_000;
/** Foreign text in the field that the rule groups by. */
const SHOP = '<b>north</b>';
/** Matches of each burst; the rule wants three within its window. */
const BURSTS = [3, 2, 5];
const MINUTE_MS = 60_000;

const RULE = `[alert:payments fail]
when = level>=error payment
threshold = 3
window = 1m
group_by = shop
cooldown = 0s
notify = file
`;

let project: TestProject;
let daemon: DaemonProcess;
let url = '';

beforeAll(async () => {
  project = TestProject.make(RULE);
  const firstMs = Date.now() - 60 * MINUTE_MS;
  for (const [burst, size] of BURSTS.entries()) {
    for (let index = 0; index < size; index += 1) {
      const time = new Date(firstMs + burst * 20 * MINUTE_MS + index * 1_000).toISOString();
      project.folder.append(
        'logs/shop.log',
        `time=${time} level=error msg="payment ${index} failed" shop="${SHOP}"\n`,
      );
    }
  }
  daemon = await DaemonProcess.start(project);
  const { http } = (await project.cliJson(['status', '--json'])) as { http: { url: string } };
  ({ url } = http);
  await daemon.waitFor(async () => (await incidentCount()) === 2, { what: 'two incidents' });
}, 180_000);

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  project?.[Symbol.dispose]();
});

async function incidentCount(): Promise<number> {
  const answer = (await (await fetch(`${url}/api/alerts`)).json()) as { incidents: object[] };
  return answer.incidents.length;
}

/** The card of the replay once its answer is there. */
async function saidBy(page: Page): Promise<string> {
  await page.waitForSelector('.said');
  await page.waitForSelector('[role="status"].pad:not(.waiting)');
  return (await page.textContent('.said')) ?? '';
}

describe('dashboard, would have fired,', () => {
  test(
    'plays a rule again and shows the incidents that were, however long one looks back',
    async (context) => {
      await using browser = await TestBrowser.open(context);
      const page = await browser.page();
      await page.goto(`${url}/?view=incidents`);
      await page.getByRole('button', { name: 'Would have fired: payments fail' }).click();
      // They were over when they were found: one notification each, which says both.
      expect(await saidBy(page)).toBe('2 notifications of 2 incidents.');
      const card = page.locator('.card', { hasText: 'Would have fired: payments fail' });
      const rows = card.locator('tbody tr');
      expect(await rows.count()).toBe(2);
      expect(await rows.locator('td:nth-child(3)').allTextContents()).toEqual(['3', '5']);
      expect(await rows.locator('td:nth-child(4)').allTextContents()).toEqual(
        [SHOP, SHOP].map((shop) => `shop ${shop}`),
      );
      expect(await card.locator('.dots i').count()).toBe(2);
      expect(await card.locator('li').first().textContent()).toBe('file: 2');
      const day = card.getByRole('button', { name: 'Last 24h' });
      await day.press('Enter');
      await page.waitForSelector('button[aria-pressed="true"]:text-is("Last 24h")');
      expect(await saidBy(page)).toBe('2 notifications of 2 incidents.');
      // The page looks again from time to time: the card stays.
      await page.waitForResponse('**/api/rules');
      expect(await rows.count()).toBe(2);
      expect(browser.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

describe('dashboard, alert on lines like this,', () => {
  test(
    'gives a section to copy, with what it would have fired, and writes nothing',
    async (context) => {
      await using browser = await TestBrowser.open(context);
      const permissions = ['clipboard-read', 'clipboard-write'];
      const page = await browser.page({ permissions, viewport: { width: 390, height: 800 } });
      await page.goto(`${url}/?q=payment`);
      await page.waitForSelector('.runway > .row');
      for (const key of ['j', 'Enter']) await page.keyboard.press(key);
      await page.getByRole('button', { name: 'Alert on lines like this' }).press('Enter');
      const box = page.locator('.rule-like');
      await box.getByText('it would have sent').waitFor();
      const section =
        '[alert:payment failed]\nwhen = source:"shop" level:error "payment" "failed"\nseverity = high\n';
      expect((await box.locator('pre').textContent())?.trim()).toBe(section.trim());
      expect(await box.textContent()).toContain('In the last 7 days it would have sent');
      expect(await box.textContent()).toContain('of 3 incidents.');
      await box.getByRole('button', { name: 'Copy rule' }).press('Enter');
      await box.getByText('Copied').waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(section);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(sideways).toBe(0);
      // The daemon takes what was copied.
      project.configure(`${RULE}\n${section}`);
      expect(await project.cli(['check'])).toMatchObject({ code: 0 });
      expect(browser.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
