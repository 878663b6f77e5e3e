/**
 * Where watch, parse, engine and alert meet: the loop that reads, and the one commit that must never be wrong.
 *
 * Lines go from files to the head of the engine; rules look at them there. A flush seals the head into a segment,
 * makes it durable, and commits in ONE transaction: segment, offsets, window state, incidents, outbox rows.
 *
 * Invariants:
 * - an offset is committed only together with every entry before it;
 * - nothing is announced that is not committed;
 * - all writes to the state database happen here, on one thread.
 */
import type { AlertEvent } from '../alert/alert-event.ts';
import type { Evaluator } from '../alert/evaluator.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import { type Rule, rulesOf } from '../alert/rule.ts';
import { AssertionFailed } from '../base/assert.ts';
import { formatBytes } from '../base/byte-size.ts';
import type { Clock } from '../base/clock.ts';
import { nextTurn } from '../base/clock.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { readMeta, writeMeta } from '../base/state-meta.ts';
import type { Settings } from '../config/settings.ts';
import { readCatalog } from '../engine/catalog.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { type ColumnNames, copyRow, type EntryColumns } from '../model/entry-columns.ts';
import type { Notification } from '../model/notification.ts';
import type { Generation } from '../watch/generation.ts';
import type { WatchSink } from '../watch/sink.ts';
import type { BookChange } from './archive-book.ts';
import { applyClusterChange } from './cluster-change.ts';
import {
  copyingOf,
  type IngestOptions,
  type IngestParts,
  openParts,
  recipientsOf,
} from './ingest-parts.ts';
import type { IngestService } from './ingest-service.ts';
import { statusOf } from './ingest-status.ts';
import type { IntakeFrame } from './intake.ts';
import { frameOf, missingPartOf } from './intake-frames.ts';
import { pressureNotification } from './internal-notices.ts';
import { Maintenance } from './maintenance.ts';
import {
  appendOwnEntry,
  OWN_GENERATION,
  type OwnEntry,
  ownEntriesText,
  parseOwnEntries,
} from './own-entries.ts';
import { type ParsedChunk, ParserPool } from './parser-pool.ts';
import type { PressureChange } from './pressure.ts';
import { ReadComplete } from './read-complete.ts';
import { settleRows } from './settle-rows.ts';

/** Rows in the head before it is sealed: one block of a segment. */
export const HEAD_ROWS_MAX = 65_536;

/** Text in the head before it is sealed: bounds memory when lines are long. */
export const HEAD_BYTES_MAX = 32 * 1024 * 1024;

/** Oldest row of the head when it is sealed: a line is searchable within a second of being read. */
export const HEAD_AGE_MS_MAX = 400;

/** A record that may still grow (a stack trace) is closed when its file was quiet for this long. */
export const OPEN_RECORD_MS_MAX = 250;

/** A firing rule asks for a flush at once, but not more often than this: at most 20 a second. */
export const FORCED_FLUSH_MS_MIN = 50;

/** After a failed commit (disk full) the next attempt waits; reading rests meanwhile. */
const RETRY_MS = 1_000;

/** Bytes read in one round before rules, timers and messages get their turn. */
const ROUND_BYTES_MAX = 2 * 1024 * 1024;

/** Longest sleep of an idle loop: timers of rules are checked this often. */
const IDLE_WAIT_MS_MAX = 1_000;

/** What `drain` committed since the start of this `Ingest`. */
export type DrainResult = Readonly<{ entryCount: number; byteCount: number }>;

export class Ingest implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: IngestParts;
  readonly #parsers: ParserPool;
  readonly #readComplete: ReadComplete;
  readonly #onEvents: (events: readonly AlertEvent[]) => void;
  #rules: readonly Rule[];
  readonly #onOutbox: () => void;
  readonly maintenance: Maintenance;
  readonly #sink: WatchSink;
  readonly #evaluator: Evaluator;
  /** First row of the head that the rules have not seen. */
  #unseenRow = 0;
  #nextSequence: number;
  /** Said by the rules, not yet committed. */
  #events: AlertEvent[] = [];
  /** When the oldest uncommitted byte was read; null: everything is committed. */
  #dirtySinceMs: number | null = null;
  #lastFlushMs = 0;
  /** While draining: last lines without newline are taken at once. */
  #finishLines = false;
  #lastCommitAtMs: number | null = null;
  /** Arrival clock, µs: never goes back. */
  #atUs: number;
  /** Bytes of entries without a file: given, and committed. */
  #ownOffset: number;
  #ownCommitted: number;
  #settings: Settings;
  #entryCount = 0;
  #byteCount = 0;
  /** The intake cannot be written; said once. */
  #intakeFails = false;
  #trouble: { message: string; sinceMs: number } | null = null;

  private constructor(options: IngestOptions, parts: IngestParts) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onOutbox = options.onOutbox ?? (() => {});
    this.#parts = parts;
    this.#evaluator = parts.evaluator;
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
      },
      options.settings.retention,
    );
    this.#onEvents = options.onEvents ?? (() => {});
    this.#rules = options.rules ?? [];
    this.#settings = options.settings;
    this.#ownOffset = readMeta(parts.database, 'own_offset') ?? 0;
    this.#ownCommitted = this.#ownOffset;
    this.#parsers = new ParserPool(parts.names);
    this.#nextSequence = parts.engine.nextSequence;
    this.#atUs = Math.max(options.clock.nowMs() * 1000, parts.committed.atUs ?? 0);
    this.#readComplete = new ReadComplete(parts.committed.readCompleteUs, this.#atUs);
    this.#sink = {
      chunk: (generation, chunk) => this.#onChunk(generation, chunk),
      longLine: (generation, line) => this.#onChunk(generation, line),
      partial: (generation, line) => {
        this.#onChunk(generation, line, true);
        return 'taken';
      },
      ended: (generation) => this.#parsers.end(parts.engine.head, generation.number),
    };
  }

  /** Open the state folder of `settings`; the caller holds its lock. What a crash left is read again first. */
  static async open(options: IngestOptions): Promise<Ingest> {
    const ingest = new Ingest(options, await openParts(options));
    await ingest.#replayIntake();
    return ingest;
  }

  /** Read until `stop` aborts; then everything read is committed. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const more = await this.turn();
      if (more) await nextTurn();
      else await this.#parts.watcher.waitForWork(this.#waitMs(), stop);
    }
  }

  /** One turn: read what is there up to a budget, look at it, flush when it is time. Returns whether more waits. */
  async turn(): Promise<boolean> {
    const nowMs = this.#advance();
    const rests = this.#trouble !== null;
    this.#readComplete.roundStarts(this.#atUs);
    // While commits fail nothing is read, so that memory stays bounded; new generations are still found and held open.
    const diskIsFull = this.maintenance.pressure.isAtLeast('rest');
    const more = this.#parts.watcher.round(this.#sink, {
      budgetBytes: rests || diskIsFull ? 0 : ROUND_BYTES_MAX,
      finishLines: this.#finishLines,
    });
    if (rests) {
      if (nowMs - this.#lastFlushMs >= RETRY_MS) await this.#tryFlush();
      return false;
    }
    this.#parsers.flushQuiet(this.#parts.engine.head, nowMs - OPEN_RECORD_MS_MAX, (generation) =>
      this.#parts.watcher.hasUnread(generation),
    );
    this.#readComplete.roundEnds(!more);
    this.#look();
    if (this.#flushIsDue()) await this.#tryFlush();
    this.maintenance.step();
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
        await nextTurn();
      }
      this.#refuseFullDisk();
    } finally {
      this.#finishLines = false;
    }
    this.#parsers.flushAll(this.#parts.engine.head);
    await this.flush();
    return { entryCount: this.#entryCount, byteCount: this.#byteCount };
  }

  /** Commit everything that was read. Throws what makes a commit fail; nothing is lost then, it stays to be tried again. */
  async flush(): Promise<void> {
    this.#flushNow();
  }

  /**
   * Take entries that have no file. When it returns they are in the intake and survive the process; they are found
   * by queries after the next flush.
   */
  async append(entries: readonly OwnEntry[]): Promise<void> {
    const bytes = ownEntriesText(entries);
    const frame = { generation: OWN_GENERATION, offset: this.#ownOffset, bytes };
    const whole = { coveredBytes: bytes.length, endsInsideLine: false, continues: false };
    this.#parts.intake?.append({ ...frame, ...whole });
    this.#advance();
    this.#takeOwn(entries, bytes.length);
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

  /** Other rules of an embedding program from here on, beside those of the settings. */
  async setRules(rules: readonly Rule[]): Promise<void> {
    this.#rules = rules;
    this.#take(this.#evaluator.reconfigure([...rulesOf(this.#settings.alerts), ...rules]));
    this.#markDirty();
    await this.flush();
  }

  /** For queries on this thread. */
  openReader(): StoreReader {
    return this.#parts.engine.openReader();
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

  /** New settings of a reload; rules and watches go on where they are the same. */
  async reconfigure(settings: Settings): Promise<void> {
    const { cluster, watcher, outbox } = this.#parts;
    await this.flush();
    cluster.configure(copyingOf(settings), this.#nextSequence);
    this.#settings = settings;
    this.maintenance.reconfigure(settings.retention);
    watcher.reconfigure(settings.watches);
    outbox.reconfigure(recipientsOf(settings), this.#clock.nowMs());
    this.#events.push(
      ...this.#evaluator.reconfigure([...rulesOf(settings.alerts), ...this.#rules]),
    );
    this.#dirtySinceMs ??= this.#clock.nowMs();
    await this.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // A record whose file goes on stays open: it is read again, whole, after the next start.
      const { engine, watcher } = this.#parts;
      this.#parsers.flushQuiet(engine.head, Number.POSITIVE_INFINITY, (generation) =>
        watcher.hasUnread(generation),
      );
      if (this.#trouble === null) await this.flush();
    } finally {
      await this.#parts.close();
    }
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

  #advance(): number {
    const nowMs = this.#clock.nowMs();
    this.#atUs = Math.max(this.#atUs, nowMs * 1000);
    return nowMs;
  }

  #onChunk(generation: Generation, chunk: ParsedChunk, endsInsideLine = false): boolean {
    const { engine } = this.#parts;
    this.#keep(frameOf(generation, chunk, endsInsideLine));
    this.#parsers.push(engine.head, generation, { chunk, nowMs: this.#clock.nowMs() });
    this.#byteCount += chunk.end - chunk.start;
    this.#markDirty();
    return !this.#headIsFull();
  }

  /** Into the intake. Where that fails (disk full) reading goes on: the file itself still has the bytes. */
  #keep(frame: IntakeFrame): void {
    try {
      this.#parts.intake?.append(frame);
      this.#intakeFails = false;
    } catch (cause) {
      if (!this.#intakeFails) {
        this.#log.warn(
          { cause },
          'Cannot keep what is read in the intake; it is in its files only',
        );
      }
      this.#intakeFails = true;
    }
  }

  #markDirty(): void {
    this.#dirtySinceMs ??= this.#clock.nowMs();
  }

  #headIsFull(): boolean {
    const { head } = this.#parts.engine;
    return head.count >= HEAD_ROWS_MAX || head.bytesLength >= HEAD_BYTES_MAX;
  }

  /** Number the new rows, give the unstamped their time, and let the rules see them. */
  #look(): void {
    const { head } = this.#parts.engine;
    const { watcher } = this.#parts;
    const batch = { atUs: this.#atUs, readCompleteUs: this.#readComplete.us };
    if (head.count === this.#unseenRow) {
      this.#take(this.#evaluator.tick(batch));
      return;
    }
    this.#nextSequence = settleRows(head, this.#unseenRow, this.#nextSequence, {
      atUs: this.#atUs,
      modifiedUs: (number) => (watcher.generation(number)?.modifiedAtMs ?? Infinity) * 1000,
    });
    const rows = { from: this.#unseenRow, to: head.count };
    this.#unseenRow = head.count;
    this.#markDirty();
    this.#take(this.#evaluator.evaluate(head, rows, batch));
  }

  #take(events: readonly AlertEvent[]): void {
    if (events.length === 0) return;
    this.#events.push(...events);
    this.#markDirty();
  }

  #flushIsDue(): boolean {
    if (this.#dirtySinceMs === null) return false;
    if (this.#headIsFull()) return true;
    const nowMs = this.#clock.nowMs();
    if (this.#events.length > 0 && nowMs - this.#lastFlushMs >= FORCED_FLUSH_MS_MIN) return true;
    return nowMs - this.#dirtySinceMs >= HEAD_AGE_MS_MAX;
  }

  /** What others may ask, for this thread; `IngestClient` offers the same to another. */
  service(): IngestService {
    const { book, cluster, engine, outbox, savedQueries, watcher } = this.#parts;
    return {
      status: async () =>
        statusOf(this.#parts, {
          entryCount: this.#entryCount,
          byteCount: this.#byteCount,
          lastCommitAtMs: this.#lastCommitAtMs,
          trouble: this.#trouble,
          diskPressure: this.maintenance.pressure.step,
        }),
      drain: () => this.drain(),
      archivable: async () => watcher.archivable(),
      applyBook: async (change) => this.#applyBook(change),
      unfinishedMoves: async () => book.unfinished(),
      lastRun: async () => book.runs.lastRun(),
      enqueue: (notification) => this.enqueue(notification),
      dueDeliveries: async (request) => outbox.due(this.#clock.nowMs(), request),
      recordDelivery: async (result) => outbox.record(result),
      changeSavedQuery: async (change) => savedQueries.apply(change, this.#clock.nowMs()),
      applyCluster: async (change) =>
        applyClusterChange(cluster, change, {
          catalog: () => readCatalog(this.#parts.database),
          nextSequence: engine.nextSequence,
        }),
    };
  }

  /** How long the loop may sleep before one of its own timers is due. */
  #waitMs(): number {
    const nowMs = this.#clock.nowMs();
    let waitMs = IDLE_WAIT_MS_MAX;
    if (this.#dirtySinceMs !== null) {
      const ageMax = this.#events.length > 0 ? FORCED_FLUSH_MS_MIN : HEAD_AGE_MS_MAX;
      waitMs = Math.min(waitMs, Math.max(1, this.#dirtySinceMs + ageMax - nowMs));
    }
    if (this.#parsers.hasOpenRecord) waitMs = Math.min(waitMs, OPEN_RECORD_MS_MAX);
    return waitMs;
  }

  /** A commit that fails (disk full) stops reading, not the daemon: it is tried again, and said once. */
  async #tryFlush(): Promise<void> {
    try {
      await this.flush();
      if (this.#trouble !== null) {
        this.#log.info({}, 'Commits work again');
        this.#trouble = null;
      }
    } catch (cause) {
      // A broken invariant is ours: the process ends and starts again from what is committed.
      if (cause instanceof AssertionFailed) throw cause;
      const nowMs = this.#clock.nowMs();
      this.#lastFlushMs = nowMs;
      if (this.#trouble === null) {
        this.#log.error(
          { cause },
          'Cannot commit what was read; reading rests until it works again',
        );
      }
      this.#trouble = { message: messageOf(cause), sinceMs: this.#trouble?.sinceMs ?? nowMs };
    }
  }

  /** See `flush`. Without a pause, so that nothing changes the head or the rules before it is done. */
  #flushNow(): void {
    const { cluster, database, engine, watcher, incidents, outbox, intake } = this.#parts;
    this.#look();
    if (this.#dirtySinceMs === null) return;
    const positions = this.#parsers.safePositions();
    const notifications = this.#events.flatMap((event) => event.notification ?? []);
    engine.nextSequence = this.#nextSequence;
    const sealed = engine.sealNow();
    this.#unseenRow = 0;
    database.transaction(() => {
      if (sealed !== null) {
        engine.commit(sealed);
        cluster.commit(sealed.segments.map(({ row }) => row));
      }
      watcher.checkpoint(positions);
      incidents.record(this.#evaluator.unsaved(), this.#events);
      for (const notification of notifications) outbox.enqueue(notification);
      writeMeta(database, 'at_us', this.#atUs);
      writeMeta(database, 'read_complete_us', this.#readComplete.us);
      writeMeta(database, 'own_offset', this.#ownOffset);
    });
    this.#evaluator.markSaved();
    const events = this.#events;
    this.#events = [];
    this.#dirtySinceMs = null;
    this.#lastFlushMs = this.#clock.nowMs();
    this.#lastCommitAtMs = this.#lastFlushMs;
    this.#entryCount += sealed?.rowCount ?? 0;
    this.#parsers.committed(positions);
    this.#ownCommitted = this.#ownOffset;
    intake?.cut((generation) =>
      generation === OWN_GENERATION
        ? this.#ownCommitted
        : this.#parsers.committedOffset(generation),
    );
    if (notifications.length > 0) this.#onOutbox();
    if (events.length > 0) this.#onEvents(events);
  }

  /** Read again what a crash kept from being committed; the files go on behind it. */
  async #replayIntake(): Promise<void> {
    const { watcher, intake, engine } = this.#parts;
    for (const frame of intake?.replay() ?? []) {
      if (frame.generation === OWN_GENERATION) {
        this.#replayOwn(frame);
        continue;
      }
      const generation = watcher.generation(frame.generation);
      if (generation === undefined) continue;
      const chunk = missingPartOf(frame, this.#parsers.readEnd(generation));
      if (chunk === null) continue;
      this.#parsers.push(engine.head, generation, { chunk, nowMs: this.#clock.nowMs() });
      this.#markDirty();
      watcher.resume(generation.number, {
        offsetBytes: frame.offset + frame.coveredBytes,
        insideLine: frame.endsInsideLine,
        // Of a long line only the beginning is kept: its end is not at hand.
        ...(frame.bytes.length === frame.coveredBytes ? { tail: frame.bytes } : {}),
      });
      if (this.#headIsFull()) await this.flush();
    }
    await this.flush();
  }

  #replayOwn(frame: IntakeFrame): void {
    if (frame.offset < this.#ownOffset) return;
    this.#takeOwn(parseOwnEntries(frame.bytes), frame.bytes.length);
  }

  #takeOwn(entries: readonly OwnEntry[], byteCount: number): void {
    const { head } = this.#parts.engine;
    for (const entry of entries) appendOwnEntry(head, entry, this.#ownOffset);
    this.#ownOffset += byteCount;
    this.#markDirty();
  }

  async #applyBook(change: BookChange): Promise<number[]> {
    const { book, database, outbox, watcher } = this.#parts;
    const notification = change.kind === 'report' ? change.notification : null;
    const ids = database.transaction(() => {
      const moved = change.kind === 'done' ? book.rowsOf(change.ids) : [];
      for (const row of moved) watcher.archived(row.generation);
      if (notification !== null) outbox.enqueue(notification);
      return book.apply(change);
    });
    if (notification !== null) this.#onOutbox();
    return ids;
  }
}
