/** Numbers as people read them. */
import { expect, test } from 'vitest';
import {
  formatCount,
  formatCounted,
  formatMeasured,
  formatShare,
} from '../../../src/base/number-text.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_041, '1,041'],
  [10_203_442, '10,203,442'],
  [-4_096, '-4,096'],
])('formatCount() prints %d as %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [2.9149, '2.91'],
  [48.06, '48.1'],
  [41, '41'],
  [1.9, '1.9'],
  [0.0041, '0.0041'],
  [1_234.4, '1,234'],
  [0, '0'],
  [1e-9, '0'],
])('formatMeasured() keeps three significant digits of %d: %s', (value, text) => {
  expect(formatMeasured(value)).toBe(text);
});

test.each([
  [0, '0 %'],
  [1, '100 %'],
  [0.0018, '0.18 %'],
  [0.9736, '97.36 %'],
  [0.00001, '< 0.01 %'],
])('formatShare() of %d is %s', (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test('formatCounted() takes the plural from two on, and for none', () => {
  expect(formatCounted(1, 'file')).toBe('1 file');
  expect(formatCounted(0, 'file')).toBe('0 files');
  expect(formatCounted(1_200, 'entry', 'entries')).toBe('1,200 entries');
});
