import { expect, test } from 'vitest';
import { chartRows } from '../../../src/query/time-chart.ts';

const STAGE = { kind: 'timechart', bucketMs: 60_000, by: 'medium' } as const;

test('chartRows() keeps a value that is written like the name of the rest apart from the rest', () => {
  const rare = Array.from({ length: 12 }, (_, index) => [`value ${index}`, 1] as const);
  const counts = new Map([['(other)', 50], ['search', 20], ...rare]);
  const { columns, rows } = chartRows(new Map([[0, counts]]), STAGE);
  const row = Object.fromEntries(columns.map((name, index) => [name, rows[0]![index]]));
  expect(row).toMatchObject({ '(other)': 50, search: 20, 'value 0': 1, '(other)_2': 4 });
});

test('chartRows() counts such a value with the rest where it is none of the most frequent', () => {
  const frequent = Array.from({ length: 10 }, (_, index) => [`value ${index}`, 9] as const);
  const { columns, rows } = chartRows(
    new Map([[0, new Map([...frequent, ['(other)', 2], ['x', 1]])]]),
    STAGE,
  );
  expect([columns.at(-1), rows[0]!.at(-1)]).toEqual(['(other)', 3]);
});
