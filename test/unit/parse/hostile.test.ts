/**
 * Lines made to stop a parser: every byte is still in an entry, nothing throws, and a byte costs what a byte costs.
 *
 * What takes time in the square of a line's length needs minutes here instead of milliseconds.
 */
import { describe, expect, test } from 'vitest';
import { parseChunks, parseText } from '../../support/parse.ts';

/** The whole megabyte with `npm run test:hostile`; a part of it in every run. */
const LINE_BYTES = process.env['HOSTILE'] === 'long' ? 1024 * 1024 : 48 * 1024;
/** Pieces of one line each make an entry each, and entries cost the test more than the parser. */
const PIECES_MAX = 2_000;
/** A byte costs under a microsecond on a busy machine; the square of this length would cost hundreds. */
const CPU_US_PER_BYTE_MAX = 20;

const CRI = '2026-11-19T10:00:00Z';

/** Each is repeated to the length of a line, behind its beginning. */
const REPEATED: readonly (readonly [
  name: string,
  piece: string,
  beginning?: string,
  end?: string,
])[] = [
  ['brackets', '['],
  ['closing brackets', ']'],
  ['braces', '{'],
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['quotes behind backslashes', '"\\'],
  ['objects in objects', '{"a":'],
  ['arrays in an object', '[', '{"a":', '}'],
  ['an array that opens and closes', '[]', '{"a":[', ']}'],
  ['escapes', '\\u0041', '{"msg":"', '"}'],
  ['keys', '"k":1,', '{', '"z":2}'],
  ['pairs', 'a=1 '],
  ['pairs with open quotes', 'x a=b" ', 'INFO[0000] '],
  ['equals signs', '='],
  ['digits', '1'],
  ['blanks', ' ', '', 'x'],
  ['dates', '2026-11-19 '],
  ['stamps', 'Nov 19 10:00:00 '],
  ['colons', ': '],
  ['dashes', '- '],
  ['columns', ' | a'],
  ['dots', 'a.'],
  ['levels', 'INFO '],
  ['groups behind a level', '[a] ', '2026-11-19 10:00:00 INFO '],
  ['open groups behind a stamp', '[a', '2026-11-19 10:00:00 '],
  ['objects behind tabs', '\t{', '2026-11-19 10:00:00\tINFO\tx', '}'],
  ['loggers at the end', ' (a', '2026-11-19 10:00:00 INFO ', ')'],
  ['structured data', '[a b="c"]', '<1>1 - h p 1 m '],
  ['extensions', 'k=v ', 'CEF:0|a|b|1|2|n|5|'],
  ['forwarded addresses', '1.1.1.1, ', '', '[19/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1'],
  ['quoted words', '"a" ', '1.1.1.1 - - [19/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 '],
  ['terminal escapes', '\u001b['],
  ['terminal commands', '\u001b]'],
  ['zero bytes', '\0'],
  ['byte order marks', '\ufeff'],
  ['pieces of a container', '2026-11-19T10:00:00Z stdout P x\n'],
  ['opening lines', '{\n'],
  ['lists in lists', '{\n"a": [\n'],
  ['empty lines', '\n'],
  ['comments', '#\n'],
  ['frames', '\tat a.b.c(D.java:1)\n', '2026-11-19 10:00:00 ERROR x\n'],
  ['goroutines', 'goroutine 1 [running]:\n'],
  ['quotes in a table', '"",', '2026-11-19 10:00:00.000 UTC,'],
  [
    'lines in an open quote',
    'x\n',
    '2026-11-19 10:00:00.000 UTC,"a","b",1,"c",d,1,"e",f,g,0,LOG,00000,"',
  ],
  ['parts of WebLogic', '<a> ', '####<Nov 19, 2026 10:00:01 AM UTC> '],
  ['streams that alternate', `${CRI} stdout F a\n${CRI} stderr F \tat b\n`],
  ['cut lines of two streams', `${CRI} stdout P a\n${CRI} stderr P b\n`],
  ['lines of Docker', '{"log":"\\ta\\n","stream":"stdout","time":"2026-11-19T10:00:00Z"}\n'],
  ['indented stamps', '    2026-11-19 10:00:00 INFO a\n'],
  ['tags', '"a",', '{"tags":[', '""]}'],
  ['numbers', '1e', '{"a":', '}'],
];

describe('a hostile file', () => {
  test.each(REPEATED)(
    'of %s is read in linear time',
    (_, piece = '', beginning = '', end = '') => {
      const fitting = Math.ceil(LINE_BYTES / Buffer.byteLength(piece));
      const count = piece.endsWith('\n') ? Math.min(PIECES_MAX, fitting) : fitting;
      const text = Buffer.from(`${beginning}${piece.repeat(count)}${end}\n`.repeat(2));
      const before = process.cpuUsage();
      const entries = parseText(text);
      const { user, system } = process.cpuUsage(before);
      expect(Buffer.from(entries.map((entry) => entry.raw).join(''), 'latin1').equals(text)).toBe(
        true,
      );
      expect((user + system) / text.length).toBeLessThan(CPU_US_PER_BYTE_MAX);
    },
    120_000,
  );

  test('gives the same entries in pieces', () => {
    for (const [, piece, beginning = '', end = ''] of REPEATED) {
      const text = Buffer.from(`${beginning}${piece.repeat(200)}${end}\n`.repeat(3));
      const chunks: Buffer[] = [];
      for (let at = 0; at < text.length; at += 97) chunks.push(text.subarray(at, at + 97));
      expect(parseChunks(chunks)).toEqual(parseText(text));
    }
  });
});
