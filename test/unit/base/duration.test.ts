/** Durations as settings write them and as people read them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationSetting, formatDuration, parseDuration } from '../../../src/base/duration.ts';

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['2m', 120_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  ['0s', 0],
  ['10 m', 600_000],
])('parseDuration() reads %s', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each(['', '90', 's', '-5s', '1.5h', '2M', '7 days', '1h30m', '999999999999999d', '5s ', '٣s'])(
  'parseDuration() refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test('durationSetting() is read back as the same duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (durationMs) => {
      expect(parseDuration(durationSetting(durationMs))).toBe(durationMs);
    }),
  );
  expect(durationSetting(90_000)).toBe('90s');
  expect(durationSetting(604_800_000)).toBe('7d');
});

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

test.each([
  [0, '0 ms'],
  [0.4123, '0.412 ms'],
  [12, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [2_910, '2.91 s'],
  [14 * S, '14 s'],
  [59_990, '1 min'],
  [60 * S, '1 min'],
  [68 * S, '68 s'],
  [2 * MIN, '2 min'],
  [150 * S, '2 min 30 s'],
  [28 * MIN + 14 * S, '28 min'],
  [59 * MIN + 40 * S, '1 h'],
  [12 * H + 5 * MIN, '12 h 5 min'],
  [24 * H, '24 h'],
  [4 * D + 6 * H, '4 d 6 h'],
  [7 * D, '7 days'],
  [112 * D + 5 * H, '112 days'],
  [-90 * S, '-90 s'],
])('formatDuration() prints %d ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
