import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileSieve } from '../../../src/engine/literal-search.ts';

/** Rows of few letters, so that literals are in them, across their ends and in either case. */
const row = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '-'), maxLength: 9 });
const literal = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 4 });

function startsOf(rows: readonly string[]): Int32Array {
  const starts = new Int32Array(rows.length + 1);
  for (const [index, text] of rows.entries()) starts[index + 1] = starts[index]! + text.length;
  return starts;
}

describe('compileSieve()', () => {
  test('keeps the wanted rows that hold a literal, and only those', () => {
    const many = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 3, maxLength: 5 });
    const literals = fc.oneof(
      fc.array(literal, { minLength: 1, maxLength: 2 }),
      fc.array(many, { minLength: 8, maxLength: 12, size: 'max' }),
    );
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }),
        literals,
        fc.infiniteStream(fc.boolean()),
        (texts, wantedLiterals, chosen) => {
          const rows = [...texts.keys()].filter(() => chosen.next().value);
          const wanted = { rows: Int32Array.from(rows), count: rows.length };
          const sieve = compileSieve(wantedLiterals.map((text) => Buffer.from(text)))!;
          sieve(Buffer.from(texts.join('')), startsOf(texts), wanted);
          expect([...wanted.rows.subarray(0, wanted.count)]).toEqual(
            rows.filter((index) =>
              wantedLiterals.some((text) => texts[index]!.toLowerCase().includes(text)),
            ),
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('finds a long literal in much text, which is looked through at two places in turns', () => {
    const letters = fc.constantFrom('a', 'b', 'A', '-');
    const long = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 5, maxLength: 7 });
    const text = fc.string({ unit: letters, minLength: 30, maxLength: 90, size: 'max' });
    const texts = fc.array(text, { minLength: 300, maxLength: 400 });
    fc.assert(
      fc.property(texts, long, fc.nat(3), (all, wantedLiteral, left) => {
        // Mostly in one run, which one row that is not wanted cuts in two.
        const rows = [...all.keys()].filter((index) => index !== left * 50);
        const wanted = { rows: Int32Array.from(rows), count: rows.length };
        compileSieve([Buffer.from(wantedLiteral)])!(
          Buffer.from(all.join('')),
          startsOf(all),
          wanted,
        );
        expect([...wanted.rows.subarray(0, wanted.count)]).toEqual(
          rows.filter((index) => all[index]!.toLowerCase().includes(wantedLiteral)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('is none without literals', () => expect(compileSieve([])).toBeNull());
});
