/**
 * What the index needs now and then: small segments merged, old entries let go of, and what a full disk asks for.
 *
 * Rewriting runs on the engine's own thread, one segment at a time, and never holds up reading. What fails is said
 * and tried again later: the segments answer as they are.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RetentionSettings } from '../config/settings.ts';
import type { Engine } from '../engine/engine.ts';
import type { RetentionPolicy } from '../engine/retention.ts';
import { LEVEL_NONE_NAME, LEVELS, type Level, levelCodeOf } from '../model/level.ts';
import { AgeClock } from './age-clock.ts';
import { Pressure, type PressureChange, SHORTER_TIMES } from './pressure.ts';

/** A quiet machine makes two segments a second at most: eight are waiting after some seconds. */
const COMPACT_EVERY_MS = 5_000;
/** Making segments dense can wait: a fifth of a core at most. */
const DENSE_PAUSE_SHARE = 4;
/** Segments are hours or days: retention need not be exact to the minute, nor need what has just found nothing to do. */
const SELDOM_MS = 10 * 60_000;
/** The same where nothing was committed since: only age asks for anything then. */
const IDLE_SELDOM_MS = 3_600_000;
/** What to merge and to make dense is decided by what was committed; a segment that was held meanwhile can wait. */
const UNCHANGED_SELDOM_MS = 6 * 3_600_000;
/** Nothing to commit for so long: who writes every few seconds is not made to ask for memory anew each time. */
const LET_GO_MS = 30_000;
/** What failed is tried again. */
const RETRY_MS = 60_000;

export type MaintenanceParts = Readonly<{
  clock: Clock;
  log: Log;
  engine: Engine;
  /** See `AgeClock`. */
  lastMs: number | null;
  /** Free on the disk of the index; infinite where there is none. */
  freeBytes: () => number;
  /** Generations of files whose archived copy was read back. */
  archivedGenerations: () => readonly number[];
  onPressure: (change: PressureChange) => void;
  /** Nothing was committed for a while: what a burst of lines left in memory can go. */
  letGo: () => void;
}>;

export class Maintenance {
  readonly pressure: Pressure;
  readonly #parts: MaintenanceParts;
  readonly #ages: AgeClock;
  #retention: RetentionSettings;
  #nextCompactMs = 0;
  #nextExpireMs = 0;
  #nextThinMs = 0;
  #nextDenseMs = 0;
  #letGoMs = Number.POSITIVE_INFINITY;
  /** Since small segments were looked for. */
  #hasCommits = true;
  /** How many of `SHORTER_TIMES` are used up. */
  #shorterUsed = 0;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;

  constructor(parts: MaintenanceParts, retention: RetentionSettings) {
    this.#parts = parts;
    this.#ages = new AgeClock(parts.clock, parts.log, parts.lastMs);
    this.#retention = retention;
    this.pressure = new Pressure(parts.clock, parts.freeBytes, retention.freeBytesMin);
  }

  /** How far behind the wall clock ages are reckoned, of archived files as well. */
  agesBehindMs(): number {
    return this.#ages.behindMs();
  }

  /** A segment is new: it may be one to merge. */
  committed(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#hasCommits = true;
    this.#nextExpireMs = Math.min(this.#nextExpireMs, nowMs + SELDOM_MS);
    this.#nextCompactMs = Math.min(this.#nextCompactMs, nowMs + COMPACT_EVERY_MS);
    this.#nextDenseMs = Math.min(this.#nextDenseMs, nowMs + SELDOM_MS);
    this.#letGoMs = nowMs + LET_GO_MS;
  }

  /** Called by the loop whenever it likes; does what is due. `isBusy`: there is more to read, and what can wait waits. */
  step(isBusy: boolean): void {
    this.lookAtDisk();
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs >= this.#nextExpireMs) this.expire();
    if (this.#isWorking) return;
    const work = this.#dueWork(nowMs, isBusy);
    if (work === null) {
      if (!isBusy && nowMs >= this.#letGoMs) this.#letGo();
      return;
    }
    this.#isWorking = true;
    this.#working = this.#run(work);
  }

  /** Wall time of the next thing to do, in the past where something is under way or may be at any time. */
  get nextMs(): number {
    if (this.#isWorking || this.pressure.isAtLeast('shorten')) return 0;
    return Math.min(this.#nextThinMs, this.#nextCompactMs, this.#nextDenseMs, this.#letGoMs);
  }

  #letGo(): void {
    this.#letGoMs = Number.POSITIVE_INFINITY;
    this.#parts.letGo();
  }

  /** Let go of whole segments that the retention gives up, now; of parts of segments, soon. */
  expire(agesAtMs = this.#ages.nowMs()): void {
    this.#nextExpireMs = this.#parts.clock.nowMs() + IDLE_SELDOM_MS;
    this.#nextThinMs = 0;
    const expired = this.#parts.engine.expire(policyOf(this.#retention, agesAtMs));
    this.#tellRemoved(expired.reduce((sum, segment) => sum + segment.rowCount, 0));
  }

  /** Everything the retention gives up, now and to the end; who asks for that believes the clock. */
  async expireAll(): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    this.expire(nowMs);
    await this.#working;
    const policy = policyOf(this.#retention, nowMs);
    while ((await this.#parts.engine.thin(policy)) > 0);
  }

  reconfigure(retention: RetentionSettings): void {
    this.#retention = retention;
    this.#nextExpireMs = 0;
    this.pressure.reconfigure(retention.freeBytesMin);
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#working;
  }

  /** Whether there is now more or less room than the settings want, if it is time to look. */
  lookAtDisk(): boolean {
    let change: PressureChange | null;
    try {
      change = this.pressure.look();
    } catch (cause) {
      this.#parts.log.warn({ cause }, 'Cannot see how much is free on the disk of the index');
      return false;
    }
    if (change === null) return false;
    this.#shorterUsed = 0;
    // What waits for commits is wanted now.
    if (this.pressure.isAtLeast('compact')) this.#nextCompactMs = this.#nextDenseMs = 0;
    this.#parts.onPressure(change);
    return true;
  }

  #dueWork(nowMs: number, isBusy: boolean): (() => Promise<void>) | null {
    if (nowMs >= this.#nextThinMs) return () => this.#thin(nowMs);
    if (this.pressure.isAtLeast('shorten') && this.#shorterUsed < SHORTER_TIMES.length) {
      return () => this.#shorten();
    }
    const eagerly = this.pressure.isAtLeast('compact');
    if (nowMs >= this.#nextCompactMs) return () => this.#compact(nowMs, eagerly);
    if (nowMs >= this.#nextDenseMs && !isBusy) return () => this.#densify(eagerly);
    return null;
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#parts.log.warn({ cause }, 'Segments could not be written anew; it is tried again');
      const nowMs = this.#parts.clock.nowMs();
      this.#nextThinMs = nowMs + SELDOM_MS;
      this.#nextCompactMs = nowMs + RETRY_MS;
      this.#nextDenseMs = nowMs + RETRY_MS;
    } finally {
      this.#isWorking = false;
    }
  }

  async #compact(nowMs: number, eagerly: boolean): Promise<void> {
    const hadCommits = this.#hasCommits;
    this.#hasCommits = false;
    this.#nextCompactMs = nowMs + (hadCommits ? COMPACT_EVERY_MS : UNCHANGED_SELDOM_MS);
    // As long as there is something, but only one merge each time the loop comes by: reading goes first.
    if (await this.#parts.engine.compact(eagerly)) this.#nextCompactMs = 0;
    else this.#parts.engine.restThread();
  }

  async #densify(eagerly: boolean): Promise<void> {
    const { clock, engine } = this.#parts;
    const startedMs = clock.monotonicMs();
    const isDone = await engine.densify(eagerly);
    const seldomMs = this.#hasCommits ? SELDOM_MS : UNCHANGED_SELDOM_MS;
    const pauseMs = isDone ? (clock.monotonicMs() - startedMs) * DENSE_PAUSE_SHARE : seldomMs;
    this.#nextDenseMs = clock.nowMs() + pauseMs;
  }

  async #thin(nowMs: number): Promise<void> {
    const entryCount = await this.#parts.engine.thin(policyOf(this.#retention, this.#ages.nowMs()));
    if (entryCount === 0) this.#nextThinMs = nowMs + IDLE_SELDOM_MS;
    this.#tellRemoved(entryCount);
  }

  /** One segment written anew without its cheapest entries, of archived files only. */
  async #shorten(): Promise<void> {
    const shorter = SHORTER_TIMES[this.#shorterUsed]!;
    const beforeUs = (this.#ages.nowMs() - shorter.keptMs) * 1000;
    const rules = shorter.levels.map((level) => ({ level, beforeUs }));
    const policy = { beforeUs: null, rules, bytesMax: null };
    const entryCount = await this.#parts.engine.thin(policy, this.#parts.archivedGenerations());
    if (entryCount === 0) this.#shorterUsed += 1;
    this.#tellRemoved(entryCount);
  }

  #tellRemoved(entryCount: number): void {
    if (entryCount === 0) return;
    const why = this.pressure.isAtLeast('shorten') ? 'a full disk' : 'the retention';
    this.#parts.log.info({ entryCount }, `Removed entries from the index for ${why}`);
  }
}

export function policyOf(retention: RetentionSettings, nowMs: number): RetentionPolicy {
  const { ageMs, indexBytesMax, levels, sources } = retention;
  const beforeUs = (durationMs: number): number => (nowMs - durationMs) * 1000;
  return {
    beforeUs: ageMs === null ? null : beforeUs(ageMs),
    rules: [
      ...levels.map(({ name, durationMs }) => ({
        level: levelCodeOf(levelNamed(name)),
        beforeUs: beforeUs(durationMs),
      })),
      ...sources.map(({ name, durationMs }) => ({ source: name, beforeUs: beforeUs(durationMs) })),
    ],
    bytesMax: indexBytesMax,
  };
}

function levelNamed(name: string): Level | null {
  return name === LEVEL_NONE_NAME
    ? null
    : (LEVELS.find((level) => level === name.toUpperCase()) ?? null);
}
