/**
 * What keeps buffers, tables and caches from one segment to the next makes of each what a fresh one makes of it, byte for byte:
 * also behind one without a word, one that was broken off, and one that made everything grow.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../../src/base/assert.ts';
import { BufferSource } from '../../src/engine/byte-source.ts';
import { Densifier } from '../../src/engine/densifier.ts';
import { SealAhead } from '../../src/engine/seal-ahead.ts';
import { NEED, SEGMENT_LIMITS } from '../../src/engine/segment-format.ts';
import { openReadTools, SegmentReader } from '../../src/engine/segment-reader.ts';
import { SegmentEncoder } from '../../src/engine/segment-writer.ts';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { LEVELS } from '../../src/model/level.ts';
import { appendEntry, describeRow, type TestEntry } from '../support/entry-rows.ts';

const CASES = Number(process.env['LOGSTEAD_CASES'] ?? 20);
const HEADER = {
  storeId: '00112233445566778899aabbccddeeff',
  number: 7,
  isDense: false,
  createdAtMs: 1000,
};
/** Without a word, a field or a template of its own. */
const MUTE: TestEntry = { timestampUs: 0, level: null, source: 'api', message: '' };
const NO_TIME: TestEntry = {
  timestampUs: Number.POSITIVE_INFINITY,
  level: null,
  source: 'api',
  message: 'x',
};

const text = fc.oneof(
  fc.constantFrom('', ' ', '--- ...', 'é\u0301', 'GET', '/users/42/orders', '503', '17 ms', '\n'),
  fc
    .array(fc.constantFrom('took', 'x1', '42', 'deadbeef', 'über', '10.0.0.7', '"a b"'), {
      maxLength: 4,
    })
    .map((words) => words.join(' ')),
  fc.nat(1e9).map((number) => `id ${number.toString(16)} of ${number}`),
  fc.nat(300).map((count) => 'word '.repeat(count)),
);
const key = fc.oneof(
  fc.constantFrom('method', 'path', 'status', 'duration', 'user'),
  fc.nat(400).map((number) => `key${number}`),
);
const entry: fc.Arbitrary<TestEntry> = fc.record({
  timestampUs: fc.oneof(fc.nat(300_000_000), fc.integer({ min: -9e15, max: 9e15 })),
  level: fc.constantFrom(null, ...LEVELS),
  source: fc.oneof(
    fc.constantFrom('api', 'web'),
    fc.nat(90).map((number) => `s${number}`),
  ),
  message: text,
  messageMade: fc.boolean(),
  tags: fc.uniqueArray(fc.constantFrom('eu', 'us'), { maxLength: 2 }),
  fields: fc.oneof({ weight: 60, arbitrary: fieldsOf(4) }, { weight: 1, arbitrary: fieldsOf(256) }),
  generation: fc.nat(3),
  offset: fc.nat(1e9),
});

function fieldsOf(maxLength: number): fc.Arbitrary<NonNullable<TestEntry['fields']>> {
  return fc.array(fc.record({ key, value: text, made: fc.boolean() }), {
    maxLength,
    size: 'max',
  });
}

type Segment = Readonly<{
  entries: readonly TestEntry[];
  /** Rows that were looked at before they are sealed. */
  preparedCount: number;
  isBrokenOff: boolean;
}>;

const segment: fc.Arbitrary<Segment> = fc.record({
  entries: fc.oneof(
    { weight: 2, arbitrary: fc.constant([MUTE]) },
    { weight: 2, arbitrary: fc.array(entry, { minLength: 1, maxLength: 2 }) },
    { weight: 3, arbitrary: fc.array(entry, { minLength: 1, maxLength: 40 }) },
    // Shapes and routes by the hundred, once in a while.
    { weight: 1, arbitrary: fc.nat(700).map(manyEntries) },
  ),
  preparedCount: fc.nat(60),
  isBrokenOff: fc.integer({ min: 0, max: 7 }).map((number) => number === 0),
});

/** More words than the tables have room for at first. */
function manyEntries(count: number): TestEntry[] {
  return Array.from({ length: count + 1 }, (_, index) => {
    const id = Math.imul(index + count, 0x9e3779b1) >>> 0;
    const words = Array.from({ length: 30 }, (_word, place) => (id + place * 7).toString(16));
    const fields = [
      { key: 'method', value: 'GET' },
      { key: 'path', value: `/r${index}/${id}` },
      { key: `key${index}`, value: 'x' },
    ];
    const message = `${String.fromCharCode(97 + (index % 26))}${words.join(' ')}`;
    return { timestampUs: index * 1_000, level: 'INFO', source: `s${index % 99}`, message, fields };
  });
}

/** What goes on from one segment to the next. */
class Used {
  readonly names = new ColumnNames();
  readonly columns = new EntryColumns(this.names);
  readonly ahead = new SealAhead();
  readonly densifier = new Densifier();
  readonly tools = openReadTools();
  readonly read = new EntryColumns(new ColumnNames());
  readonly encoder: SegmentEncoder;
  readonly limits: typeof SEGMENT_LIMITS;

  constructor(chunkRows: number) {
    this.limits = { ...SEGMENT_LIMITS, chunkRows };
    this.encoder = new SegmentEncoder(this.limits);
  }

  take({ entries, preparedCount, isBrokenOff }: Segment): void {
    const { columns, ahead, encoder } = this;
    for (const [index, one] of entries.entries()) appendEntry(columns, one, index + 1);
    while (ahead.step(columns, 7) && ahead.known(1).hashes.count < preparedCount);
    if (isBrokenOff) appendEntry(columns, NO_TIME, entries.length + 1);
    const rows = Int32Array.from({ length: columns.count }, (_, row) => row);
    if (isBrokenOff) {
      expect(() => encoder.encode(HEADER, columns, rows, ahead.known(1))).toThrow(AssertionFailed);
    } else {
      const { bytes } = encoder.encode(HEADER, columns, rows, ahead.known(1));
      const fresh = new SegmentEncoder(this.limits).encode(HEADER, columns, rows).bytes;
      expect(bytes.equals(fresh)).toBe(true);
      this.#readBack(bytes);
      const dense = this.densifier.densify(bytes, 8).bytes;
      expect(dense.equals(new Densifier().densify(bytes, 8).bytes)).toBe(true);
      this.#readBack(dense);
    }
    columns.clear();
    ahead.clear();
  }

  /** By a reader that has read the segments before, too. */
  #readBack(bytes: Buffer): void {
    const { columns, read } = this;
    using reader = SegmentReader.open(new BufferSource(bytes), read.names, this.tools);
    let count = 0;
    for (let chunk = 0; chunk < reader.chunkCount; chunk += 1) {
      reader.readRows(chunk, read, NEED.ALL);
      reader.readTexts(chunk, read);
      const rows = Array.from({ length: read.count }, (_, row) => row);
      const wanted = rows.map((row) => describeRow(columns, read.sequence[row]! - 1));
      expect(rows.map((row) => describeRow(read, row))).toEqual(wanted);
      count += read.count;
    }
    expect(count).toBe(columns.count);
  }
}

test('a used encoder, densifier and reader make of a segment what fresh ones make of it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 3, 8, 64, 4096),
      fc.array(segment, { minLength: 2, maxLength: 5 }),
      (chunkRows, segments) => {
        const used = new Used(chunkRows);
        for (const one of segments) used.take(one);
      },
    ),
    { numRuns: CASES },
  );
});
