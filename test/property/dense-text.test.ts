/** The text of a dense chunk comes back to the byte, whatever it is; damage never does more than throw. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../src/engine/byte-reader.ts';
import { DenseTextWriter } from '../../src/engine/dense-text.ts';
import { FORM } from '../../src/engine/dense-text-format.ts';
import { DenseTextReader } from '../../src/engine/dense-text-reader.ts';
import { openCompressor, openDecompressor } from '../../src/engine/zstd.ts';

const writer = new DenseTextWriter(openCompressor());
const reader = new DenseTextReader(openDecompressor());

/** A value of one of the kinds that columns have, and some that only look like them. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 120 }).map(String),
  fc.integer({ min: 999_999_990, max: 1_000_000_020 }).map(String),
  fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String),
  fc.integer({ min: 0, max: 999 }).map((number) => String(number).padStart(3, '0')),
  fc.uuid(),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 8 }),
  fc.constantFrom('v1', 'x9y', '0', '00', '9007199254740993', 'A1', ''),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const shape = fc.constantFrom(
  (values: string[]) => `${values[0]} INFO request ${values[1]} took ${values[2]} ms\n`,
  (values: string[]) => `{"id":"${values[0]}","n":${values[1]}}\r\n`,
  (values: string[]) => values.join(''),
  () => 'nothing that varies\n',
  () => '',
);
const row = fc
  .tuple(shape, fc.array(value, { minLength: 3, maxLength: 3 }))
  .map(([make, values]) => Buffer.from(make(values)));
const rows = fc.oneof(
  fc.array(row, { minLength: 1, maxLength: 60 }),
  fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 }),
);

type Taken = { text: Buffer; starts: Int32Array; stored: Buffer };

function taken(pieces: readonly Uint8Array[]): Taken {
  const starts = new Int32Array(pieces.length + 1);
  for (const [index, piece] of pieces.entries()) starts[index + 1] = starts[index]! + piece.length;
  const text = Buffer.concat(pieces);
  return { text, starts, stored: Buffer.from(writer.write(text, starts)) };
}

function readBack({ text: { length }, starts, stored }: Taken): Buffer {
  const target = Buffer.alloc(length + 8, 0xee);
  reader.read(stored, target, starts);
  expect(target.subarray(length)).toEqual(Buffer.alloc(8, 0xee));
  return target.subarray(0, length);
}

describe('DenseTextWriter and DenseTextReader', () => {
  test('give back every byte', () => {
    fc.assert(
      fc.property(rows, (pieces) => {
        const all = taken(pieces);
        expect(readBack(all).equals(all.text)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('take log lines apart, in every kind of column', () => {
    const pieces = Array.from({ length: 1_000 }, (_, index) => {
      const hash = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
      const text = `2026-11-20T10:00:${String(index % 60).padStart(2, '0')}Z n=${index + 95} id=a${hash} host${index % 7}x took ${index % 997} ms v1\n`;
      return Buffer.from(text);
    });
    const all = taken(pieces);
    expect(all.stored[0]).toBe(FORM.SHAPED);
    expect(all.stored.length).toBeLessThan(all.text.length / 8);
    expect(readBack(all).equals(all.text)).toBe(true);
  });

  test('leave a text that has the mark in it as it is', () => {
    const all = taken([Buffer.from('a\x01b 17\n'.repeat(50))]);
    expect(all.stored[0]).toBe(FORM.PLAIN);
    expect(readBack(all).equals(all.text)).toBe(true);
  });

  test('throw nothing but Malformed for damaged bytes', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), (pieces, at, flip) => {
        const all = taken(pieces);
        all.stored[at % all.stored.length]! ^= flip;
        try {
          readBack(all);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
