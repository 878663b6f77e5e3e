import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Entries } from '../../../../src/engine/pipeline/entry-stages.ts';
import { type PipelineResult, runPipeline } from '../../../../src/engine/pipeline/run-pipeline.ts';
import type { SearchRequest } from '../../../../src/engine/search-request.ts';
import type { StoreReader } from '../../../../src/engine/store-reader.ts';
import { entryAt } from '../../../../src/model/entry-at.ts';
import { parseQuery } from '../../../../src/query/parse-query.ts';
import type { Table } from '../../../../src/query/table.ts';
import { TestStore } from '../../../support/engine-store.ts';
import type { TestEntry } from '../../../support/entry-rows.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

/** Ten minutes, an entry every 10 seconds. */
const ENTRIES: readonly TestEntry[] = Array.from({ length: 60 }, (_, index): TestEntry => {
  const level = index % 20 === 0 ? 'ERROR' : index % 5 === 0 ? 'WARN' : 'INFO';
  const duration = index === 0 ? 'slow' : String(index * 10);
  return {
    timestampUs: NOON_US + index * 10e6,
    level,
    source: index % 2 === 0 ? 'api' : 'web',
    message: `request ${index} took ${index * 10} ms`,
    tags: index % 3 === 0 ? ['a', 'b'] : [],
    fields:
      index % 4 === 3
        ? []
        : [
            { key: 'path', value: `/p${index % 4}` },
            { key: 'duration', value: duration },
          ],
  };
});

describe('a pipeline of entries', () => {
  test('limits, sorts and keeps the first of equal ones', () => {
    expect(messagesOf('* | limit 2')).toEqual(['request 59', 'request 58']);
    expect(messagesOf('level:error | sort duration')).toEqual([
      'request 20',
      'request 40',
      'request 0',
    ]);
    expect(messagesOf('duration:>0 | sort -duration | limit 1')).toEqual(['request 58']);
    expect(messagesOf('* | sort -duration | limit 1')).toEqual(['request 58']);
    expect(messagesOf('* | sort source, timestamp | limit 2')).toEqual(['request 0', 'request 2']);
    expect(messagesOf('* | dedup level, source')).toEqual([
      'request 59',
      'request 58',
      'request 55',
      'request 50',
      'request 40',
    ]);
    expect(messagesOf('* | sort duration | limit 1 | dedup level')).toEqual(['request 1']);
  });

  test('shows the entries around a match in its file, oldest first', () => {
    expect(messagesOf('duration:>=570 duration:<=580 source:api | context 1')).toEqual([
      'request 56',
      '> request 58',
    ]);
    expect(messagesOf('"request 20" | context 2 0')).toEqual([
      'request 16',
      'request 18',
      '> request 20',
    ]);
    expect(messagesOf('"request 20" | context 0 1')).toEqual(['> request 20', 'request 22']);
  });

  test('takes for a file no other one whose name differs in case, or in its folder', () => {
    const paths = ['/srv/App.log', '/srv/app.log', 'app.log'];
    const entries = ENTRIES.slice(0, 30).map((entry, index) => {
      return { ...entry, path: paths[index % 3]! };
    });
    const around = (query: string): string[] => messagesOf(query, entries);
    expect(around('"request 9" | context 1')).toEqual(['request 6', '> request 9', 'request 12']);
    expect(around('"request 10" | context 2')).toEqual([
      ...['request 4', 'request 7', '> request 10', 'request 13', 'request 16'],
    ]);
    expect(around('"request 11" | context 1')).toEqual(['request 8', '> request 11', 'request 14']);
  });
});

describe('a pipeline that makes a table', () => {
  test('count, by nothing, by names, by what some entries have not', () => {
    expect(tableOf('* | count')).toEqual({ columns: ['count'], rows: [[60]] });
    expect(tableOf('nothing | count')).toEqual({ columns: ['count'], rows: [[0]] });
    expect(tableOf('* | count by level')).toEqual({
      columns: ['level', 'count'],
      rows: [
        ['INFO', 48],
        ['WARN', 9],
        ['ERROR', 3],
      ],
    });
    expect(tableOf('level>=warn | count by source, level | sort source, -count').rows).toEqual([
      ['api', 'ERROR', 3],
      ['api', 'WARN', 3],
      ['web', 'WARN', 6],
    ]);
    expect(tableOf('* | count by path').rows).toEqual([
      ['/p0', 15],
      ['/p1', 15],
      ['/p2', 15],
      [null, 15],
    ]);
    expect(tableOf('* | count by tag').rows).toEqual([
      [null, 40],
      ['a', 20],
      ['b', 20],
    ]);
    expect(tableOf('* | limit 10 | count by level').rows).toEqual([
      ['INFO', 8],
      ['WARN', 2],
    ]);
  });

  test('top, with the share of all', () => {
    expect(tableOf('* | top 2 path').rows).toEqual([
      ['/p0', 15, 0.25],
      ['/p1', 15, 0.25],
    ]);
    expect(tableOf('* | top source').rows).toEqual([
      ['api', 30, 0.5],
      ['web', 30, 0.5],
    ]);
  });

  test('timechart, with steps that have no entry, in one series or several', () => {
    const rows = [0, 1, 2, 3, 4].map((step) => [`2026-11-20T12:0${step * 2}:00.000Z`]);
    expect(tableOf('* | timechart 2m')).toEqual({
      columns: ['time', 'count'],
      rows: rows.map((row) => [...row, 12]),
    });
    expect(tableOf('level:error | timechart 2m by level')).toEqual({
      columns: ['time', 'ERROR'],
      rows: [
        [...rows[0]!, 1],
        [...rows[1]!, 1],
        [...rows[2]!, 0],
        [...rows[3]!, 1],
      ],
    });
    const byPath = tableOf('level:error | timechart 2m by path');
    expect(byPath).toEqual({
      columns: ['time', '/p0'],
      rows: tableOf('level:error | timechart 2m by level').rows,
    });
    expect(tableOf('* | timechart').rows.length).toBeGreaterThan(15);
    expect(tableOf('nothing | timechart by level')).toEqual({ columns: ['time'], rows: [] });
  });
});

describe('a pipeline that measures', () => {
  test('measures leave out what is no number', () => {
    const measured = (stage: string): unknown => tableOf(`* | ${stage}`).rows[0]!.at(-1);
    // 10, 20, 40, 50, 60, 80 … 580: every fourth is missing, and the first is "slow".
    expect(measured('min duration')).toBe(10);
    expect(measured('max duration')).toBe(580);
    expect(measured('sum duration')).toBe(13_050);
    expect(measured('avg duration')).toBe(13_050 / 44);
    expect(measured('median duration')).toBe(290);
    expect(measured('p100 duration')).toBe(580);
    // The seventh of 260, 280, 290, 300, 320, 330, 340 and so on.
    expect(tableOf('duration:>0 | limit 25 | p28 duration').rows).toEqual([[340]]);
    expect(measured('distinct path')).toBe(3);
    expect(measured('avg nothing')).toBeNull();
    expect(tableOf('* | p95 duration by path')).toEqual({
      columns: ['path', 'p95_duration'],
      rows: [
        ['/p2', 580],
        ['/p1', 570],
        ['/p0', 560],
      ],
    });
  });

  test('patterns, fields, and what follows a table', () => {
    expect(tableOf('* | patterns').rows).toEqual([
      [60, 1, 'ERROR', 'request <n> took <n> ms', 'request 0 took 0 ms'],
    ]);
    expect(tableOf('level:error | fields timestamp, duration, tag | limit 2')).toEqual({
      columns: ['timestamp', 'duration', 'tag'],
      rows: [
        ['2026-11-20T12:06:40.000Z', 400, null],
        ['2026-11-20T12:03:20.000Z', 200, null],
      ],
    });
    expect(
      tableOf('* | count by level, source | fields source, level | dedup source').rows,
    ).toHaveLength(2);
  });

  test.each([
    { query: '* | patterns', first: null, second: 'INFO' },
    { query: '* | patterns', first: 'INFO', second: null },
    // What is limited is read row by row.
    { query: '* | limit 60 | patterns', first: null, second: 'INFO' },
    { query: '* | limit 60 | patterns', first: 'INFO', second: null },
  ] as const)(
    '$query tells the level that is printed, of $first and then $second',
    ({ query, first, second }) => {
      const levelled = ENTRIES.map((entry, index) => ({
        ...entry,
        level: index < 30 ? first : second,
      }));
      expect(tableOf(query, levelled).rows).toEqual([
        [60, 1, 'INFO', 'request <n> took <n> ms', expect.any(String)],
      ]);
    },
  );
});

describe('a pipeline over more entries than one may hold', () => {
  // Each number from 0 to 99 comes again and again, and better ones are found all along the way.
  const values = Array.from({ length: 200_500 }, (_, index) => (index * 7_919) % 100);
  const entries = values.map((value, index) => ({
    timestampUs: NOON_US + index,
    level: null,
    source: 'api',
    message: `m${index}`,
    fields: [{ key: 'n', value: String(value) }],
  }));
  const newestFirst = [...values.entries()].reverse();
  const folder = TempFolder.make();
  const store = new TestStore(folder.path);
  const reader = store.openReader();
  beforeAll(() => store.add(entries));
  afterAll(() => {
    for (const opened of [reader, store, folder]) opened[Symbol.dispose]();
  });

  test.each([
    ['* | sort -n | limit 5', 5],
    ['* | sort -n | limit 200001 | limit 3000', 3_000],
    ['n:>10 | sort -n | limit 2 | fields message, n', 2],
    ['* | sort -n | fields message, n | limit 4', 4],
  ] as const)('%s gives these, in order', (query, count) => {
    const sorted = newestFirst.toSorted(([, one], [, other]) => other - one);
    const found = resultOf(reader, query);
    const texts =
      found.kind === 'entries' ? textsOf(found.entries) : found.table.rows.map(([of]) => of);
    expect(texts).toEqual(sorted.slice(0, count).map(([index]) => `m${index}`));
  });

  test('fields, of the newest ones', () => {
    const rows = newestFirst.slice(0, 2).map(([, value]) => [value]);
    expect(tableIn(resultOf(reader, '* | fields n | limit 2'))).toEqual({ columns: ['n'], rows });
  });

  test.each(['count', 'count by level', 'timechart 1s', 'count by file', 'top source', 'patterns'])(
    'behind an entry that is gone on from, %s is of what comes behind it',
    (stage) => {
      const after = { timestampUs: NOON_US + 3, sequence: 3 };
      const { columns, rows } = tableIn(resultOf(reader, `* | ${stage}`, { after }));
      expect(rows.map((row) => row[columns.indexOf('count')])).toEqual([3]);
    },
  );

  test('all of them are refused, with words that say what is not', () => {
    const hint = expect.stringContaining('| limit');
    const refused = expect.objectContaining({ code: 'QUERY_STOPPED', hint });
    for (const query of ['* | sort n', '* | sort n | limit 200001'])
      expect(() => textsOf(entriesIn(resultOf(reader, query))), query).toThrow(refused);
    expect(() => resultOf(reader, '* | fields n')).toThrow(refused);
  });
});

function textsOf(entries: Entries): string[] {
  return [...entries.map(({ columns, row }) => columns.messageText(row))];
}

function entriesIn(result: PipelineResult): Entries {
  if (result.kind !== 'entries') throw new Error('found a table');
  return result.entries;
}

function tableIn(result: PipelineResult): Table {
  if (result.kind !== 'table') throw new Error('found entries');
  return result.table;
}

function resultOf(
  reader: StoreReader,
  query: string,
  place: Pick<SearchRequest, 'after'> = {},
): PipelineResult {
  const context = { nowMs: NOON_US / 1_000, timezone: 'UTC', stages: true };
  const { filter, stages } = parseQuery(query, context);
  return runPipeline(reader, { query: filter, ...place }, stages);
}

function withStore<Result>(
  query: string,
  entries: readonly TestEntry[],
  use: (result: PipelineResult) => Result,
): Result {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entries.slice(0, 25));
  store.add(entries.slice(25));
  using reader = store.openReader();
  return use(resultOf(reader, query));
}

function tableOf(query: string, entries = ENTRIES): Table {
  return withStore(query, entries, tableIn);
}

/** The beginning of each message; matches with context are pointed at. */
function messagesOf(query: string, entries = ENTRIES): string[] {
  return withStore(query, entries, (result) => {
    const messages: string[] = [];
    for (const { columns, row, isMatch } of entriesIn(result)) {
      const text = entryAt(columns, row).message.split(' took')[0]!;
      messages.push(query.includes('context') && isMatch ? `> ${text}` : text);
    }
    return messages;
  });
}
