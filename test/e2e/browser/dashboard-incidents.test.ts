/** The view of incidents while it makes itself anew: whom a key acts upon, what was typed, how many there are, since when. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';
import { open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

const nowUs = (): number => Date.now() * 1_000;

/** Until the view was made anew. */
async function refreshed(page: Page): Promise<void> {
  await page.evaluate(() => document.querySelector('.verdict')?.setAttribute('data-old', ''));
  await page.waitForFunction(() => document.querySelector('.verdict:not([data-old])') !== null);
}

describe('dashboard, incidents of one rule,', () => {
  test('are told apart: the focus stays at the one that was chosen', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    own.alerts.rows(
      ['api', 'web'].map((source) => ({ etUs: nowUs(), level: 'ERROR' as const, source })),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.locator('tbody tr', { hasText: 'source web' }).waitFor();
    const rows = page.locator('tr', { has: page.getByRole('button', { name: /^Acknowledge/ }) });
    const chosen = rows.last();
    const source = (await chosen.textContent())?.match(/source (app|api|web)/)?.[0] ?? '';
    await chosen.getByRole('button', { name: /^Acknowledge/ }).focus();
    await refreshed(page);
    await page.keyboard.press('Enter');
    await page.locator('tr', { hasText: 'Acknowledged' }).waitFor();
    expect(await page.locator('tr', { hasText: 'Acknowledged' }).textContent()).toContain(source);
    await page
      .getByRole('button', { name: `Take back acknowledgement of errors, ${source}` })
      .waitFor();
    // And again at the button that takes it back.
    await page.keyboard.press('Enter');
    await page.locator('tr', { hasText: 'Acknowledged' }).waitFor({ state: 'detached' });
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, a button that was pressed twice,', () => {
  test('acknowledges one incident, not the next one as well', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    own.alerts.rows(
      ['api', 'web'].map((source) => ({ etUs: nowUs(), level: 'ERROR' as const, source })),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    const first = page.getByRole('button', { name: /^Acknowledge/ }).first();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(request.url());
    });
    await first.hover();
    await page.mouse.down({ clickCount: 1 });
    await page.mouse.up({ clickCount: 1 });
    // The next one stands there now.
    await page.locator('tr', { hasText: 'Acknowledged' }).waitFor();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await refreshed(page);
    expect(asked).toHaveLength(1);
    expect(await page.locator('tr', { hasText: 'Acknowledged' }).count()).toBe(1);
    expect(browser.complaints).toEqual([]);
  });

  test('says that it works, and asks once, however long that takes', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    let count = 0;
    await page.route('**/acknowledge', async (route) => {
      count += 1;
      await answered;
      await route.continue();
    });
    const button = page.getByRole('button', { name: /^Acknowledge/ });
    await button.click();
    await page.locator('button[aria-busy="true"]').waitFor();
    await button.click();
    expect(count).toBe(1);
    answer();
    await page.locator('tr', { hasText: 'Acknowledged' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, an incident that is open', () => {
  test('is said however many newer ones are over', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    const startUs = nowUs();
    own.alerts.rows(
      Array.from({ length: 205 }, (_, index) => ({
        etUs: startUs + index,
        level: 'ERROR' as const,
        source: `s${index}`,
      })),
    );
    // The others are quiet for long enough to be over.
    for (const afterUs of [200e6, 350e6])
      own.alerts.rows([{ etUs: startUs + afterUs, level: 'ERROR', source: 'app' }]);
    own.alerts.read(startUs + 360e6);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.verdict')).toMatch(/^errors has been open for /);
    expect(await page.textContent('.sub')).toMatch(
      /^1 open, 0 acknowledged, .* 200 or more resolved/,
    );
    expect(await page.locator('tbody tr').first().textContent()).toContain('source app');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, what is done with an incident,', () => {
  test('keeps what was typed and says why, where it is refused', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.getByRole('button', { name: 'Silence errors' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('planned work');
    await dialog.getByLabel('Incidents that match').fill('rule:"errors');
    await dialog.getByRole('button', { name: 'Silence' }).click();
    await dialog.getByText('expected a closing').waitFor();
    expect(await dialog.getByLabel('Why').inputValue()).toBe('planned work');
    await dialog.getByLabel('Incidents that match').fill('rule:"errors"');
    await dialog.getByRole('button', { name: 'Silence' }).click();
    await page.locator('tr', { hasText: 'planned work' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    // The way to the daemon breaks for a moment.
    await page.route('**/acknowledge', (route) => route.abort(), { times: 1 });
    await page.getByRole('button', { name: 'Acknowledge errors' }).click();
    await page.getByText('The daemon does not answer').waitFor();
    await refreshed(page);
    expect(await page.getByText('The daemon does not answer').count()).toBe(1);
    await page.getByRole('button', { name: 'Acknowledge errors' }).click();
    await page.locator('.state', { hasText: 'Acknowledged' }).waitFor();
    expect(await page.getByText('The daemon does not answer').count()).toBe(0);
    expect(browser.complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });
});

describe('dashboard, where the clock of the browser is wrong,', () => {
  test.for([
    ['a day behind', -86_400_000],
    ['a day ahead', 86_400_000],
  ] as const)('%s, says since when by that of the daemon', async ([, wrongMs], context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await browser.page();
    await page.clock.install({ time: Date.now() + wrongMs });
    await page.goto(`${own.server.url}/?view=incidents`);
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.verdict')).toMatch(/^errors has been open for [\d.]+ m?s$/);
    expect(await page.locator('.lanes i').count()).toBe(1);
    expect(await page.locator('tbody tr').first().textContent()).toMatch(/medium\d\d:\d\d:\d\d/);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, a view that makes itself anew,', () => {
  test('leaves what is marked until it was copied', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.waitForSelector('.verdict');
    await page.locator('.verdict').dblclick({ position: { x: 10, y: 10 } });
    expect(await page.evaluate(() => String(getSelection()).trim())).toBe('errors');
    for (const _ of [1, 2]) await page.waitForResponse('**/api/rules');
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => String(getSelection()).trim())).toBe('errors');
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await refreshed(page);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, more incidents than the list has,', () => {
  test('are counted: those that are open beside those that are over', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    own.alerts.rows(
      Array.from({ length: 205 }, (_, index) => ({
        etUs: nowUs(),
        level: 'ERROR' as const,
        source: `s${index}`,
      })),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.sub')).toMatch(/^206 open, .* 0 resolved in the last 24 h/);
    expect(await page.locator('.card h2').first().textContent()).toBe(
      'Incidents 200 of 206 that are open',
    );
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, more open incidents than are asked for,', () => {
  test('has as many open as the daemon says', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    own.alerts.rows(
      Array.from({ length: 1_050 }, (_, index) => ({
        etUs: nowUs(),
        level: 'ERROR' as const,
        source: `s${index}`,
      })),
    );
    const openIncidentCount = 1_051;
    own.status = { ...own.status, ingest: { ...own.status.ingest, openIncidentCount } };
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.sub')).toMatch(
      /^1,051 open and of the newest 1,000 of them 0 acknowledged, 0 silenced, 0 resolved/,
    );
    expect(await page.locator('.card h2').first().textContent()).toBe(
      'Incidents 200 of 1,051 that are open',
    );
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the history of one of many incidents,', () => {
  test('comes into the window', async (context) => {
    await using own = await HttpScene.open([], {}, {}, ['source']);
    own.alerts.rows(
      Array.from({ length: 100 }, (_, index) => ({
        etUs: nowUs(),
        level: 'ERROR' as const,
        source: `s${index}`,
      })),
    );
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.getByRole('button', { name: /^History of errors, source s5,/ }).click();
    await page.waitForFunction(() => {
      const box = document.querySelector('.history')?.getBoundingClientRect();
      return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
    });
    expect(browser.complaints).toEqual([]);
  });
});
