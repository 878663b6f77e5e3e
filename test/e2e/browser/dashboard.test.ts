/** The search page in a real browser, over a real store: what people do with it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, ENTRIES, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

/** All of the 450, and little else. */
const RANGE = 'since=2026-11-20T10:45:00Z&until=2026-11-20T12:00:01Z';

let scene: HttpScene;

beforeAll(async () => {
  scene = await HttpScene.open(ENTRIES);
});

afterAll(() => scene[Symbol.asyncDispose]());

describe('dashboard', () => {
  test('searches as one types, marks hits, and keeps the query in the address', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/');
    await page.waitForSelector('.row');
    await page.keyboard.press('/');
    await page.keyboard.type('failed level:error source:api');
    await countIs(page, '9 entries');
    expect(await page.locator('.row').count()).toBe(9);
    expect(await page.locator('.row mark').first().textContent()).toBe('failed');
    expect(await page.locator('.day').first().textContent()).toBe(
      'Friday 20 November 2026, local time (UTC+1)',
    );
    expect(await page.locator('.row .time').first().textContent()).toBe('13:00:00.000');
    const again = await open(scene, browser, new URL(page.url()).search);
    await countIs(again, '9 entries');
    expect(browser.complaints).toEqual([]);
  });

  test('shows the place of a mistake, keeps the last results, and takes the suggestion on Tab', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=failed+level:error');
    await countIs(page, '9 entries');
    await page.fill('#query', 'level>=eror');
    await page.waitForSelector('#query-error:not([hidden])');
    expect(await page.textContent('#query-error')).toContain('Column 8: expected a level');
    expect(await page.textContent('#painted u')).toBe('eror');
    expect(await page.locator('.row').count()).toBe(9);
    await page.locator('#query').press('Tab');
    await page.waitForSelector('#query-error', { state: 'hidden' });
    expect(await page.inputValue('#query')).toBe('level>=error');
    expect(browser.complaints).toEqual([]);
  });

  test('proposes names, values and stages, and takes one on Tab', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/');
    await page.waitForSelector('.row');
    const proposals = page.locator('#completion [role="option"]');
    await page.keyboard.press('/');
    await page.keyboard.type('tag:web stat');
    await page.locator('#completion', { hasText: 'status:' }).waitFor();
    expect(await proposals.allTextContents()).toEqual(['status:']);
    await page.keyboard.press('Tab');
    await page.waitForFunction(
      () => document.querySelectorAll('#completion [role=option]').length > 3,
    );
    expect(await proposals.allTextContents()).toEqual([
      '20090',
      '20190',
      '20290',
      '20390',
      '20490',
    ]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await countIs(page, '90 entries');
    expect(await page.inputValue('#query')).toBe('tag:web status:201 ');
    expect(await proposals.count()).toBe(0);
    await page.keyboard.type('| cou');
    await proposals.first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('source');
    await countIs(page, '2 rows');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, its chart and what stages make,', () => {
  test('zooms by dragging over the chart, and out again', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, `/?q=tag:web&${RANGE}`);
    await countIs(page, '450 entries');
    const box = (await page.locator('#plot .u-over').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
    await page.mouse.up();
    expect(await page.textContent('.bubble')).toMatch(/min.*about 1\d\d of 450 entries/);
    await page.keyboard.press('z');
    await page.waitForFunction(() => location.search.includes('since='));
    await page.waitForFunction(
      () => !document.querySelector('#count')?.textContent?.startsWith('450'),
    );
    const count = Number(/\d+/.exec((await page.textContent('#count')) ?? '')![0]);
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThan(200);
    expect(await page.textContent('#range-text')).toMatch(/^20 Nov \d\d:\d\d – \d\d:\d\d$/);
    await page.locator('body').press('Z');
    await countIs(page, '450 entries');
    expect(browser.complaints).toEqual([]);
  });

  test('shows what stages make as a table', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web+|+count+by+level,+source');
    await countIs(page, '3 rows');
    const rows = await page.locator('.query-table tr').allTextContents();
    expect(rows).toEqual(['levelsourcecount', 'INFOpayments225', 'INFOapi216', 'ERRORapi9']);
    expect(await page.locator('.row').count()).toBe(0);
    // Times, numbers and shares stay on one line, and what is long does not make a wall.
    await page.setViewportSize({ width: 390, height: 800 });
    await page.fill('#query', 'tag:web | timechart 10m by trace');
    await countIs(page, '9 rows');
    const heights = () =>
      page.$$eval('.query-table tbody td', (all) => all.map((cell) => cell.clientHeight));
    expect(Math.max(...(await heights()))).toBeLessThan(40);
    await page.fill('#query', 'tag:hostile | top 100 message');
    await page.locator('.query-table', { hasText: 'ééé' }).waitFor();
    const longest = await page.$$eval('.query-table td', (all) =>
      Math.max(...all.map((cell) => cell.textContent.length)),
    );
    expect(longest).toBe(2_001);
    await page.fill('#query', 'tag:web');
    await countIs(page, '450 entries');
    expect(await page.locator('.query-table').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  test('counts the entries behind stages, not those before', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web+|+limit+5');
    await countIs(page, '5 entries behind the stages, of 450 that match');
    await page.fill('#query', 'tag:web | sort -status');
    await countIs(page, 'The first 200 entries behind the stages, of 450 that match: the download');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, its filters,', () => {
  test('narrows by a facet and back, and counts what was left out', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web');
    await page.getByRole('button', { name: 'Only source api' }).click();
    await countIs(page, '225 entries');
    expect(await page.inputValue('#query')).toBe('tag:web source:api');
    const out = page.getByRole('button', { name: 'Only source payments' });
    await page.locator('.facets [aria-pressed="true"]', { hasText: 'Only source api' }).waitFor();
    expect(await out.textContent()).toBe('Only source payments 225');
    await page.getByRole('button', { name: 'Without level ERROR' }).click();
    await countIs(page, '216 entries');
    expect(await page.inputValue('#query')).toBe('tag:web source:api -level:error');
    await page.getByRole('button', { name: 'Only source api' }).click();
    await countIs(page, '441 entries');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, its list,', () => {
  test('holds every row while one scrolls, and only those near the window are in the page', async (context) => {
    await using browser = await TestBrowser.open(context);
    const sizes = [
      { viewport: { width: 1280, height: 720 }, rowPixels: 24 },
      { viewport: { width: 390, height: 800 }, rowPixels: 72 },
    ];
    for (const { viewport, rowPixels } of sizes) {
      const page = await open(scene, browser, '/?q=tag:web', { viewport });
      await countIs(page, '450 entries');
      const seen = new Set<string>();
      for (let step = 0; step < 100 && seen.size < 450; step += 1) {
        for (const text of await page.locator('.runway > .row .message').allTextContents())
          seen.add(text);
        expect(await page.locator('.runway > .row').count()).toBeLessThan(90);
        await page.mouse.wheel(0, rowPixels * 17);
        await page.evaluate(
          () =>
            new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
      }
      const height = await page.evaluate(() => document.querySelector('.runway')?.clientHeight);
      expect({ viewport, seen: seen.size, height }).toEqual({
        viewport,
        seen: 450,
        height: 450 * rowPixels,
      });
      expect(await page.locator('#results').getAttribute('aria-rowcount')).toBe('450');
    }
    expect(browser.complaints).toEqual([]);
  });

  test('unfolds an entry: whole text, JSON, fields, the lines around it, more of them', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=failed+tag:web');
    await countIs(page, '9 entries');
    await page.locator('.row').nth(1).click();
    expect(await page.textContent('.whole')).toContain('at charge (charge.js:50)');
    const lines = page.locator('.context .message');
    await page.waitForFunction(() => document.querySelectorAll('.context .row').length === 7);
    // In the order in which they arrived.
    expect(await lines.nth(2).textContent()).toContain('request 49 done');
    expect(await page.locator('.context .asked .message').textContent()).toContain(
      'request 50 failed',
    );
    await page.keyboard.press('b');
    await page.waitForFunction(() => document.querySelectorAll('.context .row').length === 17);
    await page.keyboard.press('v');
    expect(await page.textContent('.whole')).toContain('"status": "200"');
    await page.keyboard.press('r');
    await countIs(page, '5 entries');
    expect(await page.inputValue('#query')).toBe('trace:=t50');
    expect(browser.complaints).toEqual([]);
  });

  test('opens the link of a single line in a fresh browser', async (context) => {
    await using browser = await TestBrowser.open(context);
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await open(scene, browser, '/?q=failed+tag:web', { permissions });
    await countIs(page, '9 entries');
    for (const key of ['j', 'j', 'y']) await page.keyboard.press(key);
    await page.waitForFunction(() =>
      document.querySelector('.details')?.textContent?.includes('Copied'),
    );
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await using fresh = await TestBrowser.open(context);
    const other = await fresh.page();
    await other.goto(link);
    await countIs(other, '1 entry, from a permalink');
    expect(await other.locator('.row.current .message').textContent()).toContain(
      'request 50 failed',
    );
    await other.waitForSelector('.context .asked');
    await other.getByRole('button', { name: 'Search five minutes around it' }).click();
    await countIs(other, '60 entries');
    expect([...browser.complaints, ...fresh.complaints]).toEqual([]);
  });
});
