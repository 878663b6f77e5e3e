/** What the browser tests of the dashboard share: a store to look at, and waiting for what the page says. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import type { HttpScene } from '../../support/http-scene.ts';
import type { TestBrowser } from './test-browser.ts';

/** Goes into a page through the debugger, not the page itself: its policy lets no foreign script in. */
export const AXE = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

export const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

/** 450 of two sources over 75 minutes, nine of them errors with a stack; a day before, the hostile texts. */
export const ENTRIES: readonly TestEntry[] = [
  ...Array.from(
    { length: 450 },
    (_, index): TestEntry => ({
      timestampUs: NOON_US - index * 10e6,
      level: index % 50 === 0 ? 'ERROR' : 'INFO',
      source: index % 2 === 0 ? 'api' : 'payments',
      message:
        index % 50 === 0
          ? `request ${index} failed\n    at charge (charge.js:${index})`
          : `request ${index} done`,
      tags: ['web'],
      path: '/var/log/api.log',
      generation: 1,
      offset: index * 100,
      fields: [
        { key: 'status', value: String(200 + (index % 5)) },
        { key: 'trace', value: `t${index % 90}` },
      ],
    }),
  ),
  ...HOSTILE_TEXTS.map(
    ({ text }, index): TestEntry => ({
      timestampUs: NOON_US - 90_000e6 - index * 1_000,
      level: 'WARN',
      source: text.slice(0, 200).replaceAll('\n', ' '),
      message: text,
      messageMade: true,
      tags: ['hostile'],
      fields: [{ key: 'value', value: text, made: true }],
    }),
  ),
];

export async function open(
  scene: HttpScene,
  browser: TestBrowser,
  path: string,
  options: Parameters<TestBrowser['page']>[0] = {},
): Promise<Page> {
  const page = await browser.page(options);
  await page.goto(scene.server.url + (path.startsWith('?') ? `/${path}` : path));
  return page;
}

/** Press the key for live and wait for the list that it makes anew: what comes before that is in the list, and does not count. */
export async function goLive(page: Page): Promise<void> {
  const list = page.waitForResponse('**/api/search*');
  await page.keyboard.press('l');
  await list;
  await page.getByText('none in the last 10 s').waitFor();
}

export async function countIs(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('#count')?.textContent?.startsWith(wanted),
    text,
  );
}

/** The rows of the list, from the top; those in the page. */
export async function rowsAre(page: Page, messages: readonly string[]): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('.runway > .row .message')]
        .map((row) => row.textContent)
        .join() === wanted,
    messages.join(),
  );
}

/** One of what is looked for as `live`; the next is a millisecond later. */
export function liveEntry(index: number): TestEntry {
  return {
    timestampUs: NOON_US + index * 1_000,
    level: 'INFO',
    source: 'api',
    message: `live ${index}`,
  };
}

/** What these say. */
export function texts(numbers: readonly number[]): string[] {
  return numbers.map((number) => `live ${number}`);
}

type Found = { id: string; impact: string; nodes: { html: string; any: { message: string }[] }[] };

/** What axe-core calls serious or critical, with where. */
export async function seriousIn(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: Found[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
      );
  });
}
