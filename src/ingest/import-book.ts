/**
 * Files that were brought in by `logstead import`: each once, told by the hash of its bytes. One that was interrupted is
 * known as begun, and goes on behind the entries that are in the index.
 */
import type { Database, Schema } from '../base/database.ts';

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
  ],
};

export type ImportedFile = Readonly<{ id: number; path: string; doneAtMs: number | null }>;

export type ImportChange =
  | Readonly<{ kind: 'begin'; sha256: string; path: string; atMs: number }>
  | Readonly<{ kind: 'done'; id: number; entryCount: number; atMs: number }>;

export class ImportBook {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** For the writer: makes the tables. */
  static open(database: Database): ImportBook {
    database.migrate(IMPORT_SCHEMA);
    return new ImportBook(database);
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
      .prepare('INSERT INTO imported_file (sha256, path, begun_at_ms) VALUES (?, ?, ?)')
      .run(change.sha256, change.path, change.atMs);
    return Number(lastInsertRowid);
  }

  /** The import of these bytes that came last; null: never. */
  find(sha256: string): ImportedFile | null {
    const row = this.#database
      .prepare('SELECT * FROM imported_file WHERE sha256 = ? ORDER BY id DESC LIMIT 1')
      .get(sha256);
    if (row === undefined) return null;
    const { id, path, done_at_ms: doneAtMs } = row;
    return {
      id: Number(id),
      path: String(path),
      doneAtMs: doneAtMs === null ? null : Number(doneAtMs),
    };
  }

  /** Where the archive has these bytes; null: it does not. */
  archivePathOf(sha256: string): string | null {
    const row = this.#database
      .prepare(
        `SELECT archive_path FROM archive WHERE removal IS NULL AND (sha256 = ? OR stored_sha256 = ?) LIMIT 1`,
      )
      .get(sha256, sha256);
    return row === undefined ? null : String(row['archive_path']);
  }
}
