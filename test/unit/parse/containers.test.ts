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

for (const [name, line] of Object.entries({ cri, docker })) {
  describe(`records of two streams in ${name}`, () => {
    test('are put together each by its stream', () => {
      const mixed = [
        line(1, 'stdout', 'INFO ready'),
        line(2, 'stderr', 'ERROR it failed'),
        line(2, 'stdout', 'INFO a'),
        line(2, 'stderr', 'java.lang.IllegalStateException: no'),
        line(2, 'stdout', 'Traceback (most recent call last):'),
        line(2, 'stderr', '\tat a.B.c(B.java:1)'),
        line(2, 'stdout', '  File "x.py", line 1'),
        line(2, 'stderr', 'WARN slow'),
        line(2, 'stdout', 'ValueError: no'),
        line(2, 'stdout', 'INFO b'),
      ];
      const text = `${mixed.join('\n')}\n`;
      const entries = parseText(text);
      expect(entries.map((entry) => [entry.line, entry.metadata.stream, entry.message])).toEqual([
        [1, 'stdout', 'ready'],
        [2, 'stderr', 'it failed\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)'],
        [
          3,
          'stdout',
          'a\nTraceback (most recent call last):\n  File "x.py", line 1\nValueError: no',
        ],
        [8, 'stderr', 'slow'],
        [10, 'stdout', 'b'],
      ]);
      expect(entries.map(({ level }) => level)).toEqual(['INFO', 'ERROR', 'INFO', 'WARN', 'INFO']);
      expect(entries.map((entry) => entry.raw).join('')).toBe(text);
      for (const size of [1, 7, 60, 200]) {
        expect(parseChunks(text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!)).toEqual(entries);
      }
    });

    test('wait neither long nor for many lines of the other stream', () => {
      const frame = line(9, 'stderr', '\tat a.B.c(B.java:1)');
      const late = [line(2, 'stderr', 'ERROR it failed'), line(2, 'stdout', 'INFO a'), frame];
      expect(parseText(`${late.join('\n')}\n`)).toHaveLength(3);
      const many = [
        line(9, 'stderr', 'ERROR it failed'),
        ...Array.from({ length: 100 }, (_, index) => line(9, 'stdout', `INFO number ${index}`)),
        frame,
      ];
      const text = `${many.join('\n')}\n`;
      const entries = parseText(text);
      expect(entries).toHaveLength(102);
      expect(entries.map((entry) => entry.raw).join('')).toBe(text);
    });

    test('alternate for ever, and are read in pieces; no entry is lost', () => {
      const lines = Array.from({ length: 1000 }, (_, index) =>
        line(3, index % 2 === 0 ? 'stdout' : 'stderr', `INFO number ${index}`),
      );
      const text = `${lines.join('\n')}\n`;
      const entries = parseText(text);
      expect(entries.map(({ message }) => message)).toEqual(
        lines.map((_, index) => `number ${index}`),
      );
      expect(entries.map((entry) => entry.raw)).toEqual(lines.map((one) => `${one}\n`));
      expect(parseChunks(text.match(/[\s\S]{1,333}/g)!)).toEqual(entries);
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

test('a line that Docker cut into pieces is whole again', () => {
  const long = 'x'.repeat(16 * 1024);
  const piece = (log: string): string =>
    JSON.stringify({ log, stream: 'stdout', time: `${STAMP}1.5Z` });
  const lines = [piece(`INFO ${long}`), piece('the end\n'), piece('INFO next\n')];
  expect(parseText(`${lines.join('\n')}\n`).map((entry) => entry.message)).toEqual([
    `${long}the end`,
    'next',
  ]);
});

test('colours inside a trace are not part of its message', () => {
  const lines = [
    docker(1, 'stderr', '\u001b[31mERROR\u001b[0m it failed'),
    docker(1, 'stderr', '\u001b[2m\u001b[0m  at a.B.c'),
    docker(1, 'stderr', '\tat a.B.d'),
  ];
  const entries = parseText(`${lines.join('\n')}\n`);
  expect(entries.map(({ message }) => message).join('|')).not.toContain('\u001b');
  expect(entries[0]!.level).toBe('ERROR');
});
