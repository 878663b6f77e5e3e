/** Time zones: the hour that comes twice when clocks are set back, whose two passes are told apart in the list; none at all. */
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

const FIRST_US = Date.UTC(2026, 9, 25, 0, 30) * 1_000;

describe('dashboard, an hour that comes twice,', () => {
  test('says between the two where the clock was set back', async (context) => {
    await using own = await HttpScene.open(
      [0, 1].map((index) => ({
        timestampUs: FIRST_US + index * 3_600e6,
        level: 'INFO' as const,
        source: 'api',
        message: `pass ${index}`,
      })),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await countIs(page, '2 entries');
    const rows = page.locator('.runway > *');
    await rows.nth(2).waitFor();
    expect(await rows.count()).toBe(3);
    expect(await rows.nth(0).textContent()).toMatch(/^02:30:00.000.*pass 1/);
    expect(await rows.nth(1).textContent()).toBe('Sunday 25 October 2026, local time (UTC+2)');
    expect(await rows.nth(2).textContent()).toMatch(/^02:30:00.000.*pass 0/);
    expect(await page.locator('.list > .day').textContent()).toBe(
      'Sunday 25 October 2026, local time (UTC+1)',
    );
    await page.locator('#numbers summary').click();
    await page.locator('#numbers-body th').first().waitFor();
    const starts = await page.locator('#numbers-body th').allTextContents();
    expect([starts[0], starts.at(-1)]).toEqual([
      '25/10/2026, 02:30:00 UTC+2',
      '25/10/2026, 02:30:00 UTC+1',
    ]);
    // By the clock it ends before it begins; what is around comes once, and says nothing more.
    await page.goto(`${own.server.url}/?since=2026-10-25T00:50:00Z&until=2026-10-25T01:10:00Z`);
    await page.getByText('25 Oct 02:50 UTC+2 – 02:10 UTC+1', { exact: true }).waitFor();
    await page.goto(`${own.server.url}/?since=2026-10-24T23:59:00Z&until=2026-10-25T02:00:00Z`);
    await page.getByText('25 Oct 01:59 – 03:00', { exact: true }).waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, where the browser does not find out the time zone,', () => {
  test('searches, and shows times as they are in UTC', async (context) => {
    const message = 'half past noon';
    const timestampUs = Date.UTC(2026, 10, 20, 12, 30) * 1_000;
    await using own = await HttpScene.open([
      { timestampUs, level: 'INFO', source: 'api', message },
    ]);
    // As some set it to spare programs a look at the file.
    await using browser = await TestBrowser.open(context, { zone: ':/etc/localtime' });
    const page = await open(own, browser, '/?since=2026-11-20T13:00&until=2026-11-20T14:00');
    await page.getByRole('button', { name: 'All times: 1 entry' }).click();
    await countIs(page, '1 entry');
    expect(await page.locator('.row .time').textContent()).toBe('12:30:00.000');
    expect(browser.complaints).toEqual([]);
  });
});
