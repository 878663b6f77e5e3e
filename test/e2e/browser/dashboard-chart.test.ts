/** What the chart says of its times: local ones, of which day, and of which year; and its levels, where the system chooses the colours. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { countIs, ENTRIES, NOON_US, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

const DAY_US = 86_400e6;
const YEARS_BACK = 2;

const entryAt = (timestampUs: number): TestEntry => ({
  timestampUs,
  level: 'INFO',
  source: 'api',
  message: 'done',
});

/** Noon of so many days, of the year of the tests or one long before. */
const daily = (days: number, yearsBack = 0): TestEntry[] => {
  const noon = new Date(NOON_US / 1_000);
  const lastUs = Date.UTC(noon.getUTCFullYear() - yearsBack, 5, 20, 12) * 1_000;
  return Array.from({ length: days }, (_, day) => entryAt(lastUs - day * DAY_US));
};

/** What is written on canvases from now on is in `drawn`, and in `cut` where it begins left of them. */
async function recordDrawn(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const drawn: string[] = [];
    const cut: string[] = [];
    Object.assign(globalThis, { drawn, cut });
    const { prototype } = CanvasRenderingContext2D;
    const { fillText } = prototype;
    prototype.fillText = function record(text, x, ...others) {
      drawn.push(text);
      if (this.textAlign === 'right' && x < this.measureText(text).width) cut.push(text);
      return fillText.call(this, text, x, ...others);
    };
  });
}

/** Times on the axis of the chart. */
async function drawnOn(page: Page): Promise<string[]> {
  const labels = await page.waitForFunction(() => {
    const { drawn } = globalThis as unknown as { drawn: string[] };
    const found = drawn.filter((text) => /[A-Z:]/.test(text));
    return found.length > 0 && found;
  });
  return (await labels.jsonValue()) as string[];
}

describe('dashboard, chart,', () => {
  test('says when its days begin, where that is not at midnight here', async (context) => {
    await using own = await HttpScene.open(daily(60));
    await using browser = await TestBrowser.open(context);
    const page = await browser.page({ timezoneId: 'America/New_York' });
    await recordDrawn(page);
    await page.goto(own.server.url);
    await countIs(page, '60 entries');
    const labels = await drawnOn(page);
    expect(labels.length).toBeGreaterThan(3);
    expect(labels.filter((text) => !text.endsWith(' 20:00'))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('names the year where it is another one, in the range too', async (context) => {
    await using own = await HttpScene.open(daily(60, YEARS_BACK));
    await using browser = await TestBrowser.open(context);
    const page = await browser.page({ timezoneId: 'UTC' });
    await recordDrawn(page);
    await page.goto(own.server.url);
    await countIs(page, '60 entries');
    const year = new Date(NOON_US / 1_000).getUTCFullYear() - YEARS_BACK;
    const labels = await drawnOn(page);
    expect(labels.length).toBeGreaterThan(3);
    expect(labels.filter((text) => !text.endsWith(` ${year}`))).toEqual([]);
    const range = `since=${year}-06-20T10:00:00Z&until=${year}-06-20T14:00:00Z`;
    await page.goto(`${own.server.url}/?${range}`);
    await countIs(page, '1 entry');
    expect(await page.textContent('#range-text')).toBe(`20 Jun ${year} 10:00 – 14:00`);
    const [first = ''] = await drawnOn(page);
    expect(first).toMatch(new RegExp(`^20 Jun ${year} 1\\d:\\d\\d$`));
    expect(browser.complaints).toEqual([]);
  });

  test('names each day where it spans two of them in hours', async (context) => {
    const hours = Array.from({ length: 40 }, (_, hour) => entryAt(NOON_US - hour * 3_600e6));
    await using own = await HttpScene.open(hours);
    await using browser = await TestBrowser.open(context);
    const page = await browser.page({ timezoneId: 'UTC' });
    await recordDrawn(page);
    await page.goto(own.server.url);
    await countIs(page, '40 entries');
    const labels = await drawnOn(page);
    const days = labels.filter((text) => /^\d+ \w+ /.test(text)).map((text) => text.slice(0, 6));
    expect(new Set(days)).toEqual(new Set(['19 Nov', '20 Nov']));
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, chart of many entries,', () => {
  test('shows all digits of what a bar counts', async (context) => {
    await using own = await HttpScene.open(daily(3));
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await recordDrawn(page);
    // As many as nobody can write here.
    await page.route('**/api/histogram*', async (route) => {
      const response = await route.fetch();
      const text = (await response.text()).replace(/"(INFO|total)":(\d)/g, '"$1":$200000000');
      await route.fulfill({ response, body: text });
    });
    await page.goto(own.server.url);
    await countIs(page, '300,000,000 entries');
    const { drawn, cut } = await page.evaluate(() => {
      const { drawn, cut } = globalThis as unknown as Record<'drawn' | 'cut', string[]>;
      return { drawn, cut };
    });
    expect(drawn).toContain('100,000,000');
    expect(cut).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, in the colours of the system,', () => {
  test('tells apart levels, buttons that are pressed, and the view that is shown', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web', { forcedColors: 'active' });
    await countIs(page, '450 entries');
    await page.getByRole('button', { name: 'Wrap lines' }).click();
    await page.waitForSelector('.plot canvas');
    expect(await page.evaluate(coloursInChart)).toEqual({ ERROR: true, INFO: true });
    const look = (selector: string, name: 'borderLeftColor' | 'backgroundColor' | 'color') =>
      page.$eval(selector, (found, wanted) => getComputedStyle(found)[wanted], name);
    expect(await look('.row.level-ERROR', 'borderLeftColor')).not.toBe(
      await look('.row.level-INFO', 'borderLeftColor'),
    );
    expect(await look('#wrap', 'backgroundColor')).not.toBe(
      await look('#order', 'backgroundColor'),
    );
    expect(await look('.tabs [data-view=search]', 'backgroundColor')).not.toBe(
      await look('.tabs [data-view=reports]', 'backgroundColor'),
    );
    expect(browser.complaints).toEqual([]);
  });
});

/** In the page: whether the colours of the legend are in the bars. */
function coloursInChart(): Record<string, boolean> {
  const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas')!;
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  const isDrawn = (level: string): [string, boolean] => {
    const swatch = document.querySelector(`.swatch.fill-${level}`)!;
    const wanted = getComputedStyle(swatch).backgroundColor.match(/\d+/g)!.map(Number);
    for (let at = 0; at < data.length; at += 4) {
      if (wanted.slice(0, 3).every((value, index) => data[at + index] === value))
        return [level, true];
    }
    return [level, false];
  };
  return Object.fromEntries(['ERROR', 'INFO'].map(isDrawn));
}
