/** The three forms of a report: whole, aligned, and nothing hostile gets through. */

import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { buildReport } from '../../../src/report/report.ts';
import { reportHtml } from '../../../src/report/report-html.ts';
import { reportJson } from '../../../src/report/report-json.ts';
import { reportMailHtml } from '../../../src/report/report-mail-html.ts';
import { reportMarkdown } from '../../../src/report/report-markdown.ts';
import { reportText } from '../../../src/report/report-text.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import {
  CALM,
  CONTEXT,
  DAY_START_MS,
  dayLines,
  INCIDENTS,
  type ReportLine,
  tallyOf,
} from '../../support/report-scene.ts';

const REPORT = buildReport(tallyOf(dayLines()), CONTEXT);
const EMPTY = buildReport(tallyOf([]), { ...CONTEXT, incidents: [], coverage: CALM });

test('reportText() holds all counts and stays inside 72 columns', () => {
  const text = reportText(REPORT);
  for (const part of [
    '1 incident is open: backup-absent',
    'ERROR             312',
    'payments',
    '4,096 B lost',
    'COVERAGE',
  ]) {
    expect(text).toContain(part);
  }
  for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(72);
});

test('every form of the report names the most frequent and the slowest requests', () => {
  const forms = [reportText, reportHtml, reportMarkdown].map((form) => form(REPORT));
  for (const form of forms) {
    expect(form).toMatch(/requests? for 4 routes/);
    expect(form).toMatch(/GET \/search/);
    expect(form).toMatch(/30\.0 s/);
  }
  const { requests } = JSON.parse(reportJson(REPORT));
  expect(requests).toMatchObject({ routes: 4, failed: 312 });
  expect(requests.slowest[0]).toMatchObject({
    route: 'POST /charge',
    source: 'payments',
    count: 312,
    times: { maxMs: 30_000, p95Ms: 30_000 },
  });
  expect(requests.frequent[0].route).toMatch(/^GET /);
  for (const form of [reportText, reportHtml, reportMarkdown].map((make) => make(EMPTY))) {
    expect(form).not.toMatch(/requests? for/);
  }
});

test('reportHtml() holds the same, without script and remote content', () => {
  const page = reportHtml(REPORT);
  // A reader without our styles, as in a terminal, has nothing but blanks between words.
  expect(page.match(/\w(?:<\/\w+>)+<(?:span|small|a href)[ >].{40}/g)).toBeNull();
  expect(page).toContain('<h1>1 incident is open: backup-absent</h1>');
  expect(page).toContain('<span class="ph">route</span> failed');
  expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:|url\((?!#)/);
  expect(page).toContain("default-src 'none'");
});

test('reportMarkdown() holds the same, tables whole', () => {
  const text = reportMarkdown(REPORT);
  expect(text).toContain('# 1 incident is open: backup\\-absent');
  expect(text).toContain('| ERROR | 312 |');
  for (const line of text.split('\n').filter((row) => row.startsWith('|'))) {
    expect(line.endsWith('|')).toBe(true);
  }
});

test('reportJson() holds every number exactly', () => {
  const record = JSON.parse(reportJson(REPORT));
  expect(record).toMatchObject({
    host: 'web-01',
    total: REPORT.entryCount,
    levels: { ERROR: 312, FATAL: 3, none: 0 },
    from: '2026-11-19T23:00:00.000Z',
    coverage: { lostBytes: 4096 },
  });
  expect(record.sources.map((source: { name: string }) => source.name)).toContain('nginx/access');
});

test('a report without entries is a report', () => {
  expect(reportText(EMPTY)).toContain('Nothing was logged');
  expect(reportHtml(EMPTY)).toContain('<h1>Nothing was logged</h1>');
  expect(JSON.parse(reportJson(EMPTY))).toMatchObject({ total: 0, from: null, histogram: null });
});

test('every form of the report counts the incidents it does not list, and tells groups apart', () => {
  const incidents = [INCIDENTS[1]!, { ...INCIDENTS[1]!, id: '7f', group: { host: 'web-02' } }];
  const incidentCounts = { total: 1_261, open: 3 };
  const report = buildReport(tallyOf([]), { ...CONTEXT, incidents, incidentCounts });
  const mailOf = () => reportMailHtml(report, '/reports/report_1.html');
  for (const make of [reportText, reportHtml, reportMarkdown, mailOf]) {
    const form = make(report).replaceAll('\\', '');
    expect(form).toContain('3 incidents are open, first backup-absent');
    expect(form).toContain('1,261 incidents, 3 still open.');
    expect(form).toContain('1,259 more are not listed');
    expect(form).toContain('critical, host=web-01');
    expect(form).toContain('critical, host=web-02');
  }
  expect(reportHtml(report)).toContain('<b>3</b> still open <span>of 1,261 incidents</span>');
  expect(JSON.parse(reportJson(report))).toMatchObject({ incidentCounts });
});

test('one archived file is one file', () => {
  const archives = { fileCount: 1, originalBytes: 10, storedBytes: 5, damagedCount: 1 };
  const text = reportText({ ...EMPTY, coverage: { ...CALM, archives } });
  expect(text).toMatch(/Archived and verified +1 file\n/);
  expect(text).toMatch(/Archives found damaged +1 file\n/);
});

test('every form of the report counts the patterns it does not show', () => {
  const pattern = REPORT.patterns[0]!;
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  const change = { count: 90, previousCount: 30, weekBeforeCount: null, factor: 3, rose: true };
  const report = {
    ...REPORT,
    news: {
      historyDays: 9,
      untold: [],
      fresh: many(21, pattern),
      comparison: {
        ...{ day: 20_000, previousDay: 19_999, weekBeforeDay: null },
        stopped: many(32, { pattern, perDay: 7 }),
        moved: many(43, { pattern, ...change }),
      },
    },
  };
  for (const form of [reportText, reportHtml, reportMarkdown]) {
    const text = form(report);
    for (const more of ['11 more new patterns', '22 more patterns', '33 more patterns']) {
      expect(text).toContain(more);
    }
  }
  const mail = reportMailHtml(report, '/srv/reports/report.html');
  expect(mail).toContain('16 more patterns: 5 on the page, all in the JSON beside it.');
  expect(mail).toContain('27 more patterns: 5 on the page');
  expect(mail).toContain('35 more patterns: 2 on the page');
});

test('no text from outside gets through as markup or control characters', () => {
  const lines = HOSTILE_TEXTS.flatMap(({ text }): ReportLine[] => [
    { atMs: DAY_START_MS, level: 'ERROR', source: text, message: text, path: text },
  ]);
  for (const { text } of HOSTILE_TEXTS) {
    const losses = [{ path: text, sizeBytes: 1, reason: text, atMs: DAY_START_MS }];
    const report = buildReport(tallyOf(lines), {
      ...CONTEXT,
      host: text,
      coverage: { ...CONTEXT.coverage, losses },
      incidents: [{ ...INCIDENTS[0]!, rule: text, description: text, group: { [text]: text } }],
    });
    const page = reportHtml(report);
    expect(page.replaceAll('\n', '')).not.toMatch(HIDDEN);
    expect(reportText(report).replaceAll('\n', '')).not.toMatch(HIDDEN);
    expect(strangeTags(page)).toEqual([]);
    const markdown = reportMarkdown(report);
    expect(markdown.replaceAll('\n', '')).not.toMatch(HIDDEN);
    expect(markdown.replace(/(`+)[^\n]*?\1/g, '')).not.toMatch(/(?<!\\)[<>[]/);
  }
});

/** Control, format and separator characters: nothing of ours uses them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const OURS =
  /^<(?:!doctype html|\/?(?:html|head|title|style|body|main|p|b|span|h1|h2|nav|a|ol|li|div|small|svg|path|circle|figure|figcaption|i|defs|pattern|table|thead|tbody|tr|th|td|dl|dt|dd|footer|meta)(?: (?:lang|charset|name|content|http-equiv|class|id|href|aria-label|aria-hidden|role|style|viewBox|height|width|preserveAspectRatio|d|fill|fill-rule|stroke|stroke-width|cx|cy|r|patternUnits|patternTransform)="[^"<>]*")*\/?)>$/;

function strangeTags(page: string): string[] {
  const markup = page.replace(/<style>[\s\S]*?<\/style>/, '');
  return [...markup.matchAll(/<[^>]*>?/g)]
    .map((match) => match[0])
    .filter((tag) => !OURS.test(tag));
}
