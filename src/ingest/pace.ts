/**
 * How long the loop of ingest may sleep, what ends its sleep, and when it looks at the sizes of all files.
 *
 * Awake is who was told of something, has something to commit, or is waited for by a rule: then files are looked at every
 * second. At rest only time goes on; everything becomes seldom, and a machine with nothing to do is left alone.
 */
import type { Clock } from '../base/clock.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { Alerting } from './alerting.ts';
import type { Maintenance } from './maintenance.ts';
import type { ReadComplete } from './read-complete.ts';

/** A record that may still grow (a stack trace) is closed when its file was quiet for this long. */
export const OPEN_RECORD_MS_MAX = 250;

/** Longest sleep where something waits for S to rise, or for a commit that failed to be tried again. */
const IDLE_WAIT_MS_MAX = 1_000;

/** The same where nothing does: what is waited for has a moment of its own. */
const REST_WAIT_MS_MAX = 3_600_000;

/** Meanwhile clocks, mounts and the room on the disk are looked at this often, and it is noted that somebody is there. */
const CLOCKS_MS = 60_000;

/** The same where no rule waits for time: a clock that was set is seen before the next line, whenever that is. */
const REST_CLOCKS_MS = 300_000;

export type PaceParts = Readonly<{
  clock: Clock;
  watcher: Watcher;
  readComplete: ReadComplete;
  alerting: Alerting;
  maintenance: Maintenance;
}>;

/** What the loop knows of itself. */
export type LoopState = Readonly<{
  /** Arrival clock, µs. */
  atUs: number;
  /** Until what was read is to be committed, ms; null: everything is. */
  flushMs: number | null;
  hasOpenRecord: boolean;
  /** A commit failed, and is tried again before anything else is read. */
  commitsRest: boolean;
}>;

export class Pace {
  readonly #parts: PaceParts;
  /** Whether anything but time made the loop go on; true also for who makes turns by himself. */
  #isTold = true;

  constructor(parts: PaceParts) {
    this.#parts = parts;
  }

  /**
   * Every second but at rest, and where `isEvery`: what is there now is what S will stand for when it was read. One look at
   * the size of each file.
   */
  lookAtFiles(state: LoopState, isEvery: boolean): void {
    const { clock, readComplete, watcher } = this.#parts;
    const fromMs = clock.monotonicMs();
    const isAwake = this.#isAwake(state);
    if (!isEvery && !readComplete.isLookDue(fromMs, isAwake)) return;
    readComplete.roundStarts(state.atUs);
    const hasGrown = watcher.lookAtAll();
    const untilMs = clock.monotonicMs();
    readComplete.looked({ fromMs, untilMs }, isAwake || hasGrown);
  }

  /**
   * Until there is something to do, or time for it. `lookAround` is told when that is done again at the latest, and
   * returns whether it made something to do.
   */
  async sleep(
    stop: AbortSignal,
    state: LoopState,
    lookAround: (againMs: number) => boolean,
  ): Promise<void> {
    const { alerting, clock, maintenance, watcher } = this.#parts;
    const reads = !state.commitsRest && !maintenance.pressure.isAtLeast('rest');
    const endMs = clock.monotonicMs() + this.#waitMs(state);
    const clocksMs = Number.isFinite(alerting.nextDueUs) ? CLOCKS_MS : REST_CLOCKS_MS;
    for (;;) {
      const leftMs = endMs - clock.monotonicMs();
      const isLast = leftMs <= clocksMs;
      // Who is to be there again soon has said so already.
      if (leftMs > CLOCKS_MS && lookAround(clocksMs)) return;
      const wokenBy = await watcher.waitForWork(Math.max(0, isLast ? leftMs : clocksMs), stop, {
        reads,
      });
      this.#isTold = wokenBy === 'news';
      if (wokenBy !== 'time' || isLast) return;
    }
  }

  #isAwake({ atUs, flushMs }: LoopState): boolean {
    return this.#isTold || flushMs !== null || this.#parts.alerting.nextDueUs < atUs;
  }

  #waitMs(state: LoopState): number {
    const { flushMs, hasOpenRecord } = state;
    let waitMs = this.#restMs(state);
    if (flushMs !== null) waitMs = Math.min(waitMs, Math.max(1, flushMs));
    return hasOpenRecord ? Math.min(waitMs, OPEN_RECORD_MS_MAX) : waitMs;
  }

  /** With nothing to commit: until rules that wait for time, upkeep, or files to be looked at. */
  #restMs({ commitsRest }: LoopState): number {
    if (commitsRest) return IDLE_WAIT_MS_MAX;
    const { alerting, clock, maintenance, readComplete } = this.#parts;
    const nowMs = clock.nowMs();
    const upkeepMs = Math.max(IDLE_WAIT_MS_MAX, maintenance.nextMs - nowMs);
    // S has to pass that moment; where it did not yet, the files are to be looked at once more.
    const rulesMs = alerting.nextDueUs / 1_000 + 1 - nowMs;
    const dueMs = rulesMs <= 0 ? IDLE_WAIT_MS_MAX : Math.ceil(rulesMs);
    const lookMs = Math.max(0, readComplete.nextLookMs - clock.monotonicMs());
    return Math.min(REST_WAIT_MS_MAX, upkeepMs, dueMs, lookMs);
  }
}
