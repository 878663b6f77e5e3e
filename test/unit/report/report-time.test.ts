/** Times in a report: as short as they may be, and never so short that they could mean another. */
import { expect, test } from 'vitest';
import { buildReport, type Report } from '../../../src/report/report.ts';
import { reportHtml } from '../../../src/report/report-html.ts';
import { reportMailHtml } from '../../../src/report/report-mail-html.ts';
import { reportMarkdown } from '../../../src/report/report-markdown.ts';
import { reportText } from '../../../src/report/report-text.ts';
import { CONTEXT, type ReportLine, tallyOf } from '../../support/report-scene.ts';

const HOUR_MS = 3_600_000;
const FORMS: readonly ((report: Report) => string)[] = [
  reportText,
  reportHtml,
  reportMarkdown,
  (report) => reportMailHtml(report, '/srv/reports/report.html'),
];

function reportOf(times: readonly number[], timezone: string): Report {
  const lines = times.map((atMs): ReportLine => {
    return { atMs, level: 'ERROR', source: 'api', message: `refused ${atMs % 97}` };
  });
  return buildReport(tallyOf(lines, timezone), { ...CONTEXT, timezone, incidents: [] });
}

test.each(FORMS)('a report over years says of which each time is: %o', (form) => {
  const report = reportOf([Date.UTC(2023, 2, 3, 14, 7), Date.UTC(2026, 2, 3, 14, 7)], 'UTC');
  expect(form(report).replace(/\s+/g, ' ')).toMatch(
    /first 3 Mar 2023 14:07|3 Mar 2023 14:07:00\.000/,
  );
  const sameYear = reportOf([Date.UTC(2026, 1, 3, 14, 7), Date.UTC(2026, 2, 3, 14, 7)], 'UTC');
  expect(form(sameYear).replace(/\s+/g, ' ')).toMatch(/first 3 Feb 14:07|3 Feb 14:07:00\.000/);
});

test.each([
  [10, ['00:00', '10:00']],
  [24, ['00:00', '24:00']],
  [25, ['29 Oct', '30 Oct 01:00']],
  [7 * 24, ['29 Oct', '5 Nov']],
  [40 * 24, ['29 Oct', '8 Dec']],
  [500 * 24, ['Oct 2026', 'Mar 2028']],
])('the chart of %i hours says from when until when it is', (hours, [first, last]) => {
  const startMs = Date.UTC(2026, 9, 28, 18, 15);
  const times = Array.from({ length: hours * 4 }, (_, index) => startMs + (index * HOUR_MS) / 4);
  const report = reportOf(times, 'Asia/Kathmandu');
  const [, axis, ...rows] = reportText(report).split('\n\n\n')[2]!.split('\n');
  expect(axis).toMatch(new RegExp(`^ {16}${first} +${last}`));
  // Bars, then their highest count below its head.
  for (const row of rows) expect(row).toHaveLength(axis!.length);
  const marks = /<div class="tx">(.*?)<\/div>/.exec(reportHtml(report))![1]!.split('</span>');
  expect(marks[0]).toContain(first);
  if (hours < 20 * 24) expect(marks[4]).toContain(last);
});

test('the day on which clocks go back is one day', () => {
  const startMs = Date.UTC(2026, 9, 24, 22);
  const times = Array.from({ length: 100 }, (_, index) => startMs + (index * HOUR_MS) / 4);
  expect(reportText(reportOf(times, 'Europe/Berlin'))).toMatch(/ {16}00:00 +24:00 /);
});

test('bars of days keep their dates where clocks go back between them', () => {
  const startMs = Date.UTC(2026, 8, 30, 22);
  const times = Array.from({ length: 40 * 24 }, (_, hour) => startMs + hour * HOUR_MS);
  const html = reportHtml(reportOf(times, 'Europe/Berlin'));
  const marks = /<div class="tx">(.*?)<\/div>/.exec(html)![1]!.replace(/<[^>]+>/g, ' ');
  expect(marks.trim().split(/ {2,}/)).toEqual(['1 Oct', '11 Oct', '21 Oct', '31 Oct', '10 Nov']);
});

test('a report over a change of clocks says by which its first and its last time are', () => {
  const end = Date.UTC(2026, 9, 25, 1, 59);
  const night = reportOf([Date.UTC(2026, 9, 24, 23), end], 'Europe/Berlin');
  const said = 'Sun 25 Oct 2026, 01:00:00 to 02:59:00 (UTC+2, at its end UTC+1)';
  for (const form of FORMS) expect(form(night).replace(/\s+/g, ' ')).toContain(said);
  const after = reportOf([end - HOUR_MS / 2, end], 'Europe/Berlin');
  expect(reportText(after)).toContain('02:29:00 to 02:59:00 (UTC+1)');
});
