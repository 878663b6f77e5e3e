/**
 * Follows the watched files and hands over their lines, each once, in rounds that the caller asks for.
 *
 * Events and clocks only mark work; `round` does it, on the caller's thread, as far as its budget goes. A caller
 * that cannot take lines for a while calls it with a budget of 0: new generations are still found and held open.
 * After a restart reading goes on at the committed offsets, so what is committed in the same transaction as
 * `checkpoint` is never seen twice and never missed.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { descriptorLimit } from '../base/descriptor-limit.ts';
import { messageOf } from '../base/errors.ts';
import type { WatchSettings } from '../config/settings.ts';
import { Accounts, type OnLoss } from './accounts.ts';
import { type ArchivableFile, archivableFiles, rotatedFiles } from './archivable.ts';
import { Checkpoints, type SafePosition } from './checkpoints.ts';
import { ClockSteps } from './clock-steps.ts';
import { type DeletedFiles, deletedAmong, deletedBeyond } from './deleted-files.ts';
import { Discovery } from './discovery.ts';
import { lookOrNothing } from './file-look.ts';
import { type FileStatus, fileStatuses } from './file-status.ts';
import { learnBeginning } from './fingerprint.ts';
import { type Generation, NO_BYTES } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import { Handles, handlesAllowed } from './handles.ts';
import { Ledger, type Loss, type Span, type Totals } from './ledger.ts';
import { DELETED_BYTES_MAX, DELETED_CHECK_MS, TAIL_BYTES } from './limits.ts';
import { LineReader } from './line-reader.ts';
import { Patterns } from './patterns.ts';
import { Reading } from './reading.ts';
import { Roster, rowOf } from './roster.ts';
import type { WatchSink } from './sink.ts';
import { Succession } from './succession.ts';
import type { Tail } from './tail.ts';
import { Unpacker } from './unpacker.ts';

/** What the watcher says to the daemon's log. */
export type WatchLog = Readonly<{
  warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}>;

export type WatcherOptions = Readonly<{
  clock: Clock;
  database: Database;
  log: WatchLog;
  watches: readonly WatchSettings[];
  /** Folders of our own output; nothing in them is ever read. */
  excludedFolders: readonly string[];
  /** Told of lost bytes inside the transaction that records them. */
  onLoss?: OnLoss;
  handlesMax?: number;
  deletedBytesMax?: number;
  /** Where the content of compressed files is put while it is read. Default: the system's folder for temporary files. */
  scratchFolder?: string;
}>;

export type RoundOptions = Readonly<{
  /** About how many bytes may be read; 0: find files, read nothing. */
  budgetBytes: number;
  /** Hand over unfinished last lines without waiting. */
  finishLines?: boolean;
}>;

/** Changes that no entry carries (a rename, a loss) are written after this long at the latest. */
const WRITE_ANYWAY_MS = 5_000;

const WOKEN = 'woken';

/** `news`: something happened, or somebody called `wake`; `due`: it is time for a look of the watcher's own; `time`: `maxMs` passed. */
export type WokenBy = 'news' | 'due' | 'time';

export class Watcher implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: WatchLog;
  readonly #excludedFolders: readonly string[];
  readonly #ledger: Ledger;
  readonly #clockSteps: ClockSteps;
  readonly #roster: Roster;
  readonly #handles: Handles;
  readonly #accounts: Accounts;
  readonly #unpacker: Unpacker;
  readonly #reading: Reading;
  readonly #succession: Succession;
  readonly #discovery: Discovery;
  readonly #checkpoints: Checkpoints;
  #patterns: Patterns;
  /** Of the last whole pass, and of the one under way. */
  #failedFolders = new Map<string, string>();
  #newlyFailed = new Map<string, string>();
  readonly #deletedBytesMax: number;
  #deletedCheckAtMs = 0;
  #begun = false;
  #wake: (() => void) | null = null;

  private constructor(options: WatcherOptions) {
    const { clock, database, log, watches, excludedFolders, onLoss = () => {} } = options;
    this.#clock = clock;
    this.#log = log;
    this.#excludedFolders = excludedFolders;
    this.#deletedBytesMax = options.deletedBytesMax ?? DELETED_BYTES_MAX;
    this.#patterns = new Patterns(watches, excludedFolders);
    this.#ledger = new Ledger(database);
    this.#clockSteps = new ClockSteps(clock, this.#ledger);
    this.#roster = new Roster(clock, this.#ledger);
    const { handlesMax = handlesAllowed(descriptorLimit()) } = options;
    this.#handles = new Handles(handlesMax);
    this.#accounts = new Accounts(clock, onLoss);
    this.#unpacker = new Unpacker(options.scratchFolder, handlesMax);
    this.#restore();
    const reader = new LineReader({
      skipped: (generation, skip) => this.#accounts.add(generation, { ...skip, kind: 'skipped' }),
    });
    const clockSteps = this.#clockSteps;
    const shared = { clock, roster: this.#roster, ledger: this.#ledger, clockSteps };
    const handles = this.#handles;
    const accounts = this.#accounts;
    this.#reading = new Reading({ clock, handles, reader, succession: () => this.#succession });
    this.#succession = new Succession({
      ...shared,
      handles,
      accounts,
      unpacker: this.#unpacker,
      patterns: () => this.#patterns,
      ready: this.#reading.ready,
      retry: this.#reading.retry,
      ended: this.#reading.end,
    });
    this.#checkpoints = new Checkpoints({
      ...shared,
      accounts,
      takeMoved: () => this.#reading.takeMoved(),
    });
    this.#discovery = this.#makeDiscovery();
    this.#reading.onWork(() => this.#wake?.());
    this.#discovery.onWork(() => this.#wake?.());
    this.#unpacker.onWork(() => this.#wake?.());
  }

  static open(options: WatcherOptions): Watcher {
    return new Watcher(options);
  }

  /**
   * Find what changed, read what is new up to the budget, and hand it to the sink. Returns whether more waits:
   * then call again, or after `waitForWork`.
   */
  round(sink: WatchSink, options: RoundOptions): boolean {
    this.#checkpoints.settle();
    if (!this.#begun) this.#succession.begin();
    this.#begun = true;
    this.#clockSteps.look();
    this.#discovery.step();
    this.#unpacker.step();
    this.#roster.saveNew();
    const { budgetBytes, finishLines = false } = options;
    if (budgetBytes > 0) this.#reading.round({ sink, budgetBytes, finishLines });
    // The content of one may have been read just now: the next one is unpacked while nothing else is to be done.
    this.#unpacker.step();
    this.#roster.saveNew();
    this.#letGoOfDeleted();
    this.#writeAnyway();
    return this.#hasWork;
  }

  get #hasWork(): boolean {
    return this.#reading.hasWork || this.#findsWork;
  }

  get #findsWork(): boolean {
    return this.#discovery.hasWork || this.#unpacker.hasFinished;
  }

  /**
   * Resolves when `round` may have something to do, after `maxMs`, or when `signal` aborts. `reads`: whether it will read;
   * else what waits to be read is nothing to do.
   */
  async waitForWork(
    maxMs: number,
    signal?: AbortSignal,
    { reads = true }: Readonly<{ reads?: boolean }> = {},
  ): Promise<WokenBy> {
    if (signal?.aborted || (reads ? this.#hasWork : this.#findsWork)) return 'news';
    const nowMs = this.#clock.monotonicMs();
    const timedMs = reads ? this.#reading.nextTimedMs : Number.POSITIVE_INFINITY;
    const dueMs = Math.min(timedMs, this.#discovery.nextLookMs) - nowMs;
    const waiting = new AbortController();
    // Without a reason an error with a stack is made, each time.
    const wake = (): void => waiting.abort(WOKEN);
    this.#wake = wake;
    signal?.addEventListener('abort', wake, { once: true });
    await this.#clock.sleep(Math.max(0, Math.min(maxMs, dueMs)), { signal: waiting.signal });
    signal?.removeEventListener('abort', wake);
    this.#wake = null;
    if (waiting.signal.aborted) return 'news';
    return dueMs <= maxMs ? 'due' : 'time';
  }

  /** End a `waitForWork` that is under way: the caller has something to do of its own. */
  wake(): void {
    this.#wake?.();
  }

  /** Look at every file now: what is there when this is called is known when `isComplete` is true again. */
  rescan(): void {
    this.#discovery.rescan();
    this.#wake?.();
  }

  /** Look at the size of every file that is followed: hints may be late, or lost. Returns whether one has grown untold. */
  lookAtAll(): boolean {
    return this.#reading.lookAtAll(this.#roster.tails());
  }

  /** Whether a file system was mounted or taken away since: then `round` has something to do. */
  lookAtMounts(): boolean {
    return this.#discovery.lookAtMounts();
  }

  /** Whether every folder was listed since `open`, or since the last `rescan`, and nothing is being unpacked. */
  get isComplete(): boolean {
    return this.#discovery.isComplete && !this.#unpacker.isBusy;
  }

  /** The same positions with what lies before them now: for a checkpoint that is written while reading goes on. */
  withTails(safe: ReadonlyMap<number, SafePosition>): Map<number, SafePosition> {
    return this.#checkpoints.withTails(safe);
  }

  /** Write how far each generation is committed. Call inside the transaction that commits its entries. */
  checkpoint(safe: ReadonlyMap<number, SafePosition>): void {
    this.#checkpoints.write(safe);
  }

  /**
   * Before the first round: the bytes before `point` were kept elsewhere and are handed over already. `kept`: the last
   * piece of them, as far as it is at hand, and where it begins; by it the file, or a copy of it, is known to be the same.
   */
  resume(
    number: number,
    point: Readonly<{
      offsetBytes: number;
      insideLine: boolean;
      kept?: Readonly<{ start: number; bytes: Buffer }>;
    }>,
  ): void {
    const generation = this.#roster.tail(number)?.generation;
    const { offsetBytes, insideLine, kept = { start: 0, bytes: NO_BYTES } } = point;
    if (generation === undefined || offsetBytes <= generation.committedOffset) return;
    const isWhole = kept.start + kept.bytes.length === offsetBytes;
    generation.readOffset = offsetBytes;
    generation.seenOffset = offsetBytes;
    generation.handedOffset = offsetBytes;
    generation.sizeBytes = Math.max(generation.sizeBytes, offsetBytes);
    learnBeginning(generation, kept.bytes, kept.start);
    generation.tail = isWhole ? Buffer.from(kept.bytes.subarray(-TAIL_BYTES)) : NO_BYTES;
    generation.insideLine = insideLine;
    generation.insideHole = false;
    generation.probed = true;
    if (insideLine) generation.cuts.push(offsetBytes);
  }

  /** The same, where what was read last is a hole of NULs: nothing of it was handed over. */
  resumeBehindHole(number: number, hole: Readonly<{ start: number; end: number }>): void {
    const generation = this.#roster.tail(number)?.generation;
    const { end } = hole;
    if (generation === undefined || end <= generation.committedOffset) return;
    this.#accounts.add(generation, { ...hole, kind: 'skipped', reason: 'hole of NUL bytes' });
    generation.readOffset = end;
    generation.seenOffset = end;
    generation.sizeBytes = Math.max(generation.sizeBytes, end);
    generation.tail = NO_BYTES;
    generation.insideHole = false;
    generation.changed = true;
  }

  /** A generation that is followed, or was when the last process ended. */
  generation(number: number): Generation | undefined {
    return this.#roster.tail(number)?.generation;
  }

  /**
   * Before the first round: one that the ledger calls ended or archived, and of which bytes before `endBytes` were kept
   * elsewhere. A writer had gone on in it, and it is followed again.
   */
  recall(number: number, endBytes: number): Generation | undefined {
    const row = this.#ledger.find(number);
    if (row === undefined || row.committedOffset >= endBytes) return undefined;
    const watch = this.#watchOf(row);
    if (watch === undefined) return undefined;
    const { generation } = this.#roster.restore(row, watch);
    Object.assign(generation, { state: 'rotated', endedAtMs: null, changed: true });
    return generation;
  }

  /**
   * Before the first round: the archived file at `path`, which a process that is gone had moved there as it was. Where
   * somebody wrote more to it since the ledger was written, that is read.
   */
  followArchived(number: number, path: string): void {
    const row = this.#ledger.find(number);
    const look = lookOrNothing(path);
    const hasGrown = look?.kind === 'file' && look.sizeBytes > (row?.committedOffset ?? 0);
    if (row === undefined || !hasGrown || look.key !== row.key) return;
    const isFollowed = this.#roster.tail(number) !== undefined;
    if (!isFollowed && this.recall(number, look.sizeBytes) === undefined) return;
    const tail = this.#roster.tail(number);
    if (tail === undefined || tail.source !== null) return;
    this.#succession.followIn(tail, path);
  }

  /** Whether bytes of a generation wait to be read; asks the file itself, which may have grown a moment ago. */
  hasUnread(number: number): boolean {
    const tail = this.#roster.tail(number);
    if (tail === undefined || tail.generation.state === 'ended') return false;
    return tail.ready || this.#reading.hasGrown(tail);
  }

  files(): FileStatus[] {
    return fileStatuses(this.#roster, this.#clock.nowMs());
  }

  /** Deleted files that are still open, and what they take of the disk. */
  deletedFiles(): DeletedFiles {
    return deletedAmong(this.#roster.tails());
  }

  /** Folders that cannot be listed, with the reason. */
  failedFolders(): ReadonlyMap<string, string> {
    return this.#failedFolders;
  }

  /** The files that rotation may look at: a path leads to them, and it is known how far they are committed. */
  archivable(): ArchivableFile[] {
    // What became of files that were renamed is asked of the ledger, which a process that ends soon would never tell.
    this.#writeChanges();
    return [
      ...archivableFiles(this.#roster, this.#patterns),
      ...rotatedFiles(this.#ledger, this.#patterns),
    ];
  }

  /** Inside the transaction that enters the move: the file is in the archive, its path is free. */
  archived(number: number): void {
    this.#checkpoints.settle();
    const tail = this.#roster.tail(number);
    if (tail === undefined) {
      this.#ledger.markArchived(number);
      return;
    }
    this.#succession.archived(tail);
    this.#ledger.save(rowOf(tail.generation));
  }

  /** Bytes that are not indexed, of all generations in the ledger. */
  totals(): Totals {
    return this.#ledger.totals();
  }

  losses(): Loss[] {
    return this.#ledger.losses();
  }

  spansOf(generation: number): Span[] {
    return this.#ledger.spansOf(generation);
  }

  /** Follow what other settings name from now on. What no watch names any more is let go of where it was read to. */
  reconfigure(watches: readonly WatchSettings[]): void {
    this.#patterns = new Patterns(watches, this.#excludedFolders);
    for (const watched of [...this.#roster.paths()]) {
      const match = this.#patterns.match(watched.path);
      if (match === undefined) {
        const { tail } = watched;
        this.#roster.unlead(watched);
        this.#roster.dropPath(watched.path);
        if (tail !== null && tail.paths.size === 0) this.#reading.end(tail);
        continue;
      }
      watched.watch = match.watch;
      watched.source = match.source;
      if (watched.tail === null) continue;
      watched.tail.generation.watch = match.watch;
      watched.tail.generation.source = match.source;
      watched.tail.generation.changed = true;
    }
    this.#discovery.usePatterns(this.#patterns);
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discovery[Symbol.asyncDispose]();
    await this.#unpacker[Symbol.asyncDispose]();
    this.#handles[Symbol.dispose]();
  }

  #letGoOfDeleted(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#deletedCheckAtMs) return;
    this.#deletedCheckAtMs = nowMs + DELETED_CHECK_MS;
    for (const tail of deletedBeyond(this.#roster.tails(), this.#deletedBytesMax)) {
      this.#succession.rests.giveUp(tail, 'deleted, and deleted files took too much of the disk');
    }
  }

  #writeAnyway(): void {
    if (this.#checkpoints.ageMs() < WRITE_ANYWAY_MS) return;
    this.#writeChanges();
  }

  #writeChanges(): void {
    if (!this.#accounts.hasPending && !this.#checkpoints.hasChanges()) return;
    this.#ledger.transaction(() => this.checkpoint(new Map()));
  }

  /** Follow again what was followed when the last process ended. */
  #restore(): void {
    this.#ledger.forgetUncommittedSpans();
    for (const row of this.#ledger.followed()) {
      const match = this.#patterns.match(row.path);
      const watch = this.#watchOf(row);
      if (watch === undefined) continue;
      const tail = this.#roster.restore(row, watch);
      if (row.state !== 'live' || match === undefined) continue;
      const { source } = match;
      const known = this.#roster.path(row.path);
      const watched = known ?? this.#roster.addPath(row.path, { watch, source });
      watched.siblingsAtMs = row.siblingsAtMs;
      if (watched.tail !== null) supersede(watched.tail, tail);
      this.#roster.lead(watched, tail);
      tail.generation.source = source;
    }
  }

  #watchOf(row: GenerationRow): WatchSettings | undefined {
    const match = this.#patterns.match(row.path);
    return match?.watch ?? this.#patterns.watches.find(({ name }) => name === row.watch);
  }

  #makeDiscovery(): Discovery {
    return new Discovery(this.#clock, this.#patterns, {
      check: (path, options) => this.#succession.check(path, options),
      passEnded: (pass) => this.#passEnded(pass.startedAtMs),
      folderFailed: (folder, error) => this.#folderFailed(folder, error),
      hintsExhausted: (reason) =>
        this.#log.warn(
          { reason },
          'No more folders can be watched for changes: they are looked at every 10 s instead',
        ),
    });
  }

  #folderFailed(folder: string, error: unknown): void {
    const reason = messageOf(error);
    this.#newlyFailed.set(folder, reason);
    if (this.#failedFolders.has(folder)) return;
    this.#log.warn({ folder, reason }, 'Cannot list a watched folder; it is tried again');
  }

  /** All folders were listed: paths that were not met are gone. */
  #passEnded(startedAtMs: number): void {
    this.#failedFolders = this.#newlyFailed;
    this.#newlyFailed = new Map();
    for (const watched of [...this.#roster.paths()]) {
      // One that was looked at in the very millisecond may have gone since.
      if (watched.lookedAtMs <= startedAtMs) {
        this.#succession.check(watched.path, { hinted: false });
      }
    }
    this.#succession.allSeen();
  }
}

/** Both were last seen live under one path: the older one was followed by the newer when the process ended. */
function supersede(older: Tail, newer: Tail): void {
  const { generation } = older;
  const inPlace = generation.key === newer.generation.key;
  generation.state = inPlace ? 'replaced' : 'rotated';
  generation.wasReplaced ||= inPlace;
  generation.changed = true;
  newer.waitsFor.push(older);
}
