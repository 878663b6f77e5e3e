/**
 * Lines read many at a time against the same lines read one by one: the quick readers decide nothing.
 *
 * Each file begins with clean lines, so that its format is known and its usual shape is read quickly; then come lines with
 * something odd in them. Handed over whole they are read in runs; one line a chunk, each goes through the general reader.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChunks, parseText } from '../support/parse.ts';

/** Clean lines of one file each, in the shapes that have a quick reader, and their near relations. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  pino: [
    '{"level":30,"time":1700000000123,"pid":7,"req":{"id":"r1","ok":true,"tags":["a]b",1]},"msg":"done \\"it\\" \\u00e9"}',
    '{"level":50,"time":1700000000124,"pid":8,"err":{"type":"E","stack":"E: x\\n    at y"},"msg":"no"}',
    '{"level":"warn","time":"2024-01-15T10:30:00.123Z","name":"api","status":503,"none":null,"n":-1.5e3}',
  ],
  spaced: [
    '{"ts": 1700000000.25, "level": "info", "logger": "a.b", "event": "hello\\n", "list": []}',
    '{"ts": 1700000001.5, "level": "nonsense", "logger": "", "component": "c", "event": 5}',
  ],
  access: [
    '10.0.0.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl/8.1"',
    '10.0.0.2 - bob [10/Oct/2026:13:55:37 +0000] "POST /a\\"b HTTP/2.0" 503 - "http://x/" "Mozilla (a; b)" 0.123',
    '::1 - - [10/Oct/2026:13:55:37 +0000] "-" 408 0',
  ],
  syslog: [
    '<30>Nov 20 10:11:12 web-1 sshd[123]: Accepted key for bob',
    'Nov 20 10:11:13 web-1 kernel: eth0 up',
    '<11>Nov 20 10:11:13 web-1 app[77]: {"level":30,"msg":"inside"}',
  ],
  log4j: [
    '2026-11-20 10:11:12,123 ERROR [pool-1-thread-3] com.example.Order - it failed (com.example.Odd)',
    '2026-11-20 10:11:12,124 INFO  [main] com.example.http.Server: up',
    '2026-11-20 10:11:12.125 WARN com.example.Cache - {"a":1}',
  ],
  python: [
    '2026-11-20 10:11:12,123 - app.orders - WARNING - careful: it is',
    '2026-11-20 10:11:12,123 - app - ERROR - [x] failed\t{"a":1}',
  ],
  go: ['2026/11/20 10:11:12 http: server closed', '2026/11/20 10:11:13.000123 [INFO] ready'],
  bracketed: ['[2026-11-20T10:11:12Z] [info] [main] ready', '[2026-11-20T10:11:12+02:00] no level'],
  logfmt: [
    'ts=2026-11-20T10:11:12.606Z level=warn msg="it \\"is\\"" key=value n=12',
    'ts=2026-11-20T10:11:12.606Z level=info caller=a.go:12 msg=done empty= quoted="" took=1.5e3  n=-7',
    'time="2026-11-20T10:11:13Z" level=nonsense status=503 msg="a=b c"',
  ],
  'logfmt in pieces': [
    'date=2026-11-20 time=10:11:12 level=info msg="denied" n=1',
    'date=20 time=10:11:12 level=info done msg="denied"',
    'a=1 b=2 c=3 d="x y"\\tz',
  ],
  'logfmt by count': [
    'a=1 b=2 c=3',
    'level=info one two three a=1',
    'a=3 b=4 c=5',
    'a= b=2 c=3',
    'level=info one two three a=',
  ],
  klog: ['I1120 10:11:12.597069       1 server.go:169] started "a"'],
};

/** What is put into a line somewhere. */
const ODD = [
  '"',
  '\\',
  '\\"',
  '[',
  ']',
  '{',
  '}',
  ' ',
  '  ',
  '\t',
  ':',
  '-',
  '=',
  '0',
  '12',
  'Z',
  'ERROR',
  '\u001b[31m',
  'é',
  '\r',
  '\0',
  ',',
  "'",
  '\n',
  '\n\t',
  '%ASA-4-1: ',
  '@cee:',
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.constantFrom(0, 0, 0, 1, 2, 8),
  insert: fc.oneof(
    fc.constantFrom(...ODD),
    fc.constant(''),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
});

const line = fc.record({ pick: fc.nat(), edits: fc.array(edit, { maxLength: 2 }) });

describe('lines read in runs', () => {
  for (const [name, clean] of Object.entries(FILES)) {
    test(`are read as one by one: ${name}`, () => {
      const head = Array.from({ length: 80 }, (_, index) => clean[index % clean.length]!);
      fc.assert(
        fc.property(
          fc.array(line, { minLength: 1, maxLength: 24 }),
          fc.constantFrom('UTC', 'Europe/Berlin'),
          (lines, timezone) => {
            const odd = lines.map(({ pick, edits }) =>
              edits.reduce(edited, clean[pick % clean.length]!),
            );
            const texts = [...head, ...odd, ...clean];
            const bytes = Buffer.from(`${texts.join('\n')}\n`);
            const options = { timezone };
            expect(parseText(bytes, options)).toEqual(parseChunks(linesOf(bytes), options));
          },
        ),
        { numRuns: 60, interruptAfterTimeLimit: 2_000 },
      );
    });
  }

  test('begin no record inside one whose format says itself what goes on with it', () => {
    const clean = FILES['logfmt by count']!;
    const head = Array.from({ length: 80 }, (_, index) => clean[index % clean.length]!);
    // Some of them leave the next line to a run, some do not.
    for (let between = 0; between < 16; between += 1) {
      const lines = ['1 b=2', 'a= b=2 c=3', ...Array(between).fill('a=1 b=2 c=3'), '{', ...clean];
      const bytes = Buffer.from(`${[...head, ...lines].join('\n')}\n`);
      expect(parseChunks(linesOf(bytes)), `${between} lines`).toEqual(parseText(bytes));
    }
  });
});

type Edit = Readonly<{ at: number; remove: number; insert: string }>;

function edited(text: string, { at, remove, insert }: Edit): string {
  const position = Math.floor(at * text.length);
  return text.slice(0, position) + insert + text.slice(position + remove);
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start) + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}
