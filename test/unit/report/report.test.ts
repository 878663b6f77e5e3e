/** What a report counts, and what it says first. */
import { describe, expect, test } from 'vitest';
import { namedCounts, totalOf } from '../../../src/report/level-counts.ts';
import { buildReport, cutNames, type Report } from '../../../src/report/report.ts';
import {
  CALM,
  CONTEXT,
  DAY_START_MS,
  dayLines,
  INCIDENTS,
  type ReportLine,
  tallyOf,
} from '../../support/report-scene.ts';

function countBy(
  lines: readonly ReportLine[],
  key: (line: ReportLine) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[key(line)] = (counts[key(line)] ?? 0) + 1;
  return counts;
}

test('buildReport() counts every entry once, by level, source, file and time', () => {
  const lines = dayLines();
  const report = buildReport(tallyOf(lines), CONTEXT);
  const byLevel = countBy(lines, (line) => line.level ?? 'none');
  expect(namedCounts(report.levels)).toEqual({
    FATAL: 0,
    ERROR: 0,
    WARN: 0,
    INFO: 0,
    DEBUG: 0,
    TRACE: 0,
    none: 0,
    ...byLevel,
  });
  expect(report.entryCount).toBe(lines.length);
  const totals = report.sources.map(({ name, counts }) => [name, totalOf(counts)]);
  expect(Object.fromEntries(totals)).toEqual(countBy(lines, (line) => line.source));
  expect(report.files.reduce((sum, file) => sum + totalOf(file.counts), 0)).toBe(lines.length);
  const bars = report.chart!.bars;
  expect(bars.reduce((sum, counts) => sum + totalOf(counts), 0)).toBe(lines.length);
  expect(report.chart).toMatchObject({ startMs: DAY_START_MS, widthMs: 30 * 60_000 });
  expect(bars).toHaveLength(48);
  expect(report.period).toEqual({
    firstMs: lines[0]!.atMs,
    lastMs: Math.max(...lines.map((line) => line.atMs)),
  });
});

test('buildReport() shows the most frequent patterns, errors apart, with their first example', () => {
  const lines = dayLines();
  const report = buildReport(tallyOf(lines), CONTEXT);
  const errorCount = lines.filter((line) => line.level === 'ERROR').length;
  expect(report.topErrors[0]).toMatchObject({
    template:
      'POST <route> failed: upstream ledger-db timeout after <n> ms status=<n> attempt=<n> trace=<id>',
    count: errorCount,
    source: 'payments',
    example: lines.find((line) => line.level === 'ERROR')!.message,
  });
  const counts = report.topMessages.map((pattern) => pattern.count);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  expect(report.topMessages.reduce((sum, pattern) => sum + pattern.count, 0)).toBe(lines.length);
});

test('buildReport() gives the same document however the entries come', () => {
  const lines = dayLines().slice(0, 2000);
  const shuffled = lines
    .map((line, index) => ({ line, key: (index * 7919) % 2003 }))
    .sort((a, b) => a.key - b.key);
  const strip = (report: Report): string =>
    JSON.stringify(report, (key, value: unknown) => {
      if (key.startsWith('example')) return undefined;
      return value instanceof Map ? [...value] : value;
    });
  const one = buildReport(tallyOf(lines), CONTEXT);
  const other = buildReport(tallyOf(shuffled.map(({ line }) => line)), CONTEXT);
  expect(strip(other)).toEqual(strip(one));
});

describe('the verdict', () => {
  const line = (level: ReportLine['level'], source = 'api'): ReportLine => ({
    atMs: DAY_START_MS,
    level,
    source,
    message: 'something happened',
  });

  function check(
    lines: readonly ReportLine[],
    changes: Partial<typeof CONTEXT>,
    title: string,
  ): void {
    test(`says "${title}"`, () => {
      const context = { ...CONTEXT, incidents: [], coverage: CALM, ...changes };
      expect(buildReport(tallyOf(lines), context).verdict.title).toBe(title);
    });
  }

  check([], {}, 'Nothing was logged');
  check([line('INFO')], {}, 'No errors, no warnings');
  check([line('INFO'), line('WARN')], {}, 'No errors, 1 warning');
  check([line('ERROR')], {}, '1 error, all from api');
  check([line('ERROR'), line('ERROR'), line('FATAL', 'b')], {}, '1 fatal, all from b');
  check([line('ERROR'), line('ERROR'), line('ERROR', 'b')], {}, '3 errors, most from api');
  const many = Array.from({ length: 1_200 }, (_, index) => line('ERROR', `s${index}`));
  check(many, {}, '1,200 errors, from 1,200 sources');
  check([line('ERROR'), line('ERROR', 'b')], {}, '2 errors, from 2 sources');
  check([line('ERROR')], { incidents: INCIDENTS }, '1 incident is open: backup-absent');
  check([line('INFO')], { coverage: { ...CALM, lostBytes: 4096 } }, 'No errors, but 4,096 B lost');
});

test('cutNames() sums up what does not fit a page', () => {
  const lines = Array.from(
    { length: 40 },
    (_, index): ReportLine => ({
      atMs: DAY_START_MS,
      level: 'INFO',
      source: `source-${index}`,
      message: 'x',
    }),
  );
  const { rows, more } = cutNames(buildReport(tallyOf(lines), CONTEXT).sources);
  expect(rows.length + more!.nameCount).toBe(40);
  expect(rows.length + totalOf(more!.counts)).toBe(40);
});
