/**
 * How fast lines become rows: the parser into columns, one thread, beside what programs usually do.
 *
 * For each format the same bytes go through (a) the parser, as the ingest thread calls it, (b) for JSON, a string, `JSON.parse`
 * and `Date.parse` per line, and (c) for text, a string and one regular expression with named groups and `Date.parse`
 * per line. Times are CPU of this thread, the median of `RUNS` interleaved runs, after one that is not counted.
 *
 * A busy machine makes every nanosecond longer. How much longer is told by a yardstick whose cost on a free core is known:
 * a string and `JSON.parse` per line of pino. The column "on a free core" is the rate with that factor taken off.
 *
 * Usage: node test/bench/parse.ts [megabytes] (npm run bench:parse)
 */
import { readFileSync } from 'node:fs';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { FileParser } from '../../src/parse/file-parser.ts';
import { type LogFormat, writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';

const RUNS = 7;
/** A string and `JSON.parse` of one 172-byte line of pino, on a free core of 2.6 GHz. */
const YARDSTICK_NS = 700;
/** Lines of the yardstick. */
const STICK_LINES = 50_000;
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
    /^(?:<\d+>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) (?<program>[^:[]+)(?:\[(?<pid>\d+)\])?: (?<message>.*)$/,
  python:
    /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - (?<logger>\S+) - (?<level>[A-Z]+) - (?<message>.*)$/,
};

/** What the usual ways read goes here, so that nothing of it is left out as unused. */
let sink = 0;
const megabytes = Number(process.argv[2] ?? 32);
using folder = TempFolder.make();

const columns = new EntryColumns(new ColumnNames());
const yardstick = Buffer.from(pinoLines());

for (const format of FORMATS) {
  const path = folder.join(`${format}.log`);
  const truth = writeLog(path, { format, entryCount: Math.ceil((megabytes * 1e6) / 160) });
  const bytes = readFileSync(path);
  const own: number[] = [];
  const other: number[] = [];
  const sticks: number[] = [];
  const expression = EXPRESSIONS[format];
  let rows = 0;
  for (let run = 0; run <= RUNS; run += 1) {
    own.push(cpuMs(() => (rows = parseAll(bytes))));
    if (format === 'pino') other.push(cpuMs(() => readJson(bytes)));
    else if (expression !== undefined) other.push(cpuMs(() => readByExpression(bytes, expression)));
    sticks.push(cpuMs(() => readStick(yardstick)));
    if (run === 0) own.length = other.length = sticks.length = 0;
  }
  if (rows !== truth.entryCount) throw new Error(`${format}: ${rows} rows of ${truth.entryCount}`);
  const ownRate = rate(bytes, own);
  const slowness = Math.max(1, (median(sticks) * 1e6) / STICK_LINES / YARDSTICK_NS);
  const target = TARGETS[format];
  const cells = [
    format.padEnd(13),
    `${ownRate.toFixed(0).padStart(5)} MB/s`,
    `${((median(own) * 1e6) / rows).toFixed(0).padStart(5)} ns/entry`,
    `${(ownRate * slowness).toFixed(0).padStart(5)} MB/s on a free core (this one: ${slowness.toFixed(1)} times slower)`,
    other.length > 0
      ? `usual way ${rate(bytes, other).toFixed(0)} MB/s, ${(ownRate / rate(bytes, other)).toFixed(1)} times`
      : '',
    target === undefined ? '' : `target ${target}`,
  ];
  process.stdout.write(`${cells.join('  ')}\n`);
}

function parseAll(bytes: Buffer): number {
  columns.clear();
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

function pinoLines(): string {
  let text = '';
  for (let line = 0; line < STICK_LINES; line += 1) {
    text += `{"level":30,"time":${1_795_000_000_000 + line},"pid":1012,"hostname":"web-3","reqId":"${(line * 7919).toString(16).padStart(16, '0')}","userId":${line},"ms":${line % 977},"msg":"request ${line} to the order service took longer than it usually does"}\n`;
  }
  return text;
}

function readStick(bytes: Buffer): void {
  for (let start = 0, end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    sink += (JSON.parse(bytes.toString('latin1', start, end)) as { level: number }).level;
    start = end + 1;
  }
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
  const before = process.threadCpuUsage();
  work();
  const spent = process.threadCpuUsage(before);
  return (spent.user + spent.system) / 1000;
}

function rate(bytes: Buffer, runs: readonly number[]): number {
  return bytes.length / 1000 / median(runs);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

if (Number.isNaN(sink)) process.stdout.write('a stamp was not read\n');
