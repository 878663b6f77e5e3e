import { expect, test } from 'vitest';
import { columnsOfStage } from '../../../src/query/stage-tree.ts';
import { type Cell, cellOf, countTableOf, measureTableOf } from '../../../src/query/table.ts';
import { stageOfTable } from '../../../src/query/table-stages.ts';

test('cellOf() makes a number of what is one as it is written', () => {
  expect(['5', '-0.25', '1e3', '05', '', ' 5', 'NaN', 'Infinity'].map(cellOf)).toEqual([
    ...[5, -0.25, '1e3', '05', '', ' 5', 'NaN', 'Infinity'],
  ]);
});

test('stageOfTable() sorts what was grouped by as it sorts entries', () => {
  const sorted = (descending: boolean): Cell[] => {
    const rows = [['1000'], ['200'], [null], ['slow'], ['9']];
    const keys = [{ name: 'status', descending }];
    return stageOfTable({ kind: 'sort', keys }, { columns: ['status'], rows }).rows.flat();
  };
  expect(sorted(false)).toEqual(['9', '200', '1000', 'slow', null]);
  expect(sorted(true)).toEqual(['1000', '200', '9', 'slow', null]);
});

test('stageOfTable() sorts a number as such however it is written, whole ones to their last digit', () => {
  const sorted = (values: readonly Cell[]): Cell[] => {
    const keys = [{ name: 'rt', descending: false }];
    const rows = values.map((value) => [value]);
    return stageOfTable({ kind: 'sort', keys }, { columns: ['rt'], rows }).rows.flat();
  };
  expect(sorted(['5.123', '12.100', '0.251', '0.250', '1e2', '+3', '2.50', '007', '-'])).toEqual([
    ...['0.250', '0.251', '2.50', '+3', '5.123', '007', '12.100', '1e2', '-'],
  ]);
  const ids = ['9007199254740993', '1e999', '10000000000000000', '9007199254740992', '5'];
  expect(sorted(ids)).toEqual([...['5', ids[3]!, ids[0]!, ids[2]!, ids[1]!]]);
  // Of the same size they stay in their order, so that the next key decides.
  expect(sorted(['0.50', '0.5', '.5'])).toEqual(['0.50', '0.5', '.5']);
});

test('stageOfTable() sorts times with and without microseconds by what they are', () => {
  const times = ['10:00:00.001Z', '10:00:00.000Z', '10:00:00.000123Z', '09:59:59.999999Z'];
  const rows = times.map((time) => [`2026-11-20T${time}`]);
  const keys = [{ name: 'timestamp', descending: false }];
  const sorted = stageOfTable({ kind: 'sort', keys }, { columns: ['timestamp'], rows }).rows;
  expect(sorted.flat().map((cell) => String(cell).slice(11))).toEqual([
    ...['09:59:59.999999Z', '10:00:00.000Z', '10:00:00.000123Z', '10:00:00.001Z'],
  ]);
});

test('measureTableOf() has the largest first, and last what nothing was measured of', () => {
  const rows = [
    ['/b', null],
    ['/c', 5],
    ['/a', 5],
    ['/d', 7],
  ];
  expect(measureTableOf(['path', 'avg_took'], rows).rows.map(([path]) => path)).toEqual([
    ...['/d', '/a', '/c', '/b'],
  ]);
});

test('columnsOfStage() gives no two columns one name', () => {
  expect(columnsOfStage({ kind: 'top', limit: 5, name: 'count' })).toEqual([
    ...['count', 'count_2', 'share'],
  ]);
  expect(countTableOf(['count', 'count_2'], []).columns).toEqual(['count', 'count_2', 'count_3']);
});
