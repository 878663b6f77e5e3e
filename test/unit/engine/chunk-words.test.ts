/** The words of a chunk against a plain walk over every message and every value. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkWords } from '../../../src/engine/chunk-words.ts';
import { WordSet } from '../../../src/engine/word-set.ts';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { forEachWord } from '../../../src/query/words.ts';
import { appendEntry, type TestEntry } from '../../support/entry-rows.ts';

/** Few texts, so that they repeat; some differ in the middle alone, some are parts of a word. */
const TEXTS = [
  'GET',
  'get',
  'curl/8.5.0',
  'curl/8.5.1',
  'cuRl/8x5.0',
  'a',
  'ab',
  '',
  'straße 7',
  'one two',
];
const text = fc.constantFrom(...TEXTS);

const entry: fc.Arbitrary<TestEntry> = fc.record({
  timestampUs: fc.constant(1),
  level: fc.constant('INFO' as const),
  source: fc.constant('s'),
  message: text,
  messageMade: fc.boolean(),
  fields: fc.array(fc.record({ key: fc.constantFrom('a', 'b'), value: text, made: fc.boolean() }), {
    maxLength: 3,
  }),
});

function expectedOf(columns: EntryColumns): Set<number> {
  const words = new Set<number>();
  const take = (start: number, length: number): void =>
    forEachWord(columns.bytes, { start, end: start + length }, (hash) => words.add(hash));
  for (let row = 0; row < columns.count; row += 1) {
    take(columns.messageStart[row]!, columns.messageLength[row]!);
  }
  for (let field = 0; field < columns.fieldCount; field += 1) {
    take(columns.fieldStart[field]!, columns.fieldLength[field]!);
  }
  return words;
}

test('ChunkWords finds the words of a plain walk, however often texts repeat', () => {
  const words = new WordSet();
  const chunkWords = new ChunkWords();
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 30 }), (entries) => {
      const columns = new EntryColumns(new ColumnNames());
      for (const [sequence, one] of entries.entries()) appendEntry(columns, one, sequence);
      words.clear();
      chunkWords.collect(columns, Int32Array.from(entries.keys()), words);
      expect(new Set(words.list.subarray(0, words.count))).toEqual(expectedOf(columns));
    }),
  );
});
