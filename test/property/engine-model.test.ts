/**
 * The engine against an array: random appends, flushes, retention and restarts, then random questions.
 * Chunks and segments are tiny, so that a few hundred entries make many of them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cursor, cursorAt, type SearchRequest } from '../../src/engine/search-request.ts';
import type { StoreReader } from '../../src/engine/store-reader.ts';
import { ColumnNames, copyRow, EntryColumns } from '../../src/model/entry-columns.ts';
import { LEVELS } from '../../src/model/level.ts';
import { templateOf } from '../../src/pattern/template.ts';
import { compileFilter } from '../../src/query/compile-filter.ts';
import type { Filter } from '../../src/query/query-tree.ts';
import { collect, TestStore } from '../support/engine-store.ts';
import { appendEntry, describeRow, type TestEntry } from '../support/entry-rows.ts';
import {
  FAST_FOLDER,
  perform,
  type StoreStep,
  type StoreTwin,
  storeStep,
  TINY_SEGMENTS,
} from '../support/store-steps.ts';
import { TempFolder } from '../support/temp-folder.ts';

const word = fc.constantFrom(
  'error',
  'Timeout',
  'über',
  'Straße',
  'x1',
  '42',
  '7',
  'a_b',
  'deadbeef',
  'c0ffee01',
  '1b8dc10c-a689-40c1-ad1e-a783f1c93056',
  '1b8dc10c',
  'a689',
  'a783f1c93056',
  '10.0.0.7',
  'é\u0301',
  '日本',
  '---',
);
const text = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
const level = fc.constantFrom(null, ...LEVELS);
const source = fc.constantFrom('api', 'web', 'nginx/access');
const tag = fc.constantFrom('eu', 'us', 'prod');
const key = fc.constantFrom('user', 'id', 'took');
const timestampUs = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((minute) => minute * 60_000_000),
  fc.integer({ min: 0, max: 300_000_000 }),
  fc.integer({ min: -9e15, max: 9e15 }),
);

const entry: fc.Arbitrary<TestEntry> = fc.record({
  timestampUs,
  level,
  severity: fc.constantFrom(0, 10, 20, 30, 40, 50),
  source,
  message: text,
  messageMade: fc.boolean(),
  tags: fc.uniqueArray(tag, { maxLength: 2 }),
  fields: fc.array(
    fc.record({ key, value: fc.oneof(text, fc.nat(99).map(String)), made: fc.boolean() }),
    { maxLength: 4 },
  ),
  generation: fc.nat(3),
  offset: fc.nat(1e9),
  line: fc.nat(1000),
});

const step = storeStep(fc.array(entry, { maxLength: 60 }), { timestampUs, source: 'web' });

const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant<Filter>({ kind: 'everything' }),
    fc.record({
      kind: fc.constant('text' as const),
      test: fc.record({
        kind: fc.constantFrom(
          'phrase' as const,
          'prefix' as const,
          'suffix' as const,
          'infix' as const,
        ),
        text: fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' ')),
      }),
    }),
    fc.record({
      kind: fc.constant('text' as const),
      test: fc.record({
        kind: fc.constant('regex' as const),
        source: fc.constantFrom(
          'time(out)?',
          'c0ffee|a68',
          'e\\b',
          'dead.*beef',
          'timeou',
          '[ax]1',
        ),
        ignoreCase: fc.boolean(),
      }),
    }),
    fc.record({
      kind: fc.constant('level' as const),
      comparison: fc.constantFrom(
        '=' as const,
        '<' as const,
        '<=' as const,
        '>' as const,
        '>=' as const,
      ),
      level,
    }),
    fc.record({
      kind: fc.constant('source' as const),
      pattern: fc.constantFrom('api', 'nginx/*', '*e*'),
    }),
    fc.record({ kind: fc.constant('tag' as const), pattern: fc.constantFrom('eu', 'p*') }),
    fc.record({
      kind: fc.constant('file' as const),
      pattern: fc.constantFrom('api.log', '*access*'),
    }),
    fc.record({ kind: fc.constant('has' as const), key }),
    fc.record({
      kind: fc.constant('field' as const),
      key,
      test: fc.oneof(
        fc.record({ kind: fc.constant('equals' as const), value: word }),
        fc.record({
          kind: fc.constant('pattern' as const),
          pattern: fc.constantFrom('*e*', '4*', '*imeo*', 'dead*'),
        }),
        fc.record({
          kind: fc.constant('compare' as const),
          comparison: fc.constant('>=' as const),
          value: fc.nat(99),
        }),
      ),
    }),
    fc.record({
      kind: fc.constant('time' as const),
      fromUs: fc.option(timestampUs),
      untilUs: fc.option(timestampUs),
    }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), part: tie('filter') }),
  ) as fc.Arbitrary<Filter>,
}));

const question = fc.record({
  query: filter,
  order: fc.constantFrom('newest' as const, 'oldest' as const),
  limit: fc.nat(20),
  fromUs: fc.option(timestampUs, { freq: 4 }),
  untilUs: fc.option(timestampUs, { freq: 4 }),
});

/** What is committed, as plain columns, and the same questions answered by looking at each row. */
class Model implements StoreTwin {
  readonly #appended = new Map<number, TestEntry>();
  #committed = new EntryColumns(new ColumnNames());
  #pending: { entry: TestEntry; sequence: number }[] = [];

  append(appended: TestEntry, sequence: number): void {
    this.#appended.set(sequence, appended);
    this.#pending.push({ entry: appended, sequence });
  }

  flush(): void {
    for (const { entry: appended, sequence } of this.#pending) {
      appendEntry(this.#committed, appended, sequence);
    }
    this.#pending = [];
  }

  keep(left: ReadonlySet<number>, mayGo: (entry: TestEntry) => boolean): number {
    const kept = new EntryColumns(this.#committed.names);
    for (let row = 0; row < this.#committed.count; row += 1) {
      const sequence = this.#committed.sequence[row]!;
      if (left.has(sequence)) copyRow(this.#committed, row, kept);
      else expect(mayGo(this.#appended.get(sequence)!)).toBe(true);
    }
    const removed = this.#committed.count - kept.count;
    this.#committed = kept;
    return removed;
  }

  loseHead(): void {
    this.#pending = [];
  }

  matches(asked: {
    query: Filter;
    order: 'newest' | 'oldest';
    fromUs: number | null;
    untilUs: number | null;
  }): number[] {
    const columns = this.#committed;
    const test = compileFilter(asked.query, columns.names);
    const direction = asked.order === 'newest' ? -1 : 1;
    return Array.from({ length: columns.count }, (_, row) => row)
      .filter((row) => {
        const us = columns.timestampUs[row]!;
        if (asked.fromUs !== null && us < asked.fromUs) return false;
        if (asked.untilUs !== null && us >= asked.untilUs) return false;
        return test(columns, row);
      })
      .sort(
        (a, b) =>
          direction * (columns.timestampUs[a]! - columns.timestampUs[b]!) ||
          direction * (columns.sequence[a]! - columns.sequence[b]!),
      );
  }

  describe(row: number): object {
    return describeRow(this.#committed, row);
  }

  messageOf(row: number): string {
    return this.#committed.messageText(row);
  }

  levelOf(row: number): string {
    return LEVELS[this.#committed.level[row]!] ?? 'none';
  }

  minuteOf(row: number): number {
    return Math.floor(this.#committed.timestampUs[row]! / 60_000_000);
  }
}

function ask(
  store: TestStore,
  model: Model,
  asked: typeof question extends fc.Arbitrary<infer T> ? T : never,
): void {
  using reader = store.openReader();
  const wanted = model.matches(asked);
  const limited = asked.limit === 0 ? wanted : wanted.slice(0, asked.limit);
  expect(collect(reader.matches(asked))).toEqual(limited.map((row) => model.describe(row)));
  expect(paged(reader, asked)).toEqual(wanted.map((row) => model.describe(row)));
  expect(reader.count(asked)).toBe(wanted.length);

  const buckets = new Map<number, Map<string, number>>();
  for (const row of wanted) {
    const counts = buckets.get(model.minuteOf(row)) ?? new Map<string, number>();
    counts.set(model.levelOf(row), (counts.get(model.levelOf(row)) ?? 0) + 1);
    buckets.set(model.minuteOf(row), counts);
  }
  const histogram = reader.histogram(asked, { bucketUs: 60_000_000, by: 'level' });
  expect(new Map(histogram.map(({ startUs, counts }) => [startUs / 60_000_000, counts]))).toEqual(
    buckets,
  );
  expect(reader.stats(asked).total).toBe(wanted.length);
  const templates = new Set(wanted.map((row) => templateOf(model.messageOf(row))));
  const { patterns, otherCount } = reader.patterns(asked);
  expect(patterns.reduce((sum, { count }) => sum + count, otherCount)).toBe(wanted.length);
  for (const { template } of patterns) {
    expect(template.includes('<name>') || templates.has(template), template).toBe(true);
  }
  expect(reader.damaged).toEqual([]);
}

/** All of it, a page at a time, each behind the last entry of the one before. */
function paged(reader: StoreReader, asked: SearchRequest): object[] {
  const limit = Math.max(3, asked.limit ?? 0);
  const found: object[] = [];
  let after: Cursor | undefined;
  for (let pageCount = limit; pageCount === limit; ) {
    pageCount = 0;
    const request = { ...asked, limit, ...(after === undefined ? {} : { after }) };
    for (const { columns, rows, count } of reader.matches(request)) {
      for (const row of rows.subarray(0, count)) found.push(describeRow(columns, row));
      if (count > 0) after = cursorAt(columns, rows[count - 1]!);
      pageCount += count;
    }
  }
  return found;
}

test('Engine answers as an array does, through flushes, merges, retention and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.array(question, { minLength: 3, maxLength: 8 }),
      fc.record({ chunkRows: fc.constantFrom(1, 3, 8), segmentRows: fc.constantFrom(1, 64) }),
      async (steps, questions, limits) => {
        using folder = TempFolder.make(FAST_FOLDER);
        using store = new TestStore(folder.path, { limits: { ...TINY_SEGMENTS, ...limits } });
        const model = new Model();
        for (const done of [...steps, { kind: 'flush' } as StoreStep])
          await perform(done, store, model);
        for (const asked of questions) ask(store, model, asked);
      },
    ),
    { numRuns: Number(process.env['LOGSTEAD_CASES'] ?? 150) },
  );
}, 120_000);
