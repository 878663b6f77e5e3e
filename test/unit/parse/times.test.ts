/** Stamps that do not say all: which pass of the doubled hour, which year, which day, which zone. */
import { describe, expect, test } from 'vitest';
import { FLAG } from '../../../src/model/entry-columns.ts';
import type { FileParserOptions } from '../../../src/parse/file-parser-options.ts';
import { Zone } from '../../../src/parse/zone.ts';
import { parseChunks, parseText } from '../../support/parse.ts';

function timesOf(lines: readonly string[], options: Partial<FileParserOptions> = {}) {
  const text = `${lines.join('\n')}\n`;
  const whole = parseText(text, options).map((entry) => entry.timestamp);
  const inPieces = parseChunks(
    lines.map((line) => `${line}\n`),
    options,
  );
  // One line a chunk takes another way through the reader.
  expect(inPieces.map((entry) => entry.timestamp)).toEqual(whole);
  return whole;
}

test('files share their zones, however many names lines give', () => {
  const berlin = Zone.find('Europe/Berlin');
  expect(Zone.find('Europe/Berlin')).toBe(berlin);
  for (let name = 0; name < 1_000; name += 1) expect(Zone.find(`No/Zone${name}`)).toBeNull();
  expect(Zone.find('Europe/Berlin')?.offsetOfDayMs(0)).toBe(berlin?.offsetOfDayMs(0));
});

describe('a fraction behind a comma', () => {
  test('may have one digit or two where ISO 8601 is plain from what stands around it', () => {
    expect(
      timesOf([
        '2026-11-30T15:00:00,5Z INFO a: x',
        '2026-11-30T15:00:01,25Z INFO a: x',
        '2026-11-30T15:00:02,5+02:00 INFO a: x',
        '2026-11-30T15:00:03,25-0500 INFO a: x',
        '2026-11-30T15:00:04,123456789Z INFO a: x',
      ]),
    ).toEqual([
      '2026-11-30T15:00:00.500Z',
      '2026-11-30T15:00:01.250Z',
      '2026-11-30T13:00:02.500Z',
      '2026-11-30T20:00:03.250Z',
      '2026-11-30T15:00:04.123456Z',
    ]);
  });

  test('is another field where a number stands there', () => {
    expect(timesOf(['2026-11-30 15:00:00,5,INFO,x', '2026-11-30 15:00:01,10-12,INFO,x'])).toEqual([
      '2026-11-30T15:00:00.000Z',
      '2026-11-30T15:00:01.000Z',
    ]);
  });
});

describe('24:00:00', () => {
  test('is the end of the day that stands before it, as ISO 8601 and DB2 write it', () => {
    expect(
      timesOf(
        [
          '2026-11-20T23:59:59Z INFO a: x',
          '2026-11-20T24:00:00Z INFO a: x',
          '2026-11-20 24:00:00.000 INFO a: x',
          '2026-11-20T24:00:00+02:00 INFO a: x',
          '2026-12-31 24:00:00,000 INFO a: x',
          '20261120T240000Z INFO a: x',
          '2026-11-20-24.00.00.000000 INFO a: x',
          '{"time":"2026-11-20T24:00:00Z","level":"info","msg":"x"}',
        ],
        { timezone: 'UTC' },
      ),
    ).toEqual([
      '2026-11-20T23:59:59.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-20T22:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
    ]);
  });

  test('is local midnight in a zone, in a year that is not printed, and in lines to the minute', () => {
    const berlin = { timezone: 'Europe/Berlin' };
    const midnight = '2026-11-20T23:00:00.000Z';
    expect(timesOf(['2026-11-20 24:00:00 INFO a: x'], berlin)).toEqual([midnight]);
    const fileTimeMs = Date.UTC(2026, 10, 21);
    expect(timesOf(['Nov 20 24:00:00 web1 app[1]: x'], { ...berlin, fileTimeMs })).toEqual([
      midnight,
    ]);
    const minutes = ['2026-11-20 23:59 INFO a: x', '2026-11-20 24:00 INFO a: x'];
    expect(timesOf(minutes, berlin)).toEqual(['2026-11-20T22:59:00.000Z', midnight]);
  });

  test.each(['24:00:01', '24:01:00', '24:00:00.001', '25:00:00'])(
    'and not later: %s is no time of day',
    (time) => {
      const lines = ['2026-11-20 23:59:59 INFO a: x', `2026-11-20 ${time} INFO a: x`];
      expect(timesOf(lines, { timezone: 'UTC' })).toEqual(['2026-11-20T23:59:59.000Z']);
    },
  );

  test('is no time of day without a date: it may be a length of time', () => {
    const lines = ['10:30:00 INFO a: x', '24:00:00 left', '10:30:01 INFO a: x'];
    expect(timesOf(lines, { timezone: 'UTC', fileTimeMs: Date.UTC(2026, 10, 21) })).toHaveLength(2);
  });
});

describe('a zone with summer time', () => {
  const berlin = { timezone: 'Europe/Berlin' };

  test('has an hour twice in autumn: the first pass comes first, a jump back begins the second', () => {
    expect(
      timesOf(
        [
          '2026-10-25 01:59:59 INFO a: before',
          '2026-10-25 02:10:00 INFO a: first pass',
          '2026-10-25 02:59:59 INFO a: still',
          '2026-10-25 02:00:01 INFO a: second pass',
          '2026-10-25 02:59:58 INFO a: still second',
          '2026-10-25 03:00:00 INFO a: after',
        ],
        berlin,
      ),
    ).toEqual([
      '2026-10-24T23:59:59.000Z',
      '2026-10-25T00:10:00.000Z',
      '2026-10-25T00:59:59.000Z',
      '2026-10-25T01:00:01.000Z',
      '2026-10-25T01:59:58.000Z',
      '2026-10-25T02:00:00.000Z',
    ]);
  });

  test('misses an hour in spring: such a time is read with the offset before the change', () => {
    expect(
      timesOf(
        [
          '2026-03-29 01:59:59 INFO a: x',
          '2026-03-29 02:30:00 INFO a: y',
          '2026-03-29 03:00:00 INFO a: z',
        ],
        berlin,
      ),
    ).toEqual(['2026-03-29T00:59:59.000Z', '2026-03-29T01:30:00.000Z', '2026-03-29T01:00:00.000Z']);
  });

  test('means nothing to a stamp that says its offset', () => {
    expect(
      timesOf(['2026-10-25 02:10:00 +0100 INFO a: x', '2026-10-25T02:10:00Z INFO a: y'], berlin),
    ).toEqual(['2026-10-25T01:10:00.000Z', '2026-10-25T02:10:00.000Z']);
  });

  test('is used on the other side of the world, too', () => {
    expect(
      timesOf(['2026-04-05 02:30:00 INFO a: x', '2026-04-05 02:10:00 INFO a: y'], {
        timezone: 'Australia/Sydney',
      }),
    ).toEqual(['2026-04-04T15:30:00.000Z', '2026-04-04T16:10:00.000Z']);
  });
});

describe('a stamp without a year', () => {
  test('is of the year that puts it nearest before the file, across New Year', () => {
    const options = { fileTimeMs: Date.UTC(2027, 0, 2, 8) };
    expect(
      timesOf(
        [
          'Dec 31 23:59:59 web a[1]: old',
          'Jan  1 00:00:01 web a[1]: new',
          'Jan  2 07:00:00 web a[1]: now',
        ],
        options,
      ),
    ).toEqual(['2026-12-31T23:59:59.000Z', '2027-01-01T00:00:01.000Z', '2027-01-02T07:00:00.000Z']);
    const [entry] = parseText('Dec 31 23:59:59 web a[1]: old\n', options);
    expect(entry!.flags & FLAG.YEAR_ASSUMED).toBe(FLAG.YEAR_ASSUMED);
  });

  test('may lie a day after the file, and is of a leap year on its last day of February', () => {
    expect(
      timesOf(['Jan  3 07:00:00 web a[1]: ahead'], { fileTimeMs: Date.UTC(2027, 0, 2, 8) }),
    ).toEqual(['2027-01-03T07:00:00.000Z']);
    expect(
      timesOf(['Feb 29 07:00:00 web a[1]: leap'], { fileTimeMs: Date.UTC(2027, 0, 2) }),
    ).toEqual(['2024-02-29T07:00:00.000Z']);
  });
});

describe('a stamp without a date', () => {
  test('is of the day of the file, or of the day before where it would be later', () => {
    const options = { fileTimeMs: Date.UTC(2026, 10, 20, 12) };
    expect(
      timesOf(['11:59:00 [main] INFO a.B - x', '12:00:30 [main] INFO a.B - y'], options),
    ).toEqual(['2026-11-20T11:59:00.000Z', '2026-11-19T12:00:30.000Z']);
    const [entry] = parseText('11:59:00 [main] INFO a.B - x\n', options);
    expect(entry!.flags & FLAG.DATE_ASSUMED).toBe(FLAG.DATE_ASSUMED);
  });

  test.each([
    // It is 05:00 of the 21st in Tokyo, and 18:30 of the 20th in New York.
    ['Asia/Tokyo', Date.UTC(2026, 10, 20, 20), '04:59:50', '2026-11-20T19:59:50.000Z'],
    ['Asia/Tokyo', Date.UTC(2026, 10, 20, 20), '05:01:00', '2026-11-19T20:01:00.000Z'],
    ['America/New_York', Date.UTC(2026, 10, 20, 23, 30), '18:29:50', '2026-11-20T23:29:50.000Z'],
    ['America/New_York', Date.UTC(2026, 10, 20, 23, 30), '23:00:00', '2026-11-20T04:00:00.000Z'],
    // The file was written at 01:10, after the clocks had gone back from 02:00 to 01:00.
    ['America/New_York', Date.UTC(2026, 10, 1, 6, 10), '01:50:00', '2026-11-01T05:50:00.000Z'],
  ])('is of the day that %s has by then', (timezone, fileTimeMs, time, expected) => {
    expect(timesOf([`${time} [main] INFO a.B - x`], { fileTimeMs, timezone })).toEqual([expected]);
  });
});

describe('a stamp without seconds', () => {
  test.each([
    ['2026-11-30 10:30 ERROR x', '2026-11-30T10:30:00.000Z'],
    ['2026-11-30T10:30Z x', '2026-11-30T10:30:00.000Z'],
    ['2026-11-30T10:30-05:00 x', '2026-11-30T15:30:00.000Z'],
    ['2026-11-30 10:30 +0100 x', '2026-11-30T09:30:00.000Z'],
    ['[2026-11-30 10:30] x', '2026-11-30T10:30:00.000Z'],
    ['2026-11-30 10:30: x', '2026-11-30T10:30:00.000Z'],
    ['30.11.2026 10:30 x', '2026-11-30T10:30:00.000Z'],
    ['11/30/26 10:30 AM x', '2026-11-30T10:30:00.000Z'],
    ['11/30/2026 9:05 PM x', '2026-11-30T21:05:00.000Z'],
    ['30 Nov 2026 10:30 x', '2026-11-30T10:30:00.000Z'],
    ['Nov 19 10:30 x', '2026-11-19T10:30:00.000Z'],
    ['ERROR 2026-11-30 10:30 x', '2026-11-30T10:30:00.000Z'],
    ['{"time":"2026-11-30 10:30","msg":"x"}', '2026-11-30T10:30:00.000Z'],
    ['time="2026-11-30 10:30" level=info msg=x', '2026-11-30T10:30:00.000Z'],
  ])('%s', (line, timestamp) => {
    const [entry] = parseText(`${line}\n`);
    expect([entry!.timestamp, entry!.message]).toEqual([timestamp, 'x']);
  });

  test('has a level and a logger behind it like any other', () => {
    const [entry] = parseText('2026-11-30 10:30 ERROR [main] a.b.Store - it failed\n');
    expect(entry).toMatchObject({
      level: 'ERROR',
      message: 'it failed',
      metadata: { component: 'a.b.Store', thread: 'main' },
    });
  });

  test('needs no date where half of the lines begin with a time', () => {
    const options = { fileTimeMs: Date.UTC(2026, 10, 20, 12) };
    const lines = ['10:30 started', '10:31 ERROR it failed', 'and why', '10:32 stopped'];
    const entries = parseText(`${lines.join('\n')}\n`, options);
    expect(entries.map(({ timestamp, message }) => [timestamp, message])).toEqual([
      ['2026-11-20T10:30:00.000Z', 'started'],
      ['2026-11-20T10:31:00.000Z', 'it failed\nand why'],
      ['2026-11-20T10:32:00.000Z', 'stopped'],
    ]);
    expect(timesOf(['[10:30] <ann> hello', '[10:31] <bob> hi'], options)).toEqual([
      '2026-11-20T10:30:00.000Z',
      '2026-11-20T10:31:00.000Z',
    ]);
  });

  test('may be of the hour behind midnight while that lasts', () => {
    const options = { fileTimeMs: Date.UTC(2027, 0, 1, 0, 20) };
    expect(timesOf(['00:01 one', '00:03 two', '00:15 three'], options)).toEqual([
      '2027-01-01T00:01:00.000Z',
      '2027-01-01T00:03:00.000Z',
      '2027-01-01T00:15:00.000Z',
    ]);
  });

  test.each([
    ['scores', ['the results', '10:30 at half time', '21:14 in the end', 'a', 'b', 'c']],
    ['one line alone', ['10:30 for us']],
    ['ratios', ['16:10 wide', '16:9 wide', '4:3 wide', '21:9 wide']],
    ['durations', ['10:30:500 ms', '10:31:500 ms', '10:32.5 s', '10:33/km']],
    ['minutes since a beginning', ['00:01 compiled', '00:03 linked', '00:10 done']],
    ['spans', ['2026-11-30 10:30-11:00 window', '2026-11-30 11:30-12:00 window']],
    ['days of a month', ['11-30 10:30 x', '11-30 10:31 x']],
    ['fields', ['{"time":"10:30","msg":"x"}', '{"time":"10:31","msg":"x"}']],
  ])('is not made of %s', (_, lines) => {
    const entries = parseText(`${lines.join('\n')}\n`);
    expect(entries.map(({ timestamp }) => timestamp)).toEqual(lines.map(() => null));
  });

  test('begins no entry in a log whose stamps have seconds', () => {
    const lines = ['2026-11-20 10:30:00 INFO plan:', '2026-11-20 11:00 restart', '11:30 all done'];
    const text = [...lines, ...lines, ...lines, ...lines, ...lines, lines[0]!].join('\n');
    const messages = parseText(`${text}\n`);
    expect(messages.map(({ message }) => message)).toEqual([
      ...new Array<string>(5).fill('plan:\n2026-11-20 11:00 restart\n11:30 all done'),
      'plan:',
    ]);
  });
});

test('a time to the minute may have an hour of one digit, before a half of the day', () => {
  const lines = ['9:05AM INF one', '10:30AM ERR two', '1:00AM WRN three'];
  expect(timesOf(lines, { fileTimeMs: Date.UTC(2026, 10, 20, 12) })).toEqual([
    '2026-11-20T09:05:00.000Z',
    '2026-11-20T10:30:00.000Z',
    '2026-11-20T01:00:00.000Z',
  ]);
});

describe('a stamp with a zone of its own', () => {
  test.each([
    ['2026-07-01 10:00:00 CEST INFO a: x', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01 10:00:00 EST INFO a: x', '2026-07-01T15:00:00.000Z'],
    ['2026-07-01 10:00:00+05:30 INFO a: x', '2026-07-01T04:30:00.000Z'],
    ['[01-Jul-2026 10:00:00 America/New_York] PHP Notice:  x', '2026-07-01T14:00:00.000Z'],
    ['2026-07-01 10:00:00.250 -03 [7] bob@shop ERROR:  x', '2026-07-01T13:00:00.250Z'],
    ['2026-07-01 10:00:00 +12 [7] LOG:  x', '2026-06-30T22:00:00.000Z'],
    ['2026-07-01 10:00:00 -03:10.0.0.1(4):a@b:[7]:FATAL:  x', '2026-07-01T13:00:00.000Z'],
    ['{"timestamp":"2026-07-01 10:00:00.250 +03","msg":"x"}', '2026-07-01T07:00:00.250Z'],
    ['Wed Jul  1 10:00:00 -03 2026 x', '2026-07-01T13:00:00.000Z'],
    // Numbers, behind a time of the file's zone.
    ['2026-07-01 10:00:00 -12 degrees', '2026-07-01T01:00:00.000Z'],
    ['2026-07-01 10:00:00 -1 osd.0', '2026-07-01T01:00:00.000Z'],
    ['@4000000050d506482dd00cb4 x', '2012-12-22T01:00:46.768609Z'],
    ['1795082401123456789 INFO a: x', '2026-11-19T10:00:01.123456Z'],
  ])('%s', (line, timestamp) => {
    const [entry] = parseText(`${line}\n`, { timezone: 'Asia/Tokyo' });
    expect(entry!.timestamp).toBe(timestamp);
  });
});

describe('a clock that jumps', () => {
  test('is believed, and the future is marked', () => {
    const entries = parseText('2030-01-01T00:00:00Z INFO a: x\n2026-01-01T00:00:00Z INFO a: y\n');
    expect(entries.map((entry) => entry.timestamp)).toEqual([
      '2030-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]);
  });
});

test('of two dates that three numbers of two digits can be, the later one that is not in the future is meant', () => {
  expect(timesOf(['11/09/26 10:00:01 a', '11/10/26 10:00:02 b'])).toEqual([
    '2026-11-09T10:00:01.000Z',
    '2026-11-10T10:00:02.000Z',
  ]);
  expect(timesOf(['09.11.26 10:00:01 a', '10.11.26 10:00:02 b'])).toEqual([
    '2026-11-09T10:00:01.000Z',
    '2026-11-10T10:00:02.000Z',
  ]);
  // Spark's begin with the year.
  expect(timesOf(['26/11/09 10:00:01 a', '26/11/10 10:00:02 b'])).toEqual([
    '2026-11-09T10:00:01.000Z',
    '2026-11-10T10:00:02.000Z',
  ]);
});
