/** The daemon's own log: styles, levels, errors, secrets, and descriptors that cannot be written. */
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OperatorError } from '../../../src/base/errors.ts';
import { type LogStyle, logStyleOf, openLog } from '../../../src/base/log.ts';
import { Secret } from '../../../src/base/secret.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

function collectingLog(style: LogStyle, level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = openLog({ level, style, write: (line) => lines.push(line) });
  return { log, lines };
}

test('openLog() writes one JSON object a line with level, priority, time, fields and message', () => {
  const { log, lines } = collectingLog('json');
  log.warn({ file: 'a.log', lostBytes: 4_096 }, 'Bytes lost');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    priority: 4,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    file: 'a.log',
    lostBytes: 4_096,
    message: 'Bytes lost',
  });
});

test('openLog() puts the syslog priority before each line for the journal', () => {
  const { log, lines } = collectingLog('journal', 'debug');
  log.debug({}, 'd');
  log.info({ priority: 0, level: 'x' }, 'i');
  log.error({}, 'e');
  expect(lines.map((line) => line.slice(0, 4))).toEqual(['<7>{', '<6>{', '<3>{']);
});

test('openLog() prints readable lines on a terminal, the error with its causes below', () => {
  const { log, lines } = collectingLog('pretty');
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
  const error = new OperatorError('NOTIFY_FAILED', 'Cannot send "errors"', {
    hint: 'Check',
    cause,
  });
  log.error({ recipient: 'ops@example.org', tries: 3, error }, 'Mail failed');
  const text = lines.join('');
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} ERROR: Mail failed recipient=ops@example\.org tries=3\n/,
  );
  expect(text).toContain('\n  error: Cannot send "errors" (NOTIFY_FAILED)\n  hint: Check\n');
  expect(text).toContain('\n  caused by: connect refused (ECONNREFUSED)\n    at ');
});

test.each(HOSTILE_TEXTS)(
  'openLog() prints on a terminal no byte of a text that $what',
  ({ text }) => {
    const { log, lines } = collectingLog('pretty');
    const error = new Error(text, { cause: text });
    log.error({ [text]: text, list: [text], error }, text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not come
    expect(lines.join('')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  },
);

test('openLog() leaves out what is below its level, and setLevel() changes that', () => {
  const { log, lines } = collectingLog('json');
  log.debug({}, 'no');
  log.setLevel('debug');
  log.debug({}, 'yes');
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['yes']);
});

test.each(['json', 'journal', 'pretty'] as const)('openLog() as %s hides every secret', (style) => {
  const { log, lines } = collectingLog(style);
  const password = new Secret('hunter2');
  const error = new Error('sign in failed', { cause: { password } });
  log.error({ password, nested: { list: [password] }, error }, `with ${password}`);
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines.join('')).toContain('(hidden)');
});

test('openLog() copes with any field', () => {
  const { log, lines } = collectingLog('json');
  const circular: Record<string, unknown> = { name: 'loop' };
  circular.self = circular;
  const fields = {
    circular,
    big: 2n ** 70n,
    symbol: Symbol('s'),
    made: () => 1,
    map: new Map([['k', new Date(0)]]),
    bytes: Buffer.alloc(3),
    many: Array.from({ length: 1_000 }, (_, index) => index),
    long: 'x'.repeat(100_000),
    bare: Object.create(null),
    nothing: null,
    not: Number.NaN,
    badDate: new Date(Number.NaN),
  };
  log.info(fields, 'm');
  const record = JSON.parse(lines[0] ?? '');
  expect(record).toMatchObject({
    big: '1180591620717411303424',
    made: '(function)',
    map: { k: '1970-01-01T00:00:00.000Z' },
    bytes: '(3 bytes)',
    nothing: null,
    badDate: null,
  });
  expect(record.many.at(-1)).toBe('(950 more)');
  expect(lines[0]?.length).toBeLessThan(12_000);
});

test('openLog() counts what a full disk refused and goes on', () => {
  const full = openSync('/dev/full', 'w');
  const log = openLog({ level: 'info', style: 'json', descriptor: full });
  expect(() => log.info({}, 'lost')).not.toThrow();
  closeSync(full);
  expect(() => log.info({}, 'lost too')).not.toThrow();
});

test('openLog() survives a reader that went away', () => {
  const source = join(import.meta.dirname, '../../../src/base/log.ts');
  const program = `
    const { openLog } = await import(${JSON.stringify(source)});
    const log = openLog({ level: 'info', style: 'json', descriptor: 1 });
    for (let line = 0; line < 20_000; line += 1) log.info({ line }, 'm');
    process.exit(7);`;
  const command = '"$0" --input-type=module -e "$1" | head -n 1; exit $PIPESTATUS';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, program]);
  expect(stderr.toString()).toBe('');
  expect(status).toBe(7);
  expect(stdout.toString()).toContain('"line":0');
});

test('logStyleOf() is journal exactly where JOURNAL_STREAM names the stream', () => {
  const file = openSync(import.meta.filename, 'r');
  const { dev, ino } = fstatSync(file);
  const styleWith = (stream: string): LogStyle =>
    logStyleOf(file, { JOURNAL_STREAM: stream }).style;
  expect(styleWith(`${dev}:${ino}`)).toBe('journal');
  expect(styleWith(`${dev}:${ino + 1}`)).toBe('json');
  expect(logStyleOf(file, {})).toEqual({ style: 'json', colour: false });
  closeSync(file);
  expect(styleWith(`${dev}:${ino}`)).toBe('json');
});
