/** The table of the archive book (`archive-book.ts`). */
import type { Schema } from '../base/database.ts';

export const ARCHIVE_SCHEMA: Schema = {
  room: 'archive',
  steps: [
    `CREATE TABLE archive (
      id INTEGER PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('moving', 'stored', 'done')),
      original_path TEXT NOT NULL,
      original_root TEXT NOT NULL,
      generation INTEGER NOT NULL,
      -- REAL: file systems give out numbers beyond what an INTEGER column returns as a JS number
      device REAL NOT NULL,
      inode REAL NOT NULL,
      source TEXT NOT NULL,
      archive_path TEXT NOT NULL,
      archive_root TEXT NOT NULL,
      temporary_path TEXT NOT NULL,
      how TEXT CHECK (how IN ('link', 'copy')),
      size_bytes INTEGER NOT NULL,
      lines INTEGER,
      -- of the original bytes
      sha256 TEXT,
      compression TEXT NOT NULL CHECK (compression IN ('none', 'gzip', 'zstd')),
      stored_bytes INTEGER,
      stored_sha256 TEXT,
      first_at_us INTEGER,
      last_at_us INTEGER,
      modified_at_ms REAL NOT NULL,
      moved_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX archive_unfinished ON archive (state) WHERE state <> 'done';
    CREATE INDEX archive_by_generation ON archive (generation);
    CREATE INDEX archive_by_path ON archive (archive_path);`,
    // Read again on a schedule: when, and what was found; and removed by retention: planned, then done.
    `ALTER TABLE archive ADD COLUMN verified_at_ms INTEGER;
    ALTER TABLE archive ADD COLUMN fault TEXT;
    ALTER TABLE archive ADD COLUMN removal TEXT CHECK (removal IN ('planned', 'done'));
    ALTER TABLE archive ADD COLUMN removed_at_ms INTEGER;
    CREATE INDEX archive_removal ON archive (removal) WHERE removal = 'planned';`,
  ],
};
