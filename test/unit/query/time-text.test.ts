import { describe, expect, test } from 'vitest';
import { zoneOffsetMs } from '../../../src/base/zoned-time.ts';
import { expectedTime, parseTime, printTimeUs } from '../../../src/query/time-text.ts';

/** Friday 20 November 2026, 14:30:15 in Berlin (UTC+1). */
const NOW = '2026-11-20T13:30:15.000Z';
const CONTEXT = { nowMs: Date.parse(NOW), timezone: 'Europe/Berlin' };

describe('parseTime()', () => {
  test('reads relative and natural times', () => {
    check('now', NOW);
    check('1h', '2026-11-20T12:30:15.000Z');
    check('-6h', '2026-11-20T07:30:15.000Z');
    check('+5m', '2026-11-20T13:35:15.000Z');
    check('1h30m', '2026-11-20T12:00:15.000Z');
    check('2 days ago', '2026-11-18T13:30:15.000Z');
    check('1w', '2026-11-13T13:30:15.000Z');
    check('today', '2026-11-19T23:00:00.000Z');
    check('Yesterday', '2026-11-18T23:00:00.000Z');
    check('tomorrow', '2026-11-20T23:00:00.000Z');
    check('09:15', '2026-11-20T08:15:00.000Z');
  });

  test('reads days by name, with a time or without', () => {
    check('yesterday 14:00', '2026-11-19T13:00:00.000Z');
    check('Today at 9:05:30.5', '2026-11-20T08:05:30.500Z');
    check('monday', '2026-11-15T23:00:00.000Z');
    check('wed, 08:00', '2026-11-18T07:00:00.000Z');
    check('friday', '2026-11-19T23:00:00.000Z');
    check('last friday 12:00', '2026-11-13T11:00:00.000Z');
    check('Sat', '2026-11-13T23:00:00.000Z');
    check('tomorrow 0:30', '2026-11-20T23:30:00.000Z');
    for (const text of ['yesterday 25:00', 'monday 14', 'next friday', 'last today', 'moonday']) {
      expect({ text, time: parseTime(text, CONTEXT) }).toEqual({ text, time: null });
    }
  });

  test('reads stamps in the zone, or in their own', () => {
    check('2026-11-20', '2026-11-19T23:00:00.000Z');
    check('2026-11-20 12:00', '2026-11-20T11:00:00.000Z');
    check('2026-07-01T12:00:05.25', '2026-07-01T10:00:05.250Z');
    check('2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000Z');
    check('2026-11-20T12:00:00+05:30', '2026-11-20T06:30:00.000Z');
    check('@1700000000', '2023-11-14T22:13:20.000Z');
    expect(parseTime('2026-11-20T12:00:00.123456Z', CONTEXT)).toBe(
      Date.UTC(2026, 10, 20, 12) * 1_000 + 123_456,
    );
  });

  test('keeps local midnight across a clock change', () => {
    const afterChange = { nowMs: Date.parse('2026-10-25T12:00:00Z'), timezone: 'Europe/Berlin' };
    expect(parseTime('today', afterChange)).toBe(Date.parse('2026-10-24T22:00:00Z') * 1_000);
    expect(parseTime('tomorrow', afterChange)).toBe(Date.parse('2026-10-25T23:00:00Z') * 1_000);
  });

  test('refuses what is no time', () => {
    for (const text of [
      '',
      'soon',
      '5',
      '5 parsecs',
      '2026-13-01',
      '2026-02-30',
      '25:00',
      '12:60',
      '2026-11-20T',
      '1h ago ago',
      '1hago',
      '-999999w',
      '1M',
      '1h30M',
      '2 M ago',
      '2026-11-20 12:00+99:99',
      '2026-11-20T12:00+14:01',
      '2026-11-20T12:00-1230',
      '2026-11-20T12:00+01:60',
    ]) {
      expect({ text, time: parseTime(text, CONTEXT) }).toEqual({ text, time: null });
    }
  });

  test('printTimeUs() is read back as the same instant', () => {
    for (const timestampUs of [0, 1, 999_999, 1_763_640_000_123_456]) {
      expect(parseTime(printTimeUs(timestampUs), CONTEXT)).toBe(timestampUs);
    }
  });
});

test('expectedTime() says what is wrong with M and with an offset that no zone has', () => {
  expect(expectedTime('1M')).toBe('a time without M, which could be months: m for minutes, 30d');
  expect(expectedTime('2026-11-20 12:00+99:99')).toMatch(/zone from -12:00 to \+14:00/);
  expect(expectedTime('soon')).toMatch(/^a time \(1h, 2d, today/);
  expect(expectedTime(null)).toBe(expectedTime('soon'));
  expect(parseTime('1H30m', CONTEXT)).toBe(parseTime('1h30m', CONTEXT));
  expect(parseTime('2 MIN', CONTEXT)).toBe(parseTime('2m', CONTEXT));
  expect(parseTime('2026-11-20T12:00+1400', CONTEXT)).toBe(Date.UTC(2026, 10, 19, 22) * 1_000);
});

test('expectedTime() says how far back a time may be where that is all that is wrong', () => {
  for (const far of [
    '1970-01-01',
    '1969-12-31 23:59',
    '1950-06-01T12:00Z',
    '60000d',
    '+9000000d',
  ]) {
    expect({ far, time: parseTime(far, CONTEXT) }).toEqual({ far, time: null });
    expect(expectedTime(far)).toBe('a time from 1970-01-01T00:00Z on, before the year 10000');
  }
  for (const wrong of ['5 parsecs', '1970-13-01', '2026-02-30'])
    expect(expectedTime(wrong)).toBe(expectedTime('soon'));
});

test('parseTime() begins a day without midnight at the change, and takes the earlier of two times', () => {
  const check = (text: string, timezone: string, want: string): void => {
    const timeUs = parseTime(text, { ...CONTEXT, timezone });
    expect({ text, timezone, time: new Date(timeUs! / 1_000).toISOString() }).toEqual({
      text,
      timezone,
      time: want,
    });
  };
  check('2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z');
  check('2026-09-06 00:30', 'America/Santiago', '2026-09-06T04:00:00.000Z');
  check('2026-09-06 01:00', 'America/Santiago', '2026-09-06T04:00:00.000Z');
  check('2026-09-05 23:59', 'America/Santiago', '2026-09-06T03:59:00.000Z');
  check('2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z');
  check('2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z');
  check('2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z');
  check('2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z');
  check('2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z');
  check('2026-11-01 01:30', 'America/New_York', '2026-11-01T05:30:00.000Z');
  check('2026-04-05 01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z');
  check('2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z');
  const santiago = { nowMs: Date.parse('2026-09-06T12:00:00Z'), timezone: 'America/Santiago' };
  expect(parseTime('today', santiago)).toBe(Date.parse('2026-09-06T04:00:00Z') * 1_000);
});

test('zoneOffsetMs() follows the zone through the year', () => {
  expect(zoneOffsetMs(Date.UTC(2026, 0, 1), 'Europe/Berlin')).toBe(3_600_000);
  expect(zoneOffsetMs(Date.UTC(2026, 6, 1), 'Europe/Berlin')).toBe(7_200_000);
  expect(zoneOffsetMs(Date.UTC(2026, 6, 1), 'UTC')).toBe(0);
});

function check(text: string, want: string): void {
  const timeUs = parseTime(text, CONTEXT);
  expect({ text, time: timeUs === null ? null : new Date(timeUs / 1_000).toISOString() }).toEqual({
    text,
    time: want,
  });
}
