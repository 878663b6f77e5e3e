/** A file whose first line is long: what it is in is told by the whole line, and by the next ones where it is cut. */
import { expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { FileParser } from '../../../src/parse/file-parser.ts';
import { entriesOf, PARSER_OPTIONS, parseText } from '../../support/parse.ts';

const MIB = 1024 * 1024;

const line = (message: string, rest = ''): string =>
  `{"time": "2026-11-20T10:00:00Z", "level": "error", "msg": "${message}", "rest": "${rest}"}\n`;

test.each([100_000, 140_000, 1_000_000])('JSON that begins with %i bytes is JSON', (byteCount) => {
  const entries = parseText(line('config', 'x '.repeat(byteCount / 2)) + line('a') + line('b'));
  expect(entries.map(({ level, message }) => [level, message])).toEqual([
    ...[
      ['ERROR', 'config'],
      ['ERROR', 'a'],
      ['ERROR', 'b'],
    ],
  ]);
});

test.each([0, 1])('where the line behind %i others is cut, the next ones tell', (before) => {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, PARSER_OPTIONS);
  let offsetBytes = 0;
  const push = (text: string): void => {
    const bytes = Buffer.from(text);
    parser.push(columns, bytes, 0, bytes.length, offsetBytes);
    offsetBytes += bytes.length;
  };
  push(line('before').repeat(before));
  const long = Buffer.from(line('config', 'x '.repeat(MIB)));
  const origin = { offsetBytes, lengthBytes: long.length };
  parser.pushTruncated(columns, long, 0, MIB, origin);
  offsetBytes += long.length;
  parser.rest();
  push(line('a'));
  parser.flush(columns);
  push(line('b'));
  parser.flush(columns);
  const levels = entriesOf(columns).map(({ level }) => level);
  expect(levels.slice(before + 1)).toEqual(['ERROR', 'ERROR']);
  expect(parser.detection).toMatchObject({ format: 'json', lineCount: before + 2 });
});
