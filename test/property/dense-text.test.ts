/** The text of a dense chunk comes back to the byte, whatever it is; damage never does more than throw. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../src/engine/byte-reader.ts';
import { compileDenseScreen } from '../../src/engine/dense-screen.ts';
import { DenseTextWriter } from '../../src/engine/dense-text.ts';
import { FORM } from '../../src/engine/dense-text-format.ts';
import { DenseTextReader } from '../../src/engine/dense-text-reader.ts';
import { openCompressor, openDecompressor } from '../../src/engine/zstd.ts';
import { compileLiteral } from '../../src/query/literal-finder.ts';

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

/** Enough lines of a kind that shapes are worth it, which a few rows never are. */
const logLines = fc.nat().map((seed) => {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const start = below(1e9);
  return Array.from({ length: 150 + below(100) }, (_, index) => {
    const id = below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    const name = below(2) === 0 ? `W${below(9e4)}` : `bc${below(9)}`;
    const lines = [
      `n=${start + index} id=${id} ${name} took ${below(5_000)} ms v17\n`,
      `${String(below(1_000)).padStart(3, '0')} GET /${name}/${id}${id} ${below(40)}x Node8\r\n`,
      `${'é'.repeat(below(3))}${id}-${name}.${below(100)}`,
    ];
    return Buffer.from(lines[below(lines.length)]!);
  });
});
const rowsOrLines = fc.oneof(rows, logLines);

type Taken = { text: Buffer; starts: Int32Array; stored: Buffer };

function taken(pieces: readonly Uint8Array[]): Taken {
  const starts = new Int32Array(pieces.length + 1);
  for (const [index, piece] of pieces.entries()) starts[index + 1] = starts[index]! + piece.length;
  const text = Buffer.concat(pieces);
  return { text, starts, stored: Buffer.from(writer.write(text, starts)) };
}

function readBack({ text: { length }, starts, stored }: Taken): Buffer {
  const target = Buffer.alloc(length + 8, 0xee);
  reader.open(stored, starts.length - 1).put(target, starts, null);
  expect(target.subarray(length)).toEqual(Buffer.alloc(8, 0xee));
  return target.subarray(0, length);
}

/** A piece of the text, lower case as literals of filters are. */
function literalOf(text: Buffer, at: number, length: number): Buffer {
  const piece = text.toString('latin1', at, at + length);
  return Buffer.from(
    piece.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    'latin1',
  );
}

describe('DenseTextWriter and DenseTextReader', () => {
  test('give back every byte', () => {
    fc.assert(
      fc.property(rowsOrLines, (pieces) => {
        const all = taken(pieces);
        expect(readBack(all).equals(all.text)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('give back rows without a byte, also to a reader that has read nothing before', () => {
    const own = new DenseTextReader(openDecompressor());
    const { stored, starts } = taken([Buffer.alloc(0), Buffer.alloc(0)]);
    const target = Buffer.alloc(8, 0xee);
    own.open(stored, 2).put(target, starts, null);
    expect(target).toEqual(Buffer.alloc(8, 0xee));
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
});

describe('DenseText', () => {
  test('puts together the rows that are wanted, and no others', () => {
    fc.assert(
      fc.property(rowsOrLines, fc.infiniteStream(fc.boolean()), (pieces, chosen) => {
        const { text, starts, stored } = taken(pieces);
        const target = Buffer.alloc(text.length + 8, 0xee);
        const wanted = Int32Array.from([...pieces.keys()].filter(() => chosen.next().value));
        const opened = reader.open(stored, pieces.length);
        opened.put(target, starts, { rows: wanted, count: wanted.length });
        const expected =
          stored[0] === FORM.PLAIN ? Buffer.from(text) : Buffer.alloc(text.length, 0xee);
        for (const row of wanted) expected.set(pieces[row]!, starts[row]);
        expect(target.subarray(0, text.length).equals(expected)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('rules out rows without a literal, and none that has it', () => {
    const seen = { ruledOut: 0, left: 0 };
    const other = fc.stringMatching(/^[a-z0-9]{3}$/);
    const length = fc.integer({ min: 3, max: 12 });
    fc.assert(
      fc.property(rowsOrLines, fc.nat(), length, other, (pieces, at, bytes, absent) => {
        const { text, starts, stored } = taken(pieces);
        const literals = [literalOf(text, at % (text.length + 1), bytes), Buffer.from(absent)];
        const screen = compileDenseScreen(literals);
        if (screen === null) return;
        const wanted = { rows: Int32Array.from(pieces.keys()), count: pieces.length };
        reader.open(stored, pieces.length).narrow(wanted, screen);
        const left = wanted.rows.subarray(0, wanted.count);
        const finders = literals.map(compileLiteral);
        for (const row of pieces.keys()) {
          if (finders.some((find) => find(text, starts[row]!, starts[row + 1]!) >= 0)) {
            expect(left).toContain(row);
          }
        }
        seen.left += wanted.count;
        seen.ruledOut += pieces.length - wanted.count;
      }),
      { numRuns: 3_000 },
    );
    expect(seen.ruledOut).toBeGreaterThan(seen.left);
  });

  test('rules out rows by each kind of column', () => {
    const pieces = Array.from({ length: 600 }, (_, index) => {
      const id = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
      const word = `${index % 2 === 0 ? 'A' : 'bc'}${index * index}`;
      const three = String(index).padStart(3, '0');
      const four = String(index * 7).padStart(4, '0');
      const text = `n=${index + 950} id=${id} at ${three}ms x${four} took ${index * 97} ${word} v17\n`;
      return Buffer.from(text);
    });
    const { text, starts, stored } = taken(pieces);
    const every = [...pieces.keys()];
    const left = (literal: string): number[] => {
      const wanted = { rows: Int32Array.from(every), count: pieces.length };
      const screen = compileDenseScreen([Buffer.from(literal)])!;
      reader.open(stored, pieces.length).narrow(wanted, screen);
      return [...wanted.rows.subarray(0, wanted.count)];
    };
    const scanned = (literal: string): number[] => {
      const find = compileLiteral(Buffer.from(literal));
      return every.filter((row) => find(text, starts[row]!, starts[row + 1]!) >= 0);
    };
    for (const literal of ['a144', 'bc289', '9e37', '042ms', 'x0049', '48500', '1017', 'v18']) {
      expect(left(literal), literal).toEqual(scanned(literal));
    }
    expect(scanned('1017').length).toBeGreaterThan(0);
    expect(left('v17')).toEqual(every);
    expect(left('took')).toEqual(every);
  });
});

describe('DenseTextWriter', () => {
  test('leaves a text that has the mark in it as it is', () => {
    const all = taken([Buffer.from('a\x01b 17\n'.repeat(50))]);
    expect(all.stored[0]).toBe(FORM.PLAIN);
    expect(readBack(all).equals(all.text)).toBe(true);
  });

  test('throws nothing but Malformed for damaged bytes', () => {
    fc.assert(
      fc.property(rowsOrLines, fc.nat(), fc.integer({ min: 1, max: 255 }), (pieces, at, flip) => {
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
