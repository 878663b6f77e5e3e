/** Formats that the config declares: what they read, what is refused and where, and that no line can stop them. */
import { describe, expect, test } from 'vitest';
import { checkFormat } from '../../../src/parse/declared/check-format.ts';
import { compilePattern, LINE_BYTES_MAX } from '../../../src/parse/declared/declared-format.ts';
import { PatternError } from '../../../src/parse/declared/pattern-error.ts';
import { type ParsedEntry, parseChunks, parseText } from '../../support/parse.ts';

function parseWith(pattern: string, text: string): ParsedEntry[] {
  return parseText(text, { format: 'own', declared: { name: 'own', pattern } });
}

describe('declaredFormat()', () => {
  test('reads grok names', () => {
    const [entry] = parseWith(
      '%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} \\[%{DATA:thread}\\] %{JAVACLASS:logger} %{NUMBER:took}ms - %{GREEDYDATA:message}',
      '2026-11-19 10:00:01,250 WARN [pool-1] com.example.Cart 12.5ms - slow [x]\n',
    );
    expect(entry).toMatchObject({
      format: 'own',
      timestamp: '2026-11-19T10:00:01.250Z',
      level: 'WARN',
      message: 'slow [x]',
      metadata: { thread: 'pool-1', logger: 'com.example.Cart', took: 12.5 },
    });
  });

  test('reads the same in pieces of any size', () => {
    const declared = { name: 'own', pattern: '~%{TIMESTAMP_ISO8601:time}~ %{GREEDYDATA:message}' };
    const text = '~2026-11-19T10:00:01Z~ one\n  more\n~2026-11-19T10:00:02Z~ two\n'.repeat(40);
    const whole = parseText(text, { format: 'own', declared });
    expect(whole).toHaveLength(80);
    expect(new Set(whole.map(({ format }) => format))).toEqual(new Set(['own']));
    for (const size of [1, 10, 70, 1000]) {
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!;
      expect(parseChunks(pieces, { format: 'own', declared })).toEqual(whole);
    }
  });

  test('reads named groups, in bytes and not in characters', () => {
    const [entry] = parseWith(
      '(?<ts>\\d+)¦(?P<lvl>\\w)¦(?<who>[^¦]*)¦(?<msg>.*)',
      '1795082401¦E¦Jürgen¦geht nicht: ü\n',
    );
    expect(entry).toMatchObject({
      timestamp: '2026-11-19T10:00:01.000Z',
      level: 'ERROR',
      message: 'geht nicht: ü',
      metadata: { who: 'Jürgen' },
    });
  });

  test('leaves the lines that it does not fit with the entry before', () => {
    const entries = parseWith('%{INT:id} (?<message>.*)', '1 one\n at a\nnext: b\n2 two\n');
    expect(entries.map((entry) => entry.message)).toEqual(['one\n at a\nnext: b', 'two']);
    expect(entries.map((entry) => entry.metadata)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('takes the whole line for the message where none is named, and leaves out what did not take part', () => {
    const [entry] = parseWith('(?<a>x)?(?<b>y)', 'y\n');
    expect(entry).toMatchObject({ message: 'y', metadata: { b: 'y' } });
    expect(entry!.metadata).not.toHaveProperty('a');
  });

  test.each([
    ['(?<a>(x+x+)+)y', `${'x'.repeat(LINE_BYTES_MAX - 1)}z`],
    ['(?<a>(.*)*)=(.*)*!', '='.repeat(LINE_BYTES_MAX)],
    ['%{QS:a} %{QS:b} %{QS:c}', '"'.repeat(100_000)],
    ['(?<a>%{IP}|%{HOSTNAME}|%{URI})+$', 'a.'.repeat(LINE_BYTES_MAX / 2)],
  ])('takes no longer for a hostile line: %s', (pattern, line) => {
    const before = process.cpuUsage();
    const entries = parseWith(pattern, `${line}\n${line}\n`);
    const { user } = process.cpuUsage(before);
    expect(entries.map((entry) => entry.raw).join('')).toBe(`${line}\n${line}\n`);
    // Backtracking would need longer than the world has been there.
    expect(user / 1000).toBeLessThan(5_000);
  });
});

describe('compilePattern()', () => {
  test.each([
    ['%{TIMSTAMP_ISO8601:time}', 3, 'did you mean %{TIMESTAMP_ISO8601}?'],
    ['ab %{WORD', 4, 'expected %{WORD}'],
    ['(?<a>x) (?<a>y)', 9, 'named twice'],
    ['(?<a>x) (y', 9, 'never closed'],
    ['(?<a>x))', 8, 'closes nothing'],
    ['(?<a>[x)', 6, 'never closed'],
    ['(?<a b>x)', 1, 'no name of a field'],
    ['(?<a>x)(?=y)', 8, 'look ahead or behind'],
    ['(?<a>x)(?<!y)z', 8, 'look ahead or behind'],
    ['(?<a>x)\\1', 8, 'linear time'],
    ['(?<a>x**)', 7, 'repetition'],
    ['(?<a>x{2000})', 7, 'repeat count'],
    ['x+', 1, 'no field is named'],
    ['(?<a>x)\\', 8, 'stands for nothing'],
  ])('refuses %s at column %i', (pattern, column, words) => {
    try {
      compilePattern(pattern);
      expect.unreachable('the pattern was taken');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(PatternError);
      expect({ column: (thrown as PatternError).column }).toEqual({ column });
      expect((thrown as PatternError).message).toContain(words);
    }
  });
});

describe('checkFormat()', () => {
  const declaration = { name: 'own', pattern: '%{TIMESTAMP_ISO8601:time} %{GREEDYDATA:message}' };

  test('takes a sample that fits', () => {
    expect(checkFormat(declaration, '2026-11-19 10:00:01 hello')).toBeNull();
    expect(checkFormat(declaration, null)).toBeNull();
  });

  test('says which line does not fit, and which time is not understood', () => {
    expect(checkFormat(declaration, 'hello')).toEqual({
      key: 'sample',
      message: 'the pattern does not fit this line',
    });
    expect(checkFormat({ name: 'own', pattern: '(?<time>\\w+) (?<message>.*)' }, 'noon x')).toEqual(
      {
        key: 'sample',
        message: 'the time in this line is not understood',
      },
    );
  });

  test('says at which column the pattern is wrong', () => {
    expect(checkFormat({ name: 'own', pattern: '%{NOPE:x}' }, null)).toEqual({
      key: 'pattern',
      message: expect.stringContaining('column 3: there is no grok pattern NOPE') as string,
    });
  });
});
