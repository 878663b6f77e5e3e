import { expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';

const LINE = Buffer.from('a line');

test('columns that are disposed of hold no memory', () => {
  const columns = new EntryColumns(new ColumnNames());
  const { bytes, sequence } = columns;
  columns[Symbol.dispose]();
  expect(columns.heldBytes).toBe(0);
  expect([bytes.length, sequence.length]).toEqual([0, 0]);
  columns[Symbol.dispose]();
});

test('the memory of shared columns stays with whoever else has it', () => {
  const columns = new EntryColumns(new ColumnNames(), { isShared: true });
  const at = columns.appendBytes(LINE, 0, LINE.length);
  const there = Buffer.from(columns.bytes.buffer, at, LINE.length);
  columns[Symbol.dispose]();
  expect(there.toString()).toBe('a line');
});
