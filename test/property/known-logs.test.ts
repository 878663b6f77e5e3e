/**
 * Logs of many programs, made with the truth about each of their records, and what the parser makes of them: each record is one entry
 * with its time, level, text and fields, whatever its text looks like, however the lines are dressed and the bytes are cut.
 */
import { describe, expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import type { Level } from '../../src/model/level.ts';
import { FileParser } from '../../src/parse/file-parser.ts';
import { FAMILIES, type Family, type KnownRecord } from '../support/known-logs.ts';
import { Random } from '../support/log-vocabulary.ts';
import {
  entriesOf,
  PARSER_OPTIONS,
  type ParsedEntry,
  parseChunks,
  parseText,
} from '../support/parse.ts';

/** `KNOWN_LOGS_CASES` and `KNOWN_LOGS_SEED`: more files of each family, or others. */
const CASES = Number(process.env.KNOWN_LOGS_CASES ?? 4);
const SEED = Number(process.env.KNOWN_LOGS_SEED ?? 1);

const LEVELS: readonly Level[] = ['DEBUG', 'INFO', 'INFO', 'WARN', 'ERROR'];
/** What may be taken for a part of the header, for a level, or for a record of its own. */
const MESSAGES = [
  'order 7 paid in 12 ms',
  'java.io.IOException: gone',
  'connection to 10.0.0.7:5432 lost',
  '[3/5] copying',
  '(re)starting the worker',
  '<b>bold</b> &amp; more',
  '12:30:45 is when it was due',
  '2024-01-15T10:30:00Z was replayed',
  'it failed: it: failed',
  'an error of the INFO desk, no WARN at all',
  'cache miss for "user:42"',
  'C:\\shop\\data.db is missing',
  'a=1 b="two words"',
  '{"nested":"object"}',
  'Größe überschritten – 15 µs 🎉',
  'done',
  '100% of it',
  'long '.repeat(400).trim(),
];
const ZONES = [
  'UTC',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
];
/** Around changes of the clocks, a new year and the end of February: UTC. */
const STARTS = [
  '2026-10-25T00:10:00Z',
  '2026-11-01T05:20:00Z',
  '2026-03-29T00:10:00Z',
  '2026-04-04T14:10:00Z',
  '2025-12-31T22:30:00Z',
  '2024-02-28T23:00:00Z',
  '2026-07-05T09:00:00Z',
];
const COUNTS = [1, 2, 3, 12, 70, 140];
/** Long files reach into the hour that is there twice, and tell its passes apart by lines that are not far from each other. */
const STEP_MS = 90_000;
const SAMPLE_LINES = 64;
const ENDS = ['\n', '\n', '\r\n'];

type KnownLog = Readonly<{
  timezone: string;
  fileTimeMs: number;
  records: readonly KnownRecord[];
  bytes: Buffer;
}>;

describe.each(Object.entries(FAMILIES))('a log of %s', (name, family) => {
  test('is understood', () => {
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      const log = makeLog([family], new Random(seed * 1000 + name.length));
      expect({ seed, ...seenOf(parseText(log.bytes, log), log) }).toEqual({
        seed,
        ...truthOf(log),
      });
    }
  });

  test('is read the same in pieces and over rests', () => {
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      const random = new Random(seed * 1000 + name.length);
      const log = makeLog([family], random);
      const whole = parseText(log.bytes, log);
      expect({ seed, entries: parseChunks(pieces(log.bytes, random), log) }).toEqual({
        seed,
        entries: whole,
      });
      expect({ seed, entries: parseWithRests(log, random) }).toEqual({ seed, entries: whole });
    }
  });
});

/** Programs whose lines say enough, each alone, to be told from those of the others. */
const TELLING = [
  'pino',
  'winston',
  'ECS',
  'logfmt',
  'RFC 3164',
  'RFC 5424',
  'klog',
  'PostgreSQL',
  'Redis',
  'Ruby',
  'log4j',
  'Python',
  'ISO with a zone',
].map((name) => FAMILIES[name]!);

describe('a log of two programs', () => {
  test('is understood, whether their lines alternate or one follows the other', () => {
    for (let seed = SEED; seed < SEED + CASES * TELLING.length; seed += 1) {
      const random = new Random(seed);
      const families = [random.pick(TELLING), random.pick(TELLING)];
      // Which pass of an hour it is that is there twice, is told by the lines before with such a stamp.
      const log = makeLog(families, random, { inTurn: random.below(2) === 0, zones: ['UTC'] });
      expect({ seed, ...seenOf(parseText(log.bytes, log), log) }).toEqual({
        seed,
        ...truthOf(log),
      });
    }
  });
});

describe('a log whose first line is cut', () => {
  test('is understood from the next record on', () => {
    for (let seed = SEED; seed < SEED + CASES * TELLING.length; seed += 1) {
      const random = new Random(seed);
      const log = makeLog([random.pick(TELLING)], random, { zones: ['UTC'] });
      const [first, ...records] = log.records;
      const cut = random.below(Buffer.byteLength(first!.lines[0]!));
      const entries = parseText(log.bytes.subarray(cut), log);
      const from = first!.lines.length;
      const rest = { ...log, records, bytes: Buffer.alloc(0) };
      const seen = seenOf(
        entries.filter(({ line }) => line > from),
        rest,
      );
      const known = truthOf(rest).entries.map((entry) => ({ ...entry, line: entry.line + from }));
      expect({ seed, cut, entries: seen.entries }).toEqual({ seed, cut, entries: known });
    }
  });
});

/** `inTurn`: the families follow each other. */
function makeLog(
  families: readonly Family[],
  random: Random,
  { inTurn = false, zones = ZONES }: Readonly<{ inTurn?: boolean; zones?: readonly string[] }> = {},
): KnownLog {
  const timezone = random.pick(zones);
  const clocks = clocksOf(timezone);
  const records: KnownRecord[] = [];
  let utcMs = Date.parse(random.pick(STARTS));
  const count = random.pick(COUNTS);
  const end = random.pick(ENDS);
  for (let index = 0; index < count; index += 1) {
    utcMs += 1 + random.below(STEP_MS);
    // Whole seconds in a container's line have the fraction that its runtime prints.
    if (utcMs % 1000 === 0) utcMs += 1;
    const family = inTurn
      ? families[Math.floor((index * families.length) / count)]!
      : random.pick(families);
    const level = random.pick(LEVELS);
    const record = family.print({
      utcMs,
      microseconds: random.below(1000),
      wallMs: clocks(utcMs),
      level,
      message: random.pick(MESSAGES),
      pid: 100 + random.below(30_000),
    });
    const { trace } = family;
    const lines =
      trace !== undefined && level === 'ERROR' ? [...record.lines, ...trace] : record.lines;
    records.push({ ...record, lines });
  }
  const mark = random.below(8) === 0 ? '\ufeff' : '';
  const isColoured = families.every(({ isData }) => isData !== true) && random.below(3) === 0;
  const lines = records.flatMap((record) => (isColoured ? coloured(record.lines) : record.lines));
  const last = random.below(4) === 0 ? '' : end;
  return {
    timezone,
    fileTimeMs: utcMs + 500,
    records,
    bytes: Buffer.from(`${mark}${lines.join(end)}${last}`),
  };
}

/** As a terminal shows them: the first line of a record, and in it the level. */
function coloured([first, ...others]: readonly string[]): string[] {
  const level = /\b(debug|info|warn|warning|error)\b/i;
  return [`\u001b[1m${first!.replace(level, '\u001b[31m$1\u001b[39m')}\u001b[0m`, ...others];
}

function clocksOf(timezone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    timeZoneName: 'longOffset',
  });
  return (utcMs) => {
    const name = format.formatToParts(utcMs).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name)!;
    if (sign === undefined) return utcMs;
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return sign === '+' ? utcMs + offsetMs : utcMs - offsetMs;
  };
}

type Seen = Readonly<{
  bytes: string;
  entries: readonly (Omit<KnownRecord, 'lines' | 'message'> & {
    line: number;
    lineCount: number;
    message: string | undefined;
  })[];
}>;

/** What a user sees of the entries; of the fields only those that are known. */
function seenOf(entries: readonly ParsedEntry[], log: KnownLog): Seen {
  return {
    bytes: entries.map(({ raw }) => raw).join(''),
    entries: entries.map(({ line, timestamp, level, message, metadata, raw }, index) => ({
      line,
      lineCount: raw.replace(/\r?\n$/, '').split('\n').length,
      timestamp,
      level,
      message: message.split('\n')[0],
      metadata: Object.fromEntries(
        Object.keys(log.records[index]?.metadata ?? {}).map((key) => [key, metadata[key]]),
      ),
    })),
  };
}

function truthOf({ records, bytes }: KnownLog): Seen {
  let line = 1;
  return {
    bytes: bytes.toString('latin1'),
    entries: records.map(({ lines, timestamp, level, message, metadata }) => {
      const first = line;
      line += lines.length;
      return { line: first, lineCount: lines.length, timestamp, level, message, metadata };
    }),
  };
}

const PIECE_BYTES_MAX = 3_000;

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const isTiny = bytes.length < PIECE_BYTES_MAX && random.below(2) === 0;
  const found: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + (isTiny ? 1 : 1 + random.below(PIECE_BYTES_MAX));
    found.push(bytes.subarray(from, to));
    from = to;
  }
  return found;
}

/** As a file is read that is quiet now and then, behind a record: the parser rests, or another one goes on after a restart. */
function parseWithRests(log: KnownLog, random: Random): ParsedEntry[] {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, { ...PARSER_OPTIONS, ...log });
  const entries: ParsedEntry[] = [];
  let offsetBytes = 0;
  // The format is told by the first lines, so they come together.
  let lines = SAMPLE_LINES;
  for (const piece of pieces(log.bytes, random)) {
    parser.push(columns, piece, 0, piece.length, offsetBytes);
    offsetBytes += piece.length;
    lines -= piece.filter((byte) => byte === 10).length;
    if (lines > 0 || parser.openOffset !== null) continue;
    entries.push(...entriesOf(columns));
    columns.letGo();
    parser.rest();
  }
  parser.flush(columns);
  return [...entries, ...entriesOf(columns)];
}
