/** Pages of the list that come late, or when something else is asked, or when live has let go of what they began behind. */
import { describe, expect, test } from 'vitest';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, goLive, NOON_US } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

function entriesOf(word: string, count: number, first = 0): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: NOON_US + (first + index) * 1_000,
    level: 'INFO',
    source: 'api',
    message: `${word} ${first + index}`,
  }));
}

describe('dashboard, pages of the list,', () => {
  test('belong to what is asked: the end of the old list calls no new search off', async (context) => {
    await using own = await HttpScene.open([...entriesOf('old', 600), ...entriesOf('new', 500)]);
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.goto(`${own.server.url}/?q=old`);
    await countIs(page, '600 entries');
    const held = Promise.withResolvers<void>();
    await page.route('**/api/search?q=new*', async (route) => {
      if (!route.request().url().includes('cursor')) await held.promise;
      await route.continue().catch(() => {});
    });
    const asked = page.waitForRequest('**/api/search?q=new*');
    await page.fill('#query', 'new');
    await asked;
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(300);
    held.resolve();
    await countIs(page, '500 entries');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.runway > .row .message')].every((row) =>
        row.textContent?.startsWith('new'),
      ),
    );
    expect(await page.locator('.runway > .row').count()).toBeGreaterThan(5);
    expect(browser.complaints).toEqual([]);
  });

  test('go on behind the rows that are there, also where live has let go of some', async (context) => {
    await using own = await HttpScene.open(entriesOf('live', 300));
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.goto(`${own.server.url}/?q=live`);
    await countIs(page, '300 entries');
    await goLive(page);
    const total = 11_000;
    for (let first = 300; first < 300 + total; first += 1_000)
      own.store.add(entriesOf('live', 1_000, first));
    await page.waitForFunction(
      (wanted) => document.querySelector<HTMLElement>('#live')?.dataset.received === String(wanted),
      total,
    );
    await page.keyboard.press('l');
    await page.waitForSelector('#live', { state: 'hidden' });
    await page.waitForFunction(() => {
      scrollTo(0, document.body.scrollHeight);
      const last = [...document.querySelectorAll('.runway > .row')].at(-1);
      document.body.dataset.last = last?.getAttribute('aria-rowindex') ?? '';
      return last?.querySelector('.message')?.textContent === 'live 0';
    });
    // Each of them once.
    expect(await page.evaluate(() => document.body.dataset.last)).toBe(String(300 + total));
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, live in an empty store,', () => {
  test('says no more that there is nothing once there is something', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.goto(`${own.server.url}/`);
    await page.getByText('Nothing read yet.').waitFor();
    await goLive(page);
    own.store.add(entriesOf('first', 2));
    await page.locator('.runway > .row', { hasText: 'first 1' }).waitFor();
    expect(await page.getByText('Nothing read yet.').count()).toBe(0);
    expect(await page.getByText('No entry matches').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });
});
