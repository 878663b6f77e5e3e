/**
 * The same job done with SQLite and FTS5: read, parse, store, index every word. A process of its own.
 *
 * As a good programmer would write it in an afternoon: big reads, prepared statements, 10,000 rows a transaction,
 * the original text stored once and indexed as external content, WAL, durable commits. Lean in SQLite's favour: the
 * format is known from the file's name; message and fields are parsed, but not stored apart from the text.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { diskBytesOf, measureLoad, report, type SideArguments, sideArguments } from './side.ts';

const READ_BYTES = 1024 * 1024;
const ROWS_PER_TRANSACTION = 10_000;

type Parsed = Readonly<{ atMs: number; level: string | null; message: string }>;

const SYSLOG_LEVELS = ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'];
const LEVEL_NAMES: Readonly<Record<string, string>> = { WARNING: 'WARN', CRITICAL: 'FATAL' };

type Parser = (line: string) => Parsed;

const PARSERS = {
  pino(line) {
    const { time, level, msg } = JSON.parse(line) as { time: number; level: number; msg: string };
    return { atMs: time, level: LEVELS_OF_PINO[level / 10 - 1] ?? null, message: msg };
  },
  logfmt(line) {
    const fields: Record<string, string> = {};
    for (const match of line.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)) {
      fields[match[1]!] = match[2] ?? match[3]!;
    }
    return {
      atMs: Date.parse(fields.ts ?? ''),
      level: fields.level?.toUpperCase() ?? null,
      message: fields.msg ?? '',
    };
  },
  json(line) {
    const { timestamp, level, msg } = JSON.parse(line) as Record<string, string>;
    return { atMs: Date.parse(timestamp!), level: level!.toUpperCase(), message: msg! };
  },
  syslog(line) {
    const match = /^(?:<(\d+)>)?(\w{3} [ \d]\d [\d:]{8}) (\S+) ([^[:]+)(?:\[(\d+)\])?: (.*)$/.exec(
      line,
    )!;
    return {
      atMs: Date.parse(`${match[2]} 2026 UTC`),
      level: match[1] === undefined ? null : (SYSLOG_LEVELS[Number(match[1]) & 7] ?? null),
      message: match[6]!,
    };
  },
  klog(line) {
    const match = /^(\w)(\d\d)(\d\d) (\S+) +(\d+) ([^\]]+)\] (.*)/s.exec(line)!;
    return {
      atMs: Date.parse(`2026-${match[2]}-${match[3]}T${match[4]}Z`),
      level: KLOG_LEVELS[match[1]!] ?? null,
      message: match[7]!,
    };
  },
  postgres(line) {
    const match = /^(\S+ \S+) UTC \[\d+\] (?:\S+ )?(\w+): {2}(.*)/s.exec(line)!;
    const level = POSTGRES_LEVELS[match[2]!] ?? match[2]!;
    return { atMs: Date.parse(`${match[1]}Z`), level, message: match[3]! };
  },
  'nginx-access'(line) {
    const match = /^(\S+) \S+ \S+ \[([^\]]+)\] "([^"]*)" (\d+) (\d+) "([^"]*)" "([^"]*)"$/.exec(
      line,
    )!;
    return {
      atMs: Date.parse(match[2]!.replaceAll('/', ' ').replace(':', ' ')),
      level: null,
      message: match[3]!,
    };
  },
  log4j(line) {
    const match = /^(\S+ [\d:]+),(\d+) (\w+) +\[([^\]]+)\] (\S+) - (.*)/s.exec(line)!;
    return { atMs: Date.parse(`${match[1]}.${match[2]}Z`), level: match[3]!, message: match[6]! };
  },
  python(line) {
    const match = /^(\S+ [\d:]+),(\d+) - (\S+) - (\w+) - (.*)/s.exec(line)!;
    return {
      atMs: Date.parse(`${match[1]}.${match[2]}Z`),
      level: LEVEL_NAMES[match[4]!] ?? match[4]!,
      message: match[5]!,
    };
  },
} satisfies Readonly<Record<string, Parser>>;

/** The format of each file, by its name: nothing has to be detected. */
const FORMATS: Readonly<Record<string, keyof typeof PARSERS>> = {
  'app-json': 'json',
  'gateway-logfmt': 'logfmt',
  kubelet: 'klog',
  postgresql: 'postgres',
  'service-log4j': 'log4j',
  'worker-python': 'python',
};
/** What an entry of a format with stack traces begins with. */
const HEADS: Readonly<Partial<Record<keyof typeof PARSERS, RegExp>>> = {
  log4j: /^\d/,
  python: /^\d/,
  postgres: /^\d/,
  klog: /^[IWEF]\d{4} /,
};
const KLOG_LEVELS: Readonly<Record<string, string>> = {
  I: 'INFO',
  W: 'WARN',
  E: 'ERROR',
  F: 'FATAL',
};
const POSTGRES_LEVELS: Readonly<Record<string, string>> = {
  LOG: 'INFO',
  PANIC: 'FATAL',
  STATEMENT: 'INFO',
  DETAIL: 'INFO',
  HINT: 'INFO',
  WARNING: 'WARN',
};
const LEVELS_OF_PINO = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

class Store implements Disposable {
  readonly #database: DatabaseSync;
  readonly #insert;
  readonly #index;
  #waiting = 0;

  constructor(path: string) {
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144;
      CREATE TABLE entries (id INTEGER PRIMARY KEY, at_ms INTEGER, level TEXT, source TEXT, offset INTEGER,
        raw TEXT) STRICT;
      CREATE INDEX entries_time ON entries (at_ms);
      CREATE INDEX entries_level ON entries (level, at_ms);
      CREATE VIRTUAL TABLE words USING fts5 (raw, content = 'entries', content_rowid = 'id');`);
    this.#database = database;
    this.#insert = database.prepare(
      'INSERT INTO entries (at_ms, level, source, offset, raw) VALUES (?, ?, ?, ?, ?)',
    );
    this.#index = database.prepare('INSERT INTO words (rowid, raw) VALUES (?, ?)');
  }

  add(source: string, offsetBytes: number, raw: string, parsed: Parsed): void {
    if (this.#waiting === 0) this.#database.exec('BEGIN');
    const { atMs, level } = parsed;
    const { lastInsertRowid } = this.#insert.run(atMs, level, source, offsetBytes, raw);
    this.#index.run(lastInsertRowid, raw);
    this.#waiting += 1;
    if (this.#waiting === ROWS_PER_TRANSACTION) this.commit();
  }

  commit(): void {
    if (this.#waiting > 0) this.#database.exec('COMMIT');
    this.#waiting = 0;
  }

  count(sql: string, ...values: readonly string[]): number {
    return Number(this.#database.prepare(sql).get(...values)?.n);
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function ingest(store: Store, path: string): void {
  const source = basename(path, '.log');
  const format = FORMATS[source] ?? (source as keyof typeof PARSERS);
  const parse: Parser = PARSERS[format];
  const head = HEADS[format];
  let raw: string | null = null;
  let rawOffset = 0;
  for (const { line, offset } of linesOf(path)) {
    // What follows the head of an entry is its stack trace.
    if (head !== undefined && raw !== null && !head.test(line)) {
      raw += `\n${line}`;
      continue;
    }
    if (raw !== null) store.add(source, rawOffset, raw, parse(raw));
    raw = line;
    rawOffset = offset;
  }
  if (raw !== null) store.add(source, rawOffset, raw, parse(raw));
}

function* linesOf(path: string): Generator<{ line: string; offset: number }> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(READ_BYTES);
  let rest = '';
  let offset = 0;
  for (;;) {
    const length = readSync(file, buffer);
    if (length === 0) break;
    const text = rest + buffer.toString('utf8', 0, length);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      const line = text.slice(from, at);
      yield { line, offset };
      offset += at + 1 - from;
      from = at + 1;
    }
    rest = text.slice(from);
  }
  closeSync(file);
  if (rest !== '') yield { line: rest, offset };
}

async function run({ logFolder, stateFolder, needle }: SideArguments): Promise<void> {
  using store = new Store(join(stateFolder, 'entries.db'));
  const load = await measureLoad(() => {
    for (const name of readdirSync(logFolder).sort()) ingest(store, join(logFolder, name));
    store.commit();
  });
  const entryCount = store.count('SELECT count(*) AS n FROM entries');
  const errorCount = store.count("SELECT count(*) AS n FROM entries WHERE level = 'ERROR'");
  const needleCount = store.count('SELECT count(*) AS n FROM words WHERE words MATCH ?', needle);
  store[Symbol.dispose]();
  report({ entryCount, errorCount, needleCount, ...load, diskBytes: diskBytesOf(stateFolder) });
}

await run(sideArguments());
