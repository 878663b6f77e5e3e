/**
 * How long to wait for another process: as long as it gets on with its work, however slowly.
 *
 * A time alone tells a daemon that hangs from one that is given little of a busy machine only by luck: its start takes
 * some seconds of a processor, and those may take minutes.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';

/** Nothing that goes on stands still for so long, not even behind a slow disk. */
export const STUCK_MS_MAX = 60_000;

export class Patience {
  readonly #clock: Clock;
  readonly #stuckMsMax: number;
  #progress: number | null = null;
  #movedAtMs: number;

  constructor(clock: Clock, stuckMsMax: number = STUCK_MS_MAX) {
    this.#clock = clock;
    this.#stuckMsMax = stuckMsMax;
    this.#movedAtMs = clock.monotonicMs();
  }

  /** Whether `progress`, any number that moves with the work, has stood still for too long. */
  isOver(progress: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (progress !== this.#progress) this.#movedAtMs = nowMs;
    this.#progress = progress;
    return nowMs - this.#movedAtMs > this.#stuckMsMax;
  }
}

/** Clock ticks of processor time that a process was given; 0 where that cannot be known. */
export function processorTicksOf(pid: number): number {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return 0; // It ended, or there is no /proc: then time alone decides.
  }
  // The name, in parentheses, may hold anything; user and system time are the 12th and 13th fields behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
