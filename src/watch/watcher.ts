/**
 * Follows the watched files and hands over their lines, each once, in rounds that the caller asks for.
 *
 * Events and clocks only mark work; `round` does it, on the caller's thread, as far as its budget goes. A caller that cannot take lines
 * for a while calls it with a budget of 0: new generations are still found and held open. After a restart reading goes on at the
 * committed offsets, so what is committed in the same transaction as `checkpoint` is never seen twice and never missed.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { descriptorLimit } from '../base/descriptor-limit.ts';
import { messageOf } from '../base/errors.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { FileRows } from '../model/file-rows.ts';
import { Accounts, type OnLoss } from './accounts.ts';
import { type ArchivableFile, archivableFiles, rotatedFiles } from './archivable.ts';
import { Checkpoints, type SafePosition } from './checkpoints.ts';
import { ClockSteps } from './clock-steps.ts';
import { type DeletedFiles, DeletedFilesBound, deletedAmong } from './deleted-files.ts';
import { Discovery } from './discovery.ts';
import { FailedPaths } from './failed-paths.ts';
import { type FileStatus, type FileStatuses, fileStatuses } from './file-status.ts';
import type { RefusedName } from './folder-content.ts';
import type { Generation } from './generation.ts';
import { hasGrown } from './growth.ts';
import { Handles, handlesAllowed } from './handles.ts';
import { generationsIn, type HeldGeneration, heldOf } from './held-generations.ts';
import { Ledger, type Loss, type Span, type Totals } from './ledger.ts';
import { DELETED_BYTES_MAX } from './limits.ts';
import { LineReader } from './line-reader.ts';
import { Patterns } from './patterns.ts';
import { PrivatePlaces } from './private-places.ts';
import { Reading } from './reading.ts';
import { type KeptPoint, Restart } from './restart.ts';
import { Roster, rowOf } from './roster.ts';
import type { WatchSink } from './sink.ts';
import { Succession } from './succession.ts';
import { Unpacker } from './unpacker.ts';
import { type WokenBy, WorkWait } from './work-wait.ts';

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
  /** Files and folders with secrets of our own: not read through a link either. */
  privatePlaces?: readonly string[];
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

export class Watcher implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: WatchLog;
  readonly #excludedFolders: readonly string[];
  readonly #ledger: Ledger;
  readonly #clockSteps: ClockSteps;
  readonly #privatePlaces: PrivatePlaces;
  readonly #roster: Roster;
  readonly #handles: Handles;
  readonly #accounts: Accounts;
  readonly #unpacker: Unpacker;
  readonly #reading: Reading;
  readonly #succession: Succession;
  readonly #discovery: Discovery;
  readonly #checkpoints: Checkpoints;
  readonly #restart: Restart;
  readonly #deletedBound: DeletedFilesBound;
  readonly #failedFolders = new FailedPaths();
  readonly #refusedNames = new FailedPaths();
  readonly #wait: WorkWait;
  #patterns: Patterns;
  #begun = false;

  private constructor(options: WatcherOptions) {
    const { clock, database, log, watches, excludedFolders, onLoss = () => {} } = options;
    this.#clock = clock;
    this.#log = log;
    this.#excludedFolders = excludedFolders;
    this.#wait = new WorkWait(clock);
    this.#deletedBound = new DeletedFilesBound(clock, options.deletedBytesMax ?? DELETED_BYTES_MAX);
    this.#patterns = new Patterns(watches, excludedFolders);
    this.#ledger = new Ledger(database);
    this.#clockSteps = new ClockSteps(clock, this.#ledger);
    this.#privatePlaces = new PrivatePlaces(options.privatePlaces ?? []);
    this.#roster = new Roster(clock, this.#ledger);
    const { handlesMax = handlesAllowed(descriptorLimit()) } = options;
    this.#handles = new Handles(handlesMax, this.#privatePlaces);
    this.#accounts = new Accounts(clock, onLoss);
    this.#unpacker = new Unpacker(options.scratchFolder, handlesMax);
    const patterns = (): Patterns => this.#patterns;
    this.#restart = new Restart({
      roster: this.#roster,
      ledger: this.#ledger,
      accounts: this.#accounts,
      patterns,
      followIn: (tail, path) => this.#succession.followIn(tail, path),
    });
    this.#restart.restore();
    const reader = new LineReader({
      skipped: (generation, skip) => this.#accounts.add(generation, { ...skip, kind: 'skipped' }),
    });
    const clockSteps = this.#clockSteps;
    const [handles, accounts] = [this.#handles, this.#accounts];
    const shared = { clock, roster: this.#roster, ledger: this.#ledger, clockSteps };
    const saveNew = (): void => this.#roster.saveNew(accounts);
    const succession = (): Succession => this.#succession;
    this.#reading = new Reading({ clock, handles, reader, saveNew, succession });
    this.#succession = new Succession({
      ...shared,
      handles,
      accounts,
      unpacker: this.#unpacker,
      patterns,
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
    this.#reading.onWork(this.#wait.wake);
    this.#discovery.onWork(this.#wait.wake);
    this.#unpacker.onWork(this.#wait.wake);
  }

  static open(options: WatcherOptions): Watcher {
    return new Watcher(options);
  }

  /** Find what changed, read what is new up to the budget, and hand it to the sink. Returns whether more waits: else after `waitForWork`. */
  round(sink: WatchSink, { budgetBytes, finishLines = false }: RoundOptions): boolean {
    this.#checkpoints.settle();
    if (!this.#begun) this.#succession.begin();
    this.#begun = true;
    this.#clockSteps.look();
    this.#discovery.step();
    this.#unpacker.step();
    this.#roster.saveNew(this.#accounts);
    this.#reading.round({ sink, budgetBytes, finishLines });
    // The content of one may have been read just now: the next one is unpacked while nothing else is to be done.
    this.#unpacker.step();
    this.#roster.saveNew(this.#accounts);
    for (const tail of this.#deletedBound.beyond(this.#roster.tails())) {
      this.#succession.rests.giveUp(tail, 'deleted, and deleted files took too much of the disk');
    }
    this.#checkpoints.writeAnyway();
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
    return this.#wait.sleep({ maxMs, dueMs, signal });
  }

  /** End a `waitForWork` that is under way: the caller has something to do of its own. */
  wake(): void {
    this.#wait.wake();
  }

  /** Look at every file now: what is there when this is called is known when `isComplete` is true again. */
  rescan(): void {
    this.#discovery.rescan();
    this.#wait.wake();
  }

  /** Look at the size of every file that is followed: hints may be late, or lost. Returns whether one has grown untold. */
  lookAtAll(): boolean {
    return this.#reading.lookAtAll(this.#roster.tails());
  }

  /** Whether a file system was mounted or taken away since: then `round` has something to do. */
  lookAtMounts(): boolean {
    return this.#discovery.lookAtMounts();
  }

  /** Whether every folder was listed since `open`, or since the last `rescan`: all that who reads nothing waits for. */
  get isListed(): boolean {
    return this.#discovery.isComplete;
  }

  /** The same, and nothing is being unpacked: that goes on between rounds, and while what was unpacked is read. */
  get isComplete(): boolean {
    return this.isListed && !this.#unpacker.isBusy;
  }

  /** The same positions with what lies before them now: for a checkpoint that is written while reading goes on. */
  withTails(safe: ReadonlyMap<number, SafePosition>): Map<number, SafePosition> {
    return this.#checkpoints.withTails(safe);
  }

  /** Write how far each generation is committed. Call inside the transaction that commits its entries. */
  checkpoint(safe: ReadonlyMap<number, SafePosition>): void {
    this.#checkpoints.write(safe);
  }

  /** Before the first round: the bytes before `point` were kept elsewhere and are handed over already. */
  resume(number: number, point: KeptPoint): void {
    this.#restart.resume(number, point);
  }

  /** The same, where what was read last is a hole of NULs: nothing of it was handed over. */
  resumeBehindHole(number: number, hole: Readonly<{ start: number; end: number }>): void {
    this.#restart.resumeBehindHole(number, hole);
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
    return this.#restart.recall(number, endBytes);
  }

  /**
   * Before the first round: the archived file at `path`, which a process that is gone had moved there as it was. Where
   * somebody wrote more to it since the ledger was written, that is read.
   */
  followArchived(number: number, path: string): void {
    this.#restart.followArchived(number, path);
  }

  /** Whether bytes of a generation wait to be read; asks the file itself, which may have grown a moment ago. */
  hasUnread(number: number): boolean {
    const tail = this.#roster.tail(number);
    if (tail === undefined || tail.generation.state === 'ended') return false;
    return tail.ready || hasGrown(tail);
  }

  files(): FileStatus[] {
    return this.fileStatuses('all').files;
  }

  fileStatuses(asked: FileRows, lost: ReadonlySet<string> = new Set()): FileStatuses {
    const parts = { roster: this.#roster, refused: this.#refusedNames.known(), lost };
    return fileStatuses({ ...parts, nowMs: this.#clock.nowMs() }, asked);
  }

  /** Deleted files that are still open, and what they take of the disk. */
  deletedFiles(): DeletedFiles {
    return deletedAmong(this.#roster.tails());
  }

  /** Folders that cannot be listed, with the reason. */
  failedFolders(): ReadonlyMap<string, string> {
    return this.#failedFolders.known();
  }

  /** The files that rotation may look at: a path leads to them, and it is known how far they are committed. */
  archivable(): ArchivableFile[] {
    // What became of files that were renamed is asked of the ledger, which a process that ends soon would never tell.
    this.#checkpoints.writeChanges();
    return [
      ...archivableFiles(this.#roster, this.#ledger, this.#patterns),
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

  /** The generations that the file at `path` holds, also those that are no longer followed. */
  generationsIn(path: string): HeldGeneration[] {
    return generationsIn(path, this.#holding);
  }

  /** What `generationsIn` says, of one whose file is somewhere else; undefined: nobody knows it any more. */
  heldGeneration(number: number): HeldGeneration | undefined {
    const row = this.#ledger.find(number);
    return row === undefined ? undefined : heldOf(row, this.#holding);
  }

  get #holding() {
    return { ledger: this.#ledger, roster: this.#roster, patterns: this.#patterns };
  }

  /** Bytes that are not indexed, of all generations in the ledger. */
  totals(): Totals {
    return this.#ledger.totals();
  }

  /** The newest first. */
  losses(countMax: number = Number.MAX_SAFE_INTEGER): Loss[] {
    return this.#ledger.losses(countMax);
  }

  spansOf(generation: number): Span[] {
    return this.#ledger.spansOf(generation);
  }

  /** Follow what other settings name from now on. What no watch names any more is let go of where it was read to. */
  reconfigure(watches: readonly WatchSettings[], privatePlaces: readonly string[]): void {
    this.#privatePlaces.use(privatePlaces);
    this.#succession.reconfigured(this.#patterns, watches);
    this.#patterns = new Patterns(watches, this.#excludedFolders);
    for (const tail of this.#roster.usePatterns(this.#patterns)) this.#reading.end(tail);
    this.#discovery.usePatterns(this.#patterns);
    this.#wait.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discovery[Symbol.asyncDispose]();
    await this.#unpacker[Symbol.asyncDispose]();
    this.#handles[Symbol.dispose]();
  }

  #makeDiscovery(): Discovery {
    return new Discovery(this.#clock, this.#patterns, {
      check: (path, options) => this.#succession.check(path, options),
      unwatched: (path) => this.#succession.unwatched(path),
      passEnded: (pass) => this.#passEnded(pass.startedAtMs),
      folderFailed: (folder, error) => this.#folderFailed(folder, error),
      nameRefused: (refused) => this.#nameRefused(refused),
      hintsExhausted: (reason) =>
        this.#log.warn(
          { reason },
          'No more folders can be watched for changes: they are looked at every 10 s instead',
        ),
    });
  }

  #folderFailed(folder: string, error: unknown): void {
    const reason = messageOf(error);
    if (!this.#failedFolders.add(folder, reason)) return;
    this.#log.warn({ folder, reason }, 'Cannot list a watched folder; it is tried again');
  }

  #nameRefused({ kind, shown }: RefusedName): void {
    const unread = kind === 'folder' ? 'what is in it' : 'it';
    const reason = `its name is not UTF-8, so ${unread} is not read: rename it`;
    if (!this.#refusedNames.add(shown, reason)) return;
    this.#log.warn({ path: shown, reason }, `Cannot follow a ${kind} because of its name`);
  }

  /** All folders were listed: paths that were not met are gone. */
  #passEnded(startedAtMs: number): void {
    this.#failedFolders.passEnded();
    this.#refusedNames.passEnded();
    for (const watched of [...this.#roster.paths()]) {
      // One that was looked at in the very millisecond may have gone since.
      if (watched.lookedAtMs <= startedAtMs) {
        this.#succession.check(watched.path, { hinted: false });
      }
    }
    this.#succession.allSeen();
  }
}
