/**
 * What the query side computes (stages, aggregations, pages) against the documents, over an array of rows: the store lives
 * through appends, merges, dense rewriting, retention and reopenings meanwhile. What is found is the property of `engine-model.test.ts`.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OperatorError } from '../../src/base/errors.ts';
import { exactStats } from '../../src/engine/exact-stats.ts';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { cursorAt, cursorText, parseCursor } from '../../src/engine/search-request.ts';
import type { StoreReader } from '../../src/engine/store-reader.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import {
  grouped,
  type NaiveResult,
  type NaiveRow,
  naiveRun,
  naiveStages,
  nearestRank,
  oldestFirst,
  stageText,
  valuesOf,
} from '../support/naive-answers.ts';
import {
  type Condition,
  condition,
  farEntry,
  KEYS,
  naiveEntry,
  numberIn,
  SOURCES,
  timestampUs,
} from '../support/naive-conditions.ts';
import {
  FAST_FOLDER,
  perform,
  type StoreStep,
  type StoreTwin,
  storeStep,
  TINY_SEGMENTS,
} from '../support/store-steps.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** `COMPUTED_ANSWERS_CASES` and `COMPUTED_ANSWERS_SEED`: more of them, or others. */
const CASES = Number(process.env.COMPUTED_ANSWERS_CASES ?? 25);
const SEED = Number(process.env.COMPUTED_ANSWERS_SEED ?? 1);
const CONTEXT = { nowMs: Date.UTC(2026, 2, 29, 12), timezone: 'Europe/Berlin', stages: true };
const RUNS = { numRuns: CASES, seed: SEED };
const TIMEOUT_MS = 120_000 + CASES * 1_000;

const source = SOURCES[1]!;
const entries = fc.noBias(fc.array(naiveEntry, { maxLength: 50, size: 'max' }));
const step = storeStep(entries, { timestampUs, source });
const farStep = storeStep(fc.array(fc.oneof(naiveEntry, farEntry)), { timestampUs, source });
const steps = fc.oneof(
  { weight: 5, arbitrary: fc.array(step, { minLength: 1, maxLength: 10 }) },
  { weight: 1, arbitrary: fc.array(farStep, { minLength: 1, maxLength: 10 }) },
);
const edgeUs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: timestampUs },
);
const range = fc.record({
  order: fc.constantFrom('newest' as const, 'oldest' as const),
  fromUs: edgeUs,
  untilUs: edgeUs,
});
type Range = typeof range extends fc.Arbitrary<infer T> ? T : never;

/** What is committed. */
class Rows implements StoreTwin {
  #committed: NaiveRow[] = [];
  #pending: NaiveRow[] = [];

  get all(): readonly NaiveRow[] {
    return this.#committed;
  }

  append(entry: TestEntry, sequence: number): void {
    this.#pending.push({ ...entry, sequence });
  }

  flush(): void {
    this.#committed.push(...this.#pending);
    this.#pending = [];
  }

  loseHead(): void {
    this.#pending = [];
  }

  keep(left: ReadonlySet<number>, mayGo: (entry: TestEntry) => boolean): number {
    const [kept, gone] = [true, false].map((isLeft) =>
      this.#committed.filter(({ sequence }) => left.has(sequence) === isLeft),
    ) as [NaiveRow[], NaiveRow[]];
    expect(gone.filter((row) => !mayGo(row))).toEqual([]);
    this.#committed = kept;
    return gone.length;
  }

  find({ holds }: Condition, { order, fromUs, untilUs }: Range): NaiveRow[] {
    const direction = order === 'oldest' ? 1 : -1;
    return this.#committed
      .filter(
        (row) =>
          row.timestampUs >= (fromUs ?? Number.NEGATIVE_INFINITY) &&
          row.timestampUs < (untilUs ?? Number.POSITIVE_INFINITY) &&
          holds(row),
      )
      .sort((one, other) => direction * oldestFirst(one, other));
  }
}

async function withStore(
  done: readonly StoreStep[],
  ask: (store: TestStore, rows: Rows) => void | Promise<void>,
): Promise<void> {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.path, { limits: TINY_SEGMENTS });
  const rows = new Rows();
  for (const each of [...done, { kind: 'flush' } as const]) await perform(each, store, rows);
  await ask(store, rows);
  expect(store.damage).toEqual([]);
}

test('stages compute what the grammar says', { timeout: TIMEOUT_MS }, async () => {
  const question = fc.record({ asked: condition, range, stages: naiveStages });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(question, { minLength: 8, maxLength: 16 }),
      (done, questions) =>
        withStore(done, (store, rows) => {
          using reader = store.openReader();
          for (const { asked, range: within, stages } of questions) {
            const text = [asked.text, ...stages.map(stageText)].join(' | ');
            const wanted = naiveRun(stages, rows.find(asked, within), rows.all);
            expect({ text, within, ...run(reader, text, within) }).toEqual({
              ...{ text, within },
              ...comparable(wanted),
            });
          }
        }),
    ),
    RUNS,
  );
});

type Compared = Readonly<{ kind: string; table?: unknown; entries?: unknown }>;

function run(reader: StoreReader, text: string, within: Range): Compared {
  const { filter, stages } = parseQuery(text, CONTEXT);
  try {
    const result = runPipeline(reader, { query: filter, ...within }, stages);
    if (result.kind === 'table') return result;
    const entries: unknown[] = [];
    for (const { columns, row, isMatch } of result.entries)
      entries.push([columns.sequence[row], isMatch]);
    return { kind: 'entries', entries };
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.code === 'USAGE') return { kind: 'refused' };
    throw thrown;
  }
}

function comparable(result: NaiveResult): Compared {
  if (result.kind !== 'entries') return result;
  return {
    kind: 'entries',
    entries: result.entries.map(({ row, isMatch }) => [row.sequence, isMatch]),
  };
}

test('aggregations count what a filter of all entries does', { timeout: TIMEOUT_MS }, async () => {
  const attribute = fc.constantFrom('level', 'source', 'tag', 'file', 'message', ...KEYS);
  const question = fc.record({
    asked: condition,
    range,
    bucketUs: fc.constantFrom(1_000, 1_500_000, 60_000_000, 300_000_000, 3_600_000_000),
    by: attribute,
    groupBy: fc.uniqueArray(attribute, { maxLength: 3 }),
    limit: fc.integer({ min: 1, max: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(question, { minLength: 6, maxLength: 12 }),
      (done, questions) =>
        withStore(done, (store, rows) => {
          using reader = store.openReader();
          for (const { asked, range: within, ...options } of questions) {
            const request = { query: parseQuery(asked.text, CONTEXT).filter, ...within };
            const found = rows.find(asked, within);
            const question = { text: asked.text, within, options };
            expect({ question, ...aggregated(reader, request, options) }).toEqual({
              question,
              ...naiveAggregated(found, options),
            });
          }
        }),
    ),
    RUNS,
  );
});

type AggregateOptions = Readonly<{
  bucketUs: number;
  by: string;
  groupBy: readonly string[];
  limit: number;
}>;
const PERCENTILES = [0, 7, 28, 50, 55, 95, 99.9, 100];

function aggregated(
  reader: StoreReader,
  request: Parameters<StoreReader['stats']>[0],
  { bucketUs, by, groupBy, limit }: AggregateOptions,
): object {
  const newest = reader.newestHistogram(request, { bucketUs, by, isOver: () => false });
  const histogram = reader.histogram(request, { bucketUs, by });
  expect(newest).toEqual({ rows: histogram, countedFromUs: null });
  return {
    count: reader.count(request),
    histogram,
    top: reader.top(request, { by, limit }),
    groups: reader.groupBy(request, { by: groupBy }),
    distinct: reader.distinct(request, { of: by }),
    percentiles: reader.percentiles(request, { of: by, percentiles: PERCENTILES }),
    stats: exactStats(reader, request),
  };
}

function naiveAggregated(
  found: readonly NaiveRow[],
  { bucketUs, by, groupBy, limit }: AggregateOptions,
): object {
  const counts = (rows: readonly NaiveRow[], named: string): Map<string, number> =>
    new Map(
      grouped(rows, [named]).flatMap(([[value], of]) =>
        typeof value === 'string' ? [[value, of.length] as const] : [],
      ),
    );
  const buckets = Map.groupBy(found, (row) => Math.floor(row.timestampUs / bucketUs) * bucketUs);
  const most = [...counts(found, by)]
    .map(([name, count]) => ({ name, count }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
  const numbers = found
    .flatMap((row) => valuesOf(row, by))
    .map(numberIn)
    .filter((number) => !Number.isNaN(number));
  const times = found.map((row) => row.timestampUs);
  return {
    count: found.length,
    histogram: [...buckets]
      .sort(([one], [other]) => one - other)
      .map(([startUs, rows]) => ({ startUs, counts: counts(rows, by), total: rows.length })),
    top: most.slice(0, limit),
    groups: expect.toSatisfy((groups: { values: string[]; count: number }[]) => {
      const wanted = grouped(found, groupBy)
        .filter(([values]) => !values.includes(null))
        .map(([values, rows]) => ({ values, count: rows.length }));
      const keyOf = (group: object): string => JSON.stringify(group);
      expect(groups.map(keyOf).toSorted()).toEqual(wanted.map(keyOf).toSorted());
      expect(groups.map(({ count }) => count)).toEqual(
        wanted.map(({ count }) => count).toSorted((one, other) => other - one),
      );
      return true;
    }),
    distinct: most.length,
    percentiles: PERCENTILES.map((percentile) =>
      numbers.length === 0 ? null : nearestRank(numbers, String(percentile)),
    ),
    stats: {
      total: found.length,
      levels: counts(found, 'level'),
      sources: counts(found, 'source'),
      tags: counts(found, 'tag'),
      firstUs: times.length === 0 ? null : Math.min(...times),
      lastUs: times.length === 0 ? null : Math.max(...times),
    },
  };
}

test('pages hold each entry once and in order, whatever the store does between them', {
  timeout: TIMEOUT_MS,
}, async () => {
  const question = fc.record({ asked: condition, range, limit: fc.integer({ min: 1, max: 9 }) });
  await fc.assert(
    fc.asyncProperty(steps, question, fc.array(step, { maxLength: 12 }), (done, question, later) =>
      withStore(done, async (store, rows) => {
        const { asked, range: within, limit } = question;
        const before = rows.find(asked, within);
        const between = later.values();
        const seen: number[] = [];
        let page = pageOf(store, { ...question, cursor: null });
        for (;;) {
          seen.push(...page.sequences);
          if (page.sequences.length < limit) break;
          const next = between.next().value;
          if (next !== undefined) await perform(next, store, rows);
          page = pageOf(store, { ...question, cursor: page.cursor });
        }
        const text = asked.text;
        const left = new Set(rows.all.map(({ sequence }) => sequence));
        const stayed = before.map(({ sequence }) => sequence).filter((each) => left.has(each));
        expect({ text, within, seen: seen.filter((each) => stayed.includes(each)) }).toEqual({
          ...{ text, within, seen: stayed },
        });
        expect(new Set(seen).size).toBe(seen.length);
      }),
    ),
    RUNS,
  );
});

function pageOf(
  store: TestStore,
  {
    asked,
    range: within,
    limit,
    cursor,
  }: Readonly<{ asked: Condition; range: Range; limit: number; cursor: string | null }>,
): Readonly<{ sequences: readonly number[]; cursor: string | null }> {
  using reader = store.openReader();
  const { filter } = parseQuery(asked.text, CONTEXT);
  const after = cursor === null ? {} : { after: parseCursor(cursor)! };
  const sequences: number[] = [];
  let last = cursor;
  for (const { columns, rows, count } of reader.matches({
    ...{ query: filter, ...within, limit, ...after },
  })) {
    for (const row of rows.subarray(0, count)) {
      sequences.push(columns.sequence[row]!);
      last = cursorText(cursorAt(columns, row));
    }
  }
  return { sequences, cursor: last };
}
