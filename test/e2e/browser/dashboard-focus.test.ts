/** Where the focus goes when what had it is gone: a keyboard stays where it was, and Escape closes what is open. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { ENTRIES, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

/** What somebody hears of the element that has the focus. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const active = document.activeElement;
    const { tagName = '', id = '', textContent = '' } = active ?? {};
    const name = active?.getAttribute('aria-label') ?? (id || textContent);
    return tagName === 'BUTTON' || tagName === 'INPUT' ? `${tagName} ${name}` : tagName;
  });
}

/** Until the element with the focus is this one. */
async function focusIs(page: Page, name: string): Promise<void> {
  await expect.poll(() => focused(page), { timeout: 10_000 }).toBe(name);
}

describe('dashboard, the focus in the incidents view,', () => {
  test('comes back from the dialog though the incident changed meanwhile', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.getByRole('button', { name: 'Silence errors' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    own.alerts.rows([{ etUs: Date.now() * 1_000, level: 'ERROR', source: 'app' }]);
    for (const _ of [1, 2]) await page.waitForResponse('**/api/rules');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const _ of [1, 2]) await page.waitForResponse('**/api/rules');
    await focusIs(page, 'BUTTON Silence errors');
    expect(browser.complaints).toEqual([]);
  });

  test('goes to the heading when the row is gone', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.getByRole('button', { name: 'Silence errors' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).press('Enter');
    await page.getByRole('button', { name: /^End the silence/ }).press('Enter');
    await page.getByRole('button', { name: /^End the silence/ }).waitFor({ state: 'detached' });
    await focusIs(page, 'H1');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the focus in a panel,', () => {
  test('goes to the next saved query when one is removed, and Escape still closes it', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('#saved').press('Enter');
    for (const name of ['one', 'two']) {
      await page.locator('#saved-name').fill(name);
      await page.locator('#saved-name').press('Enter');
      await page.getByRole('button', { name: `Remove the saved query ${name}` }).waitFor();
    }
    await page.getByRole('button', { name: 'Remove the saved query one' }).press('Enter');
    await focusIs(page, 'BUTTON two *');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await focusIs(page, 'INPUT saved-name');
    await page.keyboard.press('Escape');
    expect(await page.locator('#saved-panel').isVisible()).toBe(false);
    await focusIs(page, 'BUTTON saved');
    expect(browser.complaints).toEqual([]);
  });

  test('leaves it closed behind when it goes on', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('#range').press('Enter');
    await page.locator('#range-take').focus();
    await page.keyboard.press('Tab');
    expect(await page.locator('#range-panel').isVisible()).toBe(false);
    expect(await focused(page)).toBe('BUTTON live-toggle');
    expect(browser.complaints).toEqual([]);
  });
});

test('dashboard, "Skip to content", goes there and asks for nothing anew, in each view', async (context) => {
  await using own = await HttpScene.open(ENTRIES);
  await using browser = await TestBrowser.open(context);
  const page = await open(own, browser, '/');
  await page.locator('.row').first().waitFor();
  const searches: string[] = [];
  page.on('request', (request) => searches.push(new URL(request.url()).pathname));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('results');
  await page.goto(`${own.server.url}/?view=sources`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await focusIs(page, 'H1');
  expect(page.url()).toMatch(/view=sources$/);
  expect(searches).not.toContain('/api/search');
  expect(browser.complaints).toEqual([]);
});
