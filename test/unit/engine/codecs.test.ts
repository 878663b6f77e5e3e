/** Each codec of the segment format against the obvious: what goes in comes out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../../src/engine/bits.ts';
import { ByteReader, Malformed } from '../../../src/engine/byte-reader.ts';
import { BufferSource } from '../../../src/engine/byte-source.ts';
import { ByteWriter } from '../../../src/engine/byte-writer.ts';
import { ChunkSet } from '../../../src/engine/chunk-set.ts';
import { ColumnEncoder, readColumn, writeColumn } from '../../../src/engine/column-codec.ts';
import { UUID_REST_HASH } from '../../../src/engine/word-index-format.ts';
import { WordIndexReader } from '../../../src/engine/word-index-reader.ts';
import { WordIndexWriter } from '../../../src/engine/word-index-writer.ts';
import { WordSet } from '../../../src/engine/word-set.ts';
import { frameBytesMax, openCompressor, openDecompressor } from '../../../src/engine/zstd.ts';
import { forEachWord } from '../../../src/query/words.ts';

const safeInteger = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.maxSafeInteger(),
);

const encoder = new ColumnEncoder();
const ROW_0 = new Int32Array(1);

describe('ColumnEncoder', () => {
  test('loses nothing of any safe integers', () => {
    fc.assert(
      fc.property(
        fc.array(safeInteger, { minLength: 1, maxLength: 50 }),
        fc.boolean(),
        (numbers, delta) => {
          const out = new ByteWriter();
          const options = { steps: [1000], ...(delta && { restarts: ROW_0 }) };
          const encoded = encoder.encode(Float64Array.from(numbers), numbers.length, options);
          writeColumn(out, encoded, numbers[0]!);
          const input = new ByteReader(out.written());
          expect([...readColumn(input, numbers.length)]).toEqual(numbers);
          expect(input.remaining).toBe(0);
        },
      ),
    );
  });

  test('takes a byte for each whole second of a slow log', () => {
    const stamps = Float64Array.from({ length: 100 }, (_, index) => 1.7e15 + index * index * 1e6);
    const { payload } = encoder.encode(stamps, 100, { restarts: ROW_0, steps: [1_000_000] });
    expect(payload.length).toBe(100);
  });
});

test('ByteReader never reads what is not there', () => {
  const reader = new ByteReader(Buffer.from([0xff, 0xff]));
  expect(() => reader.varint()).toThrow(Malformed);
  expect(() => new ByteReader(Buffer.from([200, 1])).text()).toThrow(Malformed);
  expect(() => new ByteReader(Buffer.alloc(3)).u32()).toThrow(Malformed);
});

test('BitWriter and BitReader agree', () => {
  const field = fc.nat(16).chain((count) => fc.tuple(fc.nat(2 ** count - 1), fc.constant(count)));
  fc.assert(
    fc.property(fc.array(field), fc.array(field), (first, second) => {
      const writer = new BitWriter();
      for (const [value, count] of first) writer.put(value, count);
      const other = new BitWriter();
      for (const [value, count] of second) other.put(value, count);
      writer.append(other);
      const reader = new BitReader(writer.written());
      for (const [value, count] of [...first, ...second]) expect(reader.take(count)).toBe(value);
    }),
  );
});

describe('WordIndex', () => {
  /** Hashes of each chunk. */
  type Words = readonly (readonly number[])[];

  function expectFound(writer: WordIndexWriter, chunks: Words): void {
    writer.clear();
    for (const [chunk, hashes] of chunks.entries()) writer.add(chunk, Int32Array.from(hashes));
    const bytes = writer.encode(chunks.length);
    const part = { at: 0, length: bytes.length };
    const reader = WordIndexReader.open(new BufferSource(bytes), part);
    const chunksOf = new Map<number, number[]>();
    for (const [chunk, hashes] of chunks.entries()) {
      for (const hash of hashes) chunksOf.set(hash, [...(chunksOf.get(hash) ?? []), chunk]);
    }
    for (const [hash, wanted] of chunksOf) {
      const found = ChunkSet.none(chunks.length);
      reader.lookUp(hash, found);
      expect(wanted.filter((chunk) => !found.has(chunk))).toEqual([]);
    }
  }

  test('finds every word in every chunk that has it, segment after segment', () => {
    const hash = fc.oneof(fc.integer(), fc.integer({ min: 1, max: 40 }));
    const chunk = fc.uniqueArray(hash, { maxLength: 40 });
    const segment = fc.array(fc.oneof(chunk, fc.constant([])), { minLength: 1, maxLength: 70 });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(segment, fc.constant([[]])), { minLength: 1, maxLength: 4 }),
        (segments) => {
          const writer = new WordIndexWriter();
          for (const chunks of segments) expectFound(writer, chunks);
        },
      ),
    );
  });

  test('has room for many words behind a segment that had none', () => {
    const writer = new WordIndexWriter();
    const many = Array.from({ length: 40_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
    for (const chunks of [[[]], [[7], [8]], [many, many.slice(1), many], [[]], [[7], [7, 8]]]) {
      expectFound(writer, chunks);
    }
  });
});

describe('WordSet', () => {
  const UUID = '1b8dc10c-a689-40c1-ad1e-a783f1c93056';

  function wordsOf(text: string): Set<number> {
    const set = new WordSet();
    const bytes = Buffer.from(`${text} `);
    set.addWords(bytes, 0, bytes.length - 1);
    return new Set(set.list.subarray(0, set.count));
  }

  function expected(text: string): Set<number> {
    const hashes = new Set<number>();
    const bytes = Buffer.from(text);
    forEachWord(bytes, { start: 0, end: bytes.length }, (hash) => hashes.add(hash));
    return hashes;
  }

  test('holds the words that a query looks for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        expect(wordsOf(text)).toEqual(expected(text));
      }),
    );
  });

  test('ends a word where the span ends, whatever stands behind', () => {
    const bytes = Buffer.from('one twothree äöü');
    const set = new WordSet();
    set.addWords(bytes, 0, 7);
    set.addWords(bytes, 13, bytes.length - 2);
    const found = new Set(set.list.subarray(0, set.count));
    expect(found).toEqual(new Set([...expected('one two'), ...expected('äö')]));
  });

  test('takes the first group of a UUID, and notes that there is a rest', () => {
    const want = new Set([...expected('a 1b8dc10c z'), UUID_REST_HASH]);
    expect(wordsOf(`a ${UUID} z`)).toEqual(want);
    expect(wordsOf(`a [${UUID.toUpperCase()}]z`)).toEqual(want);
  });

  test('takes what only looks like a UUID word by word', () => {
    for (const text of [`${UUID}0`, UUID.slice(0, -1), UUID.replace('a689', 'g689'), `x${UUID}`]) {
      expect(wordsOf(text)).toEqual(expected(text));
    }
  });

  test('grows with the number of words', () => {
    const text = Array.from({ length: 40_000 }, (_, index) => `w${index}`).join(' ');
    expect(wordsOf(`${text} ${UUID} ${text}`).size).toBe(40_002);
  });
});

describe('zstd', () => {
  test('compresses and decompresses again and again, after bad input too', () => {
    const compressor = openCompressor();
    const decompressor = openDecompressor();
    for (let round = 0; round < 20; round += 1) {
      const text = Buffer.from(`round ${round} `.repeat(round * 1000));
      const room = Buffer.alloc(frameBytesMax(text.length) + 3);
      const frame = room.subarray(3, 3 + compressor.compress(text, room, 3));
      const target = Buffer.alloc(text.length + 4);
      decompressor.decompress(frame, target, { at: 1, length: text.length });
      expect(target.subarray(1, text.length + 1).equals(text)).toBe(true);
      const broken = Buffer.from(frame);
      broken[broken.length >> 1]! ^= 0x55;
      for (const bad of [broken.subarray(0, -1), frame.subarray(0, frame.length >> 1)]) {
        expect(() => decompressor.decompress(bad, target, { at: 0, length: text.length })).toThrow(
          Malformed,
        );
      }
    }
  });
});
