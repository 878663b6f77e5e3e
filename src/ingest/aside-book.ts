/**
 * The journal of files that were still written to and are taken aside: renamed, or copied and emptied. Once aside a file is
 * archived like any other, and its row goes.
 *
 * Life of a row: `planned` (nothing, or a copy that may be half) → `truncating` (copied files only: from here on the copy may
 * be the one there is) → `aside`. `rotate/aside-recovery.ts` settles what a crash left.
 */
import { unreachable } from '../base/assert.ts';
import type { Database, Schema } from '../base/database.ts';

export const ASIDE_SCHEMA: Schema = {
  room: 'aside',
  steps: [
    `CREATE TABLE archive_aside (
      id INTEGER PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('planned', 'truncating', 'aside')),
      way TEXT NOT NULL CHECK (way IN ('rename', 'copytruncate')),
      watch TEXT NOT NULL,
      source TEXT NOT NULL,
      path TEXT NOT NULL,
      root TEXT NOT NULL,
      aside_path TEXT NOT NULL,
      generation INTEGER NOT NULL,
      -- REAL: file systems give out numbers beyond what an INTEGER column returns as a JS number
      device REAL NOT NULL,
      inode REAL NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX archive_aside_by_path ON archive_aside (aside_path);`,
  ],
};

export type NewAside = Readonly<{
  way: 'rename' | 'copytruncate';
  watch: string;
  source: string;
  /** Where it is written, and the watched folder of that. */
  path: string;
  root: string;
  asidePath: string;
  generation: number;
  /** Of the file that is written. */
  device: number;
  inode: number;
  atMs: number;
}>;

export type AsideRow = NewAside &
  Readonly<{ id: number; state: 'planned' | 'truncating' | 'aside' }>;

export type AsideChange =
  | Readonly<{ step: 'plan'; row: NewAside }>
  | Readonly<{ step: 'truncating' | 'aside' | 'forget'; id: number }>;

export class AsideBook {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** For the writer: makes the table. */
  static open(database: Database): AsideBook {
    database.migrate(ASIDE_SCHEMA);
    return new AsideBook(database);
  }

  /** For readers: the table must be there. */
  static read(database: Database): AsideBook {
    return new AsideBook(database);
  }

  /** Inside the caller's transaction. For `plan`: the id of the new row. */
  apply(change: AsideChange): number[] {
    switch (change.step) {
      case 'plan':
        return [this.#insert(change.row)];
      case 'truncating':
      case 'aside':
        this.#database
          .prepare('UPDATE archive_aside SET state = ? WHERE id = ?')
          .run(change.step, change.id);
        return [];
      case 'forget':
        this.#database.prepare('DELETE FROM archive_aside WHERE id = ?').run(change.id);
        return [];
      default:
        return unreachable(change);
    }
  }

  /** The file of an archive row is gone from where it lay aside; inside the caller's transaction. */
  archived(archiveId: number): void {
    this.#database
      .prepare(
        'DELETE FROM archive_aside WHERE aside_path = (SELECT original_path FROM archive WHERE id = ?)',
      )
      .run(archiveId);
  }

  /** Oldest first. */
  list(): AsideRow[] {
    return this.#database
      .prepare('SELECT * FROM archive_aside ORDER BY id')
      .all()
      .map((row) => ({
        id: Number(row.id),
        state: row.state as AsideRow['state'],
        way: row.way as AsideRow['way'],
        watch: String(row.watch),
        source: String(row.source),
        path: String(row.path),
        root: String(row.root),
        asidePath: String(row.aside_path),
        generation: Number(row.generation),
        device: Number(row.device),
        inode: Number(row.inode),
        atMs: Number(row.at_ms),
      }));
  }

  #insert(row: NewAside): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO archive_aside
          (state, way, watch, source, path, root, aside_path, generation, device, inode, at_ms)
         VALUES ('planned', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        row.way,
        row.watch,
        row.source,
        row.path,
        row.root,
        row.asidePath,
        row.generation,
        row.device,
        row.inode,
        row.atMs,
      );
    return Number(lastInsertRowid);
  }
}
