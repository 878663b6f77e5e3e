/** Sizes as settings write them and as people read them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  byteSizeSetting,
  formatBytes,
  formatBytesExact,
  parseByteSize,
} from '../../../src/base/byte-size.ts';

test.each([
  ['64MiB', 67_108_864],
  ['10GB', 10_000_000_000],
  ['4KiB', 4_096],
  ['1 kB', 1_000],
  ['512B', 512],
  ['2TiB', 2 * 2 ** 40],
])('parseByteSize() reads %s', (text, sizeBytes) => {
  expect(parseByteSize(text)).toBe(sizeBytes);
});

test.each(['', '64', '64M', '64mb', '1.5GiB', '-1B', '1kiB', '999999999999TiB', '1KB'])(
  'parseByteSize() refuses %j',
  (text) => {
    expect(parseByteSize(text)).toBeNull();
  },
);

test('byteSizeSetting() is read back as the same size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (sizeBytes) => {
      expect(parseByteSize(byteSizeSetting(sizeBytes))).toBe(sizeBytes);
    }),
  );
  expect(byteSizeSetting(64 * 2 ** 20)).toBe('64MiB');
  expect(byteSizeSetting(1e10)).toBe('10GB');
});

test.each([
  [0, '0 B'],
  [4_096, '4,096 B'],
  [10_000, '10 kB'],
  [999_600, '1 MB'],
  [1_240_000, '1.24 MB'],
  [214_000_000, '214 MB'],
  [1_900_000_000, '1.9 GB'],
  [48_060_000_000, '48.1 GB'],
  [5e15, '5,000 TB'],
])('formatBytes() prints %d as %s', (sizeBytes, text) => {
  expect(formatBytes(sizeBytes)).toBe(text);
});

test('formatBytesExact() rounds nothing', () => {
  expect(formatBytesExact(12_345_678)).toBe('12,345,678 B');
});
