/** The dashboard, live, while what is between it and the daemon breaks: what was not sent is searched for. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, goLive, liveEntry, rowsAre, texts } from './dashboard-scene.ts';
import { SilentNetwork } from './silent-network.ts';
import { TestBrowser } from './test-browser.ts';

describe('dashboard, live before the daemon is there,', () => {
  test('has what came until then', async (context) => {
    await using own = await HttpScene.open([0].map(liveEntry));
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.goto(`${own.server.url}/?q=live`);
    await countIs(page, '1 entry');
    let isThere = false;
    for (const path of ['**/api/tail*', '**/api/search*'])
      await page.route(path, (route) =>
        isThere ? route.continue() : route.abort('connectionrefused'),
      );
    await page.keyboard.press('l');
    await page.getByText('Connection lost').waitFor();
    await page.getByText('The daemon does not answer').waitFor();
    own.store.add([1, 2].map(liveEntry));
    isThere = true;
    await rowsAre(page, texts([2, 1, 0]));
    await page.getByText('The daemon does not answer').waitFor({ state: 'hidden' });
    own.store.add([3].map(liveEntry));
    await rowsAre(page, texts([3, 2, 1, 0]));
    expect(browser.complaints.filter((text) => !text.includes('ERR_CONNECTION'))).toEqual([]);
  });
});

describe('dashboard, live over a connection that died without a word,', () => {
  test('notices, connects again, and has what came meanwhile', async (context) => {
    await using own = await HttpScene.open([0].map(liveEntry));
    await using network = await SilentNetwork.open(own.server.url);
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.clock.install();
    await page.goto(`${network.url}/?q=live`);
    await countIs(page, '1 entry');
    await page.keyboard.press('l');
    own.store.add([1].map(liveEntry));
    await rowsAre(page, texts([1, 0]));
    network.forgetConnections();
    own.store.add([2].map(liveEntry));
    await page.clock.runFor(50_000);
    await rowsAre(page, texts([2, 1, 0]));
    await page.keyboard.press(' ');
    network.forgetConnections();
    own.store.add([3].map(liveEntry));
    await page.clock.runFor(50_000);
    await page.getByText('resuming searches anew').waitFor();
    await rowsAre(page, texts([2, 1, 0]));
    await page.getByRole('button', { name: 'Resume' }).click();
    await rowsAre(page, texts([3, 2, 1, 0]));
    expect(browser.complaints).toEqual([]);
  });
});

/** As many connections as a browser has to one server. */
const CONNECTIONS = 6;

describe('dashboard, live in tabs that are not looked at,', () => {
  test('leaves connections for others, and has what came meanwhile when it is', async (context) => {
    await using own = await HttpScene.open([0].map(liveEntry));
    await using browser = await TestBrowser.open(context);
    const first = await browser.page();
    const liveIn = async (page: Page): Promise<void> => {
      await page.clock.install();
      await page.goto(`${own.server.url}/?q=live`);
      await countIs(page, '1 entry');
      await goLive(page);
      await setHidden(page, true);
      await page.clock.runFor(12_000);
    };
    await liveIn(first);
    for (let tabs = 1; tabs < CONNECTIONS; tabs += 1) await liveIn(await first.context().newPage());
    const last = await first.context().newPage();
    await last.goto(`${own.server.url}/?q=live`);
    await countIs(last, '1 entry');
    own.store.add([1].map(liveEntry));
    await setHidden(first, false);
    await rowsAre(first, texts([1, 0]));
    own.store.add([2].map(liveEntry));
    await rowsAre(first, texts([2, 1, 0]));
    expect(browser.complaints).toEqual([]);
  });
});

/** As when another tab is in front: a browser without a window shows them all. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}
