/** The dashboard without a mouse, with its saved queries, on a phone, in the dark, read aloud, and under attack. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { AXE, countIs, ENTRIES, open, seriousIn } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

/** As the debugger says that the key is held. */
const SHIFT = 8;
const VIEWS = ['search', 'patterns', 'incidents', 'sources', 'archives', 'reports'];

let scene: HttpScene;

beforeAll(async () => {
  scene = await HttpScene.open(ENTRIES);
});

afterAll(() => scene[Symbol.asyncDispose]());

describe('dashboard, with the keyboard alone,', () => {
  test('moves, jumps to errors, unfolds, narrows, goes back, helps', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    for (const key of ['j', 'j', 'e', 'Enter']) await page.keyboard.press(key);
    const current = page.locator('.row.current');
    expect(await current.textContent()).toContain('request 50 failed');
    expect(await current.getAttribute('aria-expanded')).toBe('true');
    const described = await page.locator('#results').getAttribute('aria-activedescendant');
    expect(described).toBe(await current.getAttribute('id'));
    expect(await page.textContent('.details .whole')).toContain('at charge (charge.js:50)');
    await page.keyboard.press('E');
    expect(await current.textContent()).toContain('request 0 failed');
    await page.keyboard.press('e');
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      if (label === 'Only entries with status 200') break;
    }
    await page.keyboard.press('Enter');
    await countIs(page, '90 entries');
    expect(await page.inputValue('#query')).toBe('tag:web status:=200');
    await page.goBack();
    await countIs(page, '450 entries');
    await page.keyboard.press('?');
    expect(await page.locator('#help').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('#help').isVisible()).toBe(false);
    expect(browser.complaints).toEqual([]);
  });

  test('walks through every view, changes theme and time, and comes back', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    for (const [key, view] of [
      ['p', 'patterns'],
      ['i', 'incidents'],
      ['o', 'sources'],
      ['a', 'archives'],
      ['r', 'reports'],
      ['s', 'search'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForSelector(`[data-view="${view}"][aria-current="page"]`);
      if (view !== 'search') await page.waitForSelector('.verdict');
    }
    await countIs(page, '450 entries');
    await page.keyboard.press('d');
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light');
    await page.keyboard.press('t');
    await page.keyboard.press('Tab');
    await page.locator('#range-since').focus();
    await page.locator('#range-since').fill('2026-11-20 12:00');
    await page.keyboard.press('Tab');
    await page.keyboard.type('2026-11-20 12:10');
    await page.keyboard.press('Enter');
    await countIs(page, '60 entries');
    await page.keyboard.press('[');
    await page.getByText('20 Nov 11:50 – 12:00').waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, its saved queries,', () => {
  test('are kept on the server, open in another browser, and are removed', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=failed+tag:web');
    await countIs(page, '9 entries');
    await page.keyboard.press('s');
    await page.keyboard.type('<b>broken</b>');
    await page.keyboard.press('Enter');
    await page.getByText('Saved as').waitFor();
    await using fresh = await TestBrowser.open(context);
    const other = await open(scene, fresh, '/');
    await countIs(other, `${450 + HOSTILE_TEXTS.length} entries`);
    await other.getByRole('button', { name: 'Saved' }).click();
    await other.getByRole('button', { name: '<b>broken</b> failed tag:web' }).click();
    await countIs(other, '9 entries');
    await other.getByRole('button', { name: 'Saved' }).click();
    await other.getByRole('button', { name: 'Remove the saved query <b>broken</b>' }).click();
    await other.getByText('None is saved yet').waitFor();
    expect([...browser.complaints, ...fresh.complaints]).toEqual([]);
  });
});

describe('dashboard, wherever and whatever it shows,', () => {
  test('fits a phone without scrolling sideways, in every view', async (context) => {
    await using browser = await TestBrowser.open(context);
    for (const width of [320, 390, 1440]) {
      const page = await open(scene, browser, '/', { viewport: { width, height: 800 } });
      await page.waitForSelector('.row');
      await page.locator('.runway > .row').first().click();
      for (const view of VIEWS) {
        await showView(page, view);
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect({ width, view, sideways }).toEqual({ width, view, sideways: 0 });
      }
    }
    expect(browser.complaints).toEqual([]);
  });

  test('gives axe nothing serious to find, light and dark, in every view', async (context) => {
    await using browser = await TestBrowser.open(context);
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.page({ colorScheme });
      // Through the debugger, not the page: its policy lets no foreign script in.
      await page.addInitScript(AXE);
      await page.goto(`${scene.server.url}/?q=tag:web`);
      await page.waitForSelector('.facets li');
      await page.locator('.runway > .row').first().click();
      await page.waitForSelector('.context .row');
      for (const view of VIEWS) {
        await showView(page, view);
        expect({ colorScheme, view, found: await seriousIn(page) }).toEqual({
          colorScheme,
          view,
          found: [],
        });
      }
      await page.keyboard.press('?');
      expect(await seriousIn(page)).toEqual([]);
    }
    expect(browser.complaints).toEqual([]);
  });

  test('shows hostile entries as text and nothing else', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:hostile');
    await countIs(page, `${HOSTILE_TEXTS.length} entries`);
    const texts: string[] = [];
    for (let index = 0; index < HOSTILE_TEXTS.length; index += 1) {
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      texts.push(...(await page.locator('#results, #facets').allTextContents()));
      const names = await page.evaluate(() =>
        [...document.querySelectorAll('#results *, #facets *')].map(({ localName }) => localName),
      );
      expect(names.filter((name) => !ALLOWED.includes(name))).toEqual([]);
      await page.keyboard.press('Enter');
    }
    const text = texts.join('');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]/u);
    expect(text).toContain('<script>alert(1)</script>');
    for (const view of ['patterns', 'sources', 'reports']) await showView(page, view);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, a saved query of a name that is taken,', () => {
  test('is replaced only when that was said, and saved again', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=failed');
    const save = async (says: string) => {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText(says).waitFor();
    };
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByLabel('Save this query as').fill('night');
    await save('Saved as “night”');
    await page.goto(`${own.server.url}/?q=tag:web`);
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.locator('#saved-list code', { hasText: 'failed' }).waitFor();
    await page.getByLabel('Save this query as').fill('night');
    await save('“night” is there already, for failed. Save once more to replace it');
    expect(await page.textContent('#saved-list code')).toBe('failed');
    await save('Saved as “night”');
    expect(await page.textContent('#saved-list code')).toBe('tag:web');
    expect(browser.complaints).toEqual([]);
  });

  test('is not replaced unasked either where it was saved while the panel was open', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const [one, other] = await Promise.all(
      ['failed', 'done'].map((q) => open(own, browser, `/?q=${q}`)),
    );
    for (const page of [one, other]) {
      await page?.getByRole('button', { name: 'Saved' }).click();
      await page?.getByText('None is saved yet').waitFor();
      await page?.getByLabel('Save this query as').fill('night');
    }
    for (const [page, says] of [
      [other, 'Saved as “night”'],
      [one, '“night” is there already, for done. Save once more to replace it'],
      [one, 'Saved as “night”'],
    ] as const) {
      await page?.getByLabel('Save this query as').press('Enter');
      await page?.getByText(says).waitFor();
    }
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, with a keyboard of other letters,', () => {
  test('is moved through by the keys that have j and e on others', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    const client = await page.context().newCDPSession(page);
    const press = async (key: string, code: string, modifiers = 0) => {
      const event = { key, code, modifiers };
      await client.send('Input.dispatchKeyEvent', { type: 'keyDown', text: key, ...event });
      await client.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    };
    await press('о', 'KeyJ');
    await press('о', 'KeyJ');
    await press('у', 'KeyE');
    const current = page.locator('.row.current');
    expect(await current.textContent()).toContain('request 50 failed');
    await press('У', 'KeyE', SHIFT);
    expect(await current.textContent()).toContain('request 0 failed');
    expect(browser.complaints).toEqual([]);
  });

  test('takes nothing while a word is composed, and saves it when it is whole', async (context) => {
    await using own = await HttpScene.open(ENTRIES);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=tag:web');
    await countIs(page, '450 entries');
    const client = await page.context().newCDPSession(page);
    const compose = (text: string) =>
      client.send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 });
    await page.getByRole('button', { name: 'Saved' }).click();
    await compose('えらー');
    await page.keyboard.press('Enter');
    await client.send('Input.insertText', { text: 'エラー' });
    expect(await page.inputValue('#saved-name')).toBe('エラー');
    await page.keyboard.press('Enter');
    await page.getByText('Saved as “エラー”').waitFor();
    expect(await page.locator('#saved-list li').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.fill('#query', '');
    await page.keyboard.type('sta');
    await page.getByRole('option', { name: 'status:' }).waitFor();
    await compose('t');
    await page.keyboard.press('Tab');
    expect(await page.inputValue('#query')).toBe('stat');
    expect(browser.complaints).toEqual([]);
  });
});

const ALLOWED = [
  'div',
  'span',
  'svg',
  'use',
  'pre',
  'p',
  'button',
  'dl',
  'dt',
  'dd',
  'mark',
  'kbd',
  'code',
  'section',
  'h2',
  'ul',
  'li',
  'i',
];

async function showView(page: Page, view: string): Promise<void> {
  await page.locator(`[data-view="${view}"]`).click();
  await page.waitForSelector(view === 'search' ? '.row' : '.verdict');
}
