/** Patterns as they are stored with the segments, against the messages themselves. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { BufferSource } from '../../../src/engine/byte-source.ts';
import { insertSegment } from '../../../src/engine/catalog.ts';
import type { PatternCounts } from '../../../src/engine/pattern-counts.ts';
import { catalogRowOf } from '../../../src/engine/seal.ts';
import { NEED } from '../../../src/engine/segment-format.ts';
import { templatesOf } from '../../../src/engine/segment-parts.ts';
import { SegmentReader } from '../../../src/engine/segment-reader.ts';
import { TEMPLATE_LIMITS } from '../../../src/engine/template-part.ts';
import { ColumnNames } from '../../../src/model/entry-columns.ts';
import { LEVELS, levelCodeOf } from '../../../src/model/level.ts';
import { templateOf } from '../../../src/pattern/template.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const LIMITS = { segmentRows: 256, chunkRows: 32, inlineBytesMax: 2000 };

function entriesOf(count: number): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: 1_000_000 * ((index * 7919) % count),
    level: LEVELS[index % 5] ?? null,
    source: `s${index % 3}`,
    message: [
      `request ${index} took ${index % 90} ms`,
      `cannot open /var/lib/file${index}`,
      `user ${['anna', 'bob', 'carla', 'dora', 'emil', 'fritz'][Math.floor(index / 4) % 6]} logged in`,
      `retry ${index % 4} of "job ${index}"\nat line ${index}`,
    ][index % 4]!,
    tags: index % 7 === 0 ? ['eu'] : [],
  }));
}

/** Template, level, source → count, earliest and latest time. */
function truthOf(entries: readonly TestEntry[]): Map<string, number[]> {
  const truth = new Map<string, number[]>();
  for (const { message, level, source, timestampUs } of entries) {
    const template = templateOf(message).replace(/^user \w+ logged/, 'user <name> logged');
    const key = `${template}|${levelCodeOf(level)}|${source}`;
    const known = truth.get(key) ?? [0, timestampUs, timestampUs];
    const [count, first, last] = known as [number, number, number];
    truth.set(key, [count + 1, Math.min(first, timestampUs), Math.max(last, timestampUs)]);
  }
  return truth;
}

function told({ patterns }: PatternCounts): Map<string, number[]> {
  return new Map(
    patterns.map(({ template, levelCode, source, count, firstUs, lastUs }) => [
      `${template}|${levelCode}|${source}`,
      [count, firstUs, lastUs],
    ]),
  );
}

test('StoreReader.patterns counts whole segments and parts of them alike', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: LIMITS });
  const entries = entriesOf(1000);
  for (let from = 0; from < 1000; from += 100) store.add(entries.slice(from, from + 100));
  const check = (): void => {
    using reader = store.openReader();
    expect(told(reader.patterns({ query: EVERYTHING }))).toEqual(truthOf(entries));
    const eu: Filter = { kind: 'tag', pattern: 'eu' };
    expect(told(reader.patterns({ query: eu }))).toEqual(
      truthOf(entries.filter(({ tags }) => tags?.includes('eu'))),
    );
    const half = { query: EVERYTHING, fromUs: 250_500_000, untilUs: 750_000_000 };
    expect(told(reader.patterns(half))).toEqual(
      truthOf(entries.filter(({ timestampUs: us }) => us >= half.fromUs && us < half.untilUs)),
    );
    const word: Filter = { kind: 'text', test: { kind: 'phrase', text: 'anna' } };
    for (const { example } of reader.patterns({ query: word }).patterns) {
      expect(example).toContain('anna');
    }
    const number: Filter = { kind: 'text', test: { kind: 'phrase', text: 'request 160' } };
    const [found] = reader.patterns({ query: number }).patterns;
    expect(found!.example).toBe('request 160 took 70 ms');
    const counted = reader
      .patterns({ query: word })
      .patterns.reduce((sum, one) => sum + one.count, 0);
    expect(counted).toBe(reader.count({ query: word }));
  };
  check();
  while (await store.engine.compact());
  check();
});

test('StoreReader.patterns gives an example of the pattern, its first line only', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entriesOf(8));
  using reader = store.openReader();
  for (const { template, example } of reader.patterns({ query: EVERYTHING }).patterns) {
    expect(example).not.toContain('\n');
    expect(templateOf(example).replace(/^user \w+/, 'user <name>')).toBe(
      template.replace(/^user \w+/, 'user <name>'),
    );
  }
});

test('StoreReader.patterns counts the rest as others where there are too many to tell apart', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  const letters = (index: number): string =>
    index.toString().replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  const count = TEMPLATE_LIMITS.templatesMax + 500;
  const entry = (index: number): TestEntry => ({
    timestampUs: index,
    level: null,
    source: 's',
    // Every word differs: nothing can be merged.
    message: `${letters(index)} q${letters(index * 7)} z${letters(index * 13)}`,
  });
  store.add(Array.from({ length: count }, (_, index) => entry(index)));
  using reader = store.openReader();
  const { patterns, otherCount } = reader.patterns({ query: EVERYTHING });
  expect(patterns).toHaveLength(TEMPLATE_LIMITS.templatesMax);
  expect(otherCount).toBe(500);
});

test('StoreReader.fold gives the pattern of each row without its text', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: LIMITS });
  const entries = entriesOf(400);
  store.add(entries);
  using reader = store.openReader();
  const counted = reader.fold(
    { query: EVERYTHING },
    (book) => {
      const byTemplate = new Map<string, number>();
      return {
        take({ columns, rows, count, patterns }) {
          expect(columns.bytesLength).toBe(0);
          for (let index = 0; index < count; index += 1) {
            const text = book!.textOf(book!.merged(patterns![rows[index]!]!));
            byTemplate.set(text, (byTemplate.get(text) ?? 0) + 1);
          }
        },
        result: () => byTemplate,
      };
    },
    { need: NEED.TIMESTAMP, withText: false, withOrigins: false, patternsMax: 1000 },
  );
  expect(counted.get('request <n> took <n> ms')).toBe(100);
  expect([...counted.values()].reduce((sum, count) => sum + count, 0)).toBe(400);
});

test('StoreReader.patterns reads the messages of segments of version 1, which know no templates', () => {
  const path = fileURLToPath(new URL('../../fixtures/format/v1/mixed.segment', import.meta.url));
  const bytes = readFileSync(path);
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  {
    using segment = SegmentReader.open(new BufferSource(bytes), new ColumnNames());
    expect(templatesOf(segment)).toBeNull();
    using database = Database.open(store.databasePath);
    insertSegment(database, catalogRowOf(segment, { file: null, sizeBytes: bytes.length }), bytes);
  }
  const described = JSON.parse(
    readFileSync(path.replace('.segment', '.json'), 'utf8'),
  ) as readonly Readonly<{ message: string }>[];
  using reader = store.openReader();
  const { patterns } = reader.patterns({ query: EVERYTHING });
  expect(patterns.reduce((sum, { count }) => sum + count, 0)).toBe(described.length);
  const templates = new Set(described.map(({ message }) => templateOf(message)));
  for (const { template } of patterns) {
    expect(template.includes('<name>') || templates.has(template), template).toBe(true);
  }
});
