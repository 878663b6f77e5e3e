import { expect, test } from 'vitest';
import { entryAt } from '../../../src/model/entry-at.ts';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { entryRecordOf, timestampText } from '../../../src/model/entry-record.ts';

test('timestampText() prints microseconds only where there are any', () => {
  const atUs = Date.UTC(2026, 10, 20, 13, 56, 4, 118) * 1000;
  expect(timestampText(atUs)).toBe('2026-11-20T13:56:04.118Z');
  expect(timestampText(atUs + 250)).toBe('2026-11-20T13:56:04.118250Z');
  expect(timestampText(atUs + 7)).toBe('2026-11-20T13:56:04.118007Z');
});

test('timestampText() prints times before 1970 and times no date can hold', () => {
  expect(timestampText(-1)).toBe('1969-12-31T23:59:59.999999Z');
  expect(timestampText(1e300)).toBe('+275760-09-13T00:00:00.000Z');
});

test('entryRecordOf() keeps what a program needs and nothing internal', () => {
  const columns = new EntryColumns(new ColumnNames());
  const row = columns.addRow();
  columns.timestampUs[row] = 1_000_000;
  expect(entryRecordOf(entryAt(columns, row))).toEqual({
    timestamp: '1970-01-01T00:00:01.000Z',
    level: null,
    severity: 20,
    source: '',
    message: '',
    tags: [],
    metadata: {},
    file: '',
    offset: 0,
  });
});
