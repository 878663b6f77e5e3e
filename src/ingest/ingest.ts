/**
 * Where watch, parse, engine and alert meet: the parts of ingest on one state folder, and what the rest of the program asks of them.
 *
 * Lines go from files to the head of the engine (`read-loop.ts`); they are numbered, and rules look at them there (`arrivals.ts`); a
 * flush takes the head, and commits it with all that belongs to its rows (`flusher.ts`).
 *
 * Invariant: all writes to the state database happen in these parts, on one thread.
 */
import { join } from 'node:path';
import type { IncidentStore } from '../alert/incident-store.ts';
import type { Rule } from '../alert/rule.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { readMeta } from '../base/state-meta.ts';
import type { FormatSettings, Settings } from '../config/settings.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import { type ColumnNames, copyRow, type EntryColumns } from '../model/entry-columns.ts';
import type { Notification } from '../model/notification.ts';
import { recipientsOf } from '../notify/recipients.ts';
import { Alerting } from './alerting.ts';
import { Arrivals } from './arrivals.ts';
import { copyingOf } from './copying.ts';
import { FileFeed } from './file-feed.ts';
import { Flusher } from './flusher.ts';
import type { ImportBook } from './import-book.ts';
import { ImportJobs } from './import-jobs.ts';
import { IngestClocks } from './ingest-clocks.ts';
import { type IngestOptions, type IngestParts, openParts } from './ingest-parts.ts';
import type { IngestService } from './ingest-service.ts';
import { pressureTitle } from './internal-notices.ts';
import { Maintenance, type MaintenanceParts } from './maintenance.ts';
import type { OwnEntry } from './own-entries.ts';
import { ownPlaces } from './own-places.ts';
import { serviceOf } from './own-service.ts';
import { OwnSource } from './own-source.ts';
import type { PressureChange } from './pressure.ts';
import { ReadComplete } from './read-complete.ts';
import { type DrainResult, ReadLoop } from './read-loop.ts';
import { followArchived, replayIntake } from './recovery.ts';
import { DATABASE_NAME } from './state-files.ts';
import { StateWatch } from './state-watch.ts';

/** What is let go of is given back by a collection, which takes 100 ms. */
const WORTH_COLLECTING_BYTES = 4 * 1024 * 1024;

export class Ingest implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: IngestParts;
  readonly #own: OwnSource;
  readonly #feed: FileFeed;
  readonly #readComplete: ReadComplete;
  readonly #clocks: IngestClocks;
  readonly #alerting: Alerting;
  readonly #arrivals: Arrivals;
  readonly #flusher: Flusher;
  readonly #loop: ReadLoop;
  readonly #onOutbox: () => void;
  readonly #onLetGo: () => void;
  readonly maintenance: Maintenance;
  readonly importJobs: ImportJobs;
  #settings: Settings;

  private constructor(options: IngestOptions, parts: IngestParts) {
    const { clock, log, settings, onEvents = () => {}, onOutbox = () => {} } = options;
    const { committed, presence, watcher } = parts;
    const onWork = (): void => this.#flusher.markDirty();
    this.#clock = clock;
    this.#log = log;
    this.#parts = parts;
    this.#settings = settings;
    this.#onOutbox = onOutbox;
    this.#onLetGo = options.onLetGo ?? (() => {});
    this.importJobs = new ImportJobs(clock, this);
    const maintenance = this.#maintenanceOf(options);
    this.maintenance = maintenance;
    const own = new OwnSource(readMeta(parts.database, 'own_offset') ?? 0);
    this.#own = own;
    const atUs = Math.max(clock.nowMs() * 1000, committed.atUs ?? 0);
    const readComplete = new ReadComplete(committed.readCompleteUs, atUs);
    this.#readComplete = readComplete;
    const feed = new FileFeed(parts, {
      ...{ clock, log },
      completeUs: () => readComplete.completeUs,
      onChunk: () => {
        onWork();
        return !this.#flusher.headIsFull;
      },
    });
    this.#feed = feed;
    const clocks = new IngestClocks(
      { clock, log, presence },
      { committedAtUs: committed.atUs, onJump: (control) => this.#arrivals.jump(control) },
    );
    this.#clocks = clocks;
    const alerting = new Alerting(parts, {
      ...{ clock, log, settings, onWork },
      rules: options.rules ?? [],
      withAbsence: (event) => clocks.withAbsence(event),
    });
    this.#alerting = alerting;
    const arrivals = new Arrivals(parts, { clock, clocks, readComplete, alerting, atUs, onWork });
    this.#arrivals = arrivals;
    const flowing = { clock, arrivals, alerting, feed, maintenance };
    const flusher = new Flusher(parts, { ...flowing, log, own, onEvents, onOutbox });
    this.#flusher = flusher;
    const { stateDir } = settings.paths;
    const { inMemory = false, disk } = options;
    const path = join(stateDir, DATABASE_NAME);
    const stateWatch = inMemory ? null : new StateWatch(clock, disk, path);
    this.#loop = new ReadLoop({ ...flowing, watcher, readComplete, flusher, stateWatch, stateDir });
  }

  /** Open the state folder of `settings`; the caller holds its lock. What a crash left is read again first. */
  static async open(options: IngestOptions): Promise<Ingest> {
    const ingest = new Ingest(options, await openParts(options));
    ingest.#clocks.start();
    ingest.#alerting.warmStart(ingest.#arrivals.batch);
    await ingest.#recover();
    return ingest;
  }

  /** On a full disk as well: what cannot be committed waits in memory, as it does later. */
  async #recover(): Promise<void> {
    const { book, watcher } = this.#parts;
    await replayIntake(this.#parts, { own: this.#own, feed: this.#feed }, () => {
      this.#flusher.markDirty();
      return this.#flusher.headIsFull ? this.#flusher.flushOrRest() : undefined;
    });
    await this.#flusher.flushOrRest();
    followArchived(book, watcher, this.#clock.nowMs());
  }

  /** Read until `stop` aborts; then everything read is committed. */
  run(stop: AbortSignal): Promise<void> {
    return this.#loop.run(stop);
  }

  /** One turn: read what is there up to a budget, look at it, flush when it is time. Returns whether more waits. */
  turn(): Promise<boolean> {
    return this.#loop.turn();
  }

  /** Read all there is to its end, close every open record, and commit. Throws what makes a commit fail. */
  drain(): Promise<DrainResult> {
    return this.#loop.drain();
  }

  /** Commit everything that was read. Throws what makes a commit fail; nothing is lost then, it stays to be tried again. */
  flush(): Promise<void> {
    return this.#flusher.flush();
  }

  /**
   * Take entries that have no file. When it returns they are in the intake and survive the process; they are found
   * by queries after the next flush.
   */
  async append(entries: readonly OwnEntry[]): Promise<void> {
    const { engine, intake } = this.#parts;
    this.#own.append(entries, engine.head, intake);
    this.#flusher.markDirty();
    this.#arrivals.advance();
    this.#readComplete.roundStarts(this.#arrivals.atUs);
    this.#readComplete.roundEnds(true);
    this.#arrivals.look();
    if (this.#flusher.isDue) await this.flush();
  }

  /** Take rows that were parsed elsewhere, with the names of this engine. Not in the intake: flush to keep them. */
  async appendColumns(columns: EntryColumns): Promise<void> {
    const { head } = this.#parts.engine;
    for (let row = 0; row < columns.count; row += 1) copyRow(columns, row, head);
    this.#flusher.markDirty();
    this.#arrivals.advance();
    this.#arrivals.look();
    if (this.#flusher.isDue) await this.flush();
  }

  /** Throws DISK_FULL where so little is free that watched files are not read either. `doing`: what cannot be done. */
  refuseFullDisk(doing: string): void {
    this.#loop.refuseFullDisk(doing);
  }

  /** While it lasts, what rules find in old lines waits; then it is told together. */
  importing<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#alerting.importing(work);
  }

  /** Other rules of an embedding program from here on, beside those of the settings. */
  async setRules(rules: readonly Rule[]): Promise<void> {
    this.#alerting.setRules(rules, this.#arrivals.batch);
    this.#flusher.markDirty();
    await this.flush();
  }

  /** For queries on this thread. */
  openReader(): StoreReader {
    return this.#parts.engine.openReader();
  }

  /** Those that the config declares. */
  get formats(): readonly FormatSettings[] {
    return this.#settings.formats;
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

  /** A reader found this segment damaged: one that is, is set aside, and people are told. */
  async checkSegment(number: number): Promise<void> {
    try {
      this.#parts.engine.setDamagedAside(number);
      this.#onOutbox();
    } catch (cause) {
      // As on a disk that takes nothing: whoever reads it next says so again.
      this.#log.error({ cause, segment: number }, 'Cannot set aside a segment that is damaged');
    }
  }

  /** What people do about alerts; resolves when it is durable. Throws USAGE or QUERY_INVALID for what cannot be done. */
  async actOnAlerts(request: AlertRequest): Promise<void> {
    this.#arrivals.advance();
    this.#arrivals.look();
    this.#alerting.act(request, this.#arrivals.place);
    this.#flusher.markDirty();
    await this.flush();
  }

  /** New settings of a reload; rules and watches go on where they are the same. */
  async reconfigure(settings: Settings): Promise<void> {
    const { cluster, engine, failures, watcher, outbox } = this.#parts;
    await this.flush();
    // What is closed or found by it has the time of now, also where nothing was looked at for long.
    this.#arrivals.advance();
    this.#arrivals.look();
    cluster.configure(copyingOf(settings), engine.nextSequence);
    this.#parts.lastLines.use(copyingOf(settings) === null);
    this.#settings = settings;
    failures.reconfigure(settings);
    this.maintenance.reconfigure(settings.retention);
    watcher.reconfigure(settings.watches, ownPlaces(settings).privatePlaces);
    outbox.reconfigure(recipientsOf(settings), this.#clock.nowMs());
    this.#alerting.reconfigure(settings, this.#arrivals.batch);
    this.#flusher.markDirty();
    await this.flush();
  }

  /** What others may ask, for this thread; `IngestClient` offers the same to another. */
  service(): IngestService {
    return serviceOf(this, this.#parts, {
      clock: this.#clock,
      onOutbox: this.#onOutbox,
      live: () => ({
        ...this.#flusher.status,
        byteCount: this.#feed.byteCount,
        diskPressure: this.maintenance.pressure.step,
      }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.importJobs.stop();
      // A record whose file goes on stays open: it is read again, whole, after the next start.
      this.#feed.flushQuiet(Number.POSITIVE_INFINITY);
      if (this.#flusher.status.trouble === null) await this.flush();
    } finally {
      await this.#flusher.atRest();
      await this.#parts.close();
    }
  }

  #maintenanceOf(options: IngestOptions): Maintenance {
    const { disk, inMemory = false, settings } = options;
    const { book, engine, presence } = this.#parts;
    const { stateDir } = settings.paths;
    const parts: MaintenanceParts = {
      ...options,
      engine,
      lastMs: presence?.absence?.fromMs ?? null,
      freeBytes: () =>
        inMemory
          ? Number.POSITIVE_INFINITY
          : (disk.room(stateDir)?.freeBytes ?? Number.POSITIVE_INFINITY),
      archivedGenerations: () => book.archivedGenerations(),
      onPressure: (change) => this.#onPressure(change),
      letGo: () => this.#letGo(),
    };
    return new Maintenance(parts, settings.retention);
  }

  #onPressure(change: PressureChange): void {
    this.#log.warn({ ...change }, pressureTitle(change));
    this.#parts.failures.pressureChanged(change);
    this.#onOutbox();
  }

  /** Nothing was read for a while: give back what reading much has taken. */
  #letGo(): void {
    if (!this.#flusher.isIdle || this.#feed.parsers.hasOpenRecord) return;
    const { database, engine, intake } = this.#parts;
    const freedBytes = this.#feed.parsers.rest(Number.POSITIVE_INFINITY) + engine.letGo();
    database.letGo();
    intake?.letGo();
    if (freedBytes >= WORTH_COLLECTING_BYTES) this.#onLetGo();
  }
}
