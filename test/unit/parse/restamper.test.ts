/** Entries read with a wrong zone get the times that the right one gives, and only those that the zone decides. */
import { expect, test } from 'vitest';
import { ColumnNames, EntryColumns, FLAG } from '../../../src/model/entry-columns.ts';
import { FileParser } from '../../../src/parse/file-parser.ts';
import { Restamper } from '../../../src/parse/restamper.ts';

const FILE_TIME_MS = Date.UTC(2026, 10, 27, 12);

function parsed(
  text: string | Buffer,
  timezone: string,
  encoding = 'utf-8' as const,
): EntryColumns {
  const names = new ColumnNames();
  const columns = new EntryColumns(names);
  const parser = FileParser.open(names, {
    source: 'api',
    path: '/logs/api.log',
    tags: [],
    format: null,
    timezone,
    encoding,
    multiline: 'auto',
    generation: 3,
    fileTimeMs: FILE_TIME_MS,
  });
  const bytes = Buffer.from(text);
  parser.push(columns, bytes, 0, bytes.length, 0);
  parser.flush(columns);
  for (let row = 0; row < columns.count; row += 1) {
    if (Number.isNaN(columns.timestampUs[row]!)) columns.timestampUs[row] = FILE_TIME_MS * 1000;
  }
  return columns;
}

/** The times that entries read in one zone get from the restamper for another. */
function restamped(text: string, from: string, to: string): number[] {
  const columns = parsed(text, from);
  const restamper = new Restamper({
    readingOf: () => ({ timezone: to, encoding: 'utf-8' }),
    declared: [],
  });
  return Array.from({ length: columns.count }, (_, row) => restamper.timeOf(columns, row));
}

const TEXTS: Readonly<Record<string, string>> = {
  log4j: `2026-07-01 10:00:00,123 INFO  [main] c.e.App - started
2026-07-01 10:00:01,123 ERROR [main] c.e.App - failed
java.lang.IllegalStateException: no
\tat c.e.App.main(App.java:1)
2026-12-01 10:00:02,123 WARN  [main] c.e.App - winter
`,
  'syslog, no year': `Jul  1 10:00:00 web sshd[1]: first
Dec 31 23:30:00 web sshd[1]: of the year before
Jan  1 00:30:00 web sshd[1]: after midnight
`,
  'no seconds': `2026-07-01 10:00 INFO a
2026-12-01 10:00 INFO b
`,
  'the hour that exists twice': `2026-10-25 01:59:00 INFO a
2026-10-25 02:30:00 INFO first pass
2026-10-25 02:59:59 INFO first pass
2026-10-25 02:00:00 INFO second pass
2026-10-25 02:30:00 INFO second pass
2026-10-25 03:00:00 INFO after
`,
  iis: `#Software: Microsoft Internet Information Services 10.0
#Fields: date time cs-method cs-uri-stem sc-status
2026-03-01 10:00:00 GET /a 200
2026-03-01 10:00:01 GET /b 500
`,
};

for (const [name, text] of Object.entries(TEXTS)) {
  for (const [from, to] of [
    ['UTC', 'Europe/Berlin'],
    ['America/New_York', 'Asia/Kolkata'],
    ['Asia/Tokyo', 'UTC'],
  ] as const) {
    test(`${name}: from ${from} to ${to} as if it had been read so`, () => {
      const right = parsed(text, to);
      const times = restamped(text, from, to);
      expect(times).toEqual([...right.timestampUs.subarray(0, right.count)]);
    });
  }
}

test('a stamp with a zone of its own stays, and so does the arrival of a line without a stamp', () => {
  const text = `2026-07-01T10:00:00Z INFO one
2026-07-01T10:00:00+02:00 INFO two
2026-07-01 10:00:00 INFO three
`;
  const before = parsed(text, 'UTC');
  const [one, two, three] = restamped(text, 'UTC', 'Europe/Berlin');
  expect([one, two]).toEqual([before.timestampUs[0], before.timestampUs[1]]);
  expect(three).toBe(before.timestampUs[2]! - 2 * 3_600_000_000);
  const plain = parsed('no stamp at all\n', 'UTC');
  expect(plain.flags[0]! & FLAG.TIMESTAMP_NONE).toBe(FLAG.TIMESTAMP_NONE);
  const restamper = new Restamper({
    readingOf: () => ({ timezone: 'Europe/Berlin', encoding: 'utf-8' }),
    declared: [],
  });
  expect(restamper.timeOf(plain, 0)).toBe(FILE_TIME_MS * 1000);
});

test('a time without a date moves within a day, whatever the day is now', () => {
  const columns = parsed('10:00:00.000 [main] INFO c.e.App - one\n', 'UTC');
  const before = columns.timestampUs[0]! - 90 * 86_400_000_000;
  columns.timestampUs[0] = before;
  const restamper = new Restamper({
    readingOf: () => ({ timezone: 'Asia/Tokyo', encoding: 'utf-8' }),
    declared: [],
  });
  expect(restamper.timeOf(columns, 0)).toBe(before - 9 * 3_600_000_000);
});

test('a time to the minute moves, though the line alone says less than its log', () => {
  const text = '10:00 first\n10:01 second\n';
  const moved = restamped(text, 'UTC', 'Europe/Berlin');
  expect(moved.map((us) => new Date(us / 1000).toISOString())).toEqual([
    '2026-11-27T09:00:00.000Z',
    '2026-11-27T09:01:00.000Z',
  ]);
});

test('asked again after the correction it gives the same', () => {
  const text = TEXTS['the hour that exists twice']!;
  const columns = parsed(text, 'UTC');
  const first = restamped(text, 'UTC', 'Europe/Berlin');
  columns.timestampUs.set(first);
  const restamper = new Restamper({
    readingOf: () => ({ timezone: 'Europe/Berlin', encoding: 'utf-8' }),
    declared: [],
  });
  expect(first.map((_, row) => restamper.timeOf(columns, row))).toEqual(first);
});

test('the rest of a record that is too long for one entry goes with its beginning', () => {
  const trace = Array.from({ length: 2500 }, (_, index) => `\tat c.e.App.m${index}(App.java:1)`);
  const text = `2026-07-01 10:00:00,123 ERROR [main] c.e.App - failed\njava.lang.Error: no\n${trace.join('\n')}\n`;
  const times = restamped(text, 'UTC', 'Europe/Berlin');
  expect(times.length).toBeGreaterThan(2);
  expect(new Set(times)).toEqual(new Set([Date.UTC(2026, 6, 1, 8, 0, 0, 123) * 1000]));
});

test('what zones cannot explain stays: the time is not one that any zone gives', () => {
  const columns = parsed('2026-07-01 10:00:00 INFO one\n', 'UTC');
  columns.timestampUs[0] = columns.timestampUs[0]! + 40 * 86_400_000_000;
  const restamper = new Restamper({
    readingOf: () => ({ timezone: 'Europe/Berlin', encoding: 'utf-8' }),
    declared: [],
  });
  expect(restamper.timeOf(columns, 0)).toBeNaN();
});
