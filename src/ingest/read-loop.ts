/**
 * The loop that reads: lines go from files to the head of the engine, rules look at them there, and a flush that is due is made.
 *
 * It goes turn by turn, a budget of bytes each, so that whoever else is on this thread gets his turn as well; where there is nothing
 * to read it sleeps (`pace.ts`). While commits fail, or the disk is full, nothing is read, so that memory stays bounded.
 */
import { formatBytes } from '../base/byte-size.ts';
import { type Clock, nextTurn } from '../base/clock.ts';
import { isDatabaseFailure } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { Alerting } from './alerting.ts';
import type { Arrivals } from './arrivals.ts';
import type { FileFeed } from './file-feed.ts';
import type { Flusher } from './flusher.ts';
import type { Maintenance } from './maintenance.ts';
import { type LoopState, OPEN_RECORD_MS_MAX, Pace } from './pace.ts';
import type { ReadComplete } from './read-complete.ts';
import type { StateWatch } from './state-watch.ts';

/** Bytes read in one round before rules, timers and messages get their turn. */
const ROUND_BYTES_MAX = 2 * 1024 * 1024;

/** What `drain` committed since the start of its `Ingest`. */
export type DrainResult = Readonly<{ entryCount: number; byteCount: number }>;

export type ReadLoopParts = Readonly<{
  clock: Clock;
  watcher: Watcher;
  feed: FileFeed;
  readComplete: ReadComplete;
  arrivals: Arrivals;
  alerting: Alerting;
  flusher: Flusher;
  maintenance: Maintenance;
  /** Null in memory. */
  stateWatch: StateWatch | null;
  /** Where the disk is that may be full. */
  stateDir: string;
}>;

export class ReadLoop {
  readonly #parts: ReadLoopParts;
  readonly #pace: Pace;
  /** While draining: last lines without newline are taken at once. */
  #finishLines = false;
  /** What kept the last round from writing which files are followed. */
  #roundFailure: Error | null = null;

  constructor(parts: ReadLoopParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts);
  }

  /** Turn after turn until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const more = await this.turn();
      if (more) await nextTurn();
      else await this.#pace.sleep(stop, this.#state, (againMs) => this.#lookAround(againMs));
    }
  }

  /** One turn: read what is there up to a budget, look at it, flush when it is time. Returns whether more waits. */
  async turn(): Promise<boolean> {
    const { alerting, arrivals, clock, feed, flusher, maintenance, stateWatch } = this.#parts;
    flusher.throwBroken();
    stateWatch?.look();
    arrivals.advance();
    const { rests } = flusher;
    this.#pace.lookAtFiles(this.#state, this.#finishLines);
    // While commits fail nothing is read, so that memory stays bounded; new generations are still found and held open.
    const diskIsFull = maintenance.pressure.isAtLeast('rest');
    const more = this.#round(rests || diskIsFull ? 0 : ROUND_BYTES_MAX);
    if (more === null) return false;
    if (rests) {
      await flusher.retry();
      return !flusher.rests;
    }
    feed.flushQuiet(clock.monotonicMs() - OPEN_RECORD_MS_MAX);
    this.#lookAtRows(!more);
    if (!more) alerting.endOld();
    if (flusher.isDue) await flusher.flushInTurn();
    maintenance.step(more);
    return more && !diskIsFull;
  }

  /** Read all there is to its end, close every open record, and commit. Throws what makes a commit fail. */
  async drain(): Promise<DrainResult> {
    const { feed, flusher, watcher } = this.#parts;
    watcher.rescan();
    this.#finishLines = true;
    try {
      do {
        // A commit that failed is tried once more, at once.
        if (flusher.rests) await flusher.flush();
        while ((await this.turn()) || !watcher.isComplete) {
          this.#throwFailure();
          await nextTurn();
        }
        this.#throwFailure();
      } while (flusher.rests);
    } finally {
      this.#finishLines = false;
    }
    feed.flushAll();
    this.#lookAtRows(true);
    await flusher.flush();
    return { entryCount: flusher.status.entryCount, byteCount: feed.byteCount };
  }

  /** What was read is seen with S as it stood: lines of hours without a daemon, read in one round, are not late. Then S rises. */
  #lookAtRows(isComplete: boolean): void {
    const { arrivals, feed, readComplete } = this.#parts;
    if (arrivals.hasUnseen) arrivals.look();
    const openSinceUs = feed.parsers.openSinceUs(readComplete.completeUs);
    readComplete.roundEnds(isComplete, openSinceUs);
    arrivals.look();
  }

  get #state(): LoopState {
    const { arrivals, feed, flusher } = this.#parts;
    return {
      atUs: arrivals.atUs,
      flushMs: flusher.waitMs,
      hasOpenRecord: feed.parsers.hasOpenRecord,
      commitsRest: flusher.rests,
    };
  }

  /** What is looked at while the loop sleeps, and again after `againMs` at the latest; whether it has to wake for it. */
  #lookAround(againMs: number): boolean {
    const { arrivals, flusher, maintenance, stateWatch, watcher } = this.#parts;
    stateWatch?.look();
    arrivals.advance(againMs);
    const hasRoomChanged = maintenance.lookAtDisk();
    const haveMountsChanged = watcher.lookAtMounts();
    return hasRoomChanged || haveMountsChanged || flusher.waitMs !== null;
  }

  /** Find and read files; null: the database, where it is written which are followed, refused. It is tried again like a commit. */
  #round(budgetBytes: number): boolean | null {
    const { feed, flusher, watcher } = this.#parts;
    const finishLines = this.#finishLines;
    try {
      const more = watcher.round(feed.sink, { budgetBytes, finishLines });
      this.#roundFailure = null;
      return more;
    } catch (cause) {
      if (!isDatabaseFailure(cause)) throw cause;
      this.#roundFailure = cause;
      flusher.rest(cause);
      return null;
    }
  }

  /** Throws DISK_FULL where so little is free that nothing is read, also where this loop does not run. `doing`: what cannot be done. */
  refuseFullDisk(doing: string): void {
    const { maintenance, stateDir } = this.#parts;
    const { pressure } = maintenance;
    maintenance.lookAtDisk();
    if (!pressure.isAtLeast('rest')) return;
    throw new OperatorError(
      'DISK_FULL',
      `Cannot ${doing}: ${formatBytes(pressure.freeBytes)} are free on the disk of "${stateDir}"`,
      { hint: 'Make room there, or allow less with `free_space` in [retention]' },
    );
  }

  /** Reading to the end has no end while nothing is read. */
  #throwFailure(): void {
    this.refuseFullDisk('read on');
    if (this.#roundFailure !== null) throw this.#roundFailure;
  }
}
