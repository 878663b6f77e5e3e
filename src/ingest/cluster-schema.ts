/** The tables of the cluster book (`cluster-book.ts`). */
import type { Schema } from '../base/database.ts';

export const CLUSTER_SCHEMA: Schema = {
  room: 'cluster',
  steps: [
    `CREATE TABLE cluster_writer (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      -- Names this book for ever: batch numbers mean nothing without it.
      name TEXT NOT NULL,
      next_batch INTEGER NOT NULL,
      acked_rows INTEGER NOT NULL,
      acked_batches INTEGER NOT NULL,
      acked_at_ms INTEGER
    ) STRICT;
    CREATE TABLE cluster_batch (
      number INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('live', 'backfill')),
      shard INTEGER NOT NULL,
      encoder INTEGER NOT NULL,
      -- A closed batch never changes again; only such a one is sent.
      is_closed INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      raw_bytes INTEGER NOT NULL,
      opened_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE cluster_piece (
      segment INTEGER NOT NULL,
      batch INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      min_us INTEGER NOT NULL,
      max_us INTEGER NOT NULL,
      min_sequence INTEGER NOT NULL,
      PRIMARY KEY (segment, batch)
    ) STRICT;
    CREATE INDEX cluster_piece_batch ON cluster_piece (batch);
    -- Arrival numbers that are, or were, written to the cluster as they came; null: still going on.
    CREATE TABLE cluster_span (
      from_sequence INTEGER PRIMARY KEY,
      until_sequence INTEGER,
      kind TEXT NOT NULL CHECK (kind IN ('live', 'backfill'))
    ) STRICT;
    -- The plan of a backfill that is under way: everything that arrived before this number.
    CREATE TABLE cluster_backfill (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      until_sequence INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      batch_count INTEGER NOT NULL,
      started_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE cluster_gap (
      batch INTEGER NOT NULL,
      segment INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      min_us INTEGER NOT NULL,
      max_us INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (batch, segment)
    ) STRICT;`,
    `-- Under whose name it is sent; null: that of the book.
    ALTER TABLE cluster_batch ADD COLUMN writer TEXT;
    -- 1: which entries the cluster has is not known, and has to be asked before a backfill.
    ALTER TABLE cluster_writer ADD COLUMN is_lost INTEGER NOT NULL DEFAULT 0;
    -- Names of this book before a restore: what they sent from this number on is not in this store.
    CREATE TABLE cluster_former (
      name TEXT PRIMARY KEY,
      from_sequence INTEGER NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT;`,
  ],
};
