/** The dashboard while the daemon is away for a moment, as in a restart: what was asked meanwhile is answered afterwards. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, ENTRIES, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

const AWAY = 'The daemon does not answer';

/** Nobody answers from now on, until the way back is called. */
async function awayFor(page: Page): Promise<() => Promise<void>> {
  await page.route('**/api/**', (route) => route.abort('connectionrefused'));
  return () => page.unroute('**/api/**');
}

describe('dashboard, a question that nobody answered,', () => {
  test('is asked again once the daemon is there: the search', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    const comeBack = await awayFor(page);
    await page.locator('#query').fill('level:error');
    await page.keyboard.press('Enter');
    const says = page.locator('#query-error');
    await says.getByText(AWAY).waitFor();
    await comeBack();
    await countIs(page, '9 entries');
    expect(await says.isVisible()).toBe(false);
    expect(browser.complaints.filter((text) => !text.includes('ERR_CONNECTION'))).toEqual([]);
  });

  test('is asked again once the daemon is there: the end of a list', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    const comeBack = await awayFor(page);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const says = page.locator('#query-error');
    await says.getByText(AWAY).waitFor({ state: 'attached' });
    await comeBack();
    await says.waitFor({ state: 'hidden' });
    expect(browser.complaints.filter((text) => !text.includes('ERR_CONNECTION'))).toEqual([]);
  });

  test.for([
    ['patterns', /explain/],
    ['archives', /archived/],
    ['reports', /error|entr/],
  ] as const)('is asked again once the daemon is there: the %s', async ([view, says], context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    const comeBack = await awayFor(page);
    await page.locator(`#tabs [data-view=${view}]`).click();
    await page.locator('#page').getByText(AWAY).waitFor();
    await comeBack();
    await page.locator('.verdict', { hasText: says }).waitFor();
    expect(await page.locator('#page').getByText(AWAY).count()).toBe(0);
    expect(browser.complaints.filter((text) => !text.includes('ERR_CONNECTION'))).toEqual([]);
  });
});
