/** Narrowing a search by what an entry has, whatever its fields are called. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { AXE, countIs, NOON_US, open, seriousIn } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

let scene: HttpScene;

beforeAll(async () => {
  const entries = Array.from({ length: 30 }, (_, index) => ({
    timestampUs: NOON_US + index * 1_000,
    level: 'INFO' as const,
    source: index < 20 ? 'api' : 'web',
    message: `request ${index} done`,
    fields: [
      { key: 'source', value: index % 3 === 0 ? 'kernel' : 'user space' },
      { key: 'level', value: 'ERROR' },
      { key: 'since', value: `boot ${index % 2}` },
    ],
  }));
  scene = await HttpScene.open(entries);
});

afterAll(() => scene[Symbol.asyncDispose]());

describe('dashboard, fields that are called as something of the query language', () => {
  test('are asked for as fields, by an entry, a filter and a proposal', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=done');
    await countIs(page, '30 entries');
    await page.locator('.row').last().click();
    await page.getByRole('button', { name: 'Only entries with source kernel' }).click();
    await countIs(page, '10 entries');
    expect(await page.inputValue('#query')).toBe('done "source":=kernel');
    await page.getByRole('button', { name: 'Without since boot 1' }).click();
    await countIs(page, '5 entries');
    await page.getByRole('button', { name: 'Only source api' }).click();
    await countIs(page, '4 entries');
    await page.getByRole('button', { name: 'Only level ERROR' }).click();
    await countIs(page, '4 entries');
    expect(await page.inputValue('#query')).toBe(
      'done "source":=kernel -"since":="boot 1" source:api "level":=ERROR',
    );
    await page.fill('#query', 'sour');
    const proposals = page.locator('#completion [role="option"]');
    await proposals.nth(1).waitFor();
    expect(await proposals.allTextContents()).toEqual(['source:', '"source":']);
    await page.fill('#query', 'source:');
    await page.locator('#completion', { hasText: 'api' }).waitFor();
    expect(await proposals.allTextContents()).toEqual(['api20', 'web10']);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, a field of several lines', () => {
  test('is shown as lines, as wide as the entry, and no higher than a window', async (context) => {
    const stack = `Error: refused\n${'    at charge (charge.js:10:5)\n'.repeat(200)}`;
    await using own = await HttpScene.open([
      {
        timestampUs: NOON_US,
        level: 'ERROR',
        source: 'api',
        message: 'payment failed',
        fields: [
          { key: 'err.stack', value: stack, made: true },
          { key: 'path', value: '/pay' },
        ],
      },
    ]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=failed', { viewport: { width: 390, height: 800 } });
    await countIs(page, '1 entry');
    await page.locator('.row').click();
    const field = page.locator('.field-list').getByLabel('err.stack', { exact: true });
    expect(await field.textContent()).toMatch(/^Error: refused\n {4}at charge/);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const { width: own = 0, height = 0 } = (await field.boundingBox()) ?? {};
      expect(height).toBeLessThan(300);
      expect(own).toBeGreaterThan(width / 3);
    }
    await page.evaluate(AXE);
    expect(await seriousIn(page)).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the sources to choose from', () => {
  test('are the most frequent ones, and those that the query names', async (context) => {
    // Names that are numbers come first in an object, whatever is counted.
    const sources = Array.from({ length: 12 }, (_, index) => (index < 8 ? `app${index}` : index));
    await using own = await HttpScene.open(
      sources.flatMap((source, rank) =>
        Array.from({ length: 20 - rank }, (_, index) => ({
          timestampUs: NOON_US + index * 1_000,
          level: 'INFO' as const,
          source: String(source),
          message: 'request done',
        })),
      ),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=done');
    const listed = page.locator('.facets section', { hasText: 'Source' }).locator('.value');
    await listed.first().waitFor();
    expect(await listed.allTextContents()).toEqual(sources.slice(0, 8));
    await page.goto(`${own.server.url}/?q=done+source:11+-source:app0`);
    await page.getByRole('button', { name: 'Only source 11', pressed: true }).click();
    await countIs(page, '154 entries');
    expect(await page.inputValue('#query')).toBe('done -source:app0');
    expect(browser.complaints).toEqual([]);
  });
});
