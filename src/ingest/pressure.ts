/**
 * The ladder of disk pressure: how little is free on the disk of the index, and what is done about it.
 *
 *     free, in times of `free_space`   step       what is done
 *     4 or more                        calm       nothing
 *     below 4                          warn       people are told
 *     below 3                          compact    small segments are merged at once
 *     below 2                          shorten    archived entries of the cheapest levels leave the index, `SHORTER_TIMES`
 *     below 1                          rest       nothing is read; files stay where they are, the daemon goes on
 *
 * A step does what those before it do. Up at once, down only with a tenth more free, so that it does not flutter.
 */
import type { Clock } from '../base/clock.ts';
import { LEVEL_NONE, levelCodeOf } from '../model/level.ts';

export const PRESSURE_STEPS = ['calm', 'warn', 'compact', 'shorten', 'rest'] as const;
export type PressureStep = (typeof PRESSURE_STEPS)[number];

/** Free space, in times of what must stay free, below which each step begins. */
const BEGINS_BELOW: Readonly<Record<PressureStep, number>> = {
  calm: Number.POSITIVE_INFINITY,
  warn: 4,
  compact: 3,
  shorten: 2,
  rest: 1,
};
const DOWN_FACTOR = 1.1;
/** Asking costs some microseconds; a disk fills at some 100 MB/s at most. */
const LOOK_EVERY_MS = 1_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHEAP = [levelCodeOf('TRACE'), levelCodeOf('DEBUG')];
const USUAL = [levelCodeOf('INFO'), LEVEL_NONE];

/** What is still kept of the cheapest levels, one after the other as long as it does not suffice. Warnings and errors stay. */
export const SHORTER_TIMES: readonly Readonly<{ levels: readonly number[]; keptMs: number }>[] = [
  { levels: CHEAP, keptMs: DAY_MS },
  { levels: CHEAP, keptMs: HOUR_MS },
  { levels: USUAL, keptMs: 7 * DAY_MS },
  { levels: USUAL, keptMs: DAY_MS },
];

export type PressureChange = Readonly<{
  from: PressureStep;
  to: PressureStep;
  freeBytes: number;
  freeBytesMin: number;
}>;

export class Pressure {
  readonly #clock: Clock;
  readonly #freeBytes: () => number;
  #freeBytesMin: number;
  #step: PressureStep = 'calm';
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #lastFreeBytes = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, freeBytes: () => number, freeBytesMin: number) {
    this.#clock = clock;
    this.#freeBytes = freeBytes;
    this.#freeBytesMin = freeBytesMin;
  }

  get step(): PressureStep {
    return this.#step;
  }

  /** Free when it was last looked at. */
  get freeBytes(): number {
    return this.#lastFreeBytes;
  }

  /** Whether this step, or one above it, is taken. */
  isAtLeast(step: PressureStep): boolean {
    return PRESSURE_STEPS.indexOf(this.#step) >= PRESSURE_STEPS.indexOf(step);
  }

  reconfigure(freeBytesMin: number): void {
    this.#freeBytesMin = freeBytesMin;
    this.#nextLookMs = Number.NEGATIVE_INFINITY;
  }

  /** Look at the disk, if it is time; the change of step, or null. */
  look(): PressureChange | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextLookMs) return null;
    this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    const freeBytes = this.#freeBytes();
    this.#lastFreeBytes = freeBytes;
    const freeBytesMin = this.#freeBytesMin;
    const from = this.#step;
    // Where nobody knows how much is free, as in memory, there is room without end.
    const reached =
      PRESSURE_STEPS.findLast((step) => freeBytes < BEGINS_BELOW[step] * freeBytesMin) ?? 'calm';
    const leaves = freeBytes >= BEGINS_BELOW[from] * freeBytesMin * DOWN_FACTOR;
    const isUp = PRESSURE_STEPS.indexOf(reached) > PRESSURE_STEPS.indexOf(from);
    if (reached === from || (!isUp && !leaves)) return null;
    this.#step = reached;
    return { from, to: reached, freeBytes, freeBytesMin };
  }
}
