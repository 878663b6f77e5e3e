/** The views besides the search: incidents acted upon, patterns, sources, archives, reports; and signing in. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { bookGeneration } from '../../support/ledger-book.ts';
import { countIs, ENTRIES, NOON_US, open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

let scene: HttpScene;

beforeAll(async () => {
  scene = await HttpScene.open(ENTRIES);
});

afterAll(() => scene[Symbol.asyncDispose]());

describe('dashboard, its views,', () => {
  test('acknowledges an incident, tells its history, takes that back, silences it and ends the silence', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?view=incidents');
    expect(await page.locator('.verdict').textContent()).toMatch(/^errors has been open for /);
    await page.getByRole('button', { name: 'Acknowledge errors' }).click();
    await page.locator('.state', { hasText: 'Acknowledged' }).waitFor();
    expect(await page.textContent('.verdict')).toBe('Nothing is wrong that nobody takes care of');
    await page.getByRole('button', { name: /^History of errors/ }).click();
    await page.locator('.history li', { hasText: 'acknowledged' }).waitFor();
    expect(await page.locator('.history li', { hasText: 'opened' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Take back acknowledgement of errors' }).click();
    await page
      .locator('.history li', { hasText: 'unacknowledged: by somebody on the page' })
      .waitFor();
    expect(await page.locator('.state', { hasText: 'Acknowledged' }).count()).toBe(0);
    expect(await page.textContent('.verdict')).toMatch(/^errors has been open for /);
    await page.getByRole('button', { name: 'Silence errors' }).click();
    await page.getByLabel('Why').fill('planned <i>work</i>');
    await page.getByLabel('Who says so').fill('Anna');
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click();
    const silence = page.locator('tr', { hasText: 'planned <i>work</i>' });
    await silence.waitFor();
    expect(await silence.textContent()).toContain('rule:"errors"');
    await silence.getByRole('button').click();
    await silence.waitFor({ state: 'detached' });
    expect(browser.complaints).toEqual([]);
  });

  test('lists patterns with what they are compared with, and shows the lines of one', async (context) => {
    await using browser = await TestBrowser.open(context);
    const range = 'since=2026-11-20T11:30:00Z&until=2026-11-20T12:00:01Z';
    const page = await open(scene, browser, `/?view=patterns&q=tag:web&${range}`);
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.verdict')).toBe(
      '2 patterns explain 181 entries; none of them is new',
    );
    expect(await page.locator('th').first().textContent()).toBe('Worst level');
    expect(await page.locator('.pattern').allTextContents()).toEqual([
      'request n done',
      'request n failed',
    ]);
    await page
      .locator('tr', { hasText: 'failed' })
      .getByRole('link', { name: 'Show lines' })
      .click();
    await countIs(page, '4 entries');
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, what it says of the daemon,', () => {
  test('says what is read, lost and behind, and what sources wrote', async (context) => {
    await using browser = await TestBrowser.open(context);
    const file = {
      path: '/var/log/api.log',
      source: 'api',
      generation: 3,
      state: 'live',
      sizeBytes: 100_000,
      readBytes: 60_000,
      committedBytes: 60_000,
      lagBytes: 40_000,
      lagMs: 5_000,
      error: null,
    } as const;
    const loss = { path: '/var/log/api.log', sizeBytes: 4_096, reason: 'truncated', atMs: 1_000 };
    const { fileTotals } = scene.status.ingest;
    scene.status = {
      ...scene.status,
      ingest: {
        ...scene.status.ingest,
        files: [file],
        fileTotals: { ...fileTotals, count: 4_200, behindCount: 1, lagMs: 5_000 },
        losses: [loss],
        lostBytes: 4_096,
      },
    };
    const page = await open(scene, browser, '/?view=sources');
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.verdict')).toBe(
      '4,200 files followed; 4,096 B lost in 1 file, 1 file is catching up',
    );
    await page.getByText('by trouble, 1 of 4,200').waitFor();
    expect(new Set(scene.rowsAsked)).toEqual(new Set(['none', 'worst']));
    expect(await page.locator('tr', { hasText: '40 kB' }).textContent()).toContain(
      '60 kB of 100 kB indexed',
    );
    expect(await page.textContent('#health')).toBe('4,096 B lost');
    bookGeneration(scene, { number: 3, path: file.path, committedOffset: 60_000 }, [
      { start: 0, end: 4_096, kind: 'lost', reason: '<b>truncated</b>' },
    ]);
    await page.getByRole('button', { name: 'Ledger of /var/log/api.log' }).press('Enter');
    const generation = page.locator('tr', { hasText: 'Generation 3' });
    await generation.waitFor();
    expect(await generation.locator('.number').allTextContents()).toEqual([
      '1,000 B',
      '60 kB',
      '55.9 kB',
      '0 B',
      '4,096 B',
      expect.any(String),
    ]);
    expect(await generation.textContent()).toContain('<b>truncated</b>');
    await page.getByRole('button', { name: 'Close the ledger of' }).press('Enter');
    await generation.waitFor({ state: 'detached' });
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, the sentence about the daemon,', () => {
  test('is whole however long it is, and leaves the buttons beside it as they are', async (context) => {
    await using own = await HttpScene.open([]);
    await using browser = await TestBrowser.open(context);
    const message = 'Nothing is read: the disk of "/var/lib/logstead/state" is full';
    own.status = {
      ...own.status,
      ready: false,
      ingest: { ...own.status.ingest, trouble: { message, sinceMs: 1_000 } },
    };
    const page = await open(own, browser, '/');
    await page.getByText(message).waitFor();
    for (const width of [770, 820, 1024]) {
      await page.setViewportSize({ width, height: 600 });
      const [bar, health, theme] = await Promise.all(
        ['header', '#health', '#theme button'].map((place) =>
          page.locator(place).first().boundingBox(),
        ),
      );
      expect({ width, theme: theme?.width }).toEqual({ width, theme: 28 });
      expect(health?.y).toBeGreaterThanOrEqual(0);
      expect(health?.height).toBeLessThan(bar?.height ?? 0);
    }
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, what was kept,', () => {
  test('shows archives and reports', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?view=archives');
    await page.waitForSelector('.verdict');
    expect(await page.textContent('.verdict')).toBe('No file is archived');
    await page.getByLabel('Find').fill('nginx');
    await page.getByText('No archived file has this in its path').waitFor();
    await page.locator('[data-view="reports"]').click();
    await page.waitForSelector('.lead');
    const [report] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'html' }).click(),
    ]);
    await report.waitForLoadState();
    expect(await report.title()).not.toBe('');
    expect(browser.complaints).toEqual([]);
  });

  test('leads from a source in a report to its entries of that time', async (context) => {
    const nowUs = Date.now() * 1_000;
    const entries = [0, 1, 2, 5 * 86_400].map(
      (seconds): TestEntry => ({
        timestampUs: nowUs - seconds * 1e6,
        level: 'ERROR',
        source: 'api',
        message: 'payment refused',
      }),
    );
    await using own = await HttpScene.open(entries);
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=reports');
    await page.locator('.card', { hasText: 'Most frequent errors' }).getByText('api').click();
    await countIs(page, '3 entries');
    expect(browser.complaints).toEqual([]);
  });

  test('downloads what is found', async (context) => {
    await using browser = await TestBrowser.open(context);
    const page = await open(scene, browser, '/?q=failed+tag:web');
    await countIs(page, '9 entries');
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByText('All entries that match, 10,000,000 at most').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'JSON lines' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('utf8').trim().split('\n')).toHaveLength(9);
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, patterns of a store with more kinds of lines than are compared,', () => {
  test('are not called new where they may have been there before', async (context) => {
    const line = (kind: number, timestampUs: number): TestEntry => {
      const word = [kind % 26, Math.floor(kind / 26) % 26, Math.floor(kind / 676)]
        .map((letter) => String.fromCharCode(97 + letter))
        .join('');
      const message = `step ${word} at ${word}s of ${word}ing`;
      return { timestampUs, level: 'INFO', source: 'api', message };
    };
    const kinds = Array.from({ length: 1_100 }, (_, kind) => kind);
    // The last hundred came once, all others twice.
    const before = kinds.flatMap((kind) =>
      (kind < 1_000 ? [1, 2] : [1]).map((minutes) => line(kind, NOON_US - minutes * 60e6 - kind)),
    );
    const now = [0, 1_050, 1_050, 1_050].map((kind, index) => line(kind, NOON_US + index * 1e6));
    await using own = await HttpScene.open([...before, ...now]);
    await using browser = await TestBrowser.open(context);
    const [since, until] = [NOON_US, NOON_US + 600e6].map((us) => new Date(us / 1_000).toJSON());
    const page = await open(own, browser, `/?view=patterns&since=${since}&until=${until}`);
    await page.getByText('2 patterns explain 4 entries').waitFor();
    expect(await page.locator('.chip.new').count()).toBe(0);
    expect(await page.textContent('.verdict')).toContain(
      '1 of them was not among the 1,000 most frequent before',
    );
    await page.getByText('2 at most before').waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

describe('dashboard, where a token is needed,', () => {
  test('asks for it, refuses a wrong one, and goes on after the right one', async (context) => {
    const sha256 = createHash('sha256').update('right').digest('hex');
    await using own = await HttpScene.open(ENTRIES, { tokens: [{ name: 'test', sha256 }] });
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?q=failed+tag:web');
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('is not one of those').waitFor();
    expect(await page.locator('.row').count()).toBe(0);
    // Chromium closes a dialog at the second Escape, whatever the page says to it.
    for (const key of ['Escape', 'Escape', 'Escape']) await page.keyboard.press(key);
    await page.getByLabel('Token').fill('right');
    await page.keyboard.press('Enter');
    await countIs(page, '9 entries');
    expect(browser.complaints).toEqual([]);
  });
});
