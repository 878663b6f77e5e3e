/** A file reads the same with terminal colours, a byte order mark, other line ends or another encoding around its lines. */
import { describe, expect, test } from 'vitest';
import { type ParsedEntry, parseText } from '../../support/parse.ts';

const LOG4J = [
  '2026-11-20 10:11:12,123 ERROR [node-1] it broke',
  'the rest of the text',
  '2026-11-20 10:11:13,123 WARN [node-1] Traceback (most recent call last):',
  '  File "a.py", line 1, in f',
  'ValueError: no',
  '2026-11-20 10:11:14,123 INFO [node-1] up again',
];

const JSON_LINE =
  '{"@timestamp":"2026-11-20T10:11:12.000Z","level":"info","message":"at 12:30:45","n":1}';

const DOTNET = [
  'info: Shop.Orders[14]',
  '      12:30:45 is when it was paid',
  'fail: Shop.Orders[7]',
  '      It broke',
  '      System.InvalidOperationException: no',
  '         at Shop.Orders.Pay()',
];

const JUL = ['Nov 20, 2026 10:11:12 AM com.example.Main run', 'WARNING: It was too late'];

/** What a user sees of them. */
function seen(entries: readonly ParsedEntry[]): unknown[] {
  return entries.map(({ timestamp, level, message, metadata, line, format }) => ({
    timestamp,
    level,
    message,
    metadata,
    line,
    format,
  }));
}

/** As .NET's console logger colours its levels. */
const colourLevel = (line: string): string =>
  line.replace(/^(info|fail)/, '\u001b[40m\u001b[32m$1\u001b[39m\u001b[22m\u001b[49m');

describe('FileParser', () => {
  for (const [name, lines] of Object.entries({
    LOG4J,
    DOTNET,
    JUL,
    'one line of JSON': [JSON_LINE],
  })) {
    const plain = `${lines.join('\n')}\n`;

    test(`reads ${name} with colours as without`, () => {
      const coloured = lines.map((line) => `\u001b[1;31m${line}\u001b[0m\n`).join('');
      // Whether a line is indented is told by its bytes, so those keep theirs.
      const levels = `${lines.map(colourLevel).join('\n')}\n`;
      const text = name === 'DOTNET' ? levels : coloured;
      expect(seen(parseText(text))).toEqual(seen(parseText(plain)));
    });

    test(`reads ${name} behind a byte order mark as without it`, () => {
      expect(seen(parseText(`\ufeff${plain}`))).toEqual(seen(parseText(plain)));
      const coloured = `\ufeff${lines.map(colourLevel).join('\n')}\n`;
      expect(seen(parseText(coloured))).toEqual(seen(parseText(plain)));
    });

    test(`reads ${name} with Windows' line ends and in UTF-16 as without`, () => {
      expect(seen(parseText(plain.replaceAll('\n', '\r\n')))).toEqual(seen(parseText(plain)));
      const wide = Buffer.from(`\ufeff${plain.replaceAll('\n', '\r\n')}`, 'utf16le');
      const entries = parseText(wide, { encoding: 'utf-16le' });
      expect(seen(entries)).toEqual(seen(parseText(plain)));
    });
  }

  test('keeps the text of two-line records with them, though it begins with a time', () => {
    const record = [JUL[0], 'WARNING: 12:30:45 was too late'];
    const lines = [...record, ...record];
    expect(parseText(`${lines.join('\n')}\n`)).toMatchObject([
      { level: 'WARN', message: '12:30:45 was too late', line: 1 },
      { level: 'WARN', message: '12:30:45 was too late', line: 3 },
    ]);
    const console = Array.from({ length: 4 }, () => DOTNET.slice(0, 2)).flat();
    expect(parseText(`${console.join('\n')}\n`)).toMatchObject(
      Array.from({ length: 4 }, () => ({ level: 'INFO', message: '12:30:45 is when it was paid' })),
    );
  });

  test('ends an object over several lines where its braces close, whatever colours do', () => {
    const lines = [JSON_LINE, '{', '  "a": \u001b[33m1\u001b[39m', '}', JSON_LINE];
    expect(parseText(`${lines.join('\n')}\n`).map((entry) => entry.line)).toEqual([1, 2, 5]);
  });

  test('ends an object that never closes at the next line of the log', () => {
    const logfmt = 'ts=2026-11-20T10:11:12.000Z level=info msg=up';
    const lines = [logfmt, logfmt, '{', '  "a": [', logfmt, logfmt];
    expect(parseText(`${lines.join('\n')}\n`).map((entry) => entry.line)).toEqual([1, 2, 3, 5, 6]);
  });
});
