/**
 * Whether anybody was there: a small file in the state folder that is touched while the daemon runs, and names the boot of
 * the machine. From it a start knows how long nobody read, and whether the machine itself was off.
 *
 * An idle daemon commits nothing, so the last commit does not say that.
 */
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import type { Clock } from '../base/clock.ts';
import { systemCodeOf } from '../base/errors.ts';

/** How often it is touched at most; where nothing happens at all, once a minute. */
const TOUCH_MS = 10_000;
/** A shorter absence is a restart. */
const ABSENCE_MS_MIN = 120_000;

export type Absence = Readonly<{
  fromMs: number;
  toMs: number;
  /** Nothing could be written meanwhile, either. */
  isMachineOff: boolean;
}>;

export class Presence {
  readonly #path: string;
  readonly #clock: Clock;
  /** How long nobody was there before this start; null: not worth a word, or not known. */
  readonly absence: Absence | null;
  #touchedAtMs: number;

  private constructor(path: string, clock: Clock, absence: Absence | null) {
    this.#path = path;
    this.#clock = clock;
    this.absence = absence;
    this.#touchedAtMs = clock.nowMs();
  }

  static open(path: string, clock: Clock): Presence {
    const nowMs = clock.nowMs();
    const boot = bootId();
    const last = lastPresence(path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${boot}\n`);
    utimesSync(path, nowMs / 1_000, nowMs / 1_000);
    const isAbsence = last !== null && nowMs - last.atMs >= ABSENCE_MS_MIN;
    const absence = isAbsence
      ? { fromMs: last.atMs, toMs: nowMs, isMachineOff: last.boot !== boot }
      : null;
    return new Presence(path, clock, absence);
  }

  /** Call often. Never throws: on a full disk the next start says a little more than is true. */
  touch(): void {
    const nowMs = this.#clock.nowMs();
    if (Math.abs(nowMs - this.#touchedAtMs) < TOUCH_MS) return;
    this.#touchedAtMs = nowMs;
    try {
      utimesSync(this.#path, nowMs / 1_000, nowMs / 1_000);
    } catch {
      // The file may be made anew by the next start.
    }
  }
}

function lastPresence(path: string): Readonly<{ atMs: number; boot: string }> | null {
  try {
    return { atMs: Math.round(statSync(path).mtimeMs), boot: readFileSync(path, 'utf8').trim() };
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return null;
    throw cause;
  }
}
