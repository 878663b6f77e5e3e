/**
 * What a cluster book needs in another life of the store: after a restore, or after its record was lost.
 *
 * The life before may have sent entries that this one knows nothing of. So that nothing of this life is taken for theirs,
 * the book gets a new name, and arrival numbers go on far beyond any that were given out: host and arrival number name one entry for ever.
 * Where the record itself is lost, the next backfill asks the cluster what it has (`clickhouse/found-spans.ts`).
 */
import type { Database } from '../base/database.ts';
import { openIdentity, writeIdentity } from '../engine/catalog.ts';
import { newWriterName } from './cluster-book.ts';
import { CLUSTER_SCHEMA } from './cluster-schema.ts';

/** More entries than a life can have had since its backup: 4 × 10^9. A double holds two million such leaps. */
const SEQUENCE_LEAP = 2 ** 32;

/**
 * The database is a backup that takes the place of a store. Batches of the backup keep the name that they were, perhaps,
 * sent under: those that have arrived are recognised. Returns whether anything was ever copied.
 */
export function renewRestoredBook(database: Database, nowMs: number): boolean {
  database.migrate(CLUSTER_SCHEMA);
  return database.transaction(() => {
    if (!wasUsed(database)) return false;
    database
      .prepare(
        'UPDATE cluster_batch SET is_closed = 1, writer = coalesce(writer, (SELECT name FROM cluster_writer))',
      )
      .run();
    rename(database, nowMs);
    return true;
  });
}

/** The database was made anew from the segments, or is older than they are: which of them the cluster has is not known. */
export function loseBook(database: Database, nowMs: number): void {
  database.migrate(CLUSTER_SCHEMA);
  database.transaction(() => {
    for (const sql of [
      'DELETE FROM cluster_batch',
      'DELETE FROM cluster_piece',
      'DELETE FROM cluster_span',
      'DELETE FROM cluster_backfill',
    ]) {
      database.prepare(sql).run();
    }
    database
      .prepare('INSERT OR IGNORE INTO cluster_writer VALUES (1, ?, 1, 0, 0, NULL, 1)')
      .run(newWriterName());
    rename(database, nowMs);
    database.prepare('UPDATE cluster_writer SET is_lost = 1').run();
  });
}

function wasUsed(database: Database): boolean {
  return (
    database
      .prepare(
        'SELECT 1 FROM cluster_writer WHERE acked_batches > 0 OR EXISTS (SELECT 1 FROM cluster_span) OR EXISTS (SELECT 1 FROM cluster_batch)',
      )
      .get() !== undefined
  );
}

function rename(database: Database, nowMs: number): void {
  const { nextSegment, nextSequence } = openIdentity(database);
  database
    .prepare('INSERT OR REPLACE INTO cluster_former SELECT name, ?, ? FROM cluster_writer')
    .run(nextSequence, nowMs);
  database.prepare('UPDATE cluster_writer SET name = ?').run(newWriterName());
  writeIdentity(database, { nextSegment, nextSequence: nextSequence + SEQUENCE_LEAP });
}
