/** Records of several lines in UTF-16, whose indentation is told once their characters are read. */

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ParsedRecord, parsedRecordAt, parseFile } from '../../../src/parse/parse-file.ts';
import { parseChunks, parseText } from '../../support/parse.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const TEXT = `2026-11-19 10:00:00,123 ERROR [main] a.B - failed
java.lang.Error: no
\tat a.B.c(B.java:1)
    at a.B.d(B.java:2)
Caused by: java.lang.Error: gone
2026-11-19 10:00:01,123 INFO [main] a.B - ok
Traceback (most recent call last):
  File "x.py", line 1
ValueError: no
2026-11-19 10:00:02,123 INFO [main] a.B - end
`;

for (const encoding of ['utf-16le', 'utf-16be'] as const) {
  test(`${encoding}: the same entries as in UTF-8, in one piece and in many`, () => {
    const bytes = Buffer.from(TEXT, 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const entries = parseText(bytes, { encoding });
    const expected = parseText(TEXT);
    expect(expected).toHaveLength(3);
    expect(entries.map(({ level, message, line }) => ({ level, message, line }))).toEqual(
      expected.map(({ level, message, line }) => ({ level, message, line })),
    );
    const pieces = Array.from({ length: Math.ceil(bytes.length / 37) }, (_, index) =>
      bytes.subarray(index * 37, (index + 1) * 37),
    );
    expect(parseChunks(pieces, { encoding })).toEqual(entries);
  });
}

test.each(['utf-16le', 'utf-16be'] as const)(
  'parseFile() reads a file in %s by its byte order mark, also a compressed one',
  async (encoding) => {
    using folder = TempFolder.make();
    const bytes = Buffer.from(`\ufeff${TEXT}`, 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const read = async (content: Buffer): Promise<string[]> => {
      const records: ParsedRecord[] = [];
      await parseFile(folder.write('wide.log', content), {
        onEntries(columns) {
          for (let row = 0; row < columns.count; row += 1)
            records.push(parsedRecordAt(columns, row));
        },
      });
      return records.map(({ timestamp, level, message }) => `${timestamp} ${level} ${message}`);
    };
    const expected = await read(Buffer.from(TEXT));
    expect(expected[2]).toBe('2026-11-19T10:00:02.123Z INFO end');
    expect(await read(bytes)).toEqual(expected);
    expect(await read(gzipSync(bytes))).toEqual(expected);
  },
);
