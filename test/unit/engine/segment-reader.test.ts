/** One segment as bytes: what damage does to it, and that its spans survive any layout. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../../src/engine/byte-reader.ts';
import { BufferSource } from '../../../src/engine/byte-source.ts';
import { ChunkSet } from '../../../src/engine/chunk-set.ts';
import { Densifier } from '../../../src/engine/densifier.ts';
import { NEED, SEGMENT_LIMITS } from '../../../src/engine/segment-format.ts';
import { rollupOf } from '../../../src/engine/segment-parts.ts';
import { openReadTools, SegmentReader } from '../../../src/engine/segment-reader.ts';
import { SegmentEncoder } from '../../../src/engine/segment-writer.ts';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { hashWord } from '../../../src/query/words.ts';
import { appendEntry, describeRow } from '../../support/entry-rows.ts';

const HEADER = {
  storeId: '00112233445566778899aabbccddeeff',
  number: 7,
  isDense: false,
  createdAtMs: 1000,
};
const WORDS = ['alpha', 'beta', 'gamma', 'common', 'absent'];

function encode(columns: EntryColumns, chunkRows = 8): Buffer {
  const rows = Int32Array.from({ length: columns.count }, (_, row) => row);
  return new SegmentEncoder({ ...SEGMENT_LIMITS, chunkRows }).encode(HEADER, columns, rows).bytes;
}

function sample(): EntryColumns {
  const columns = new EntryColumns(new ColumnNames());
  for (let index = 0; index < 40; index += 1) {
    appendEntry(
      columns,
      {
        timestampUs: 1_700_000_000_000_000 + index * 1_234_567,
        level: index % 5 === 0 ? 'ERROR' : 'INFO',
        source: index % 2 === 0 ? 'api' : 'web',
        message: `common ${WORDS[Math.floor(index / 14)]} ${index}`,
        fields: [{ key: 'id', value: `${index * 977}`, made: index % 7 === 0 }],
        tags: index % 3 === 0 ? ['eu'] : [],
      },
      index + 1,
    );
  }
  return columns;
}

const tools = openReadTools();

/** Everything a segment can be asked. */
function readAll(bytes: Uint8Array): object {
  using segment = SegmentReader.open(new BufferSource(bytes), new ColumnNames(), tools);
  const rows: object[] = [];
  for (let chunk = 0; chunk < segment.footer.chunks.length; chunk += 1) {
    const columns = new EntryColumns(segment.names);
    segment.readRows(chunk, columns, NEED.ALL);
    segment.readTexts(chunk, columns);
    for (let row = 0; row < columns.count; row += 1) rows.push(describeRow(columns, row));
    // As after many other segments were read: what is forgotten is made anew.
    segment.dropDescriptions();
  }
  const found = WORDS.map((word) => {
    const chunks = ChunkSet.none(segment.footer.chunks.length);
    segment.wordIndex()?.lookUp(hashWord(Buffer.from(word), 0, word.length), chunks);
    return segment.footer.chunks.map((_, chunk) => chunks.has(chunk));
  });
  const { header } = segment;
  const footer = { ...segment.footer, forget: null };
  return { header, footer, rows, found, rollup: rollupOf(segment) };
}

/** The same rows as each form of segment has them. */
const FORMS = {
  plain: encode,
  dense: (columns: EntryColumns): Buffer =>
    new Densifier().densify(encode(columns), HEADER.number).bytes,
};

describe.each(Object.entries(FORMS))('SegmentReader of %s texts', (_name, encodeAs) => {
  test('detects a flipped bit in any byte, or answers as before', { timeout: 120_000 }, () => {
    const bytes = encodeAs(sample());
    const intact = readAll(bytes);
    let harmless = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = damaged[at]! ^ (1 << (at % 8));
      let answer: object;
      try {
        answer = readAll(damaged);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Malformed);
        continue;
      }
      harmless += 1;
      expect(answer).toEqual(intact);
    }
    // Groups of the word index that nobody asked for.
    expect(harmless).toBeLessThan(bytes.length / 4);
  });

  test('verify() detects a flipped bit in every byte', () => {
    const bytes = encodeAs(sample());
    const verify = (candidate: Uint8Array): void => {
      using segment = SegmentReader.open(new BufferSource(candidate), new ColumnNames(), tools);
      segment.verify();
    };
    expect(() => verify(bytes)).not.toThrow();
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = damaged[at]! ^ (128 >> (at % 8));
      expect(() => verify(damaged), `byte ${at}`).toThrow(Malformed);
    }
  });

  test('detects a file that is cut at any length', () => {
    const bytes = encodeAs(sample());
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => readAll(bytes.subarray(0, length))).toThrow(Malformed);
    }
  });

  test('has no word where it is not, but for few', () => {
    const columns = sample();
    using segment = SegmentReader.open(new BufferSource(encodeAs(columns)), new ColumnNames());
    const index = segment.wordIndex()!;
    const chunkCount = segment.footer.chunks.length;
    let falseHits = 0;
    for (let number = 0; number < 1000; number += 1) {
      const word = Buffer.from(`absent${number}`);
      const chunks = ChunkSet.none(chunkCount);
      index.lookUp(hashWord(word, 0, word.length), chunks);
      if (!chunks.isEmpty) falseHits += 1;
    }
    expect(falseHits).toBeLessThan(60);
  });
});

/** Spans anywhere: inside the original bytes in any order, overlapping, nested, empty, or made. */
const spanRow = fc.record({
  raw: fc.string({ maxLength: 30 }),
  spans: fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      kind: fc.nat(4),
      place: fc.nat(1000),
      length: fc.nat(1000),
      made: fc.option(fc.string({ maxLength: 8 }), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

test('SegmentReader gives back spans of any layout', () => {
  fc.assert(
    fc.property(fc.array(spanRow, { minLength: 1, maxLength: 30 }), (rows) => {
      const columns = new EntryColumns(new ColumnNames());
      const empty = Buffer.alloc(0);
      for (const { raw, spans } of rows) {
        const row = columns.addRow();
        columns.timestampUs[row] = row;
        const bytes = Buffer.from(raw);
        const rawStart = columns.appendBytes(bytes, 0, bytes.length);
        columns.rawStart[row] = rawStart;
        columns.rawLength[row] = bytes.length;
        for (const [index, span] of spans.entries()) {
          const made = span.made === null ? empty : Buffer.from(span.made);
          const start =
            span.made === null
              ? rawStart + (span.place % (bytes.length + 1))
              : columns.appendBytes(made, 0, made.length);
          const length =
            span.made === null ? span.length % (rawStart + bytes.length - start + 1) : made.length;
          if (index === 0) {
            columns.messageStart[row] = start;
            columns.messageLength[row] = length;
          } else {
            columns.addField(columns.names.keys.idOf(span.key), start, length, span.kind);
          }
        }
      }
      columns.names.sources.idOf('s');
      columns.names.paths.idOf('p');
      columns.names.formats.idOf('f');
      const answer = readAll(encode(columns, 4)) as { rows: object[] };
      expect(answer.rows).toEqual(
        Array.from({ length: columns.count }, (_, row) => describeRow(columns, row)),
      );
    }),
    { numRuns: 300 },
  );
});
