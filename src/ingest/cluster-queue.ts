/** The cluster book as other threads and processes read it: what waits, what is done, what is missing for ever. */
import type { Database } from '../base/database.ts';
import { type BatchKind, readSpans, type SequenceSpan } from './cluster-book.ts';

export type ClusterPiece = Readonly<{ segment: number; rowCount: number }>;

/** A closed batch that the cluster has not acknowledged. */
export type ClusterBatch = Readonly<{
  number: number;
  kind: BatchKind;
  shard: number;
  /** Part of its name. */
  writer: string;
  encoder: number;
  rowCount: number;
  pieces: readonly ClusterPiece[];
  minUs: number;
  maxUs: number;
}>;

export type ClusterProgress = Readonly<{
  writer: string;
  /** The record of what the cluster has was lost; a backfill asks for it. */
  isLost: boolean;
  ackedRows: number;
  ackedBatches: number;
  ackedAtMs: number | null;
  pendingRows: number;
  pendingBatches: number;
  /** When the oldest row that waits was committed; null: nothing waits. */
  oldestPendingAtMs: number | null;
  gapRows: number;
  backfill: Readonly<{
    rowCount: number;
    pendingRows: number;
    pendingBatches: number;
    startedAtMs: number;
  }> | null;
}>;

/** Whether the state has a cluster book at all: one of an older version has not. */
export function hasClusterBook(database: Database): boolean {
  return hasTable(database, 'cluster_batch');
}

function hasTable(database: Database, name: string): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !==
    undefined
  );
}

/** The oldest closed batches of a kind for one shard. */
export function dueBatches(
  database: Database,
  { kind, shard, limit }: Readonly<{ kind: BatchKind; shard: number; limit: number }>,
): ClusterBatch[] {
  return database
    .prepare(
      `SELECT number, encoder, row_count, coalesce(writer, (SELECT name FROM cluster_writer)) AS writer FROM cluster_batch
       WHERE is_closed = 1 AND kind = ? AND shard = ? ORDER BY number LIMIT ?`,
    )
    .all(kind, shard, limit)
    .map((row) => {
      const number = Number(row['number']);
      const pieces = database
        .prepare('SELECT * FROM cluster_piece WHERE batch = ? ORDER BY segment')
        .all(number);
      return {
        number,
        kind,
        shard,
        writer: String(row['writer']),
        encoder: Number(row['encoder']),
        rowCount: Number(row['row_count']),
        pieces: pieces.map((piece) => ({
          segment: Number(piece['segment']),
          rowCount: Number(piece['row_count']),
        })),
        minUs: pieces.reduce((least, piece) => Math.min(least, Number(piece['min_us'])), Infinity),
        maxUs: pieces.reduce((most, piece) => Math.max(most, Number(piece['max_us'])), -Infinity),
      };
    });
}

/** Open batches that were begun long enough ago to be closed. */
export function hasDueOpenBatch(database: Database, openedUntilMs: number): boolean {
  return (
    database
      .prepare('SELECT 1 FROM cluster_batch WHERE is_closed = 0 AND opened_at_ms <= ?')
      .get(openedUntilMs) !== undefined
  );
}

/** Entries that nobody sends: their shard, counted from 0, is not in the config any more. */
export type LostShard = Readonly<{ shard: number; rowCount: number }>;

export function lostShards(database: Database, shardCount: number): LostShard[] {
  return database
    .prepare(
      'SELECT shard, sum(row_count) AS rows FROM cluster_batch WHERE shard >= ? GROUP BY shard ORDER BY shard',
    )
    .all(shardCount)
    .map((row) => ({ shard: Number(row['shard']), rowCount: Number(row['rows']) }));
}

/** Spans that were complete before this batch, so that a backfill leaves them out. */
export function spansForBackfill(database: Database): SequenceSpan[] {
  return readSpans(database);
}

/** A name that the book had before the store was restored or rebuilt. */
export type FormerWriter = Readonly<{ name: string; fromSequence: number; atMs: number }>;

export function readFormerWriters(database: Database): FormerWriter[] {
  // Of a state that no program of this version has opened yet.
  if (!hasTable(database, 'cluster_former')) return [];
  return database
    .prepare('SELECT * FROM cluster_former ORDER BY at_ms')
    .all()
    .map((row) => ({
      name: String(row['name']),
      fromSequence: Number(row['from_sequence']),
      atMs: Number(row['at_ms']),
    }));
}

/** The smallest arrival number that waits to be copied; null: none does. */
export function firstPendingSequence(database: Database): number | null {
  const row = database.prepare('SELECT min(min_sequence) AS first FROM cluster_piece').get();
  return row?.['first'] == null ? null : Number(row['first']);
}

export type ClusterGap = Readonly<{
  batch: number;
  segment: number;
  rowCount: number;
  minUs: number;
  maxUs: number;
  atMs: number;
  reason: string;
}>;

export function readGaps(database: Database): ClusterGap[] {
  return database
    .prepare('SELECT * FROM cluster_gap ORDER BY at_ms, segment')
    .all()
    .map((row) => ({
      batch: Number(row['batch']),
      segment: Number(row['segment']),
      rowCount: Number(row['row_count']),
      minUs: Number(row['min_us']),
      maxUs: Number(row['max_us']),
      atMs: Number(row['at_ms']),
      reason: String(row['reason']),
    }));
}

export function clusterProgress(database: Database): ClusterProgress {
  const writer = database.prepare('SELECT * FROM cluster_writer').get();
  const pendingOf = (kind: BatchKind) =>
    database
      .prepare(
        `SELECT count(*) AS batches, coalesce(sum(row_count), 0) AS rows, min(opened_at_ms) AS oldest
         FROM cluster_batch WHERE kind = ?`,
      )
      .get(kind);
  const live = pendingOf('live');
  const backfilled = pendingOf('backfill');
  const plan = database.prepare('SELECT * FROM cluster_backfill').get();
  const gaps = database
    .prepare('SELECT coalesce(sum(row_count), 0) AS rows FROM cluster_gap')
    .get();
  return {
    writer: String(writer?.['name']),
    isLost: Number(writer?.['is_lost'] ?? 0) === 1,
    ackedRows: Number(writer?.['acked_rows']),
    ackedBatches: Number(writer?.['acked_batches']),
    ackedAtMs: writer?.['acked_at_ms'] == null ? null : Number(writer['acked_at_ms']),
    pendingRows: Number(live?.['rows']),
    pendingBatches: Number(live?.['batches']),
    oldestPendingAtMs: live?.['oldest'] == null ? null : Number(live['oldest']),
    gapRows: Number(gaps?.['rows']),
    backfill:
      plan === undefined
        ? null
        : {
            rowCount: Number(plan['row_count']),
            pendingRows: Number(backfilled?.['rows']),
            pendingBatches: Number(backfilled?.['batches']),
            startedAtMs: Number(plan['started_at_ms']),
          },
  };
}
