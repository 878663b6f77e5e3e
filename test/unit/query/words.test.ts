import { describe, expect, test } from 'vitest';
import {
  collectWordHashes,
  foldText,
  foldWord,
  forEachWord,
  hashWord,
} from '../../../src/query/words.ts';

describe('words', () => {
  test('forEachWord() finds maximal runs of letters, digits, underscores and bytes from 0x80 on', () => {
    check('upstream ledger-db timeout', ['upstream', 'ledger', 'db', 'timeout']);
    check('GET /api?id=5_a HTTP/1.1', ['GET', 'api', 'id', '5_a', 'HTTP', '1', '1']);
    check('größe=3µs 日本語', ['größe', '3µs', '日本語']);
    check('', []);
    check(' ... ', []);
    check('x', ['x']);
  });

  test('collectWordHashes() and hashWord() agree with forEachWord()', () => {
    const bytes = Buffer.from('Alpha, été; b_2 İstanbul\n');
    const visited: number[] = [];
    const again: number[] = [];
    forEachWord(bytes, { start: 0, end: bytes.length }, (hash, start, end) => {
      visited.push(hash);
      again.push(hashWord(bytes, start, end));
    });
    const out = new Int32Array(16);
    const count = collectWordHashes(bytes, { start: 0, end: bytes.length }, { out, count: 2 });
    expect([...out.subarray(2, count)]).toEqual(visited);
    expect(again).toEqual(visited);
  });

  test('hashWord() gives one hash to all ways of writing a word, and different ones to different words', () => {
    same('Timeout', 'TIMEOUT', 'timeout');
    same('É', 'é', 'e\u0301', 'E\u0301');
    same('ΟΔΟΣ', 'οδος', 'οδοσ');
    expect(new Set(['a', 'b', 'ab', 'ba', 'é', 'e', 'K', '\u212a'].map(hashOf)).size).toBe(8);
  });

  test('hashWord() is part of the segment format: these never change', () => {
    expect(['a', 'timeout', '500', '_', 'é', '日本'].map(hashOf)).toEqual(GOLDEN);
  });

  test('hashWord() never is 0 and survives bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x80]);
    expect(hashWord(bytes, 0, 4)).not.toBe(0);
    expect(hashWord(bytes, 0, 4)).toBe(hashWord(bytes, 0, 4));
  });

  test('foldWord() makes no ASCII out of any other character, alone or after a letter', () => {
    for (let code = 0x80; code <= 0x10ffff; code += 1) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      const folded = foldWord(character);
      for (let at = 0; at < folded.length; at += 1) {
        if (folded.charCodeAt(at) < 0x80)
          throw new Error(`U+${code.toString(16)} folds to ${folded}`);
      }
    }
  });

  test('foldText() is idempotent and keeps what stands between words', () => {
    expect(foldText('A-B "É" ΟΔΟΣ.')).toBe('a-b "é" οδοσ.');
    expect(foldText(foldText('A-B "É" ΟΔΟΣ.'))).toBe('a-b "é" οδοσ.');
  });
});

const GOLDEN = [-1239789988, 548774554, 1175304447, 1323710221, -282288827, 1836124162];

function check(text: string, want: readonly string[]): void {
  const bytes = Buffer.from(text);
  const words: string[] = [];
  forEachWord(bytes, { start: 0, end: bytes.length }, (_hash, start, end) => {
    words.push(bytes.toString('utf8', start, end));
  });
  expect(words).toEqual(want);
}

function hashOf(word: string): number {
  const bytes = Buffer.from(word);
  return hashWord(bytes, 0, bytes.length);
}

function same(...ways: string[]): void {
  expect(new Set(ways.map(hashOf)).size).toBe(1);
}
