/** How the list looks: long lines wrapped, fields as columns; by keyboard, in the address, on a phone, and with the right heights. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { AXE, countIs, ENTRIES, NOON_US, open, seriousIn } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

/** Twenty seconds where others work on the machine too. */
const TEST_MS_MAX = 120_000;
const LONG = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ');
/** Every seventh of the usual entries is a long line. */
const ROWS: readonly TestEntry[] = ENTRIES.map((entry, index) =>
  index < 450 && index % 7 === 3 ? { ...entry, message: `${entry.message} ${LONG}` } : entry,
);

let scene: HttpScene;

beforeAll(async () => {
  scene = await HttpScene.open(ROWS);
});

afterAll(() => scene[Symbol.asyncDispose]());

/** What is at the top of the window, and how far below its edge it begins. */
async function topRow(page: Page): Promise<{ text: string; pixels: number }> {
  return page.evaluate(() => {
    for (const row of document.querySelectorAll('.runway > .row')) {
      const { top, bottom } = row.getBoundingClientRect();
      const message = row.querySelector('.message')?.firstChild?.textContent ?? '';
      if (bottom > 26) return { text: message.slice(0, 16), pixels: Math.round(top) };
    }
    return { text: '', pixels: 0 };
  });
}

async function rest(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/** Messages in the page whose row does not begin where the one above ends. */
function gapsIn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parts = [...document.querySelectorAll('.runway > *')];
    return parts.flatMap((part, index) => {
      const above = parts[index - 1]?.getBoundingClientRect().bottom;
      const off = above === undefined ? 0 : part.getBoundingClientRect().top - above;
      return Math.abs(off) > 0.5 ? [`${part.textContent}: ${off}`] : [];
    });
  });
}

describe('dashboard, its list with long lines wrapped,', () => {
  test(
    'holds every row, each as high as its text, and keeps its place when that is switched',
    async (context) => {
      await using browser = await TestBrowser.open(context);
      const sizes = [
        { viewport: { width: 1280, height: 720 }, plainPixels: 450 * 24 },
        { viewport: { width: 390, height: 800 }, plainPixels: 450 * 72 },
      ];
      for (const { viewport, plainPixels } of sizes) {
        const page = await open(scene, browser, '/?q=tag:web', { viewport });
        await countIs(page, '450 entries');
        const lengthOf = () => page.evaluate(() => document.querySelector('.runway')!.clientHeight);
        await page.keyboard.press('w');
        expect(new URL(page.url()).searchParams.get('wrap')).toBe('lines');
        const seen = new Map<string, number>();
        for (let step = 0; step < 200 && seen.size < 450; step += 1) {
          const rows = await page.evaluate(() =>
            [...document.querySelectorAll('.runway > .row')].map((row) => ({
              text: row.querySelector('.message')?.textContent ?? '',
              pixels: row.getBoundingClientRect().height,
            })),
          );
          for (const { text, pixels } of rows) seen.set(text, pixels);
          expect(await gapsIn(page)).toEqual([]);
          await page.mouse.wheel(0, 600);
          await rest(page);
        }
        expect({ viewport, seen: seen.size }).toEqual({ viewport, seen: 450 });
        const all = [...seen.values()].reduce((sum, pixels) => sum + pixels, 0);
        expect({ viewport, pixels: await lengthOf() }).toEqual({
          viewport,
          pixels: Math.round(all),
        });
        expect(all).toBeGreaterThan(plainPixels);
        // Back in the middle, where rows above and below have other heights with and without.
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
        await rest(page);
        const before = await topRow(page);
        await page.keyboard.press('w');
        await rest(page);
        expect((await topRow(page)).text).toBe(before.text);
        expect({ viewport, pixels: await lengthOf() }).toEqual({ viewport, pixels: plainPixels });
        await page.keyboard.press('w');
        await rest(page);
        expect((await topRow(page)).text).toBe(before.text);
      }
      expect(browser.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'shows the error that one jumps to, over rows that were never measured',
    async (context) => {
      await using browser = await TestBrowser.open(context);
      const page = await open(scene, browser, '/?q=tag:web&wrap=lines');
      await countIs(page, '450 entries');
      expect(await page.getAttribute('#wrap', 'aria-pressed')).toBe('true');
      for (const number of [0, 50, 100, 150]) {
        await page.keyboard.press('e');
        const current = page.locator('.row.current');
        expect(await current.textContent()).toContain(`request ${number} failed`);
        const box = (await current.boundingBox())!;
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.y + box.height).toBeLessThanOrEqual(720);
      }
      const before = await topRow(page);
      await page.mouse.wheel(0, -700);
      await rest(page);
      await page.mouse.wheel(0, 700);
      await rest(page);
      expect(await topRow(page)).toEqual(before);
      expect(browser.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

describe('dashboard, its list with columns,', () => {
  test('takes fields as columns by keyboard alone, at most four, and a link shows the same', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    await page.keyboard.press('C');
    await page.keyboard.type('trace');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'status' }).waitFor();
    await page.keyboard.press('Tab');
    for (const name of ['trace', 'status']) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate(
        () => document.activeElement?.closest('label')?.textContent ?? '',
      );
      expect(label.trim()).toBe(name);
    }
    await page.keyboard.press('Space');
    const heads = page.getByRole('columnheader');
    expect(await heads.allTextContents()).toEqual(['trace', 'status']);
    await page.locator('#columns-name').focus();
    for (const name of ['file', 'a,b%', 'one too many']) {
      await page.keyboard.type(name);
      await page.keyboard.press('Enter');
    }
    await page.getByText('4 columns at most').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('columns');
    const first = page.locator('.runway > .row').first();
    const cells = ['t0', '200', '/var/log/api.log', ''];
    expect(await first.locator('.picked > *').allTextContents()).toEqual(cells);
    expect(await first.locator('.fields').textContent()).toBe('');
    await using fresh = await TestBrowser.open(context);
    const other = await open(scene, fresh, new URL(page.url()).search);
    await countIs(other, '450 entries');
    const names = ['trace', 'status', 'file', 'a,b%'];
    expect(await other.getByRole('columnheader').allTextContents()).toEqual(names);
    const sameRow = other.locator('.runway > .row').first();
    expect(await sameRow.locator('.picked > *').allTextContents()).toEqual(cells);
    expect([...browser.complaints, ...fresh.complaints]).toEqual([]);
  });

  test(
    'shows hostile values as text, fits every width, and gives axe nothing serious to find',
    async (context) => {
      await using browser = await TestBrowser.open(context);
      for (const [width, colorScheme] of [
        [320, 'dark'],
        [900, 'dark'],
        [1440, 'light'],
      ] as const) {
        const page = await browser.page({ viewport: { width, height: 800 }, colorScheme });
        await page.addInitScript(AXE);
        await page.goto(`${scene.server.url}/?q=tag:hostile&columns=value,tag&wrap=lines`);
        await countIs(page, `${HOSTILE_TEXTS.length} entries`);
        const texts = await page.locator('.runway .picked').allTextContents();
        expect(texts.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]/u);
        expect(texts.join('')).toContain('\\x1b[2J');
        expect(await gapsIn(page)).toEqual([]);
        await page.keyboard.press('C');
        await page.getByRole('checkbox', { name: 'value' }).waitFor();
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect({ width, sideways, found: await seriousIn(page) }).toEqual({
          width,
          sideways: 0,
          found: [],
        });
      }
      expect(browser.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

describe('dashboard, a long entry,', () => {
  test('is scrolled by the arrows once it has the focus', async (context) => {
    const message = Array.from({ length: 300 }, (_, line) => `line ${line}`).join('\n');
    await using own = await HttpScene.open([
      { timestampUs: NOON_US, level: 'ERROR', source: 'api', message },
    ]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/');
    await page.locator('.runway > .row').click();
    await page.locator('.details .whole').focus();
    for (const _ of [1, 2, 3]) await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => (document.querySelector('.whole')?.scrollTop ?? 0) > 0);
    expect(browser.complaints).toEqual([]);
  });

  test('says where a row does not show all of it', async (context) => {
    await using own = await HttpScene.open([
      { timestampUs: NOON_US, level: 'INFO', source: 'api', message: 'word '.repeat(1_000) },
      { timestampUs: NOON_US - 1e6, level: 'INFO', source: 'api', message: 'word '.repeat(100) },
    ]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?wrap=lines');
    await countIs(page, '2 entries');
    const rows = await page.locator('.runway > .row .message').allTextContents();
    expect(rows.map((text) => text.endsWith('…'))).toEqual([true, false]);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, on paper,', () => {
  test('has all rows that are there, what was asked, and dark letters in any theme', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    await page.getByRole('button', { name: 'Dark' }).click();
    await page.evaluate(() =>
      addEventListener('beforeprint', () => {
        const rows = document.querySelectorAll('.runway > .row').length;
        document.body.dataset.printed = String(rows);
      }),
    );
    await page.pdf();
    expect(await page.evaluate(() => document.body.dataset.printed)).toBe('200');
    await page.waitForFunction(() => document.querySelectorAll('.runway > .row').length < 100);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe(
      'rgb(27, 33, 37)',
    );
    expect(await page.locator('#painted').isVisible()).toBe(true);
    // Of which time it is, and what the colours mean where the browser leaves backgrounds out.
    expect(await page.locator('#range-text').isVisible()).toBe(true);
    expect(await page.locator('#machine').isVisible()).toBe(true);
    expect(await page.textContent('#printed')).toMatch(/^As of .* 20\d\d, local time \(UTC/);
    expect(await page.locator('#printed').isVisible()).toBe(true);
    const adjusted = await page.evaluate(() =>
      ['.swatch', '.row.level-ERROR'].map((name) => {
        const look = getComputedStyle(document.querySelector(name) ?? document.body);
        return look.getPropertyValue('print-color-adjust');
      }),
    );
    expect(adjusted).toEqual(['exact', 'economy']);
    expect(browser.complaints).toEqual([]);
  });
});
