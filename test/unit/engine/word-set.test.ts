/** Words of texts that stand one right behind the other, as those made of a program's entry do. */
import { expect, test } from 'vitest';
import { GramSet } from '../../../src/engine/gram-set.ts';
import { WordSet } from '../../../src/engine/word-set.ts';

/** It is some 10; for each text all that stand behind it took seconds. */
const CPU_MS_MAX = 500;

function hashesOf(spans: readonly string[]): number[] {
  const words = new WordSet();
  for (const span of spans) {
    const bytes = Buffer.from(span);
    words.addWords(bytes, 0, bytes.length);
  }
  return [...words.list.subarray(0, words.count)];
}

test('WordSet.addWords() reads a text to its end, whatever goes on behind it', () => {
  const spans = ['ab', 'a b', 'c-', 'é', 'éa b', '12', ' ', 'x 12', 'Straße', 'b'];
  spans.push('0b5c1a2e-1111-4222-8333-444455556666', '77', '0b5c1a2e-1111-4222-8333-44445555666');
  const bytes = Buffer.from(spans.join(''));
  const words = new WordSet();
  let at = 0;
  for (const span of spans) {
    const end = at + Buffer.byteLength(span);
    words.addWords(bytes, at, end);
    at = end;
  }
  expect([...words.list.subarray(0, words.count)]).toEqual(hashesOf(spans));
});

test('WordSet.addWords() takes no longer for many texts without a gap', () => {
  const bytes = Buffer.alloc(60_000, '0123456789');
  const words = new WordSet();
  const before = process.cpuUsage();
  for (let at = 0; at < bytes.length; at += 5) words.addWords(bytes, at, at + 5);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(CPU_MS_MAX);
  expect(words.count).toBe(2);
});

test('WordSet.addWords() takes the grams of both of two ids with one hash', () => {
  const bytes = Buffer.from('833c13a8 1864587b 833C13A8 1864587B');
  const words = new WordSet();
  words.addWords(bytes, 0, bytes.length);
  expect(words.count).toBe(1);
  const grams = new GramSet();
  grams.addWord(bytes, 0, 8);
  grams.addWord(bytes, 9, 17);
  expect([...words.grams.hex]).toEqual([...grams.hex]);
  expect([...words.grams.text]).toEqual([...grams.text]);
});
