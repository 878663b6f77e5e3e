/**
 * Batches on their way into the store: sealed, then committed in ONE transaction, in order of arrival.
 *
 * A batch is what was true when its head was taken: the rows, how far each file is in them, what the rules said and
 * where they stood. While it is being sealed, reading goes on into the next head; nothing of that is in the batch. When it is
 * encoded and still to be written, the next one may begin. One that fails (disk full) stays, whole, and is tried again before
 * anything else.
 */
import type { AlertEvent } from '../alert/alert-event.ts';
import type { Holding } from '../alert/holding.ts';
import type { Span } from '../alert/kinds/day-parts.ts';
import type { UnsavedAlerts } from '../alert/saved-alerts.ts';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { writeMeta } from '../base/state-meta.ts';
import type { TakenHead } from '../engine/heads.ts';
import type { Sealing } from '../engine/meanwhile-sealer.ts';
import type { SealedHead } from '../engine/sealed-segments.ts';
import type { CalendarMark } from '../parse/calendar.ts';
import type { SafePosition } from '../watch/checkpoints.ts';
import type { TakenWishes } from './alert-desk.ts';
import { closedDigests } from './incident-digest.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { TakenLastLines } from './last-lines.ts';

export type Batch = Readonly<{
  /** Null: there are only offsets, alerts or clocks to commit. */
  head: TakenHead | null;
  positions: ReadonlyMap<number, SafePosition>;
  /** Of files in an hour that a clock set back has twice; see `DoubledHours`. */
  marks: ReadonlyMap<number, CalendarMark | null>;
  alerts: UnsavedAlerts;
  /** What people did about alerts, and the batches the rules saw. */
  wishes: TakenWishes;
  events: readonly AlertEvent[];
  /** Quiet hours that have ended; null: none did. */
  quietEnded: Span | null;
  /** All old lines have been read in which incidents were found that are told of together. */
  oldEnded: boolean;
  /** Of the config; null: as it was. */
  holding: Holding | null;
  atUs: number;
  readCompleteUs: number;
  /** Last lines that were taken unfinished, and those that are whole now. */
  lastLines: TakenLastLines;
  /** Bytes of entries without a file. */
  ownOffset: number;
  /** The arrival number of the next row. */
  nextSequence: number;
}>;

/** One that is being encoded, and one that is written or committed: a third would wait for them. */
const PENDING_MAX = 2;

type Pending = {
  readonly batch: Batch;
  /** Null: not begun, or failed. */
  sealing: Sealing | null;
  /** The memory of its head can be used again. */
  isEncoded: boolean;
};

export type CommitParts = Pick<
  IngestParts,
  | 'cluster'
  | 'database'
  | 'desk'
  | 'doubledHours'
  | 'engine'
  | 'lastLines'
  | 'watcher'
  | 'incidents'
  | 'outbox'
  | 'quietDigest'
  | 'oldDigest'
>;

export class Commits {
  readonly #parts: CommitParts;
  readonly #clock: Clock;
  readonly #onCommit: (batch: Batch) => void;
  /** In order of arrival. */
  readonly #pending: Pending[] = [];
  /** Of the first: durable, perhaps not committed. */
  #sealed: SealedHead | null = null;
  /** To commit the first. */
  #attempt: Promise<void> | null = null;
  #attemptFromMs = 0;
  #news = Promise.withResolvers<void>();

  /** `onCommit` is told of each batch when it is durable and visible. */
  constructor(
    parts: CommitParts,
    { clock, onCommit }: Readonly<{ clock: Clock; onCommit: (batch: Batch) => void }>,
  ) {
    this.#parts = parts;
    this.#clock = clock;
    this.#onCommit = onCommit;
  }

  /** For how long the attempt that is under way has been; null: none is. */
  get attemptMs(): number | null {
    return this.#attempt === null ? null : this.#clock.monotonicMs() - this.#attemptFromMs;
  }

  /** A batch is under way, or failed and waits. */
  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  /** A batch failed and waits to be tried again. */
  get hasFailed(): boolean {
    return this.isPending && this.#attempt === null;
  }

  /** One more may begin. */
  get hasRoom(): boolean {
    if (this.hasFailed || this.#pending.length >= PENDING_MAX) return false;
    return this.#pending.every(({ isEncoded }) => isEncoded);
  }

  /** Begin with a batch; `settle` says how it went. */
  begin(batch: Batch): void {
    assert(this.#pending.length < PENDING_MAX, 'no more batches are under way than may be');
    const pending: Pending = { batch, sealing: null, isEncoded: batch.head === null };
    this.#pending.push(pending);
    if (batch.head !== null) this.#seal(pending, batch.head);
    // Whoever wants to know asks `settle`, which tries again what failed.
    this.settleFirst().catch(() => {});
  }

  /** Resolves when all that has begun is committed. Throws what makes a commit fail: then it waits for the next call. */
  async settle(): Promise<void> {
    const last = this.#pending.at(-1);
    while (last !== undefined && this.#pending.includes(last)) await this.settleFirst();
  }

  /** The same of the first that is under way. */
  settleFirst(): Promise<void> {
    const first = this.#pending[0];
    if (first === undefined) return Promise.resolve();
    if (this.#attempt === null) {
      this.#attemptFromMs = this.#clock.monotonicMs();
      this.#attempt = this.#try(first).finally(() => {
        this.#attempt = null;
        // One that failed waits, and all behind it.
        if (this.#pending[0] !== first) this.settleFirst().catch(() => {});
        this.#tell();
      });
    }
    return this.#attempt;
  }

  /** Resolves when there is room for one more, perhaps, or when one has failed. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  /** Resolves when nothing is being written, whatever became of it. */
  async rest(): Promise<void> {
    await Promise.allSettled(this.#pending.map(({ sealing }) => sealing?.durable));
  }

  async #try(pending: Pending): Promise<void> {
    const { batch } = pending;
    if (batch.head !== null) this.#sealed ??= await this.#durable(pending, batch.head);
    this.#commit(batch, this.#sealed);
    this.#pending.shift();
    this.#sealed = null;
    this.#onCommit(batch);
  }

  async #durable(pending: Pending, head: TakenHead): Promise<SealedHead> {
    const { durable } = pending.sealing ?? this.#seal(pending, head);
    try {
      return this.#parts.engine.toCommit(await durable);
    } catch (cause) {
      pending.sealing = null;
      throw cause;
    }
  }

  #seal(pending: Pending, head: TakenHead): Sealing {
    const sealing = this.#parts.engine.beginSeal(head);
    pending.sealing = sealing;
    const encoded = (): void => {
      pending.isEncoded = true;
      this.#tell();
    };
    sealing.encoded.then(encoded, () => {});
    return sealing;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  #commit(batch: Batch, sealed: SealedHead | null): void {
    const { cluster, database, desk, engine, lastLines, watcher, incidents, outbox } = this.#parts;
    const { doubledHours, quietDigest, oldDigest } = this.#parts;
    const { events, quietEnded } = batch;
    const rows = sealed?.segments.map(({ row }) => row) ?? [];
    database.transaction(() => {
      engine.nextSequence = batch.nextSequence;
      const replaced = lastLines.record(batch.lastLines, rows, batch.atUs / 1000);
      if (sealed !== null) {
        engine.commit(sealed, replaced);
        cluster.commit(rows.filter(({ number }) => !replaced.has(number)));
      }
      watcher.checkpoint(batch.positions);
      doubledHours.record(batch.marks);
      desk.record(batch.wishes);
      oldDigest.note(events);
      const closed = incidents.record(batch.alerts, events);
      if (batch.holding !== null) incidents.putHolding(batch.holding);
      for (const { notification } of events) {
        if (notification !== null) outbox.enqueue(notification);
      }
      if (quietEnded !== null) {
        const digests = quietDigest.notifications(quietEnded, batch.atUs / 1_000);
        for (const digest of digests) outbox.enqueue(digest);
      }
      for (const digest of closedDigests(closed, outbox, batch.atUs)) outbox.enqueue(digest);
      if (batch.oldEnded) {
        for (const digest of oldDigest.notifications(batch.atUs / 1_000)) outbox.enqueue(digest);
      }
      writeMeta(database, 'at_us', batch.atUs);
      writeMeta(database, 'read_complete_us', batch.readCompleteUs);
      writeMeta(database, 'own_offset', batch.ownOffset);
    });
    lastLines.committed(batch.lastLines, rows);
  }
}
