import { describe, expect, test } from 'vitest';
import { compileRegex } from '../../../src/query/regex.ts';

describe('compileRegex()', () => {
  test('finds the same as the built-in ignore-case flag', () => {
    const texts = ['Timeout', 'TIMEOUT 5', 'x-Y_z', 'été', 'ÉTÉ', '[a]', 'A\nb', 'kK', '7Z'];
    const sources = [
      'timeout',
      '[t-v]ime',
      '^[A-C]$',
      'é',
      'y_z\\b',
      '\\[a\\]',
      '(?:time)(out)?',
      '(?<name>b)',
      '[^a-y\\W]',
      '[\\x61-z-9]k',
      'z$',
    ];
    for (const source of sources) {
      for (const text of texts) {
        const found = testOf(source, { ignoreCase: true })(text);
        expect({ source, text, found }).toEqual({
          source,
          text,
          found: new RegExp(source, 'im').test(text),
        });
      }
    }
  });

  test('reads an octal code in a class as one character', () => {
    const found = testOf('^[\\141-c]$', { ignoreCase: true });
    expect(['a', 'b', 'c', 'C', 'd', 'Z', '1'].filter(found)).toEqual(['a', 'b', 'c', 'C']);
  });

  test('stays linear where backtracking would not end', () => {
    const hostile = `${'a'.repeat(50_000)}!`;
    expect(testOf('^(a+)+$', { ignoreCase: false })(hostile)).toBe(false);
    expect(testOf('(x+x+)+y', { ignoreCase: true })('X'.repeat(50_000))).toBe(false);
    expect(testOf('(.*)(.*)(.*)(.*)z', { ignoreCase: false })('b'.repeat(20_000))).toBe(false);
  });

  test('says in a sentence what is wrong', () => {
    expect(compileRegex('(', { ignoreCase: false })).toEqual({ problem: 'unterminated group' });
    expect(compileRegex('(?=a)', { ignoreCase: true })).toEqual({
      problem: expect.stringContaining('look-ahead'),
    });
    expect(compileRegex('x'.repeat(2_000), { ignoreCase: false })).toEqual({
      problem: expect.stringContaining('2000 characters'),
    });
  });
});

function testOf(
  source: string,
  options: Readonly<{ ignoreCase: boolean }>,
): (text: string) => boolean {
  const compiled = compileRegex(source, options);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return (text) => compiled.regex.test(text);
}
