/** The dashboard, live, while what is between it and the daemon breaks: what was not sent is searched for. */
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, liveEntry, rowsAre, texts } from './dashboard-scene.ts';
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
