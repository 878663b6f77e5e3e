/**
 * Keeps the cluster up with the store: for each shard one batch after the other, the present before the past.
 *
 * A shard that does not take its batches is tried again, less and less often, and keeps no other one waiting. Nothing is
 * given up: what waits stays in the book, and the store keeps its segments. Reads the state, writes nothing: what
 * arrived is told to whoever writes the book.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { OpenSegments } from '../engine/open-segments.ts';
import { SegmentGone } from '../engine/open-segments.ts';
import { type BatchKind, ROW_ENCODING_VERSION } from '../ingest/cluster-book.ts';
import type { ClusterChange } from '../ingest/cluster-change.ts';
import {
  type ClusterBatch,
  dueBatches,
  hasDueOpenBatch,
  lostShards,
  spansForBackfill,
} from '../ingest/cluster-queue.ts';
import { BatchEncoder, type BatchPart } from './batch-encoder.ts';
import { sendBatch } from './batch-sender.ts';
import type { ClusterClient } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';
import { checkServer } from './server-check.ts';

export type ShipperOptions = Readonly<{
  clock: Clock;
  log: Log;
  /** A connection that reads. */
  database: Database;
  segments: OpenSegments;
  /** One for each shard. */
  clients: readonly ClusterClient[];
  host: string;
  databaseName: string;
  delayMs: number;
  backfillRowsPerSecond: number;
  /** Told of every change of the book; resolves when it is durable. */
  change: (change: ClusterChange) => Promise<void>;
}>;

/** How a shard is doing. Plain data. */
export type ShardStatus = Readonly<{
  shard: number;
  address: string;
  sentRows: number;
  trouble: Trouble | null;
  warnings: readonly string[];
}>;

type Trouble = Readonly<{
  message: string;
  hint: string | null;
  sinceMs: number;
  /** The one batch that it does not take; null: it takes none. */
  batch: number | null;
}>;

/** How often the book is looked at while nothing waits. */
const IDLE_MS = 200;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** How often a batch is tried that somebody has to do something about; the others go on meanwhile. */
const ASIDE_MS = 30_000;
/** Batches looked at in one go; those set aside do not hide those behind them. */
const DUE_MAX = 16;

type Shard = {
  readonly index: number;
  readonly client: ClusterClient;
  isChecked: boolean;
  sentRows: number;
  warnings: readonly string[];
  trouble: Trouble | null;
  retryMs: number;
  /** Batches that cannot be sent before somebody did something, and when each is tried again. */
  readonly aside: Map<number, Readonly<{ kind: BatchKind; trouble: Trouble; retryAtMs: number }>>;
};

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #encoder: BatchEncoder;
  readonly #shards: readonly Shard[];
  /** Batches up to this number may have been sent by an earlier process. */
  readonly #oldBatch: number;
  /** Sent by this process without an answer. */
  readonly #unanswered = new Set<number>();
  #nextBackfillMs = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { database, segments, host } = options;
    this.#oldBatch = newestBatch(database);
    this.#encoder = new BatchEncoder(segments, host);
    this.#shards = options.clients.map((client, index) => ({
      index,
      client,
      isChecked: false,
      sentRows: 0,
      warnings: [],
      trouble: null,
      retryMs: RETRY_MS_MIN,
      aside: new Map(),
    }));
  }

  /** Until `stop` aborts; what is being sent then is sent again by the next one, and recognised. */
  async run(stop: AbortSignal): Promise<void> {
    const { database, log } = this.#options;
    for (const { shard, rowCount } of lostShards(database, this.#shards.length)) {
      log.error(
        { shard, entries: rowCount },
        'Entries wait for a shard that [clickhouse] shards does not name any more; name it again, at its place, until none does',
      );
    }
    await Promise.all([
      this.#closeLoop(stop),
      ...this.#shards.map((shard) => this.#shardLoop(shard, stop)),
    ]);
  }

  status(): ShardStatus[] {
    return this.#shards.map(({ index, client, sentRows, trouble, aside, warnings }) => ({
      shard: index,
      address: client.address,
      sentRows,
      trouble: trouble ?? [...aside.values()][0]?.trouble ?? null,
      warnings,
    }));
  }

  /** Small segments wait for others in an open batch; somebody has to close it when no more come. */
  async #closeLoop(stop: AbortSignal): Promise<void> {
    const { clock, database, delayMs, change } = this.#options;
    while (!stop.aborted) {
      if (hasDueOpenBatch(database, clock.nowMs() - delayMs)) await change({ kind: 'close-due' });
      await clock.sleep(IDLE_MS, { signal: stop });
    }
  }

  async #shardLoop(shard: Shard, stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!stop.aborted) {
      const batch = this.#next(shard, 'live') ?? this.#nextOfBackfill(shard);
      if (batch === undefined) {
        await clock.sleep(IDLE_MS, { signal: stop });
        continue;
      }
      await this.#attempt(shard, batch, stop);
    }
  }

  #next(shard: Shard, kind: BatchKind): ClusterBatch | undefined {
    const { clock, database } = this.#options;
    const limit = DUE_MAX + shard.aside.size;
    const batches = dueBatches(database, { kind, shard: shard.index, limit });
    for (const [number, aside] of shard.aside) {
      // Nobody waits for it any more.
      if (aside.kind === kind && !batches.some((batch) => batch.number === number)) {
        shard.aside.delete(number);
      }
    }
    const nowMs = clock.monotonicMs();
    return batches.find(({ number }) => (shard.aside.get(number)?.retryAtMs ?? 0) <= nowMs);
  }

  /** The past is sent no faster than the throttle says, all shards together. */
  #nextOfBackfill(shard: Shard): ClusterBatch | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#nextBackfillMs) return undefined;
    const batch = this.#next(shard, 'backfill');
    if (batch === undefined) return undefined;
    const costMs = (batch.rowCount / this.#options.backfillRowsPerSecond) * 1_000;
    this.#nextBackfillMs = Math.max(this.#nextBackfillMs, nowMs) + costMs;
    return batch;
  }

  async #attempt(shard: Shard, batch: ClusterBatch, stop: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    try {
      await this.#check(shard);
      await this.#send(shard, batch, stop);
      shard.aside.delete(batch.number);
      if (shard.trouble !== null)
        log.info({ shard: shard.index }, 'The cluster takes entries again');
      shard.trouble = null;
      shard.retryMs = RETRY_MS_MIN;
    } catch (thrown) {
      if (stop.aborted || thrown instanceof SegmentGone) return;
      if (!(thrown instanceof OperatorError)) throw thrown;
      if (thrown instanceof ClusterError && !thrown.isTransient) {
        this.#setAside(shard, batch, thrown);
        return;
      }
      this.#note(shard, thrown);
      await clock.sleep(shard.retryMs, { signal: stop });
      shard.retryMs = Math.min(RETRY_MS_MAX, shard.retryMs * 2);
    }
  }

  /** Once, and again after every failure: a server may be another one now. */
  async #check(shard: Shard): Promise<void> {
    if (shard.isChecked) return;
    const { clock, databaseName, log } = this.#options;
    const { warnings } = await checkServer(shard.client, { database: databaseName }, () =>
      clock.nowMs(),
    );
    for (const warning of warnings) log.warn({ shard: shard.index }, warning);
    shard.warnings = warnings;
    shard.isChecked = true;
  }

  async #send(shard: Shard, batch: ClusterBatch, stop: AbortSignal): Promise<void> {
    const { change, database, databaseName } = this.#options;
    const { number } = batch;
    const parts = this.#encoder.encode(batch, spansForBackfill(database));
    const mayBeThere = number <= this.#oldBatch || this.#unanswered.has(number);
    this.#unanswered.add(number);
    const request = { writer: batch.writer, batch: number, parts, mayBeThere, signal: stop };
    if (batch.encoder !== ROW_ENCODING_VERSION) {
      await change({ kind: 'encode-anew', number });
    }
    await sendBatch(shard.client, databaseName, request);
    await change({ kind: 'acknowledge', numbers: [number] });
    this.#unanswered.delete(number);
    shard.sentRows += rowsOf(parts);
  }

  #setAside(shard: Shard, { kind, number: batch }: ClusterBatch, error: ClusterError): void {
    const { clock, log } = this.#options;
    const message = messageOf(error);
    const known = shard.aside.get(batch)?.trouble;
    if (known === undefined) {
      log.error(
        { shard: shard.index, error: message, hint: error.hint },
        'The cluster does not take a batch; it waits here and is tried again',
      );
    }
    const sinceMs = known?.sinceMs ?? clock.nowMs();
    shard.aside.set(batch, {
      kind,
      trouble: { message, hint: error.hint ?? null, sinceMs, batch },
      retryAtMs: clock.monotonicMs() + ASIDE_MS,
    });
  }

  #note(shard: Shard, error: OperatorError): void {
    const { clock, log } = this.#options;
    shard.isChecked = false;
    const message = messageOf(error);
    if (shard.trouble?.message !== message) {
      log.error(
        { shard: shard.index, error: message, hint: error.hint },
        'The cluster does not take entries; they wait here and are sent again',
      );
    }
    const sinceMs = shard.trouble?.sinceMs ?? clock.nowMs();
    shard.trouble = { message, hint: error.hint ?? null, sinceMs, batch: null };
  }
}

function rowsOf(parts: readonly BatchPart[]): number {
  return parts.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

function newestBatch(database: Database): number {
  const row = database.prepare('SELECT next_batch FROM cluster_writer').get();
  return Number(row?.next_batch ?? 1) - 1;
}
