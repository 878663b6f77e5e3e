/** Which lines are one entry, where a file has fewer lines that begin one than others. */
import { describe, expect, test } from 'vitest';
import { parseChunks, parseText } from '../../support/parse.ts';

const HEADER = '2026-11-20 10:30:00,000 ERROR [main] com.example.Orders - it failed';

const CHAINED = [
  HEADER,
  'java.lang.IllegalStateException: it failed',
  '\tat com.example.Orders.run(Orders.java:12)',
  ...Array.from({ length: 6 }, (_, depth) => [
    `Caused by: java.io.IOException: at depth ${depth}`,
    '\t... 12 more',
  ]).flat(),
];

const WITH_OBJECT = [HEADER, '{', '  "order": 7', '}'];

function check(name: string, record: readonly string[]): void {
  for (const count of [1, 2, 30]) {
    test(`are one entry: ${name}, ${count} times`, () => {
      const records = Array.from({ length: count }, () => `${record.join('\n')}\n`);
      const expected = records.map((text, index) => ({
        raw: text,
        level: 'ERROR',
        line: index * record.length + 1,
        timestamp: '2026-11-20T10:30:00.000Z',
      }));
      expect(parseText(records.join(''))).toMatchObject(expected);
      expect(parseChunks(records)).toMatchObject(expected);
    });
  }
}

describe('lines of a trace at the margin', () => {
  check('a deep chain of causes behind each line', CHAINED);
});

describe('a level and a logger without a stamp, as Python prints them', () => {
  const BARE = 'ERROR:app.db:it failed';

  test.each([
    ['logback', HEADER],
    ['Python', '2026-11-20 10:30:00,000 - app - ERROR - it failed'],
    ['syslog', 'Nov 20 10:30:00 web app[7]: it failed'],
  ])('are an entry of their own among those of %s', (_, header) => {
    const lines = [header, BARE, '  and why', header, header, 'more', BARE, header];
    const texts = lines.map((line) => `${line}\n`);
    const bare = { timestamp: null, level: 'ERROR', metadata: { component: 'app.db' } };
    for (const entries of [parseText(texts.join('')), parseChunks(texts)]) {
      expect(entries).toMatchObject([
        { line: 1 },
        { ...bare, line: 2, message: 'it failed\n  and why' },
        { line: 4 },
        { line: 5 },
        { ...bare, line: 7, message: 'it failed' },
        { line: 8 },
      ]);
    }
  });

  test.each([
    ['a trace', ['Traceback (most recent call last):', '  File "a.py", line 1', BARE]],
    ['a text', ['the worker said:', 'ERROR: it failed', 'Error:app:it failed', '  INFO:a:b']],
  ])('are no entry in %s', (_, lines) => {
    const texts = [HEADER, ...lines, HEADER, HEADER].map((line) => `${line}\n`);
    expect(parseText(texts.join(''))).toHaveLength(3);
    expect(parseChunks(texts)).toHaveLength(3);
  });
});

describe('lines of an object at the margin', () => {
  check('an object over several lines behind each line', WITH_OBJECT);

  test('are an entry of their own in a file of objects', () => {
    const object = ['{', '  "level": "info",', '  "msg": "up"', '}'];
    const text = `${[...object, ...object, ...object].join('\n')}\n`;
    expect(parseText(text)).toMatchObject([1, 5, 9].map((line) => ({ line, message: 'up' })));
  });
});

describe('a file of several formats', () => {
  const JSON_LINE = '{"level":"warn","message":"slow","timestamp":"2026-11-20T10:30:00.000Z"}';
  const RUBY = 'E, [2026-11-20T10:30:00.000000 #77]  ERROR -- shop: no';
  const TEXT = '2026-11-20 10:30:00,000 ERROR [main] com.example.Orders - it failed';
  const PREFIXED = 'app-1  | 2026-11-20T10:30:00.000Z INFO up';
  const TRACE = ['java.io.IOException: gone', '\tat com.example.Orders.run(Orders.java:12)'];

  test.each([1, 7, 600])('becomes one of syslog after any number of other lines: %i', (count) => {
    const lines = [
      ...new Array<string>(70).fill('2026-11-20 09:00:00 INFO started'),
      ...new Array<string>(count).fill('Nov 20 10:30:00 web sshd[7]: session opened'),
    ];
    const read = {
      message: 'session opened',
      metadata: { host: 'web', component: 'sshd', pid: 7 },
      timestamp: '2026-11-20T10:30:00.000Z',
    };
    const texts = lines.map((line) => `${line}\n`);
    for (const entries of [parseText(texts.join('')), parseChunks(texts)]) {
      expect(entries).toHaveLength(lines.length);
      expect(entries.slice(70)).toMatchObject(new Array(count).fill(read));
    }
  });

  test('is one of texts alone where the config says so, whatever the stamps are like', () => {
    expect(parseText('Nov 20 10:30:00 ERROR it failed\n', { format: 'text' })).toMatchObject([
      { timestamp: '2026-11-20T10:30:00.000Z', level: 'ERROR', message: 'it failed' },
    ]);
  });

  test('is read line by line by the format that understands most of the line', () => {
    const half = (line: string) => Array.from({ length: 10 }, () => line);
    const entries = parseText([...half(JSON_LINE), ...half(RUBY)].join('\n'));
    expect(entries).toMatchObject([
      ...half('').map(() => ({ level: 'WARN', message: 'slow', format: 'json' })),
      ...half('').map(() => ({ level: 'ERROR', message: 'no', format: 'text:level' })),
    ]);
  });

  test('has its objects read as such, though most lines have a prefix', () => {
    const lines = [...Array.from({ length: 9 }, () => PREFIXED), JSON_LINE];
    expect(parseText(lines.join('\n'))[9]).toMatchObject({ level: 'WARN', message: 'slow' });
  });

  test('has traces with the lines that they follow, though most lines are objects', () => {
    const lines = [...Array.from({ length: 9 }, () => JSON_LINE), TEXT, ...TRACE, JSON_LINE];
    const entries = parseText(lines.join('\n'));
    expect(entries.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13]);
    expect(entries[9]!.message).toBe(`it failed\n${TRACE.join('\n')}`);
  });
});
