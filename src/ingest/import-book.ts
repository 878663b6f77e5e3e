/**
 * Files that were brought in by `logstead import`: each once, told by the hash of its bytes, and of what is packed in them. One that was interrupted is
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
    // Of what a compressed file holds; null: it is not compressed, or was brought in before this was kept.
    `ALTER TABLE imported_file ADD COLUMN content_sha256 TEXT;
    CREATE INDEX imported_by_content ON imported_file (content_sha256);`,
  ],
};

export type ImportedFile = Readonly<{
  id: number;
  path: string;
  doneAtMs: number | null;
  /** Whether it brought in only what was missing. */
  onlyMissing: boolean;
}>;

/** Of a file that is to be imported: of its bytes, and of what is packed in them; null: it is not compressed. */
export type FileHashes = Readonly<{ sha256: string; contentSha256: string | null }>;

export type ImportChange =
  | Readonly<FileHashes & { kind: 'begin'; path: string; fills: number | null; atMs: number }>
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
      .prepare(
        'INSERT INTO imported_file (sha256, content_sha256, path, begun_at_ms, fills) VALUES (?, ?, ?, ?, ?)',
      )
      .run(change.sha256, change.contentSha256, change.path, change.atMs, change.fills);
    return Number(lastInsertRowid);
  }

  /** The imports of these bytes, or of what is packed in them, the last one first. */
  ofBytes({ sha256, contentSha256 }: FileHashes): ImportedFile[] {
    const content = contentSha256 ?? sha256;
    return this.#database
      .prepare(
        'SELECT * FROM imported_file WHERE sha256 IN (?, ?) OR content_sha256 = ? ORDER BY id DESC',
      )
      .all(sha256, content, content)
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

  /** Where the archive has these bytes, or what is packed in them, and as which generation; null: it does not. */
  archivedAs({
    sha256,
    contentSha256,
  }: FileHashes): Readonly<{ path: string; generation: number }> | null {
    const row = this.#database
      .prepare(
        `SELECT archive_path, generation FROM archive
          WHERE removal IS NULL AND (sha256 IN (?, ?) OR stored_sha256 = ?) LIMIT 1`,
      )
      .get(sha256, contentSha256 ?? sha256, sha256);
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
