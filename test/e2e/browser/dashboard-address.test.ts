/** What the address and the links say: Back goes to what was asked before, and a link finds what its sender sees. */
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, ENTRIES, NOON_US, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

describe('dashboard, Back,', () => {
  test('goes to the query that was asked before the one that was typed', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('#query').pressSequentially('request done');
    await page.keyboard.press('Enter');
    await countIs(page, '441 entries');
    await page.locator('#query').fill('');
    await page.locator('#query').pressSequentially('charge failed');
    await page.keyboard.press('Enter');
    await countIs(page, '9 entries');
    await page.goBack();
    await countIs(page, '441 entries');
    expect(await page.inputValue('#query')).toBe('request done');
    await page.goForward();
    await countIs(page, '9 entries');
    await page.goBack();
    await page.goBack();
    await countIs(page, String(ENTRIES.length));
    expect(await page.inputValue('#query')).toBe('');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the tabs,', () => {
  test('go to the other views with the query that was typed', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('#query').fill('charge tag:web');
    await page.keyboard.press('Enter');
    await countIs(page, '9 entries');
    await page.getByRole('link', { name: 'Patterns' }).click();
    await page.getByText('explains 9 entries').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('charge tag:web');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the link of a search,', () => {
  test('finds what its sender sees, also where the range begins inside of a bar', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const permissions = ['clipboard-read', 'clipboard-write'];
    const range = 'since=2026-11-20T11:00:07Z&until=2026-11-20T11:31:13Z';
    const page = await open(own, browser, `/?q=tag:web&${range}`, { permissions });
    await countIs(page, '187 entries');
    await page.getByRole('button', { name: 'Permalink' }).click();
    await page.getByText('Copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const other = await browser.page({ timezoneId: 'America/St_Johns' });
    await other.goto(link);
    await countIs(other, '187 entries');
    // To the time before, and back.
    const before = page.url();
    await page.keyboard.press('[');
    await page.waitForFunction((url) => location.href !== url, before);
    await page.keyboard.press(']');
    await countIs(page, '187 entries');
    // Where the chart is not there yet, its range is that of what was asked before.
    const { promise: sent, resolve: send } = Promise.withResolvers<void>();
    await page.route('**/api/histogram*', async (route) => {
      await sent;
      await route.continue();
    });
    await page.keyboard.press('t');
    await page.getByLabel('From').fill('2026-11-20T11:55:05Z');
    await page.getByLabel('Until').fill('2026-11-20T12:00:00Z');
    await page.getByLabel('Until').press('Enter');
    await countIs(page, '29 entries');
    await page.getByRole('button', { name: /^(Permalink|Copied)$/ }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()), { timeout: 10_000 })
      .toContain('T11%3A55%3A05Z');
    send();
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, over a network that is not encrypted,', () => {
  test('copies, says so, and then offers to copy again', async (context) => {
    await using own = await HttpScene.open(ENTRIES, { hosts: ['logs.test'] });
    const args = ['--host-resolver-rules=MAP logs.test 127.0.0.1'];
    await using browser = await TestBrowser.open(context, { args });
    const page = await browser.page();
    await page.clock.install();
    await page.goto(`${own.server.url.replace('127.0.0.1', 'logs.test')}/?q=failed+tag%3Aweb`);
    await countIs(page, '9 entries');
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await page.getByRole('button', { name: 'Permalink' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const before = page.url();
    await page.fill('#query', '');
    await page.locator('#query').press('Control+V');
    expect(await page.inputValue('#query')).toBe(before);
    await page.clock.fastForward(5_000);
    await page.getByRole('button', { name: 'Permalink' }).waitFor();
    // The browser says itself that the network is not to be trusted.
    expect(browser.complaints.filter((text) => !text.includes('untrustworthy'))).toEqual([]);
  });
});

describe('dashboard, a value of several lines,', () => {
  test('stays what is asked for while something is typed behind it', async (context) => {
    const value = 'one\ntwo';
    await using own = await HttpScene.open([
      {
        timestampUs: NOON_US,
        level: 'ERROR',
        source: 'api',
        message: 'failed',
        messageMade: true,
        fields: [{ key: 'cause', value, made: true }],
      },
    ]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('.runway > .row').click();
    await page.getByRole('button', { name: 'Only entries with cause' }).click();
    await countIs(page, '1 entry');
    await page.locator('#query').press('End');
    await page.locator('#query').pressSequentially(' failed');
    await page.waitForFunction(() =>
      document.querySelector<HTMLElement>('#count')?.dataset.query?.endsWith('failed'),
    );
    expect(await page.inputValue('#query')).toBe(`cause:="${value}" failed`);
    expect(await page.textContent('#count')).toMatch(/^1 entry/);
    expect(browser.complaints).toEqual([]);
  });
});
