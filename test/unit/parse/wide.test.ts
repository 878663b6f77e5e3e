/** Records of several lines in UTF-16, whose indentation is told once their characters are read. */
import { expect, test } from 'vitest';
import { parseChunks, parseText } from '../../support/parse.ts';

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
