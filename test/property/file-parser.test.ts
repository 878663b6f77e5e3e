/** The parser against an obvious model: the same entries however the bytes are cut, and no byte is lost or made up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { FileParser } from '../../src/parse/file-parser.ts';
import {
  entriesOf,
  PARSER_OPTIONS,
  type ParsedEntry,
  parseChunks,
  parseText,
} from '../support/parse.ts';

/** Lines of many formats, whole and broken, so that mixes and multi-line records come up. */
const LINES = [
  '{"level":30,"time":1700000000000,"msg":"a \\"quoted\\" \\u00e9 word","req":{"id":7,"tags":[1,"x"]}}',
  '{"level":50,"time":1700000000500,"err":{"stack":"Error: x\\n  at y"},"msg":"no"}',
  '{',
  '  "a": 1,',
  '}',
  'ts=2024-05-02T12:17:25.606Z level=warn msg="it \\"is\\"" key=value',
  'Nov  3 09:23:38 host sshd[12]: Failed password for root',
  '<34>1 2024-01-15T10:30:00.123Z host app 12 ID47 [x@1 a="b"] hello',
  '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 500 2326 "-" "curl"',
  '2024-01-15 10:30:00,123 ERROR [main] com.example.Service: it failed',
  'java.lang.IllegalStateException: no',
  '\tat com.example.Service.run(Service.java:12)',
  'Caused by: java.io.IOException: gone',
  'Traceback (most recent call last):',
  '  File "x.py", line 1, in <module>',
  'ValueError: bad',
  'I0507 12:04:17.597069       1 server.go:169] started',
  'WARNING:root:careful',
  'plain words, nothing else',
  '\u001b[31m2024-01-15 10:30:01 WARN red\u001b[0m',
  '[',
  '"""',
  'é\r',
  '',
  '   ',
  '\0\0\0',
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...LINES), fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 250,
    size: 'max',
  })
  .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`))
  .map((joined) => Buffer.from(joined, 'utf8'));

const anyBytes = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

describe('FileParser', () => {
  test('gives the same entries however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(text, anyBytes),
        fc.array(fc.nat({ max: 4000 }), { maxLength: 20 }),
        (bytes, cuts) => {
          expect(parseChunks(cutAt(bytes, cuts))).toEqual(parseText(bytes));
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 15_000 },
    );
  });

  test('gives entries whose original bytes, one after the other, are the file', () => {
    fc.assert(
      fc.property(fc.oneof(text, anyBytes), (bytes) => {
        const entries = parseText(bytes);
        expect(entries.map((entry) => entry.raw).join('')).toBe(bytes.toString('latin1'));
        let offset = 0;
        for (const entry of entries) {
          expect(entry.offset).toBe(offset);
          offset += entry.raw.length;
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 15_000 },
    );
  });
});

/** Of the hour that exists twice: which one it is, is told by the line before. */
const SECOND_PASS = ['2026-10-25 02:59:59 INFO a: still', '2026-10-25 02:00:01 INFO a: again'];

const TABLE = [
  '#Fields: date time cs-method cs-uri-stem sc-status',
  '#Fields: date time sc-status c-ip time-taken',
  '2024-01-15 10:30:00 GET /index.html 404',
  '2024-01-15 10:30:00 500 10.0.0.7 81',
];

/** Long enough that the order of formats changes on the way, and with lines that say how those behind them are read. */
const longText = fc
  .array(
    fc.tuple(
      fc.constantFrom(...LINES, ...TABLE, ...SECOND_PASS),
      fc.oneof(fc.constant(1), fc.nat({ max: 600 })),
    ),
    { maxLength: 12 },
  )
  .map((blocks) => blocks.flatMap(([line, count]) => Array.from({ length: count }, () => line)))
  .map((lines) => Buffer.from(lines.join('\n'), 'utf8'));

test('FileParser gives the same entries where it rested on the way', () => {
  fc.assert(
    fc.property(
      fc.oneof(text, longText),
      fc.array(fc.nat({ max: 40_000 }), { maxLength: 8 }),
      (bytes, cuts) => {
        const chunks = cutAt(bytes, cuts);
        const awake = parseInTurns(chunks, (columns) => columns.clear());
        const rested = parseInTurns(chunks, (columns, parser) => {
          columns.letGo();
          parser.rest();
        });
        expect(rested).toEqual(awake);
      },
    ),
    { numRuns: 500, interruptAfterTimeLimit: 15_000 },
  );
});

/** Each chunk to its end; `rest` comes when its entries were taken. */
function parseInTurns(
  chunks: readonly Buffer[],
  rest: (columns: EntryColumns, parser: FileParser) => void,
): ParsedEntry[] {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, {
    ...PARSER_OPTIONS,
    timezone: 'Europe/Berlin',
  });
  let offsetBytes = 0;
  return chunks.flatMap((chunk) => {
    parser.push(columns, chunk, 0, chunk.length, offsetBytes);
    parser.flush(columns);
    offsetBytes += chunk.length;
    const entries = entriesOf(columns);
    rest(columns, parser);
    return entries;
  });
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
  let from = 0;
  return [...ends, bytes.length].map((end) => {
    const chunk = bytes.subarray(from, end);
    from = end;
    return chunk;
  });
}
