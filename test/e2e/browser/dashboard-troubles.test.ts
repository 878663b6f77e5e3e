/** The page where something is not as usual: a browser that may keep nothing, a daemon that hangs. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { needsProgram } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { countIs, ENTRIES, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

describe('dashboard, in a browser that may keep nothing,', () => {
  test('works, and remembers as long as it is open', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    using folder = TempFolder.make();
    mkdirSync(folder.join('Default'));
    const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
    writeFileSync(folder.join('Default/Preferences'), JSON.stringify(blocked));
    await using browser = await chromium.launchPersistentContext(folder.path, {
      executablePath: needsProgram(context, 'chromium'),
      args: ['--no-sandbox'],
    });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${own.server.url}/?q=tag:web`);
    await countIs(page, '450 entries');
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.getByRole('link', { name: 'Incidents' }).click();
    await page.getByRole('button', { name: 'Silence errors' }).click();
    await page.getByLabel('Who says so').fill('Anna');
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click();
    await page.locator('tr', { hasText: 'Anna' }).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('dashboard, where nobody answers any more,', () => {
  test('says so after a while, instead of what was so before', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.getByText('followed, all read').waitFor();
    const hung = Promise.withResolvers<void>();
    await page.route('**/api/status*', async (route) => {
      await hung.promise;
      await route.continue().catch(() => {});
    });
    await page.getByText('The daemon does not answer').waitFor();
    hung.resolve();
    await page.getByText('followed, all read').waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test('shows the report from before as it was, and why', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=reports');
    await page.waitForSelector('.verdict');
    await page.route('**/api/report*', (route) => route.abort(), { times: 1 });
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await page.getByText('The daemon does not answer').waitFor();
    expect(await page.locator('#page .waiting').count()).toBe(0);
    expect(browser.complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });
});

describe('dashboard, a view that is long in coming,', () => {
  test('says that the daemon was asked, until it is there', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    for (const view of ['Patterns', 'Archives']) {
      const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
      await page.route(`**/api/${view.toLowerCase()}*`, async (route) => {
        await answered;
        await route.continue();
      });
      await page.getByRole('link', { name: view }).click();
      await page.getByText('The daemon was asked').waitFor();
      answer();
      await page.waitForSelector('.verdict');
      expect(await page.getByText('The daemon was asked').count()).toBe(0);
    }
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, signed out while it is open,', () => {
  test('says so, not that nobody answers, and goes on once any tab has signed in', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await page.getByText('followed, all read').waitFor();
    const sha256 = createHash('sha256').update('a secret').digest('hex');
    const http = { ...own.settings.http, tokens: [{ name: 'test', sha256 }] };
    own.settings = { ...own.settings, http };
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    await page.getByText('Signed out').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${own.server.url}/?view=sources`);
    const third = await page.context().newPage();
    await third.goto(`${own.server.url}/?view=incidents`);
    await third.getByRole('dialog', { name: 'Sign in' }).waitFor();
    await other.getByLabel('Token').fill('a secret');
    await other.getByRole('button', { name: 'Sign in' }).click();
    for (const open of [page, third]) {
      await open.getByRole('dialog', { name: 'Sign in' }).waitFor({ state: 'hidden' });
      await open.getByText('followed, all read').waitFor();
    }
    await countIs(page, '450 entries');
    expect(browser.complaints).toEqual([]);
  });
});
