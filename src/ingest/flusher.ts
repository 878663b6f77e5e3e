/**
 * When what was read is committed, and all that goes with it.
 *
 * A flush takes the head, with all that belongs to its rows, as one batch; `Commits` seals it into a segment, makes it
 * durable, and commits in ONE transaction: segment, offsets, window state, incidents, outbox rows. A large head is sealed
 * on its own thread; reading goes on into the next head meanwhile, and waits when that is full too.
 *
 * Invariants:
 * - an offset is committed only together with every entry before it;
 * - nothing is announced that is not committed.
 */
import type { AlertEvent } from '../alert/alert-event.ts';
import { AssertionFailed } from '../base/assert.ts';
import { type Clock, nextTurn } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Alerting } from './alerting.ts';
import type { Arrivals } from './arrivals.ts';
import { CommitTrouble } from './commit-trouble.ts';
import { type Batch, Commits } from './commits.ts';
import type { FileFeed } from './file-feed.ts';
import { ForcedFlushes } from './forced-flushes.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { LiveStatus } from './ingest-status.ts';
import type { Maintenance } from './maintenance.ts';
import { OWN_GENERATION } from './own-entries.ts';
import type { OwnSource } from './own-source.ts';

/** Rows in the head before it is sealed: one block of a segment. */
export const HEAD_ROWS_MAX = 65_536;

/** Text in the head before it is sealed: bounds memory when lines are long. */
const HEAD_BYTES_MAX = 32 * 1024 * 1024;

/** Oldest row of the head when it is sealed: a line is searchable within a second of being read. */
export const HEAD_AGE_MS_MAX = 400;

/** After a failed commit (disk full) the next attempt waits; reading rests meanwhile. */
const RETRY_MS = 1_000;

/** A file that was quiet for this long holds no parser but what its next lines are read by; to wake one takes some 10 µs. */
const PARSER_REST_MS = 10_000;

export type FlusherOptions = Readonly<{
  clock: Clock;
  log: Log;
  arrivals: Arrivals;
  alerting: Alerting;
  feed: FileFeed;
  own: OwnSource;
  maintenance: Maintenance;
  /** Called after the commit of what the rules said. */
  onEvents: (events: readonly AlertEvent[]) => void;
  /** Called after a commit that put rows into the outbox. */
  onOutbox: () => void;
}>;

/** How commits go. */
export type FlushStatus = Pick<
  LiveStatus,
  'entryCount' | 'lastCommitAtMs' | 'trouble' | 'committingForMs'
>;

export class Flusher {
  readonly #parts: Pick<IngestParts, 'engine' | 'intake' | 'lastLines' | 'watcher'>;
  readonly #options: FlusherOptions;
  readonly #clock: Clock;
  readonly #commits: Commits;
  readonly #trouble: CommitTrouble;
  /** A rule that fired asks for a flush at once. */
  readonly #forced = new ForcedFlushes();
  /** Monotonic time at which the oldest uncommitted byte was read; null: everything is committed. */
  #dirtySinceMs: number | null = null;
  /** Monotonic, so that a wall clock that is set back holds up neither a commit nor the next attempt at one. */
  #lastFlushMs = Number.NEGATIVE_INFINITY;
  #lastCommitAtMs: number | null = null;
  #entryCount = 0;
  /** Files of the intake cannot be removed; said once. */
  #intakeStays = false;
  /** A broken invariant, found while nobody waited: the next turn throws it. */
  #broken: AssertionFailed | null = null;

  constructor(parts: IngestParts, options: FlusherOptions) {
    const { clock, log } = options;
    this.#parts = parts;
    this.#options = options;
    this.#clock = clock;
    this.#commits = new Commits(parts, { clock, onCommit: (batch) => this.#committed(batch) });
    this.#trouble = new CommitTrouble(clock, log, (trouble) => {
      parts.failures.cannotCommit(trouble);
      options.onOutbox();
    });
  }

  get status(): FlushStatus {
    return {
      entryCount: this.#entryCount,
      lastCommitAtMs: this.#lastCommitAtMs,
      trouble: this.#trouble.current,
      committingForMs: this.#commits.attemptMs,
    };
  }

  /** Something is to be committed, whoever brought it: the loop may be asleep. */
  markDirty(): void {
    if (this.#dirtySinceMs !== null) return;
    this.#dirtySinceMs = this.#clock.monotonicMs();
    this.#parts.watcher.wake();
  }

  get headIsFull(): boolean {
    const { head } = this.#parts.engine;
    return head.count >= HEAD_ROWS_MAX || head.bytesLength >= HEAD_BYTES_MAX;
  }

  get isDue(): boolean {
    if (this.#dirtySinceMs === null) return false;
    if (this.headIsFull) return true;
    const nowMs = this.#clock.monotonicMs();
    if (this.#options.alerting.hasEvents && this.#forced.waitMs(nowMs) === 0) return true;
    return nowMs - this.#dirtySinceMs >= HEAD_AGE_MS_MAX;
  }

  /** Until the next flush is due; null: everything is committed. */
  get waitMs(): number | null {
    if (this.#dirtySinceMs === null) return null;
    const nowMs = this.#clock.monotonicMs();
    const dueMs = this.#dirtySinceMs + HEAD_AGE_MS_MAX - nowMs;
    return this.#options.alerting.hasEvents ? Math.min(dueMs, this.#forced.waitMs(nowMs)) : dueMs;
  }

  /** A commit failed, and is tried again before anything else is read. */
  get rests(): boolean {
    return this.#trouble.current !== null || this.#commits.hasFailed;
  }

  /** There is nothing to commit, and nothing on its way. */
  get isIdle(): boolean {
    const isCommitted = this.#dirtySinceMs === null && this.#parts.engine.head.count === 0;
    return isCommitted && !this.#commits.isPending;
  }

  /** Commit everything that was read. Throws what makes a commit fail; nothing is lost then, it stays to be tried again. */
  async flush(): Promise<void> {
    while (!this.#commits.hasRoom) await this.#commits.settleFirst();
    this.#beginBatch();
    await this.#commits.settle();
  }

  /** Resolves when nothing is being written, whatever became of it: nothing of the store is touched then. */
  atRest(): Promise<void> {
    return this.#commits.rest();
  }

  /**
   * The same, where nobody is told: a commit that fails is tried again later, and what comes until then is kept in memory. For
   * a start, which brings as much as the intake holds.
   */
  async flushOrRest(): Promise<void> {
    if (this.rests) return;
    try {
      await this.flush();
    } catch (cause) {
      if (cause instanceof AssertionFailed) throw cause;
      this.rest(cause);
    }
  }

  /**
   * A flush is due. A large head is sealed while the loop goes on; the next one waits for it only when it is full
   * itself, until the first is encoded, so that at most two are in memory.
   */
  async flushInTurn(): Promise<void> {
    if (this.#commits.isPending) {
      if (!this.headIsFull) return;
      await this.#roomMeanwhile();
      if (!this.#commits.hasRoom) return;
    }
    const batch = this.#beginBatch();
    if (batch?.head?.isLarge) void this.#settle();
    else await this.#settle();
  }

  /** The database refused: reading rests until it works again. */
  rest(cause: unknown): void {
    this.#lastFlushMs = this.#clock.monotonicMs();
    this.#trouble.begin(cause);
  }

  /** What failed is tried again, when it is time. */
  async retry(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#lastFlushMs >= RETRY_MS) await this.#settle();
    if (!this.#commits.isPending) this.#trouble.end();
  }

  /** Nobody waited for what it throws: a broken invariant. */
  throwBroken(): void {
    if (this.#broken !== null) throw this.#broken;
  }

  /** Wait for room for one more batch, and do what the full head will need meanwhile. */
  async #roomMeanwhile(): Promise<void> {
    while (!this.#commits.hasRoom && !this.#commits.hasFailed) {
      if (this.#parts.engine.prepare()) await nextTurn();
      else await this.#commits.news();
    }
  }

  /** A commit that fails (disk full) stops reading, not the daemon: it is tried again, and said once. */
  async #settle(): Promise<void> {
    try {
      await this.#commits.settle();
    } catch (cause) {
      // A broken invariant is ours: the process ends and starts again from what is committed.
      if (cause instanceof AssertionFailed) {
        this.#broken = cause;
        return;
      }
      this.rest(cause);
    }
  }

  /** All that is uncommitted becomes a batch, without a pause, so that it belongs together; null: there is nothing. */
  #beginBatch(): Batch | null {
    const { engine, watcher } = this.#parts;
    const { alerting, arrivals, feed, own } = this.#options;
    arrivals.look();
    if (this.#dirtySinceMs === null) return null;
    const lastLines = this.#parts.lastLines.take(engine.head);
    const batch: Batch = {
      head: engine.take(lastLines.rows),
      lastLines,
      positions: watcher.withTails(feed.parsers.safePositions()),
      marks: feed.parsers.marks(),
      ...alerting.take(),
      ...arrivals.batch,
      ownOffset: own.offset,
      nextSequence: arrivals.nextSequence,
    };
    const nowMs = this.#clock.monotonicMs();
    if (batch.events.length > 0) this.#forced.take(nowMs);
    arrivals.headTaken();
    this.#dirtySinceMs = null;
    this.#lastFlushMs = nowMs;
    this.#commits.begin(batch);
    return batch;
  }

  #committed(batch: Batch): void {
    const { feed, maintenance, onEvents, onOutbox, own } = this.#options;
    this.#trouble.end();
    this.#lastFlushMs = this.#clock.monotonicMs();
    this.#lastCommitAtMs = this.#clock.nowMs();
    if (batch.head !== null) maintenance.committed();
    this.#entryCount += (batch.head?.rowCount ?? 0) - batch.lastLines.replaced.length;
    feed.parsers.committed(batch.positions);
    feed.parsers.rest(this.#lastFlushMs - PARSER_REST_MS);
    own.committed(batch.ownOffset);
    this.#cutIntake();
    const isTold = batch.events.some(({ notification }) => notification !== null);
    const hasDigest = batch.quietEnded !== null || batch.oldEnded;
    const mayHaveClosed = batch.alerts.removedRuleKeys.length > 0;
    if (isTold || hasDigest || mayHaveClosed) onOutbox();
    if (batch.events.length > 0) onEvents(batch.events);
  }

  /** What is committed needs no second place. Where it cannot be taken away it is tried again, and the commit stands. */
  #cutIntake(): void {
    const { feed, log, own } = this.#options;
    try {
      this.#parts.intake?.cut((generation) =>
        generation === OWN_GENERATION
          ? own.committedOffset
          : feed.parsers.committedOffset(generation),
      );
      this.#intakeStays = false;
    } catch (cause) {
      if (!this.#intakeStays) {
        log.warn({ cause }, 'Cannot remove what is committed from the intake; it is tried again');
      }
      this.#intakeStays = true;
    }
  }
}
