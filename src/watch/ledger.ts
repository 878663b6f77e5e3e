/**
 * The book of generations: who they are, how far they are committed, and which bytes were skipped or lost.
 *
 * What it says is complete by construction: of every generation the bytes from `start_offset` to
 * `committed_offset` are indexed, except those of its spans. A generation is written here before its first
 * byte is handed over, so that anything else on disk may refer to it by number.
 */
import { basename, dirname, join } from 'node:path';
import type { Database, Schema } from '../base/database.ts';
import type { ClockReading, ClockStep } from './clock-steps.ts';
import type { FileKey } from './file-look.ts';
import { COLUMNS, type GenerationRow, type Row, rowOf, SAVE, valuesOf } from './generation-row.ts';
import { beginningOfForms, sharesStem } from './rotation-name.ts';

export const LEDGER_SCHEMA: Schema = {
  room: 'watch',
  steps: [
    `CREATE TABLE watch_generation (
       number           INTEGER PRIMARY KEY AUTOINCREMENT,
       watch            TEXT    NOT NULL,
       source           TEXT    NOT NULL,
       path             TEXT    NOT NULL,
       first_path       TEXT    NOT NULL,
       file_key         TEXT    NOT NULL,
       birth_ms         REAL    NOT NULL,
       encoding         TEXT    NOT NULL,
       state            TEXT    NOT NULL,
       was_replaced     INTEGER NOT NULL,
       skip_reason      TEXT,
       packed           TEXT,
       head             BLOB    NOT NULL,
       head_offset      INTEGER NOT NULL,
       milestones       BLOB    NOT NULL,
       start_offset     INTEGER NOT NULL,
       committed_offset INTEGER NOT NULL,
       committed_line   INTEGER NOT NULL,
       committed_tail   BLOB    NOT NULL,
       inside_line      INTEGER NOT NULL,
       siblings_at_ms   REAL    NOT NULL,
       size_bytes       INTEGER NOT NULL,
       modified_at_ms   REAL    NOT NULL,
       first_seen_at_ms REAL    NOT NULL,
       last_read_at_ms  REAL    NOT NULL,
       ended_at_ms      REAL
     ) STRICT;
     CREATE INDEX watch_generation_by_key ON watch_generation (file_key);
     CREATE INDEX watch_generation_by_path ON watch_generation (path);
     CREATE INDEX watch_generation_by_first_path ON watch_generation (first_path);
     CREATE TABLE watch_span (
       generation   INTEGER NOT NULL REFERENCES watch_generation (number) ON DELETE CASCADE,
       start_offset INTEGER NOT NULL,
       end_offset   INTEGER NOT NULL,
       kind         TEXT    NOT NULL CHECK (kind IN ('skipped', 'lost', 'gap')),
       reason       TEXT    NOT NULL,
       at_ms        REAL    NOT NULL,
       PRIMARY KEY (generation, start_offset)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE watch_started (name TEXT PRIMARY KEY, at_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE watch_checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL) STRICT;`,
    // By them a clock that was set back is noticed, and remembered.
    `CREATE TABLE watch_clock (
       one          INTEGER PRIMARY KEY CHECK (one = 1),
       boot         TEXT NOT NULL,
       booted_at_ms REAL NOT NULL,
       at_ms        REAL NOT NULL
     ) STRICT;
     CREATE TABLE watch_clock_step (from_ms REAL NOT NULL, to_ms REAL NOT NULL) STRICT;`,
  ],
};

/** A gap is empty: behind it there may have been bytes that nobody can count. */
export type SpanKind = 'skipped' | 'lost' | 'gap';

/** Bytes `[start, end)` of a generation that are not indexed. */
export type Span = Readonly<{
  generation: number;
  start: number;
  end: number;
  kind: SpanKind;
  reason: string;
  atMs: number;
}>;

/** A lost span with the path it was lost from. */
export type Loss = Span & Readonly<{ path: string; source: string }>;

/** Bytes that are not indexed, by what became of them. */
export type Totals = Readonly<{ skippedBytes: number; lostBytes: number }>;

/** States of generations that are followed; the others are only looked up. */
const FOLLOWED = `state IN ('live', 'rotated', 'replaced', 'missing')`;

/** Rows looked at when a file may be the copy of an earlier generation of its path. */
const EARLIER_ROWS_MAX = 50;

/** Names looked at for those of one log: others that begin alike are among them. */
const NAMES_MAX = 10_000;

export class Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate(LEDGER_SCHEMA);
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  save(row: GenerationRow): void {
    this.#database.prepare(SAVE).run(...valuesOf(row));
  }

  followed(): GenerationRow[] {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS} FROM watch_generation WHERE ${FOLLOWED} ORDER BY number`)
      .all();
    return rows.map(rowOf);
  }

  find(number: number): GenerationRow | undefined {
    const row = this.#database
      .prepare(`SELECT ${COLUMNS} FROM watch_generation WHERE number = ?`)
      .get(number);
    return row === undefined ? undefined : rowOf(row);
  }

  /** Generations that are no longer at a watched path, read to their end, and not in the archive. */
  rotatedAway(): GenerationRow[] {
    const rows = this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM watch_generation
         WHERE state IN ('rotated', 'ended') AND committed_offset = size_bytes AND was_replaced = 0
         ORDER BY number`,
      )
      .all();
    return rows.map(rowOf);
  }

  markArchived(number: number): void {
    this.#database
      .prepare(`UPDATE watch_generation SET state = 'archived' WHERE number = ?`)
      .run(number);
  }

  /** Generations that were in the file `key`, newest first: inode numbers are used again. */
  findByKey(key: FileKey): GenerationRow[] {
    return this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM watch_generation WHERE file_key = ? ORDER BY number DESC LIMIT ?`,
      )
      .all(key, EARLIER_ROWS_MAX)
      .map(rowOf);
  }

  /** Generations that were seen under any form of the log that `path` is a form of, newest first. */
  findRelated(path: string): GenerationRow[] {
    const from = join(dirname(path), beginningOfForms(basename(path)));
    const isRelated = (other: unknown): boolean =>
      dirname(String(other)) === dirname(path) &&
      sharesStem(basename(String(other)), basename(path));
    return this.#database
      .prepare(
        `SELECT number, path, first_path FROM watch_generation
         WHERE path BETWEEN :from AND :to OR first_path BETWEEN :from AND :to ORDER BY number DESC LIMIT :limit`,
      )
      .all({ from, to: `${from}\u{10ffff}`, limit: NAMES_MAX })
      .filter((row) => isRelated(row.path) || isRelated(row.first_path))
      .slice(0, EARLIER_ROWS_MAX)
      .flatMap((row) => this.find(Number(row.number)) ?? []);
  }

  /** Generations that were seen under `path`, newest first. */
  findByPath(path: string): GenerationRow[] {
    return this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM watch_generation WHERE path = ? OR first_path = ? ORDER BY number DESC LIMIT ?`,
      )
      .all(path, path, EARLIER_ROWS_MAX)
      .map(rowOf);
  }

  /** The last generation that was seen under `path`; undefined: none was. */
  newestUnder(path: string): Pick<GenerationRow, 'number' | 'siblingsAtMs'> | undefined {
    const row = this.#database
      .prepare(
        `SELECT number, siblings_at_ms FROM watch_generation WHERE path = ? OR first_path = ?
         ORDER BY number DESC LIMIT 1`,
      )
      .get(path, path);
    if (row === undefined) return undefined;
    return { number: Number(row.number), siblingsAtMs: Number(row.siblings_at_ms) };
  }

  /** Numbers are never given twice, even after their rows were forgotten. */
  nextNumber(): number {
    const row = this.#database
      .prepare("SELECT seq FROM sqlite_sequence WHERE name = 'watch_generation'")
      .get();
    return Number(row?.seq ?? 0) + 1;
  }

  /** Never give numbers up to this one: entries of a former ledger have them. */
  passNumbers(last: number): void {
    if (last < this.nextNumber()) return;
    this.#database.prepare("DELETE FROM sqlite_sequence WHERE name = 'watch_generation'").run();
    this.#database
      .prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('watch_generation', ?)")
      .run(last);
  }

  addSpan(span: Span): void {
    this.#database
      .prepare(
        `INSERT INTO watch_span (generation, start_offset, end_offset, kind, reason, at_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (generation, start_offset)
         DO UPDATE SET end_offset = excluded.end_offset, kind = excluded.kind, reason = excluded.reason`,
      )
      .run(span.generation, span.start, span.end, span.kind, span.reason, span.atMs);
  }

  /** What was skipped there is to be read after all. */
  removeSpan(generation: number, start: number): void {
    this.#database
      .prepare('DELETE FROM watch_span WHERE generation = ? AND start_offset = ?')
      .run(generation, start);
  }

  /** The generation that all the bytes before the committed offset are a copy of; null: they are not. */
  copiedFrom({
    number,
    committedOffset,
  }: Pick<GenerationRow, 'number' | 'committedOffset'>): number | null {
    const row = this.#database
      .prepare(
        `SELECT reason FROM watch_span WHERE generation = ? AND start_offset = 0 AND end_offset = ?
         AND kind = 'skipped'`,
      )
      .get(number, committedOffset);
    return row === undefined ? null : copiedGeneration(String(row.reason));
  }

  /** Spans behind the committed offset are found again when those bytes are read again. */
  forgetUncommittedSpans(): void {
    this.#database
      .prepare(
        `DELETE FROM watch_span WHERE EXISTS (SELECT 1 FROM watch_generation
           WHERE number = generation AND start_offset >= committed_offset AND ${FOLLOWED})`,
      )
      .run();
  }

  spansOf(generation: number): Span[] {
    return this.#database
      .prepare(
        `SELECT generation, start_offset, end_offset, kind, reason, at_ms FROM watch_span
         WHERE generation = ? ORDER BY start_offset`,
      )
      .all(generation)
      .map(spanOf);
  }

  totals(): Totals {
    const rows = this.#database
      .prepare('SELECT kind, sum(end_offset - start_offset) AS bytes FROM watch_span GROUP BY kind')
      .all();
    const bytesOf = (kind: SpanKind): number =>
      Number(rows.find((row) => row.kind === kind)?.bytes ?? 0);
    return { skippedBytes: bytesOf('skipped'), lostBytes: bytesOf('lost') };
  }

  losses(countMax: number): Loss[] {
    return this.#database
      .prepare(
        `SELECT generation, s.start_offset, end_offset, kind, reason, at_ms, path, source
         FROM watch_span s JOIN watch_generation ON number = generation
         WHERE kind = 'lost' ORDER BY at_ms DESC, generation DESC LIMIT ?`,
      )
      .all(countMax)
      .map((row) => ({ ...spanOf(row), path: String(row.path), source: String(row.source) }));
  }

  /** Watches whose files were all seen once, and when; their new files are read from the beginning. */
  startedWatches(): Map<string, number> {
    const rows = this.#database.prepare('SELECT name, at_ms FROM watch_started').all();
    return new Map(rows.map((row) => [String(row.name), Number(row.at_ms)]));
  }

  markStarted(name: string, atMs: number): void {
    this.#database
      .prepare('INSERT INTO watch_started VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
      .run(name, atMs);
  }

  saveEpoch(epoch: number): void {
    this.#database
      .prepare(
        'INSERT INTO watch_checkpoint VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch',
      )
      .run(epoch);
  }

  /** Number of the last checkpoint whose transaction was committed; 0: none. */
  epoch(): number {
    const row = this.#database.prepare('SELECT epoch FROM watch_checkpoint').get();
    return Number(row?.epoch ?? 0);
  }

  /** What the last process said of the clock; undefined: nothing was said yet. */
  clockReading(): ClockReading | undefined {
    const row = this.#database.prepare('SELECT boot, booted_at_ms, at_ms FROM watch_clock').get();
    if (row === undefined) return undefined;
    const { boot, booted_at_ms: bootedAtMs, at_ms: atMs } = row;
    return { boot: String(boot), bootedAtMs: Number(bootedAtMs), atMs: Number(atMs) };
  }

  saveClockReading({ boot, bootedAtMs, atMs }: ClockReading): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO watch_clock VALUES (1, ?, ?, ?)')
      .run(boot, bootedAtMs, atMs);
  }

  /** Newest first. */
  clockSteps(): ClockStep[] {
    return this.#database
      .prepare('SELECT from_ms, to_ms FROM watch_clock_step ORDER BY rowid')
      .all()
      .map((row) => ({ fromMs: Number(row.from_ms), toMs: Number(row.to_ms) }));
  }

  saveClockSteps(steps: readonly ClockStep[]): void {
    this.#database.prepare('DELETE FROM watch_clock_step').run();
    for (const { fromMs, toMs } of steps) {
      this.#database.prepare('INSERT INTO watch_clock_step VALUES (?, ?)').run(fromMs, toMs);
    }
  }

  /** Forget generations that ended before `endedBeforeMs`, their spans with them. */
  forget(endedBeforeMs: number): void {
    this.#database
      .prepare(`DELETE FROM watch_generation WHERE NOT ${FOLLOWED} AND ended_at_ms < ?`)
      .run(endedBeforeMs);
  }
}

/** The reason of a span that is a copy of a generation. */
export function copyReason(generation: number): string {
  return `copy of generation ${generation}`;
}

/** That generation; null: the reason is another one. */
export function copiedGeneration(reason: string): number | null {
  const number = /^copy of generation (\d+)$/.exec(reason)?.[1];
  return number === undefined ? null : Number(number);
}

function spanOf(row: Row): Span {
  return {
    generation: Number(row.generation),
    start: Number(row.start_offset),
    end: Number(row.end_offset),
    kind: String(row.kind) as SpanKind,
    reason: String(row.reason),
    atMs: Number(row.at_ms),
  };
}
