/** Records of several lines inside the lines of Docker and Kubernetes, told apart by stream. */
import { describe, expect, test } from 'vitest';
import { parseChunks, parseText } from '../../support/parse.ts';

const STAMP = '2026-11-19T10:00:0';

function cri(second: number, stream: string, text: string, tag = 'F'): string {
  return `${STAMP}${second}.5Z ${stream} ${tag} ${text}`;
}

function docker(second: number, stream: string, text: string): string {
  return JSON.stringify({ log: `${text}\n`, stream, time: `${STAMP}${second}.5Z` });
}

for (const [name, line] of Object.entries({ cri, docker })) {
  describe(`a trace inside ${name}`, () => {
    const lines = [
      line(1, 'stdout', 'INFO ready'),
      line(2, 'stderr', 'ERROR it failed'),
      line(2, 'stderr', 'java.lang.IllegalStateException: no'),
      line(2, 'stderr', '\tat a.B.c(B.java:1)'),
      line(3, 'stderr', 'Caused by: java.io.IOException: gone'),
      line(3, 'stderr', '\tat a.B.d(B.java:2)'),
      line(4, 'stdout', 'INFO goes on'),
    ];

    test('is one entry', () => {
      const entries = parseText(`${lines.join('\n')}\n`);
      expect(entries.map((entry) => [entry.level, entry.message])).toEqual([
        ['INFO', 'ready'],
        [
          'ERROR',
          'it failed\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: gone\n\tat a.B.d(B.java:2)',
        ],
        ['INFO', 'goes on'],
      ]);
      expect(entries[1]!.metadata).toMatchObject({ stream: 'stderr' });
    });

    test('is the same in pieces, and loses no byte', () => {
      const text = `${lines.join('\n')}\n`;
      const whole = parseText(text);
      expect(whole.map((entry) => entry.raw).join('')).toBe(text);
      expect(parseChunks(text.match(/.{1,23}/gs)!)).toEqual(whole);
    });

    test('is not joined to the other stream', () => {
      const other = [line(1, 'stdout', 'INFO ready'), line(2, 'stderr', '  indented on its own')];
      const entries = parseText(`${other.join('\n')}\n`);
      expect(entries.map((entry) => entry.metadata.stream)).toEqual(['stdout', 'stderr']);
    });
  });
}

test('a line that Kubernetes cut into pieces is whole again', () => {
  const lines = [
    cri(1, 'stdout', 'the first half, ', 'P'),
    cri(1, 'stdout', 'the second'),
    cri(2, 'stdout', 'next'),
  ];
  expect(parseText(`${lines.join('\n')}\n`).map((entry) => entry.message)).toEqual([
    'the first half, the second',
    'next',
  ]);
});
