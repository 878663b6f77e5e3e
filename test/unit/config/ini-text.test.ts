/** Config text read exactly as written: everything the package `ini` would alter. */
import { parse } from 'ini';
import { expect, test } from 'vitest';
import { readIniText } from '../../../src/config/ini-text.ts';

const AS_WRITTEN = [
  '"quoted"',
  "'quoted'",
  'level:error "a; b" #x',
  'a ; b',
  'a # b',
  'a \\; b \\# c \\\\',
  'C:\\logs\\',
  'true',
  'false',
  'null',
  '',
  'a = b == c',
  '[looks like a section]',
  '["json", 1]',
  '{"a":1}',
  '100%',
  '%20 %zz',
  'ünï çødé 日本 🔥',
  'no-break\u00a0space\u00a0',
  'a\tb',
  '__proto__',
];

test.each(AS_WRITTEN)('readIniText() leaves the value %j alone', (value) => {
  const { sections, mistakes } = readIniText(`[s]\nkey = ${value}\n`);
  expect(mistakes).toEqual([]);
  expect(sections).toEqual([{ name: 's', line: 1, entries: [{ key: 'key', value, line: 2 }] }]);
});

test('readIniText() is needed: the package alone alters most of these values', () => {
  const altered = AS_WRITTEN.filter((value) => {
    const { s } = parse(`[s]\nkey = ${value}\n`);
    return s?.key !== value;
  });
  expect(altered.length).toBeGreaterThan(8);
});

test.each([
  'a.b',
  'a\\.b',
  'x.y.z',
  '__proto__',
  'constructor',
  'watch:__proto__',
  'a b',
  '日本',
  'a;b',
  'a#b',
  '"q"',
  'true',
])('readIniText() leaves the section name %j alone', (name) => {
  const { sections } = readIniText(`[a]\nk = 1\n[${name}]\nk = 2\n`);
  expect(sections.map((section) => section.name)).toEqual(['a', name]);
  expect(sections[1]?.entries).toEqual([{ key: 'k', value: '2', line: 4 }]);
});

test.each(['key[]', '__proto__', 'a.b', 'constructor', 'hasOwnProperty', '"k"', 'k;', '[k'])(
  'readIniText() leaves the key %j alone',
  (key) => {
    const { sections } = readIniText(`[s]\n ${key}=1\n`);
    const found = sections[0]?.entries[0]?.key;
    // A line that begins like a section is one, or a mistake; never a key.
    expect(found).toBe(key.startsWith('[') ? undefined : key);
  },
);

test('readIniText() takes the settings behind a refused section for those of that section', () => {
  const text = '[alert:a]\nmatch = x\n[alert:b] # hi\nmatch = y\nmatch = z\n[alert:c]\nmatch = w\n';
  const { sections, mistakes } = readIniText(text);
  expect(mistakes).toMatchObject([
    { line: 3, section: null, problem: 'a section is its name in brackets, alone on a line' },
  ]);
  expect(sections.map(({ name, entries }) => [name, entries.map(({ value }) => value)])).toEqual([
    ['alert:a', ['x']],
    ['alert:c', ['w']],
  ]);
  expect(readIniText('[s\nkey = 1\nno setting\n').mistakes.map(({ line }) => line)).toEqual([1, 3]);
});

test('readIniText() takes blanks around names and values away, and accepts CRLF and a BOM', () => {
  const { sections, mistakes } = readIniText('\ufeff\r\n  [ s ]  \r\n\t key \t=\t value \t\r\n');
  expect(mistakes).toEqual([]);
  expect(sections).toEqual([
    { name: 's', line: 2, entries: [{ key: 'key', value: 'value', line: 3 }] },
  ]);
});

test('readIniText() takes whole lines as comments, and nothing else', () => {
  const { sections } = readIniText('# a\n; b\n  # c\n[s]\nk = v # not one\n');
  expect(sections[0]?.entries[0]?.value).toBe('v # not one');
});

test.each([
  ['k = 1\n', 1, 'before the first section'],
  ['[s]\njust words\n', 2, 'neither'],
  ['[s]\n= 1\n', 2, 'name is missing'],
  ['[s\n', 1, 'in brackets'],
  ['[s] ; comment\n', 1, 'in brackets'],
  ['[a[b]]\n', 1, 'in brackets'],
  ['[s]\nk = a\0b\n', 2, 'U+0000'],
  ['[s]\nk = a\rb\n', 2, 'U+000D'],
  ['[s]\nk = a\x1b[31m\n', 2, 'U+001B'],
  ['[s]\nk = a\u2028b\n', 2, 'U+2028'],
  ['[s]\nk = \ud800\n', 2, 'U+D800'],
  ['[s]\nk = 1\n\nk = 2\n', 4, 'twice, first on line 2; a list goes on one line, with commas'],
  ['[s]\n[t]\n[s]\n', 3, 'twice, first on line 1'],
])('readIniText() refuses %j with its line', (text, line, problem) => {
  const { mistakes } = readIniText(text);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatchObject({ line, problem: expect.stringContaining(problem) });
});

test('readIniText() keeps the first of two settings, and nothing of a section that is there twice', () => {
  const { sections } = readIniText('[s]\nk = 1\nk = 2\n[s]\nk = 3\nm = 4\n');
  expect(sections).toEqual([{ name: 's', line: 1, entries: [{ key: 'k', value: '1', line: 2 }] }]);
});

test('readIniText() reads a megabyte of sections, blanks or mistakes in a moment', () => {
  const sections = Array.from({ length: 100_000 }, (_, index) => `[s${index}]`).join('\n');
  expect(readIniText(sections).sections).toHaveLength(100_000);
  expect(readIniText(`[s]\nk = a${' '.repeat(1e6)}b`).mistakes).toEqual([]);
  expect(readIniText('x\n'.repeat(200_000)).mistakes).toHaveLength(200_000);
});
