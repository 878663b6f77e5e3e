/**
 * How fast lines become rows: the parser into columns, one thread, beside what programs usually do.
 *
 * For each format the same bytes go through (a) the parser, as the ingest thread calls it, (b) for JSON, a string, `JSON.parse`
 * and `Date.parse` per line, and (c) for text, a string and one regular expression with named groups and `Date.parse`
 * per line. Times are CPU of this process, the median of `RUNS` interleaved runs.
 *
 * Usage: node test/bench/parse.ts [megabytes]
 */
import { readFileSync } from 'node:fs';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { FileParser } from '../../src/parse/file-parser.ts';
import { type LogFormat, writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';

const RUNS = 5;
/** As the watcher hands them over. */
const CHUNK_BYTES = 512 * 1024;
/** Rows at which the head would be sealed. */
const HEAD_ROWS = 65_536;

/** MB/s to be reached on one free core. */
const TARGETS: Readonly<Record<string, number>> = {
  pino: 400,
  'nginx-access': 500,
  log4j: 500,
  syslog: 500,
};

const FORMATS: readonly LogFormat[] = [
  'pino',
  'nginx-access',
  'log4j',
  'syslog',
  'python',
  'logfmt',
  'plain',
];

/** One expression a format, as a user of a regex-based shipper writes it. */
const EXPRESSIONS: Readonly<Partial<Record<LogFormat, RegExp>>> = {
  'nginx-access':
    /^(?<client>\S+) \S+ (?<user>\S+) \[(?<time>[^\]]+)\] "(?<method>\S+) (?<path>\S+) (?<protocol>[^"]*)" (?<status>\d+) (?<bytes>\d+|-)(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)")?/,
  log4j:
    /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) +(?<level>[A-Z]+) +\[(?<thread>[^\]]*)\] (?<logger>\S+)(?::| -) (?<message>.*)$/,
  syslog:
    /^(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) (?<program>[^:[]+)(?:\[(?<pid>\d+)\])?: (?<message>.*)$/,
  python:
    /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - (?<logger>\S+) - (?<level>[A-Z]+) - (?<message>.*)$/,
};

/** What the usual ways read goes here, so that nothing of it is left out as unused. */
let sink = 0;
const megabytes = Number(process.argv[2] ?? 32);
using folder = TempFolder.make();

for (const format of FORMATS) {
  const path = folder.join(`${format}.log`);
  const truth = writeLog(path, { format, entryCount: Math.ceil((megabytes * 1e6) / 160) });
  const bytes = readFileSync(path);
  const own: number[] = [];
  const other: number[] = [];
  const expression = EXPRESSIONS[format];
  let rows = 0;
  for (let run = 0; run < RUNS; run += 1) {
    own.push(cpuMs(() => (rows = parseAll(bytes))));
    if (format === 'pino') other.push(cpuMs(() => readJson(bytes)));
    else if (expression !== undefined) other.push(cpuMs(() => readByExpression(bytes, expression)));
  }
  if (rows !== truth.entryCount) throw new Error(`${format}: ${rows} rows of ${truth.entryCount}`);
  const ownRate = rate(bytes, own);
  const target = TARGETS[format];
  const cells = [
    format.padEnd(13),
    `${ownRate.toFixed(0).padStart(5)} MB/s`,
    `${((median(own) * 1e6) / rows).toFixed(0).padStart(5)} ns/entry`,
    other.length > 0
      ? `usual way ${rate(bytes, other).toFixed(0)} MB/s, ${(ownRate / rate(bytes, other)).toFixed(1)} times`
      : '',
    target === undefined ? '' : `target ${target}`,
  ];
  process.stdout.write(`${cells.join('  ')}\n`);
}

function parseAll(bytes: Buffer): number {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, {
    source: 'bench',
    path: 'bench.log',
    tags: [],
    format: null,
    timezone: 'UTC',
    encoding: 'utf-8',
    multiline: 'auto',
    generation: 1,
    fileTimeMs: Date.UTC(2026, 11, 31),
  });
  let rows = 0;
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    parser.push(columns, bytes, start, Math.min(bytes.length, start + CHUNK_BYTES), start);
    if (columns.count >= HEAD_ROWS) {
      rows += columns.count;
      columns.clear();
    }
  }
  parser.flush(columns);
  return rows + columns.count;
}

function readJson(bytes: Buffer): void {
  for (const line of bytes.toString('utf8').split('\n')) {
    if (line === '') continue;
    const record = JSON.parse(line) as { time: string | number; level: number; msg: string };
    sink += new Date(record.time).getTime() + record.msg.length;
  }
}

function readByExpression(bytes: Buffer, expression: RegExp): void {
  for (const line of bytes.toString('utf8').split('\n')) {
    const groups = expression.exec(line)?.groups;
    if (groups === undefined) continue;
    const time = Date.parse(
      groups.time!.replace(',', '.').replace(/^(\d+)\/(\w+)\/(\d+):/, '$1 $2 $3 '),
    );
    sink += time + (groups.message ?? groups.path ?? '').length;
  }
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const spent = process.cpuUsage(before);
  return (spent.user + spent.system) / 1000;
}

function rate(bytes: Buffer, runs: readonly number[]): number {
  return bytes.length / 1000 / median(runs);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

if (Number.isNaN(sink)) process.stdout.write('a stamp was not read\n');
