/** The report and its mail in a browser: on a phone and a desk, light and dark, read aloud; and nothing is loaded from anywhere. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { buildReport } from '../../../src/report/report.ts';
import { reportHtml } from '../../../src/report/report-html.ts';
import { reportNotice } from '../../../src/report/report-mail.ts';
import { CONTEXT, dayLines, tallyOf } from '../../support/report-scene.ts';
import { TestBrowser } from './test-browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder for pictures, for people to look at: `REPORT_PICTURES=/tmp/pictures`. */
const PICTURES = process.env.REPORT_PICTURES;
const SIZES = [
  ['phone', { width: 375, height: 812 }],
  ['desk', { width: 1280, height: 900 }],
] as const;
const REPORT = buildReport(tallyOf(dayLines()), CONTEXT);

/** The mail as a client shows it: its pictures are parts of it. */
async function mailPage(): Promise<string> {
  const { html, pictures } = await reportNotice(REPORT, ['/reports/report.html']);
  expect(pictures.length).toBeGreaterThan(1);
  return pictures.reduce(
    (page, { name, pngBase64 }) =>
      page.replaceAll(`cid:${name}`, `data:image/png;base64,${pngBase64}`),
    html,
  );
}

const FORMS: readonly (readonly [name: string, made: () => Promise<string>])[] = [
  ['page', async () => reportHtml(REPORT)],
  ['mail', mailPage],
];

for (const [name, made] of FORMS) {
  test(`the ${name} of a report fits, light and dark, gives axe nothing to find, and loads nothing`, async (context) => {
    const content = await made();
    await using browser = await TestBrowser.open(context);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [size, viewport] of SIZES) {
        const page = await browser.page({ colorScheme, viewport });
        await look(page, content, `${name}-${size}-${colorScheme}`);
        await page.close();
      }
    }
    expect(browser.complaints).toEqual([]);
  }, 120_000);
}

test('the mail of a machine that wrote a hundred million lines fits a phone', async (context) => {
  const lots = (counts: Float64Array): Float64Array => counts.map((count) => count * 20_000);
  const sources = REPORT.sources.map((source) => ({ ...source, counts: lots(source.counts) }));
  const report = {
    ...{ ...REPORT, sources, levels: lots(REPORT.levels) },
    entryCount: REPORT.entryCount * 20_000,
    previous: {
      ...{ name: 'Thu', entryCount: 98_765_432, totals: REPORT.chart!.bars.map(() => 2_057_613) },
      sources: new Map(sources.map(({ name }) => [name, 98_765_432])),
    },
  };
  const { html } = await reportNotice(report, ['/reports/report.html']);
  await using browser = await TestBrowser.open(context);
  const page = await browser.page({ viewport: { width: 375, height: 812 } });
  await page.setContent(html);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBe(0);
}, 60_000);

test('the number of a pattern that came a million times stands beside it, not upon it', async (context) => {
  const topErrors = REPORT.topErrors.map((pattern) => ({ ...pattern, count: 123_456_789 }));
  await using browser = await TestBrowser.open(context);
  for (const [size, viewport] of SIZES) {
    const page = await browser.page({ viewport });
    await page.setContent(reportHtml({ ...REPORT, topErrors }));
    const wide = await page
      .locator('.p > b')
      .evaluateAll((numbers) =>
        numbers.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
      );
    expect(Math.max(...wide), size).toBe(0);
    await page.close();
  }
}, 60_000);

async function look(page: Page, content: string, where: string): Promise<void> {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.setContent(content);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways, where).toBeLessThanOrEqual(0);
  expect(await page.locator('h2', { hasText: 'Requests' }).count(), where).toBe(1);
  const remote = asked.filter((url) => !url.startsWith('data:'));
  expect(remote, where).toEqual([]);
  if (PICTURES !== undefined) {
    writeFileSync(`${PICTURES}/${where}.png`, await page.screenshot({ fullPage: true }));
  }
  const passedOver = where.startsWith('mail') ? LANDMARKS : [];
  expect(await faultsIn(page, passedOver), where).toEqual([]);
}

type Found = { id: string; impact: string; nodes: { html: string; any: { message: string }[] }[] };

/** What axe-core calls moderate or worse, with where. Landmarks are of pages; a mail is a part of the client's. */
const LANDMARKS = ['landmark-one-main', 'region'];

async function faultsIn(page: Page, passedOver: readonly string[]): Promise<string[]> {
  // Through the debugger, not the page: its policy lets no script in.
  await page.evaluate(AXE);
  return page.evaluate(async (passed) => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: Found[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ id, impact }) => impact !== 'minor' && !passed.includes(id))
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
      );
  }, passedOver);
}
