/**
 * Files that were brought in by `logstead import`: each once, told by the hash of its bytes. One that was interrupted is
 * known as begun, and goes on behind the entries that are in the index.
 */
import type { Database, Schema } from '../base/database.ts';
import type { HeldGeneration } from '../watch/held-generations.ts';
import type { Watcher } from '../watch/watcher.ts';

export const IMPORT_SCHEMA: Schema = {
  room: 'import',
  steps: [
    `CREATE TABLE imported_file (
      id INTEGER PRIMARY KEY,
      -- of the file as it was given, compressed or not
      sha256 TEXT NOT NULL,
      path TEXT NOT NULL,
      begun_at_ms INTEGER NOT NULL,
      done_at_ms INTEGER,
      entry_count INTEGER
    ) STRICT;
    CREATE INDEX imported_by_hash ON imported_file (sha256);`,
    // Not null: it brought in only what was missing, of the generation of a watched file, or (0) of an archive or an import.
    'ALTER TABLE imported_file ADD COLUMN fills INTEGER;',
  ],
};

export type ImportedFile = Readonly<{
  id: number;
  path: string;
  doneAtMs: number | null;
  /** Whether it brought in only what was missing. */
  onlyMissing: boolean;
}>;

export type ImportChange =
  | Readonly<{ kind: 'begin'; sha256: string; path: string; fills: number | null; atMs: number }>
  | Readonly<{ kind: 'done'; id: number; entryCount: number; atMs: number }>;

/** Never give ids up to this one: entries of a former book have their numbers. The row stands for bytes that no file has. */
export function passImports(database: Database, last: number): void {
  database.migrate(IMPORT_SCHEMA);
  database
    .prepare(
      `INSERT OR IGNORE INTO imported_file (id, sha256, path, begun_at_ms, done_at_ms) VALUES (?, '', '', 0, 0)`,
    )
    .run(last);
}

export class ImportBook {
  readonly #database: Database;
  readonly #watcher: Watcher;

  private constructor(database: Database, watcher: Watcher) {
    this.#database = database;
    this.#watcher = watcher;
  }

  /** For the writer: makes the tables. `watcher` knows what is or was followed. */
  static open(database: Database, watcher: Watcher): ImportBook {
    database.migrate(IMPORT_SCHEMA);
    return new ImportBook(database, watcher);
  }

  /** The id of the file. */
  apply(change: ImportChange): number {
    if (change.kind === 'done') {
      this.#database
        .prepare('UPDATE imported_file SET done_at_ms = ?, entry_count = ? WHERE id = ?')
        .run(change.atMs, change.entryCount, change.id);
      return change.id;
    }
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO imported_file (sha256, path, begun_at_ms, fills) VALUES (?, ?, ?, ?)')
      .run(change.sha256, change.path, change.atMs, change.fills);
    return Number(lastInsertRowid);
  }

  /** The imports of these bytes, the last one first. */
  ofBytes(sha256: string): ImportedFile[] {
    return this.#database
      .prepare('SELECT * FROM imported_file WHERE sha256 = ? ORDER BY id DESC')
      .all(sha256)
      .map(({ id, path, done_at_ms: doneAtMs, fills }) => ({
        id: Number(id),
        path: String(path),
        doneAtMs: doneAtMs === null ? null : Number(doneAtMs),
        onlyMissing: fills !== null,
      }));
  }

  /** The imports that brought in what was missing of a generation. */
  fillingOf(generation: number): number[] {
    return this.#database
      .prepare('SELECT id FROM imported_file WHERE fills = ?')
      .all(generation)
      .map(({ id }) => Number(id));
  }

  /** Where the archive has these bytes, and as which generation; null: it does not. */
  archivedAs(sha256: string): Readonly<{ path: string; generation: number }> | null {
    const row = this.#database
      .prepare(
        `SELECT archive_path, generation FROM archive
          WHERE removal IS NULL AND (sha256 = ? OR stored_sha256 = ?) LIMIT 1`,
      )
      .get(sha256, sha256);
    if (row === undefined) return null;
    return { path: String(row['archive_path']), generation: Number(row['generation']) };
  }

  /** Whether entries are missing because their segment was set aside. */
  get hasDamage(): boolean {
    return this.#database.prepare('SELECT 1 FROM engine_damage LIMIT 1').get() !== undefined;
  }

  /** Generations of watched files that the file at `path` holds. */
  generationsIn(path: string): HeldGeneration[] {
    return this.#watcher.generationsIn(path);
  }

  generation(number: number): HeldGeneration | undefined {
    return this.#watcher.heldGeneration(number);
  }
}
