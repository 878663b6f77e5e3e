/**
 * Where watch, parse, engine and alert meet: the loop that reads, and the one commit that must never be wrong.
 *
 * Lines go from files to the head of the engine; rules look at them there. A flush takes the head, with all that belongs
 * to its rows, as one batch; `Commits` seals it into a segment, makes it durable, and commits in ONE transaction:
 * segment, offsets, window state, incidents, outbox rows. A large head is sealed on its own thread; reading goes on
 * into the next head meanwhile, and waits when that is full too.
 *
 * Invariants:
 * - an offset is committed only together with every entry before it;
 * - nothing is announced that is not committed;
 * - all writes to the state database happen here, on one thread.
 */

import type { AlertControl } from '../alert/alert-control.ts';
import type { AlertEvent, Batch as RuleBatch } from '../alert/alert-event.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import type { Rule } from '../alert/rule.ts';
import { AssertionFailed } from '../base/assert.ts';
import { formatBytes } from '../base/byte-size.ts';
import type { Clock } from '../base/clock.ts';
import { nextTurn } from '../base/clock.ts';
import { isDatabaseFailure } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { readMeta } from '../base/state-meta.ts';
import type { Settings } from '../config/settings.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import { type ColumnNames, copyRow, type EntryColumns } from '../model/entry-columns.ts';
import type { Notification } from '../model/notification.ts';
import { recipientsOf } from '../notify/recipients.ts';
import { Alerting, type RulePlace } from './alerting.ts';
import { CommitTrouble } from './commit-trouble.ts';
import { type Batch, Commits } from './commits.ts';
import { copyingOf } from './copying.ts';
import { FileFeed } from './file-feed.ts';
import { ForcedFlushes } from './forced-flushes.ts';
import type { ImportBook } from './import-book.ts';
import { ImportJobs } from './import-jobs.ts';
import { IngestClocks } from './ingest-clocks.ts';
import { type IngestOptions, type IngestParts, openParts } from './ingest-parts.ts';
import type { IngestService } from './ingest-service.ts';
import { pressureNotification } from './internal-notices.ts';
import { Maintenance } from './maintenance.ts';
import { OWN_GENERATION, type OwnEntry } from './own-entries.ts';
import { serviceOf } from './own-service.ts';
import { OwnSource } from './own-source.ts';
import { type LoopState, OPEN_RECORD_MS_MAX, Pace } from './pace.ts';
import type { PressureChange } from './pressure.ts';
import { ReadComplete } from './read-complete.ts';
import { followArchived, replayIntake } from './recovery.ts';
import { settleRows } from './settle-rows.ts';

/** Rows in the head before it is sealed: one block of a segment. */
export const HEAD_ROWS_MAX = 65_536;

/** Text in the head before it is sealed: bounds memory when lines are long. */
export const HEAD_BYTES_MAX = 32 * 1024 * 1024;

/** Oldest row of the head when it is sealed: a line is searchable within a second of being read. */
export const HEAD_AGE_MS_MAX = 400;

/** After a failed commit (disk full) the next attempt waits; reading rests meanwhile. */
const RETRY_MS = 1_000;

/** Bytes read in one round before rules, timers and messages get their turn. */
const ROUND_BYTES_MAX = 2 * 1024 * 1024;

/** What is let go of is given back by a collection, which takes 100 ms. */
const WORTH_COLLECTING_BYTES = 4 * 1024 * 1024;

/** What `drain` committed since the start of this `Ingest`. */
export type DrainResult = Readonly<{ entryCount: number; byteCount: number }>;

export class Ingest implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: IngestParts;
  readonly #feed: FileFeed;
  readonly #readComplete: ReadComplete;
  readonly #onEvents: (events: readonly AlertEvent[]) => void;
  readonly #onOutbox: () => void;
  readonly #onLetGo: () => void;
  readonly maintenance: Maintenance;
  readonly importJobs: ImportJobs;
  readonly #alerting: Alerting;
  readonly #commits: Commits;
  readonly #own: OwnSource;
  readonly #clocks: IngestClocks;
  readonly #pace: Pace;
  /** First row of the head that the rules have not seen. */
  #unseenRow = 0;
  #nextSequence: number;
  /** When the oldest uncommitted byte was read; null: everything is committed. */
  #dirtySinceMs: number | null = null;
  #lastFlushMs = 0;
  /** A rule that fired asks for a flush at once. */
  readonly #forced = new ForcedFlushes();
  /** While draining: last lines without newline are taken at once. */
  #finishLines = false;
  #lastCommitAtMs: number | null = null;
  /** Arrival clock, µs: never goes back. */
  #atUs: number;
  #settings: Settings;
  #entryCount = 0;
  readonly #trouble: CommitTrouble;
  /** What kept the last round from writing which files are followed. */
  #roundFailure: Error | null = null;
  /** A broken invariant, found while nobody waited: the next turn throws it. */
  #broken: AssertionFailed | null = null;

  private constructor(options: IngestOptions, parts: IngestParts) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onOutbox = options.onOutbox ?? (() => {});
    this.#onLetGo = options.onLetGo ?? (() => {});
    this.#parts = parts;
    this.#trouble = new CommitTrouble(options.clock, options.log);
    this.importJobs = new ImportJobs(options.clock, this);
    this.maintenance = new Maintenance(
      {
        ...options,
        engine: parts.engine,
        freeBytes: () =>
          options.inMemory === true
            ? Number.POSITIVE_INFINITY
            : (options.disk.room(options.settings.paths.stateDir)?.freeBytes ??
              Number.POSITIVE_INFINITY),
        archivedGenerations: () => parts.book.archivedGenerations(),
        onPressure: (change) => this.#onPressure(change),
        letGo: () => this.#letGo(),
      },
      options.settings.retention,
    );
    this.#onEvents = options.onEvents ?? (() => {});
    this.#settings = options.settings;
    this.#own = new OwnSource(readMeta(parts.database, 'own_offset') ?? 0);
    this.#commits = new Commits(parts, {
      clock: options.clock,
      onCommit: (batch) => this.#committed(batch),
    });
    this.#feed = new FileFeed(parts, {
      clock: options.clock,
      log: options.log,
      onChunk: () => {
        this.#markDirty();
        return !this.#headIsFull();
      },
    });
    this.#nextSequence = parts.engine.nextSequence;
    this.#atUs = Math.max(options.clock.nowMs() * 1000, parts.committed.atUs ?? 0);
    this.#readComplete = new ReadComplete(parts.committed.readCompleteUs, this.#atUs);
    this.#clocks = new IngestClocks(
      { clock: options.clock, log: options.log, presence: parts.presence },
      { committedAtUs: parts.committed.atUs, onJump: (control) => this.#jump(control) },
    );
    this.#alerting = new Alerting(parts, {
      clock: options.clock,
      settings: options.settings,
      rules: options.rules ?? [],
      withAbsence: (event) => this.#clocks.withAbsence(event),
      onWork: () => this.#markDirty(),
    });
    this.#pace = new Pace({
      clock: options.clock,
      watcher: parts.watcher,
      readComplete: this.#readComplete,
      alerting: this.#alerting,
      maintenance: this.maintenance,
    });
  }

  /** Open the state folder of `settings`; the caller holds its lock. What a crash left is read again first. */
  static async open(options: IngestOptions): Promise<Ingest> {
    const ingest = new Ingest(options, await openParts(options));
    ingest.#clocks.start();
    ingest.#alerting.warmStart(ingest.#ruleBatch);
    await ingest.#recover();
    return ingest;
  }

  async #recover(): Promise<void> {
    const { book, watcher } = this.#parts;
    await replayIntake(this.#parts, { own: this.#own, feed: this.#feed }, () => {
      this.#markDirty();
      return this.#headIsFull() ? this.flush() : undefined;
    });
    await this.flush();
    followArchived(book, watcher, this.#clock.nowMs());
  }

  /** Read until `stop` aborts; then everything read is committed. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const more = await this.turn();
      if (more) await nextTurn();
      else await this.#pace.sleep(stop, this.#loopState, (againMs) => this.#lookAround(againMs));
    }
  }

  /** One turn: read what is there up to a budget, look at it, flush when it is time. Returns whether more waits. */
  async turn(): Promise<boolean> {
    if (this.#broken !== null) throw this.#broken;
    const nowMs = this.#advance();
    const rests = this.#commitsRest;
    this.#pace.lookAtFiles(this.#loopState, this.#finishLines);
    // While commits fail nothing is read, so that memory stays bounded; new generations are still found and held open.
    const diskIsFull = this.maintenance.pressure.isAtLeast('rest');
    const more = this.#round(rests || diskIsFull ? 0 : ROUND_BYTES_MAX);
    if (more === null) return false;
    if (rests) {
      if (nowMs - this.#lastFlushMs >= RETRY_MS) await this.#settle();
      if (!this.#commits.isPending) this.#trouble.end();
      return false;
    }
    this.#feed.flushQuiet(nowMs - OPEN_RECORD_MS_MAX);
    // What was read is seen with S as it stood: lines of hours without a daemon, read in one round, are not late. Then S rises.
    if (this.#parts.engine.head.count > this.#unseenRow) this.#look();
    this.#readComplete.roundEnds(!more);
    this.#look();
    if (!more) this.#alerting.endOld();
    if (this.#flushIsDue()) await this.#flushInTurn();
    this.maintenance.step(more);
    return more && !diskIsFull;
  }

  /** Read all there is to its end, close every open record, and commit. Throws what makes a commit fail. */
  async drain(): Promise<DrainResult> {
    const { watcher } = this.#parts;
    watcher.rescan();
    this.#finishLines = true;
    try {
      while ((await this.turn()) || !watcher.isComplete) {
        this.#refuseFullDisk();
        if (this.#roundFailure !== null) throw this.#roundFailure;
        await nextTurn();
      }
      this.#refuseFullDisk();
      if (this.#roundFailure !== null) throw this.#roundFailure;
    } finally {
      this.#finishLines = false;
    }
    this.#feed.flushAll();
    await this.flush();
    return { entryCount: this.#entryCount, byteCount: this.#feed.byteCount };
  }

  /** Commit everything that was read. Throws what makes a commit fail; nothing is lost then, it stays to be tried again. */
  async flush(): Promise<void> {
    while (this.#commits.isPending) await this.#commits.settle();
    this.#beginBatch();
    await this.#commits.settle();
  }

  /**
   * Take entries that have no file. When it returns they are in the intake and survive the process; they are found
   * by queries after the next flush.
   */
  async append(entries: readonly OwnEntry[]): Promise<void> {
    const { engine, intake } = this.#parts;
    this.#own.append(entries, engine.head, intake);
    this.#markDirty();
    this.#advance();
    this.#readComplete.roundStarts(this.#atUs);
    this.#readComplete.roundEnds(true);
    this.#look();
    if (this.#flushIsDue()) await this.flush();
  }

  /** Take rows that were parsed elsewhere, with the names of this engine. Not in the intake: flush to keep them. */
  async appendColumns(columns: EntryColumns): Promise<void> {
    const { head } = this.#parts.engine;
    for (let row = 0; row < columns.count; row += 1) copyRow(columns, row, head);
    this.#markDirty();
    this.#advance();
    this.#look();
    if (this.#flushIsDue()) await this.flush();
  }

  /** While it lasts, what rules find in old lines waits; then it is told together. */
  importing<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#alerting.importing(work);
  }

  /** Other rules of an embedding program from here on, beside those of the settings. */
  async setRules(rules: readonly Rule[]): Promise<void> {
    this.#alerting.setRules(rules);
    this.#markDirty();
    await this.flush();
  }

  /** For queries on this thread. */
  openReader(): StoreReader {
    return this.#parts.engine.openReader();
  }

  get imports(): ImportBook {
    return this.#parts.imports;
  }

  get names(): ColumnNames {
    return this.#parts.names;
  }

  get incidents(): IncidentStore {
    return this.#parts.incidents;
  }

  /** Queue a notification of another part of the daemon; resolves when it is durable. */
  async enqueue(notification: Notification): Promise<void> {
    this.#parts.database.transaction(() => this.#parts.outbox.enqueue(notification));
    this.#onOutbox();
  }

  /** What people do about alerts; resolves when it is durable. Throws USAGE or QUERY_INVALID for what cannot be done. */
  async actOnAlerts(request: AlertRequest): Promise<void> {
    this.#advance();
    this.#look();
    this.#alerting.act(request, this.#rulePlace);
    this.#markDirty();
    await this.flush();
  }

  /** New settings of a reload; rules and watches go on where they are the same. */
  async reconfigure(settings: Settings): Promise<void> {
    const { cluster, watcher, outbox } = this.#parts;
    await this.flush();
    cluster.configure(copyingOf(settings), this.#nextSequence);
    this.#parts.lastLines.use(copyingOf(settings) === null);
    this.#settings = settings;
    this.maintenance.reconfigure(settings.retention);
    watcher.reconfigure(settings.watches);
    outbox.reconfigure(recipientsOf(settings), this.#clock.nowMs());
    this.#alerting.reconfigure(settings, this.#ruleBatch);
    this.#dirtySinceMs ??= this.#clock.nowMs();
    await this.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.importJobs.stop();
      // A record whose file goes on stays open: it is read again, whole, after the next start.
      this.#feed.flushQuiet(Number.POSITIVE_INFINITY);
      if (this.#trouble.current === null) await this.flush();
    } finally {
      await this.#parts.close();
    }
  }

  /** A commit failed, and is tried again before anything else is read. */
  get #commitsRest(): boolean {
    return this.#trouble.current !== null || this.#commits.hasFailed;
  }

  /** Reading to the end has no end while nothing is read. */
  #refuseFullDisk(): void {
    const { pressure } = this.maintenance;
    if (!pressure.isAtLeast('rest')) return;
    throw new OperatorError(
      'DISK_FULL',
      `Cannot read on: ${formatBytes(pressure.freeBytes)} are free on the disk of "${this.#settings.paths.stateDir}"`,
      { hint: 'Make room there, or allow less with `free_space` in [retention]' },
    );
  }

  #onPressure(change: PressureChange): void {
    const said = pressureNotification(change, this.#settings, this.#clock.nowMs());
    if (said.event.kind === 'internal') this.#log.warn({ ...change }, said.event.title);
    try {
      this.#parts.database.transaction(() => this.#parts.outbox.enqueue(said));
      this.#onOutbox();
    } catch (cause) {
      this.#log.error({ cause }, 'Cannot tell anybody that the disk is short of space');
    }
  }

  /** What is looked at while the loop sleeps, and again after `againMs` at the latest; whether it has to wake for it. */
  #lookAround(againMs: number): boolean {
    this.#advance(againMs);
    const hasRoomChanged = this.maintenance.lookAtDisk();
    const haveMountsChanged = this.#parts.watcher.lookAtMounts();
    return hasRoomChanged || haveMountsChanged || this.#dirtySinceMs !== null;
  }

  #advance(againMs?: number): number {
    this.#clocks.look(againMs);
    const nowMs = this.#clock.nowMs();
    this.#atUs = Math.max(this.#atUs, nowMs * 1000);
    return nowMs;
  }

  /** The wall clock moved by itself. Rows that are there were read before it did. */
  #jump(control: Extract<AlertControl, { kind: 'gap' | 'step' }>): void {
    this.#look();
    this.#alerting.jump(control, this.#rulePlace);
    this.#markDirty();
    if (control.kind === 'gap') return;
    this.#atUs = control.toUs;
    this.#readComplete.step(control.toUs);
  }

  /** Something is to be committed, whoever brought it: the loop may be asleep. */
  #markDirty(): void {
    if (this.#dirtySinceMs !== null) return;
    this.#dirtySinceMs = this.#clock.nowMs();
    this.#parts.watcher.wake();
  }

  #headIsFull(): boolean {
    const { head } = this.#parts.engine;
    return head.count >= HEAD_ROWS_MAX || head.bytesLength >= HEAD_BYTES_MAX;
  }

  get #ruleBatch(): RuleBatch {
    return { atUs: this.#atUs, readCompleteUs: this.#readComplete.us };
  }

  get #rulePlace(): RulePlace {
    return { batch: this.#ruleBatch, lastSequence: this.#nextSequence - 1 };
  }

  /** Number the new rows, give the unstamped their time, and let the rules see them. */
  #look(): void {
    const { head } = this.#parts.engine;
    const { watcher } = this.#parts;
    const rows = { from: this.#unseenRow, to: head.count };
    if (rows.to > rows.from) {
      this.#nextSequence = settleRows(head, rows.from, this.#nextSequence, {
        ...this.#ruleBatch,
        modifiedUs: (number) => (watcher.generation(number)?.modifiedAtMs ?? Infinity) * 1000,
        followedUs: (number) => (watcher.generation(number)?.firstSeenAtMs ?? Infinity) * 1000,
      });
      this.#unseenRow = rows.to;
      this.#markDirty();
    }
    this.#alerting.look(rows, this.#rulePlace);
  }

  #flushIsDue(): boolean {
    if (this.#dirtySinceMs === null) return false;
    if (this.#headIsFull()) return true;
    const nowMs = this.#clock.nowMs();
    if (this.#alerting.hasEvents && this.#forced.waitMs(nowMs) === 0) return true;
    return nowMs - this.#dirtySinceMs >= HEAD_AGE_MS_MAX;
  }

  /** What others may ask, for this thread; `IngestClient` offers the same to another. */
  service(): IngestService {
    return serviceOf(this, this.#parts, {
      clock: this.#clock,
      onOutbox: this.#onOutbox,
      live: () => ({
        entryCount: this.#entryCount,
        byteCount: this.#feed.byteCount,
        lastCommitAtMs: this.#lastCommitAtMs,
        trouble: this.#trouble.current,
        committingForMs: this.#commits.attemptMs,
        diskPressure: this.maintenance.pressure.step,
      }),
    });
  }

  get #loopState(): LoopState {
    return {
      atUs: this.#atUs,
      flushMs: this.#flushMs,
      hasOpenRecord: this.#feed.parsers.hasOpenRecord,
      commitsRest: this.#commitsRest,
    };
  }

  /** Until the next flush is due; null: everything is committed. */
  get #flushMs(): number | null {
    if (this.#dirtySinceMs === null) return null;
    const nowMs = this.#clock.nowMs();
    const dueMs = this.#dirtySinceMs + HEAD_AGE_MS_MAX - nowMs;
    return this.#alerting.hasEvents ? Math.min(dueMs, this.#forced.waitMs(nowMs)) : dueMs;
  }

  /**
   * A flush is due. A large head is sealed while the loop goes on; the next one waits for it only when it is full
   * itself, so that at most two are in memory.
   */
  async #flushInTurn(): Promise<void> {
    if (this.#commits.isPending) {
      if (!this.#headIsFull()) return;
      await this.#settle();
      if (this.#commits.isPending) return;
    }
    const batch = this.#beginBatch();
    if (batch?.head?.isLarge) void this.#settle();
    else await this.#settle();
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
      this.#rest(cause);
    }
  }

  #rest(cause: unknown): void {
    this.#lastFlushMs = this.#clock.nowMs();
    this.#trouble.begin(cause);
  }

  /** Find and read files; null: the database, where it is written which are followed, refused. It is tried again like a commit. */
  #round(budgetBytes: number): boolean | null {
    const { watcher } = this.#parts;
    const finishLines = this.#finishLines;
    try {
      const more = watcher.round(this.#feed.sink, { budgetBytes, finishLines });
      this.#roundFailure = null;
      return more;
    } catch (cause) {
      if (!isDatabaseFailure(cause)) throw cause;
      this.#roundFailure = cause;
      this.#rest(cause);
      return null;
    }
  }

  /** All that is uncommitted becomes a batch, without a pause, so that it belongs together; null: there is nothing. */
  #beginBatch(): Batch | null {
    const { engine, watcher } = this.#parts;
    this.#look();
    if (this.#dirtySinceMs === null) return null;
    engine.nextSequence = this.#nextSequence;
    const lastLines = this.#parts.lastLines.take(engine.head);
    const batch: Batch = {
      head: engine.take(lastLines.rows),
      lastLines,
      positions: watcher.withTails(this.#feed.parsers.safePositions()),
      ...this.#alerting.take(),
      atUs: this.#atUs,
      readCompleteUs: this.#readComplete.us,
      ownOffset: this.#own.offset,
    };
    const nowMs = this.#clock.nowMs();
    if (batch.events.length > 0) this.#forced.take(nowMs);
    this.#unseenRow = 0;
    this.#dirtySinceMs = null;
    this.#lastFlushMs = nowMs;
    this.#commits.begin(batch);
    return batch;
  }

  #committed(batch: Batch): void {
    this.#trouble.end();
    this.#lastFlushMs = this.#clock.nowMs();
    this.#lastCommitAtMs = this.#lastFlushMs;
    if (batch.head !== null) this.maintenance.committed();
    this.#entryCount += (batch.head?.rowCount ?? 0) - batch.lastLines.replaced.length;
    this.#feed.parsers.committed(batch.positions);
    this.#own.committed(batch.ownOffset);
    this.#parts.intake?.cut((generation) =>
      generation === OWN_GENERATION
        ? this.#own.committedOffset
        : this.#feed.parsers.committedOffset(generation),
    );
    const isTold = batch.events.some(({ notification }) => notification !== null);
    const hasDigest = batch.quietEnded !== null || batch.oldEnded || batch.digests.length > 0;
    if (isTold || hasDigest) this.#onOutbox();
    if (batch.events.length > 0) this.#onEvents(batch.events);
  }

  /** Nothing was read for a while: give back what reading much has taken. */
  #letGo(): void {
    const { engine } = this.#parts;
    const isAtRest = this.#dirtySinceMs === null && engine.head.count === 0;
    if (!isAtRest || this.#feed.parsers.hasOpenRecord || this.#commits.isPending) return;
    this.#feed.parsers.letGo();
    if (engine.letGo() >= WORTH_COLLECTING_BYTES) this.#onLetGo();
  }
}
