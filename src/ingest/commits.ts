/**
 * Batches on their way into the store: sealed, then committed in ONE transaction, in order of arrival.
 *
 * A batch is what was true when its head was taken: the rows, how far each file is in them, what the rules said and
 * where they stood. While it is being sealed, reading goes on into the next head; nothing of that is in the batch. At most one
 * batch is under way. One that fails (disk full) stays, whole, and is tried again before anything else.
 */
import type { AlertEvent } from '../alert/alert-event.ts';
import type { Span } from '../alert/kinds/day-parts.ts';
import type { UnsavedAlerts } from '../alert/saved-alerts.ts';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { writeMeta } from '../base/state-meta.ts';
import type { TakenHead } from '../engine/heads.ts';
import type { SealedHead } from '../engine/sealed-segments.ts';
import type { Notification } from '../model/notification.ts';
import type { SafePosition } from '../watch/checkpoints.ts';
import type { TakenWishes } from './alert-desk.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { TakenLastLines } from './last-lines.ts';

export type Batch = Readonly<{
  /** Null: there are only offsets, alerts or clocks to commit. */
  head: TakenHead | null;
  positions: ReadonlyMap<number, SafePosition>;
  alerts: UnsavedAlerts;
  /** What people did about alerts, and the batches the rules saw. */
  wishes: TakenWishes;
  events: readonly AlertEvent[];
  /** Quiet hours that have ended; null: none did. */
  quietEnded: Span | null;
  /** All old lines have been read in which incidents were found that are told of together. */
  oldEnded: boolean;
  /** Told besides what the rules say. */
  digests: readonly Notification[];
  atUs: number;
  readCompleteUs: number;
  /** Last lines that were taken unfinished, and those that are whole now. */
  lastLines: TakenLastLines;
  /** Bytes of entries without a file. */
  ownOffset: number;
}>;

export type CommitParts = Pick<
  IngestParts,
  | 'cluster'
  | 'database'
  | 'desk'
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
  #batch: Batch | null = null;
  /** Of the batch: durable, perhaps not committed. */
  #sealed: SealedHead | null = null;
  #attempt: Promise<void> | null = null;
  #attemptFromMs = 0;

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
    return this.#batch !== null;
  }

  /** A batch failed and waits to be tried again. */
  get hasFailed(): boolean {
    return this.#batch !== null && this.#attempt === null;
  }

  /** Begin with a batch; `settle` says how it went. */
  begin(batch: Batch): void {
    assert(this.#batch === null, 'one batch is committed at a time');
    this.#batch = batch;
    // Whoever wants to know asks `settle`, which tries again what failed.
    this.settle().catch(() => {});
  }

  /** Resolves when nothing is under way. Throws what makes the commit fail: then the batch waits for the next call. */
  settle(): Promise<void> {
    if (this.#batch === null) return Promise.resolve();
    if (this.#attempt === null) {
      this.#attemptFromMs = this.#clock.monotonicMs();
      this.#attempt = this.#try(this.#batch).finally(() => {
        this.#attempt = null;
      });
    }
    return this.#attempt;
  }

  async #try(batch: Batch): Promise<void> {
    const { engine } = this.#parts;
    if (batch.head !== null) this.#sealed ??= await engine.seal(batch.head);
    this.#commit(batch, this.#sealed);
    this.#batch = null;
    this.#sealed = null;
    this.#onCommit(batch);
  }

  #commit(batch: Batch, sealed: SealedHead | null): void {
    const { cluster, database, desk, engine, lastLines, watcher, incidents, outbox } = this.#parts;
    const { quietDigest, oldDigest } = this.#parts;
    const { events, quietEnded } = batch;
    const rows = sealed?.segments.map(({ row }) => row) ?? [];
    database.transaction(() => {
      const replaced = lastLines.record(batch.lastLines, rows, batch.atUs / 1000);
      if (sealed !== null) {
        engine.commit(sealed, replaced);
        cluster.commit(rows.filter(({ number }) => !replaced.has(number)));
      }
      watcher.checkpoint(batch.positions);
      desk.record(batch.wishes);
      oldDigest.note(events);
      incidents.record(batch.alerts, events);
      for (const { notification } of events) {
        if (notification !== null) outbox.enqueue(notification);
      }
      if (quietEnded !== null) {
        const digests = quietDigest.notifications(quietEnded, batch.atUs / 1_000);
        for (const digest of digests) outbox.enqueue(digest);
      }
      for (const digest of batch.digests) outbox.enqueue(digest);
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
