/** What a program gets from the library (pages, counts, statistics, aggregations) against `src/LIBRARY.md`, over an array of what it stored. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogConditions } from '../../src/library/queries.ts';
import { Logstead } from '../../src/library.ts';
import type { FieldValue } from '../../src/model/entry.ts';
import { LEVELS, type Level } from '../../src/model/level.ts';
import {
  grouped,
  type NaiveRow,
  nearestRank,
  oldestFirst,
  valuesOf,
} from '../support/naive-answers.ts';
import {
  condition,
  holdsText,
  KEYS,
  numberIn,
  severityOf,
  WHOLE,
} from '../support/naive-conditions.ts';
import { FAST_FOLDER } from '../support/store-steps.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** `LIBRARY_ANSWERS_CASES` and `LIBRARY_ANSWERS_SEED`: more of them, or others. */
const CASES = Number(process.env.LIBRARY_ANSWERS_CASES ?? 12);
const SEED = Number(process.env.LIBRARY_ANSWERS_SEED ?? 1);
/** Across the end of summer time in America. */
const NIGHT_MS = Date.UTC(2026, 10, 1, 5);

/** As others call them, and what they are here. */
const LEVEL_NAMES: Readonly<Record<string, Level>> = {
  ...Object.fromEntries(LEVELS.map((name) => [name.toLowerCase(), name])),
  Warning: 'WARN',
  critical: 'FATAL',
  notice: 'INFO',
};
const word = fc.constantFrom(
  'error',
  'Timeout',
  'Straße',
  'STRASSE',
  'x1',
  '42',
  'foo-bar',
  '日本',
);
const message = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '));
const value: fc.Arbitrary<FieldValue> = fc.oneof<fc.Arbitrary<FieldValue>[]>(
  fc.constantFrom(0, 5, -3, 0.25, 1000, 1e21, true, false, null),
  fc.constantFrom('5', '0x1F', ' 5', '', 'NaN', '1e3', 'Infinity'),
  message,
  fc.constant(['a', 1]),
);
const timeMs = fc.oneof(
  fc.nat(20).map((step) => NIGHT_MS + step * 300_000),
  fc.nat(7_200_000).map((ms) => NIGHT_MS + ms),
  fc.nat(5_000).map((us) => NIGHT_MS + us / 1_000),
);
const TAGS = ['eu', 'EU', 'us', 'a*b'];
const SOURCES = ['shop', 'Shop', 'nginx/access', 'a*b', '7'];

const given = fc.record(
  {
    message,
    timestamp: timeMs,
    level: fc.constantFrom(null, ...Object.keys(LEVEL_NAMES)),
    source: fc.constantFrom(...SOURCES),
    tags: fc.array(fc.constantFrom(...TAGS), { maxLength: 3 }),
    metadata: fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 }),
  },
  { requiredKeys: ['message', 'timestamp'] },
);
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

function rowOf(input: Given, sequence: number): NaiveRow {
  const { level = null, metadata = {}, tags = [], source = 'library' } = input;
  return {
    ...{ sequence, source, message: input.message, path: '' },
    timestampUs: Math.round(input.timestamp * 1_000),
    level: level === null ? null : LEVEL_NAMES[level]!,
    // Given twice it is still one tag of the entry.
    tags: [...new Set(tags)],
    fields: Object.entries(metadata).map(([key, found]) => ({
      key,
      value: typeof found === 'string' ? found : JSON.stringify(found),
    })),
  };
}

type Asked = Readonly<{ conditions: LogConditions; holds: (row: NaiveRow) => boolean }>;

const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });
const oneOrMore = (names: readonly string[]): fc.Arbitrary<string | string[]> =>
  fc.oneof(
    fc.constantFrom(...names),
    fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
  );
const asked: fc.Arbitrary<Asked> = fc
  .record({
    query: maybe(condition),
    startTime: maybe(timeMs.map((ms) => new Date(ms))),
    endTime: maybe(timeMs.map((ms) => new Date(ms))),
    level: maybe(oneOrMore(Object.keys(LEVEL_NAMES))),
    minSeverity: maybe(fc.constantFrom(0, 10, 20, 25, 40, 50)),
    source: maybe(oneOrMore(SOURCES)),
    keyword: maybe(fc.constantFrom('timeout', 'straße', 'foo', 'foo-bar', '日本', 'err', '5')),
    tags: maybe(fc.array(fc.constantFrom(...TAGS), { maxLength: 2 })),
  })
  .map(({ query, ...others }) => {
    const all = { ...others, query: query?.text };
    const conditions = Object.fromEntries(
      Object.entries(all).filter(([, found]) => found !== undefined),
    );
    const { startTime, endTime, level, minSeverity, source, keyword, tags } = others;
    const sameName = (one: string, other: string): boolean =>
      one.toLowerCase() === other.toLowerCase();
    const holds = (row: NaiveRow): boolean =>
      (query === undefined || query.holds(row)) &&
      (startTime === undefined || row.timestampUs >= startTime.getTime() * 1_000) &&
      (endTime === undefined || row.timestampUs < endTime.getTime() * 1_000) &&
      (level === undefined || [level].flat().some((name) => LEVEL_NAMES[name] === row.level)) &&
      (minSeverity === undefined || severityOf(row.level) >= minSeverity) &&
      (source === undefined || [source].flat().some((name) => sameName(name, row.source))) &&
      (keyword === undefined ||
        [row.message, ...row.fields!.map((field) => field.value)].some((text) =>
          holdsText(text, keyword, WHOLE),
        )) &&
      (tags ?? []).every((tag) => row.tags!.some((has) => sameName(has, tag)));
    return { conditions, holds };
  });

const attribute = fc.constantFrom('level', 'source', 'tag', 'message', ...KEYS);
const question = fc.record({
  asked,
  sort: fc.constantFrom('newest' as const, 'oldest' as const),
  limit: fc.integer({ min: 1, max: 12 }),
  by: attribute,
  groupBy: fc.uniqueArray(attribute, { maxLength: 3 }),
  bucketMs: fc.constantFrom(1, 0.5, 1_500, 60_000, 3_600_000),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;
const batch = fc.record({
  inputs: fc.noBias(fc.array(given, { maxLength: 40, size: 'max' })),
  next: fc.constantFrom('nothing', 'nothing', 'flush', 'reopen'),
});

test('A program gets what it stored, and what is computed of it', {
  timeout: 120_000 + CASES * 2_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 5 }),
      fc.array(question, { minLength: 4, maxLength: 10 }),
      fc.boolean(),
      async (batches, questions, isInMemory) => {
        using temp = TempFolder.make(FAST_FOLDER);
        const options = isInMemory ? {} : { folder: temp.join('store') };
        let logs = await Logstead.open(options);
        try {
          const rows: NaiveRow[] = [];
          for (const { inputs, next } of batches) {
            await logs.ingestLogs(inputs);
            for (const input of inputs) rows.push(rowOf(input, rows.length));
            if (next === 'flush') await logs.flush();
            if (next !== 'reopen' || isInMemory) continue;
            await logs.close();
            logs = await Logstead.open(options);
          }
          for (const each of questions) {
            const { conditions, holds } = each.asked;
            const found = rows.filter(holds).sort(oldestFirst);
            expect({ conditions, ...(await answersOf(logs, each)) }).toEqual({
              ...{ conditions, ...naiveAnswers(found, each) },
            });
          }
        } finally {
          await logs.close();
        }
      },
    ),
    { numRuns: CASES, seed: SEED },
  );
});

const RANKS = [0, 7, 28, 50, 55, 99.9, 100];

async function answersOf(logs: Logstead, asked: Question): Promise<object> {
  const { sort, limit, by, groupBy, bucketMs } = asked;
  const { conditions } = asked.asked;
  const entries: unknown[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await logs.queryLogs({
      ...{ ...conditions, sort, limit },
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { timestamp, level, message: text, source, tags } of page.entries)
      entries.push([timestamp.getTime(), level, text, source, tags]);
    cursor = page.nextCursor;
  }
  const whole = await logs.queryLogs({ ...conditions, limit: 0 });
  const { distinctKeywords, ...stats } = await logs.getStats(conditions);
  const aggregated = (request: object) => logs.aggregateLogs({ ...conditions, ...request });
  const { groups } = (await aggregated({ groupBy })) as { groups: readonly object[] };
  return {
    ...{ entries, whole: whole.entries.length, stats },
    count: await logs.countLogs(conditions),
    groups: groups.map((group) => JSON.stringify(group)).toSorted(),
    top: await aggregated({ top: { by, limit } }),
    histogram: await aggregated({ histogram: { bucketMs, by } }),
    percentiles: await aggregated({ percentiles: { of: by, ranks: RANKS } }),
  };
}

function naiveAnswers(found: readonly NaiveRow[], asked: Question): object {
  const { sort, limit, by, groupBy, bucketMs } = asked;
  const counts = (rows: readonly NaiveRow[], named: string): Record<string, number> =>
    Object.fromEntries(
      grouped(rows, [named]).flatMap(([[value], of]) =>
        typeof value === 'string' ? [[value, of.length] as const] : [],
      ),
    );
  const moment = (row: NaiveRow | undefined): Date | null =>
    row === undefined ? null : new Date(row.timestampUs / 1_000);
  const buckets = Map.groupBy(found, (row) => Math.floor(row.timestampUs / (bucketMs * 1_000)));
  const numbers = found
    .flatMap((row) => valuesOf(row, by))
    .map(numberIn)
    .filter((number) => !Number.isNaN(number));
  return {
    entries: (sort === 'oldest' ? found : found.toReversed()).map((row) => [
      ...[Math.trunc(row.timestampUs / 1_000), row.level, row.message, row.source, row.tags],
    ]),
    whole: found.length,
    stats: {
      total: found.length,
      levels: counts(found, 'level'),
      sources: counts(found, 'source'),
      tags: counts(found, 'tag'),
      firstTime: moment(found[0]),
      lastTime: moment(found.at(-1)),
    },
    count: found.length,
    groups: grouped(found, groupBy)
      .filter(([values]) => !values.includes(null))
      .map(([values, rows]) => JSON.stringify({ values, count: rows.length }))
      .toSorted(),
    top: {
      kind: 'top',
      values: Object.entries(counts(found, by))
        .map(([name, count]) => ({ name, count }))
        .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
        .slice(0, limit),
    },
    histogram: {
      kind: 'histogram',
      buckets: [...buckets]
        .sort(([one], [other]) => one - other)
        .map(([index, rows]) => ({
          start: new Date(index * bucketMs),
          total: rows.length,
          counts: counts(rows, by),
        })),
    },
    percentiles: {
      kind: 'percentiles',
      values: RANKS.map((rank) =>
        numbers.length === 0 ? null : nearestRank(numbers, String(rank)),
      ),
    },
  };
}
