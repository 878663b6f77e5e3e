/**
 * What the cluster has still to get: batches, named in the transaction that commits their segments.
 *
 * A batch is some whole segments (small ones come together, so that a quiet machine does not send a hundred inserts a
 * minute), the version of the encoding, and the shard it is pinned to. It is open while segments are added and closed
 * before it is first sent; from then on it means the same rows, whoever sends it, however often.
 *
 * Invariants:
 * - every row committed while copying is on is in exactly one batch, until the cluster has acknowledged it;
 * - segments of batches are neither merged nor let go of, or `cluster_gap` names what the cluster will never get;
 * - a backfill never takes rows of a span that was written as it came.
 *
 * Written by the ingest thread alone (or who holds the state lock), inside the caller's transaction if there is one.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { CatalogRow } from '../engine/catalog.ts';
import type { SegmentHolds } from '../engine/segment-holds.ts';
import { CLUSTER_SCHEMA } from './cluster-schema.ts';
import type { Copying } from './copying.ts';

/** Part of a batch's name: rows encoded otherwise are not the same batch. */
export const ROW_ENCODING_VERSION = 2;

/** Rows of a batch; a full segment is one. Far below the million at which a server would cut an insert in two. */
const BATCH_ROWS_MAX = 65_536;
/** Original bytes of a batch: bounds what encoding one holds in memory, at about three times this. */
const BATCH_RAW_BYTES_MAX = 24 * 1024 * 1024;

export type BatchKind = 'live' | 'backfill';

export class ClusterBook {
  readonly #database: Database;
  readonly #clock: Clock;
  #copying: Copying | null = null;

  private constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  static open(database: Database, clock: Clock): ClusterBook {
    database.migrate(CLUSTER_SCHEMA);
    database
      .prepare('INSERT OR IGNORE INTO cluster_writer VALUES (1, ?, 1, 0, 0, NULL, 0)')
      .run(newWriterName());
    return new ClusterBook(database, clock);
  }

  /** Go on with other settings; rows from `nextSequence` on are copied, or no more. */
  configure(copying: Copying | null, nextSequence: number): void {
    this.#copying = copying;
    this.#database.transaction(() => {
      this.#closeOpen();
      const open = this.#database
        .prepare('SELECT from_sequence FROM cluster_span WHERE until_sequence IS NULL')
        .get();
      if (copying !== null && open === undefined) {
        this.#database
          .prepare("INSERT OR REPLACE INTO cluster_span VALUES (?, NULL, 'live')")
          .run(nextSequence);
      } else if (copying === null && open !== undefined) {
        this.#database
          .prepare('UPDATE cluster_span SET until_sequence = ? WHERE until_sequence IS NULL')
          .run(nextSequence);
      }
    });
  }

  /** Name the batches of segments that become visible; inside their transaction. */
  commit(rows: readonly CatalogRow[]): void {
    if (this.#copying === null || rows.length === 0) return;
    const { shardCount, delayMs } = this.#copying;
    const nowMs = this.#clock.nowMs();
    for (const row of rows) this.#add(row, { kind: 'live', shardCount, nowMs });
    this.#closeOpen(nowMs - delayMs);
  }

  /** Close the open batch where it has waited long enough. Returns whether it did. */
  closeDue(): boolean {
    const delayMs = this.#copying?.delayMs ?? 0;
    return this.#closeOpen(this.#clock.nowMs() - delayMs) > 0;
  }

  /** The cluster has these batches. */
  acknowledge(numbers: readonly number[]): void {
    this.#database.transaction(() => {
      for (const number of numbers) {
        const row = this.#database
          .prepare('DELETE FROM cluster_batch WHERE number = ? RETURNING row_count')
          .get(number);
        if (row === undefined) continue;
        this.#database.prepare('DELETE FROM cluster_piece WHERE batch = ?').run(number);
        this.#database
          .prepare(
            'UPDATE cluster_writer SET acked_rows = acked_rows + ?, acked_batches = acked_batches + 1, acked_at_ms = ?',
          )
          .run(Number(row['row_count']), this.#clock.nowMs());
      }
      this.#finishBackfill();
    });
  }

  /** The rows of a batch are encoded anew: only where the cluster is known not to have any of them. */
  encodeAnew(number: number): void {
    this.#database
      .prepare('UPDATE cluster_batch SET encoder = ? WHERE number = ?')
      .run(ROW_ENCODING_VERSION, number);
  }

  /**
   * Name batches for everything in the catalog that no span has: newest first, because that is what people ask for.
   * A backfill that is under way goes on as it was planned.
   */
  planBackfill(
    catalog: readonly CatalogRow[],
    { shardCount, nextSequence }: Readonly<{ shardCount: number; nextSequence: number }>,
  ): void {
    const nowMs = this.#clock.nowMs();
    this.#database.transaction(() => {
      if (this.#database.prepare('SELECT 1 FROM cluster_backfill').get() !== undefined) return;
      const spans = readSpans(this.#database);
      const held = this.#heldNumbers();
      const wanted = catalog
        .filter((row) => !held.has(row.number) && !isCovered(row, spans))
        .toSorted((a, b) => b.maxUs - a.maxUs || b.number - a.number);
      for (const row of wanted) this.#add(row, { kind: 'backfill', shardCount, nowMs });
      this.#closeOpen();
      const rowCount = wanted.reduce((sum, row) => sum + row.rowCount, 0);
      const found = this.#database
        .prepare("SELECT count(*) AS count FROM cluster_batch WHERE kind = 'backfill'")
        .get();
      this.#database
        .prepare('INSERT INTO cluster_backfill VALUES (1, ?, ?, ?, ?)')
        .run(nextSequence, rowCount, Number(found?.['count'] ?? 0), nowMs);
      this.#finishBackfill();
    });
  }

  /**
   * The cluster says what it has of this machine, where the record of it was lost: the next backfill leaves that out. What
   * was named since then is not its business.
   */
  found(spans: readonly SequenceSpan[]): void {
    this.#database.transaction(() => {
      const since = this.#database
        .prepare('SELECT min(from_sequence) AS first FROM cluster_span')
        .get();
      const end = since?.['first'] == null ? Number.POSITIVE_INFINITY : Number(since['first']);
      for (const { from, until } of spans) {
        if (from >= end) continue;
        this.#database
          .prepare("INSERT OR REPLACE INTO cluster_span VALUES (?, ?, 'backfill')")
          .run(from, Math.min(until, end));
      }
      this.#database.prepare('UPDATE cluster_writer SET is_lost = 0').run();
    });
  }

  /** For the engine: what must stay as it is. */
  holds(): SegmentHolds {
    return {
      held: () => this.#heldNumbers(),
      mayExpire: (rows) => this.#mayExpire(rows),
      removed: (rows, reason) => this.#noteGaps(rows, reason),
    };
  }

  #heldNumbers(): Set<number> {
    const rows = this.#database.prepare('SELECT DISTINCT segment FROM cluster_piece').all();
    return new Set(rows.map((row) => Number(row['segment'])));
  }

  /** What is held stays, up to a size; beyond it the oldest goes and leaves a gap. */
  #mayExpire(rows: readonly CatalogRow[]): readonly CatalogRow[] {
    const held = this.#heldNumbers();
    if (held.size === 0) return rows;
    const bytesMax = this.#copying?.holdBytesMax ?? 0;
    let heldBytes = rows.reduce((sum, row) => sum + (held.has(row.number) ? row.sizeBytes : 0), 0);
    return rows.filter((row) => {
      if (!held.has(row.number)) return true;
      const goes = heldBytes > bytesMax;
      if (goes) heldBytes -= row.sizeBytes;
      return goes;
    });
  }

  /** Rows that the cluster will never get, unless it has them already. */
  #noteGaps(rows: readonly CatalogRow[], reason: string): void {
    for (const { number } of rows) {
      this.#database
        .prepare(
          `INSERT OR IGNORE INTO cluster_gap
           SELECT batch, segment, row_count, min_us, max_us, ?, ? FROM cluster_piece WHERE segment = ?`,
        )
        .run(this.#clock.nowMs(), reason, number);
    }
  }

  #add(
    row: CatalogRow,
    { kind, shardCount, nowMs }: Readonly<{ kind: BatchKind; shardCount: number; nowMs: number }>,
  ): void {
    const open = this.#database
      .prepare(
        'SELECT number FROM cluster_batch WHERE is_closed = 0 AND kind = ? AND row_count + ? <= ? AND raw_bytes + ? <= ?',
      )
      .get(kind, row.rowCount, BATCH_ROWS_MAX, row.rawBytes, BATCH_RAW_BYTES_MAX);
    const number =
      open === undefined ? this.#open(kind, shardCount, nowMs) : Number(open['number']);
    this.#database
      .prepare('INSERT INTO cluster_piece VALUES (?, ?, ?, ?, ?, ?)')
      .run(row.number, number, row.rowCount, row.minUs, row.maxUs, row.minSequence);
    this.#database
      .prepare(
        'UPDATE cluster_batch SET row_count = row_count + ?, raw_bytes = raw_bytes + ? WHERE number = ?',
      )
      .run(row.rowCount, row.rawBytes, number);
  }

  /** A fresh batch, after the open one is closed. Shards take turns. */
  #open(kind: BatchKind, shardCount: number, nowMs: number): number {
    this.#closeOpen();
    const row = this.#database
      .prepare('UPDATE cluster_writer SET next_batch = next_batch + 1 RETURNING next_batch')
      .get();
    const number = Number(row?.['next_batch']) - 1;
    this.#database
      .prepare('INSERT INTO cluster_batch VALUES (?, ?, ?, ?, 0, 0, 0, ?, NULL)')
      .run(number, kind, number % shardCount, ROW_ENCODING_VERSION, nowMs);
    return number;
  }

  /** Close what was opened at or before a moment. Returns how many. */
  #closeOpen(openedUntilMs = Number.MAX_SAFE_INTEGER): number {
    return Number(
      this.#database
        .prepare('UPDATE cluster_batch SET is_closed = 1 WHERE is_closed = 0 AND opened_at_ms <= ?')
        .run(openedUntilMs).changes,
    );
  }

  /** When its last batch is acknowledged, what a backfill planned is a span like any other. */
  #finishBackfill(): void {
    const left = this.#database
      .prepare("SELECT 1 FROM cluster_batch WHERE kind = 'backfill' LIMIT 1")
      .get();
    const plan = this.#database.prepare('SELECT until_sequence FROM cluster_backfill').get();
    if (left !== undefined || plan === undefined) return;
    this.#database
      .prepare("INSERT OR REPLACE INTO cluster_span VALUES (0, ?, 'backfill')")
      .run(Number(plan['until_sequence']));
    this.#database.prepare('DELETE FROM cluster_backfill').run();
  }
}

/** Names a book, and with its numbers every batch, for ever. */
export function newWriterName(): string {
  return randomBytes(8).toString('hex');
}

/** Arrival numbers `[from, until)`. */
export type SequenceSpan = Readonly<{ from: number; until: number }>;

/** What was written to the cluster as it came, or by a backfill that is done. */
export function readSpans(database: Database): SequenceSpan[] {
  return database
    .prepare('SELECT from_sequence, until_sequence FROM cluster_span ORDER BY from_sequence')
    .all()
    .map((row) => ({
      from: Number(row['from_sequence']),
      until:
        row['until_sequence'] === null ? Number.POSITIVE_INFINITY : Number(row['until_sequence']),
    }));
}

function isCovered(row: CatalogRow, spans: readonly SequenceSpan[]): boolean {
  return spans.some(({ from, until }) => row.minSequence >= from && row.maxSequence < until);
}
