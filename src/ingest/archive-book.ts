/**
 * The archive book: what was moved where, with its hash; and the journal of moves under way, which is the
 * same rows in an earlier state. What runs and reports leave behind is in `run-book.ts`.
 *
 * Life of a row: `moving` (a name was chosen, nothing or part is done) → `stored` (the archive has it whole,
 * the original may still be there) → `done`. A move that came to nothing leaves no row. After a crash,
 * `archive-recovery.ts` settles every row that is not done.
 *
 * Written by the ingest thread alone, through `apply`, inside the caller's transaction if there is one; the
 * moves themselves run elsewhere (`rotate/`) and send their changes.
 */
import { unreachable } from '../base/assert.ts';
import type { Database } from '../base/database.ts';
import type { BookChange } from './archive-change.ts';
import { type ArchiveRow, archiveRowOf, type NewArchiveRow } from './archive-row.ts';
import { ARCHIVE_SCHEMA } from './archive-schema.ts';
import { setArchiveTimes } from './archive-times.ts';
import { AsideBook } from './aside-book.ts';
import { RunBook } from './run-book.ts';

export type ArchiveSummary = Readonly<{
  fileCount: number;
  originalBytes: number;
  storedBytes: number;
  damagedCount: number;
}>;

export type ArchiveQuery = Readonly<{
  /** Somewhere in the original or the archive path; null: any. */
  text: string | null;
  source: string | null;
  /** Has entries in `[fromUs, untilUs)`; null: no bound. Files without entries go by their last modification. */
  fromUs: number | null;
  untilUs: number | null;
}>;

export class ArchiveBook {
  readonly #database: Database;
  readonly runs: RunBook;
  readonly asides: AsideBook;

  private constructor(database: Database, runs: RunBook, asides: AsideBook) {
    this.#database = database;
    this.runs = runs;
    this.asides = asides;
  }

  /** For the writer: makes the tables. */
  static open(database: Database): ArchiveBook {
    database.migrate(ARCHIVE_SCHEMA);
    return new ArchiveBook(database, RunBook.open(database), AsideBook.open(database));
  }

  /** For readers: the tables must be there. */
  static read(database: Database): ArchiveBook {
    return new ArchiveBook(database, RunBook.read(database), AsideBook.read(database));
  }

  /** Make one change, durably. For `begin`: the ids of the new rows, in their order. */
  apply(change: BookChange): number[] {
    return this.#database.transaction(() => {
      switch (change.kind) {
        case 'times':
          this.runs.addTimes(change.times, change.atMs);
          return [];
        case 'archive-times':
          for (const times of change.files) setArchiveTimes(this.#database, times);
          return [];
        case 'begin':
          return change.rows.map((row) => this.#insert(row));
        case 'stored':
          for (const { id, file } of change.files) {
            const { how, sha256, lines, storedBytes, storedSha256 } = file;
            this.#database.prepare(STORED).run(how, sha256, lines, storedBytes, storedSha256, id);
          }
          return [];
        case 'done':
          for (const id of change.ids) {
            this.#database.prepare(DONE).run(id);
            this.asides.archived(id);
          }
          return [];
        case 'abandon':
          for (const id of change.ids) this.#database.prepare(ABANDON).run(id);
          return [];
        case 'plan-removal':
          for (const id of change.ids) this.#database.prepare(PLAN_REMOVAL).run(id);
          return [];
        case 'keep':
          for (const id of change.ids) this.#database.prepare(KEEP).run(id);
          return [];
        case 'removed':
          for (const id of change.ids) this.#database.prepare(REMOVED).run(change.atMs, id);
          return [];
        case 'verified':
          for (const { id, fault } of change.files) {
            this.#database.prepare(VERIFIED).run(change.atMs, fault, id);
          }
          return [];
        case 'aside':
          return this.asides.apply(change.change);
        case 'run':
          this.runs.addRun(change.run);
          return [];
        case 'begin-report':
          this.runs.beginReport(change.path);
          return [];
        case 'report':
          this.runs.addReport(change.report);
          return [];
        default:
          return unreachable(change);
      }
    });
  }

  /** Moves that a crash interrupted, oldest first. */
  unfinished(): ArchiveRow[] {
    return this.#database
      .prepare(`SELECT * FROM archive WHERE state <> 'done' ORDER BY id`)
      .all()
      .map(archiveRowOf);
  }

  /** Files that were moved since, and are in the archive as they were: whoever has one open still writes to it. */
  movedWhole(sinceMs: number): Pick<ArchiveRow, 'generation' | 'archivePath' | 'sizeBytes'>[] {
    return this.#database
      .prepare(
        `SELECT generation, archive_path, size_bytes FROM archive WHERE state = 'done' AND how = 'link' AND compression = 'none'
         AND removal IS NULL AND moved_at_ms >= ? ORDER BY id`,
      )
      .all(sinceMs)
      .map((row) => ({
        generation: Number(row.generation),
        archivePath: String(row.archive_path),
        sizeBytes: Number(row.size_bytes),
      }));
  }

  /** Removals that were planned and not finished. */
  plannedRemovals(): ArchiveRow[] {
    return this.#database
      .prepare(`SELECT * FROM archive WHERE removal = 'planned' ORDER BY id`)
      .all()
      .map(archiveRowOf);
  }

  /** Archive paths that came or went since a run last ended well: a run that was killed may not have told their manifests. */
  changedSinceLastRun(): string[] {
    return this.#database
      .prepare(
        `SELECT archive_path FROM archive WHERE state = 'done'
          AND max(moved_at_ms, coalesce(removed_at_ms, 0)) >= coalesce(
            (SELECT max(finished_at_ms) FROM rotation_run WHERE status = 'SUCCESS'), 0)`,
      )
      .all()
      .map((row) => String(row.archive_path));
  }

  /** Files last read (or moved) before that moment or found damaged then, the longest ago first. */
  dueForLook(beforeMs: number): ArchiveRow[] {
    return this.#database
      .prepare(
        `SELECT * FROM archive WHERE state = 'done' AND removal IS NULL
          AND (coalesce(verified_at_ms, moved_at_ms) < ? OR fault IS NOT NULL)
          ORDER BY coalesce(verified_at_ms, moved_at_ms), id`,
      )
      .all(beforeMs)
      .map(archiveRowOf);
  }

  /** Everything that is in the archive, newest move first. */
  list(rowsMax: number): ArchiveRow[] {
    return this.#database
      .prepare(
        `SELECT * FROM archive WHERE state <> 'moving' AND removal IS NULL ORDER BY id DESC LIMIT ?`,
      )
      .all(rowsMax)
      .map(archiveRowOf);
  }

  /** What came into the archive since then, and how much of the whole archive was found damaged. */
  summary({ sinceMs, untilMs }: Readonly<{ sinceMs: number; untilMs: number }>): ArchiveSummary {
    const row = this.#database
      .prepare(
        `WITH moved AS (SELECT size_bytes, stored_bytes FROM archive
            WHERE moved_at_ms >= $since AND moved_at_ms < $until AND state = 'done')
          SELECT (SELECT count(*) FROM moved) AS files,
          (SELECT coalesce(sum(size_bytes), 0) FROM moved) AS original,
          (SELECT coalesce(sum(stored_bytes), 0) FROM moved) AS stored,
          (SELECT count(*) FROM archive WHERE fault IS NOT NULL AND removal IS NULL) AS damaged`,
      )
      .get({ since: sinceMs, until: untilMs });
    return {
      fileCount: Number(row?.files ?? 0),
      originalBytes: Number(row?.original ?? 0),
      storedBytes: Number(row?.stored ?? 0),
      damagedCount: Number(row?.damaged ?? 0),
    };
  }

  /** What is in one folder of the archive. */
  inFolder(folder: string): ArchiveRow[] {
    // `0` follows `/`: all paths that begin with the folder, and the index serves it.
    return this.#database
      .prepare(
        `SELECT * FROM archive WHERE archive_path > ? AND archive_path < ? AND state <> 'moving' AND removal IS NULL`,
      )
      .all(`${folder}/`, `${folder}0`)
      .map(archiveRowOf);
  }

  /** Archived files by words of their paths and by the time of their entries, newest move first. */
  *find(query: ArchiveQuery): Generator<ArchiveRow, void, void> {
    const { text, source, fromUs, untilUs } = query;
    const rows = this.#database.prepare(FIND).iterate({
      text,
      source,
      from_us: fromUs,
      until_us: untilUs,
    });
    for (const row of rows) yield archiveRowOf(row);
  }

  /** Where the bytes of a generation are now; null: not archived. */
  pathOf(generation: number): string | null {
    const row = this.#database
      .prepare(
        `SELECT archive_path FROM archive WHERE generation = ? AND state <> 'moving' AND removal IS NULL ORDER BY id DESC LIMIT 1`,
      )
      .get(generation);
    return row === undefined ? null : String(row.archive_path);
  }

  /** Generations whose bytes are in the archive, whole and read back. */
  archivedGenerations(): number[] {
    return this.#database
      .prepare(`SELECT DISTINCT generation FROM archive WHERE state = 'done' ORDER BY generation`)
      .all()
      .map((row) => Number(row.generation));
  }

  /** The rows with these ids, as they are now. */
  rowsOf(ids: readonly number[]): ArchiveRow[] {
    const select = this.#database.prepare('SELECT * FROM archive WHERE id = ?');
    return ids.flatMap((id) => {
      const row = select.get(id);
      return row === undefined ? [] : [archiveRowOf(row)];
    });
  }

  #insert(row: NewArchiveRow): number {
    const { lastInsertRowid } = this.#database
      .prepare(INSERT)
      .run(
        row.originalPath,
        row.originalRoot,
        row.generation,
        row.device,
        row.inode,
        row.source,
        row.archivePath,
        row.archiveRoot,
        row.temporaryPath,
        row.sizeBytes,
        row.compression,
        row.generation,
        row.generation,
        row.modifiedAtMs,
        row.movedAtMs,
      );
    return Number(lastInsertRowid);
  }
}

const FIND = `SELECT * FROM archive WHERE state <> 'moving' AND removal IS NULL
  AND ($text IS NULL OR instr(original_path, $text) > 0 OR instr(archive_path, $text) > 0)
  AND ($source IS NULL OR source = $source)
  AND ($from_us IS NULL OR coalesce(last_at_us, modified_at_ms * 1000) >= $from_us)
  AND ($until_us IS NULL OR coalesce(first_at_us, modified_at_ms * 1000) < $until_us)
  ORDER BY id DESC`;
const STORED = `UPDATE archive SET state = 'stored', how = ?, sha256 = ?, lines = ?,
  stored_bytes = ?, stored_sha256 = ? WHERE id = ?`;
const DONE = `UPDATE archive SET state = 'done' WHERE id = ?`;
const ABANDON = `DELETE FROM archive WHERE id = ? AND state <> 'done'`;
const PLAN_REMOVAL = `UPDATE archive SET removal = 'planned' WHERE id = ? AND state = 'done'`;
const KEEP = `UPDATE archive SET removal = NULL WHERE id = ? AND removal = 'planned'`;
const REMOVED = `UPDATE archive SET removal = 'done', removed_at_ms = ? WHERE id = ?`;
const VERIFIED = `UPDATE archive SET verified_at_ms = ?, fault = ? WHERE id = ?`;
const INSERT = `INSERT INTO archive (
  state, original_path, original_root, generation, device, inode, source, archive_path, archive_root,
  temporary_path, size_bytes, compression, first_at_us, last_at_us, modified_at_ms, moved_at_ms
) VALUES ('moving', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  (SELECT first_us FROM generation_time WHERE generation = ?),
  (SELECT last_us FROM generation_time WHERE generation = ?), ?, ?)`;
