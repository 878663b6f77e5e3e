/**
 * What runs and reports leave behind: when they ended, up to which entry and day they went, the patterns for
 * later comparison, and the time range of each file's entries, which the archive book takes over.
 *
 * A report is entered in one commit as soon as its files are written: each entry is in one report, and in the
 * history once, also when a later stage of the run fails or the process dies.
 */
import type { Database, Schema } from '../base/database.ts';
import { type OtherRecord, PatternHistory, type PatternRecord } from './pattern-history.ts';
import { storable } from './storable-time.ts';

export const RUN_SCHEMA: Schema = {
  room: 'runs',
  steps: [
    `CREATE TABLE rotation_run (
      id INTEGER PRIMARY KEY,
      run TEXT NOT NULL,
      status TEXT NOT NULL,
      started_at_ms INTEGER NOT NULL,
      finished_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE report (
      id INTEGER PRIMARY KEY,
      written_at_ms INTEGER NOT NULL,
      path TEXT NOT NULL,
      -- entries up to this arrival number are in this report or an earlier one
      last_sequence INTEGER NOT NULL,
      -- the day that was compared with the days before it
      compared_day INTEGER
    ) STRICT;
    CREATE TABLE generation_time (
      generation INTEGER PRIMARY KEY,
      first_us INTEGER NOT NULL,
      last_us INTEGER NOT NULL,
      seen_at_ms INTEGER NOT NULL
    ) STRICT;`,
    `CREATE TABLE report_facts (
      report INTEGER PRIMARY KEY,
      -- how late entries were counted until then; NULL: no rules
      late_count INTEGER,
      -- of the disk that fills first
      disk_free_bytes INTEGER,
      disk_total_bytes INTEGER
    ) STRICT;`,
    // The text file of a report that is not entered yet.
    `CREATE TABLE report_begun (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      path TEXT NOT NULL
    ) STRICT;`,
  ],
};

/** Time ranges of files that never came into the archive are forgotten after this long. */
const GENERATION_TIMES_KEPT_MS = 400 * 86_400_000;

export type FinishedRun = Readonly<{
  run: string;
  status: string;
  startedAtMs: number;
  finishedAtMs: number;
}>;

/** A report that was written. */
export type FinishedReport = Readonly<{
  writtenAtMs: number;
  /** Of its text file. */
  path: string;
  /** Highest arrival number that is in it or in an earlier one. */
  lastSequence: number;
  /** The local day it compared with the days before; null: none. */
  comparedDay: number | null;
  /** Its last local day. */
  today: number;
  patterns: readonly PatternRecord[];
  /** Entries that are in none of the patterns. */
  others: readonly OtherRecord[];
  /** For the next reports to compare with. */
  facts: ReportFacts;
  /** Time ranges of the entries in it, by file generation. */
  generations: readonly GenerationTime[];
}>;

/** What a report saw, for the difference that a later one shows. Null: it was not known. */
export type ReportFacts = Readonly<{
  lateCount: number | null;
  diskFreeBytes: number | null;
  diskTotalBytes: number | null;
}>;

export type GenerationTime = Readonly<{ generation: number; firstUs: number; lastUs: number }>;

/** Where the next report begins. */
export type LastReport = Readonly<{
  writtenAtMs: number;
  path: string;
  lastSequence: number;
  /** The last day that any report compared; null: none yet. */
  comparedDay: number | null;
}>;

export class RunBook {
  readonly #database: Database;
  readonly patterns: PatternHistory;

  private constructor(database: Database, patterns: PatternHistory) {
    this.#database = database;
    this.patterns = patterns;
  }

  /** For the writer: makes the tables. */
  static open(database: Database): RunBook {
    database.migrate(RUN_SCHEMA);
    return new RunBook(database, PatternHistory.open(database));
  }

  /** For readers: the tables must be there. */
  static read(database: Database): RunBook {
    return new RunBook(database, PatternHistory.read(database));
  }

  /** Its files are about to be written; inside the caller's transaction. */
  beginReport(path: string): void {
    this.#database
      .prepare(
        `INSERT INTO report_begun VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET path = excluded.path`,
      )
      .run(path);
  }

  /** The text file of one that was begun and never entered: what is in it, the next one has; null: none was. */
  begunReport(): string | null {
    const row = this.#database.prepare('SELECT path FROM report_begun').get();
    return row === undefined ? null : String(row['path']);
  }

  /** Inside the caller's transaction. */
  addReport(report: FinishedReport): void {
    const { writtenAtMs, path, lastSequence, comparedDay } = report;
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO report VALUES (NULL, ?, ?, ?, ?)')
      .run(writtenAtMs, path, lastSequence, comparedDay);
    const { lateCount, diskFreeBytes, diskTotalBytes } = report.facts;
    this.#database
      .prepare('INSERT INTO report_facts VALUES (?, ?, ?, ?)')
      .run(lastInsertRowid, lateCount, diskFreeBytes, diskTotalBytes);
    this.addTimes(report.generations, writtenAtMs);
    this.#database
      .prepare('DELETE FROM generation_time WHERE seen_at_ms < ?')
      .run(writtenAtMs - GENERATION_TIMES_KEPT_MS);
    this.patterns.add(report, report.today);
    this.#database.prepare('DELETE FROM report_begun').run();
  }

  /** Times of entries of files, beside those that are known of the same files; inside the caller's transaction. */
  addTimes(times: readonly GenerationTime[], seenAtMs: number): void {
    const upsert = this.#database.prepare(UPSERT_TIME);
    for (const { generation, firstUs, lastUs } of times) {
      upsert.run(generation, storable(firstUs), storable(lastUs), seenAtMs);
    }
  }

  /** What is known so far; null: nothing. */
  timeOf(generation: number): GenerationTime | null {
    const row = this.#database
      .prepare('SELECT first_us, last_us FROM generation_time WHERE generation = ?')
      .get(generation);
    if (row === undefined) return null;
    return { generation, firstUs: Number(row['first_us']), lastUs: Number(row['last_us']) };
  }

  addRun({ run, status, startedAtMs, finishedAtMs }: FinishedRun): void {
    this.#database
      .prepare('INSERT INTO rotation_run VALUES (NULL, ?, ?, ?, ?)')
      .run(run, status, startedAtMs, finishedAtMs);
  }

  /** The run of all sections that ended last; null: none yet. Runs of single ones are not entered. */
  lastRun(): FinishedRun | null {
    const row = this.#database.prepare('SELECT * FROM rotation_run ORDER BY id DESC LIMIT 1').get();
    if (row === undefined) return null;
    return {
      run: String(row['run']),
      status: String(row['status']),
      startedAtMs: Number(row['started_at_ms']),
      finishedAtMs: Number(row['finished_at_ms']),
    };
  }

  /** What the reports since then saw, oldest first. */
  factsSince(sinceMs: number): (ReportFacts & Readonly<{ writtenAtMs: number }>)[] {
    return this.#database
      .prepare(
        `SELECT written_at_ms, f.* FROM report_facts f JOIN report r ON r.id = f.report
          WHERE written_at_ms >= ? ORDER BY r.id`,
      )
      .all(sinceMs)
      .map((row) => ({
        writtenAtMs: Number(row['written_at_ms']),
        lateCount: numberOrNull(row['late_count']),
        diskFreeBytes: numberOrNull(row['disk_free_bytes']),
        diskTotalBytes: numberOrNull(row['disk_total_bytes']),
      }));
  }

  /** The report written last; null: none yet. */
  lastReport(): LastReport | null {
    const row = this.#database
      .prepare(
        `SELECT *, (SELECT max(compared_day) FROM report) AS last_compared_day
          FROM report ORDER BY id DESC LIMIT 1`,
      )
      .get();
    if (row === undefined) return null;
    const day = row['last_compared_day'];
    return {
      writtenAtMs: Number(row['written_at_ms']),
      path: String(row['path']),
      lastSequence: Number(row['last_sequence']),
      comparedDay: day === null ? null : Number(day),
    };
  }
}

const UPSERT_TIME = `INSERT INTO generation_time VALUES (?, ?, ?, ?)
  ON CONFLICT (generation) DO UPDATE SET first_us = min(first_us, excluded.first_us),
    last_us = max(last_us, excluded.last_us), seen_at_ms = excluded.seen_at_ms`;

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
