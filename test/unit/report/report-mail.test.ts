/** The report as a mail: complete in text and HTML, pictures inside it, nothing remote, nothing foreign as markup. */
import { expect, test } from 'vitest';
import { buildReport, type Report } from '../../../src/report/report.ts';
import { reportNotice } from '../../../src/report/report-mail.ts';
import { reportMailHtml } from '../../../src/report/report-mail-html.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import {
  CONTEXT,
  DAY_START_MS,
  dayLines,
  INCIDENTS,
  type ReportLine,
  tallyOf,
} from '../../support/report-scene.ts';

/** Control, format and separator characters: nothing of ours uses them, but the joiners of the preheader. */
const HIDDEN = /(?!\u200c|\u00ad)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const PATHS = ['/reports/report_1.txt', '/reports/report_1.html', '/reports/report_1.json'];

function reportOf(changes: Partial<Report> = {}): Report {
  return { ...buildReport(tallyOf(dayLines()), CONTEXT), ...changes };
}

test('reportNotice() names verdict, day and page, and carries every picture its HTML shows', async () => {
  const report = reportOf();
  const notice = await reportNotice(report, PATHS);
  expect(notice).toMatchObject({
    kind: 'report',
    title: report.verdict.title,
    isTrouble: true,
    day: 'Fri 20 Nov',
    host: 'web-01',
    path: '/reports/report_1.html',
  });
  const shown = [...notice.html.matchAll(/src="cid:([^"]+)"/g)].map((match) => match[1]);
  expect(shown).toEqual(['levels-all', 'levels-trouble']);
  expect(notice.pictures.map(({ name }) => name)).toEqual(shown);
  for (const { pngBase64 } of notice.pictures) {
    const png = Buffer.from(pngBase64, 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1152, 240]);
  }
  expect(notice.text).toContain('COVERAGE  almost complete: 4,096 B are missing');
});

test('the mail says what each picture shows, in words', async () => {
  const { html } = await reportNotice(reportOf(), PATHS);
  for (const [tag] of html.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/alt="[^"]{20,}"/);
});

test('a report without entries has no pictures', async () => {
  const report = { ...buildReport(tallyOf([]), { ...CONTEXT, incidents: [] }) };
  const notice = await reportNotice(report, PATHS);
  expect(notice.pictures).toEqual([]);
  expect(notice.html).not.toContain('<img');
});

test('no text from outside gets through the mail as markup or control characters', () => {
  const lines = HOSTILE_TEXTS.flatMap(({ text }): ReportLine[] => [
    { atMs: DAY_START_MS, level: 'ERROR', source: text, message: text, path: text },
  ]);
  for (const { what, text } of HOSTILE_TEXTS) {
    const losses = [{ path: text, sizeBytes: 1, reason: text, atMs: DAY_START_MS }];
    const report = buildReport(tallyOf(lines), {
      ...CONTEXT,
      host: text,
      coverage: { ...CONTEXT.coverage, losses },
      incidents: [{ ...INCIDENTS[0]!, rule: text, description: text, group: { [text]: text } }],
    });
    const html = reportMailHtml(report, text);
    expect({ what, hidden: HIDDEN.exec(html.replaceAll('\n', '')) }).toEqual({
      what,
      hidden: null,
    });
    expect(html).not.toMatch(
      /<(?:script|img(?! [^>]*src="cid:)|iframe|svg|form|input|a (?!href="(?:#|https?:)))/i,
    );
  }
});

test('nothing in the mail is loaded from anywhere', () => {
  const text = reportMailHtml(reportOf(), PATHS[1]!);
  expect(text).not.toMatch(/(?:src|href)="(?!cid:)/);
  expect(text).not.toMatch(/url\(|@import|<script|<link/);
});

test('the mail says who was told of an incident, and whom it did not reach', () => {
  const open = {
    ...INCIDENTS[1]!,
    told: [{ channel: 'email', recipient: 'ops@example.org', state: 'failed' }],
  };
  const text = reportMailHtml(reportOf({ incidents: [INCIDENTS[0]!, open] }), PATHS[1]!);
  expect(text).toContain('told ops@example.org and a file');
  expect(text).toContain('nobody told yet; 1 recipient not reached');
});

test('the mail shows the day before beside this one', () => {
  const report = reportOf();
  const totals = report.chart!.bars.map(() => 7);
  const previous = {
    name: 'Thu',
    totals,
    entryCount: 7_777,
    sources: new Map([['nginx/access', 4_321]]),
  };
  const text = reportMailHtml({ ...report, previous }, PATHS[1]!);
  expect(text).toContain('the line is Thu');
  expect(text).toContain('4,321');
});
