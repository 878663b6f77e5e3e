import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkSet } from '../../../src/engine/chunk-set.ts';
import { GramFilterReader, GramFilterWriter, GramPieces } from '../../../src/engine/gram-filter.ts';
import { GramSet } from '../../../src/engine/gram-set.ts';

/** The filter of a chunk for each list of words. */
function filterOf(
  chunks: readonly (readonly string[])[],
  { withLetters = true } = {},
): GramFilterReader {
  const writer = new GramFilterWriter();
  for (const words of chunks) {
    const grams = new GramSet({ withLetters });
    for (const word of words) {
      const bytes = Buffer.from(word);
      grams.addWord(bytes, 0, bytes.length);
    }
    writer.add(grams);
  }
  const place = { chunkCount: chunks.length, hasLetters: withLetters };
  return new GramFilterReader(writer.encode(), place);
}

/** The chunks that may hold a piece; null: it says nothing. */
function chunksWith(filter: GramFilterReader, chunkCount: number, piece: string): number[] | null {
  const pieces = new GramPieces();
  const bytes = Buffer.from(piece);
  pieces.addWord(bytes, 0, bytes.length);
  const query = pieces.query();
  if (query === null) return null;
  const found = ChunkSet.none(chunkCount);
  filter.lookUp(query, found);
  return Array.from({ length: chunkCount }, (_, chunk) => chunk).filter((chunk) =>
    found.has(chunk),
  );
}

describe('a gram filter', () => {
  const chunks = [['traceback'], ['trace', 'back', 'racer'], ['acebac'], ['cache_bac']];

  test('tells a piece of a word by its letters from a to f too', () => {
    expect(chunksWith(filterOf(chunks), chunks.length, 'racebac')).toEqual([0]);
    expect(chunksWith(filterOf(chunks), chunks.length, 'RACEBAC')).toEqual([0]);
  });

  test('finds a piece that may be of a number in both kinds of words', () => {
    expect(chunksWith(filterOf(chunks), chunks.length, 'acebac')).toEqual([0, 2]);
  });

  test('is asked for less where it was written before there were letters in it', () => {
    const before = filterOf([['traceback'], ['racer'], ['quiet']], { withLetters: false });
    expect(chunksWith(before, 3, 'raceba')).toEqual([0]);
    expect(chunksWith(before, 3, 'race')).toEqual([0, 1]);
  });

  test.each([true, false])(
    'leaves out no chunk that holds a piece (letters: %s)',
    (withLetters) => {
      const letter = fc.constantFrom(...'aabbccddeeff0189_rtzABCDEFRé');
      const word = fc.string({ unit: letter, minLength: 3, maxLength: 14 });
      const chunk = fc.array(word, { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(fc.array(chunk, { minLength: 1, maxLength: 4 }), fc.nat(), (all, seed) => {
          const filter = filterOf(all, { withLetters });
          const at = seed % all.length;
          const whole = all[at]![seed % all[at]!.length]!;
          const from = seed % whole.length;
          const piece = whole.slice(from, from + 1 + (seed % 9));
          const found = chunksWith(filter, all.length, piece);
          if (found !== null) expect(found).toContain(at);
        }),
        { numRuns: 2_000 },
      );
    },
  );
});
