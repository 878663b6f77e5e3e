/**
 * Whether anybody was there: a small file in the state folder that is touched while the daemon runs, and names the boot of
 * the machine, and how often it is touched at least. From it a start knows how long nobody read, and whether the machine
 * itself was off.
 *
 * An idle daemon commits nothing, so the last commit does not say that.
 */
import {
  closeSync,
  constants,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import type { Clock } from '../base/clock.ts';
import { systemCodeOf } from '../base/errors.ts';

/** How often it is touched at most. */
const TOUCH_MS = 10_000;
/** A shorter absence, counted from the moment at which it would have been touched again, is a restart. */
const ABSENCE_MS_MIN = 60_000;
/** What a file says that does not say how often it is touched. */
const WITHIN_MS_DEFAULT = 60_000;
const WITHIN_DIGITS = 9;
const MODE = 0o640;

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
  /** It is touched again before so long, as the file says. */
  #withinMs = WITHIN_MS_DEFAULT;

  private constructor(path: string, clock: Clock, absence: Absence | null) {
    this.#path = path;
    this.#clock = clock;
    this.absence = absence;
    this.#touchedAtMs = clock.nowMs();
  }

  static open(path: string, clock: Clock): Presence {
    const absence = absenceAt(path, clock);
    mkdirSync(dirname(path), { recursive: true });
    write(path, { boot: bootId(), withinMs: WITHIN_MS_DEFAULT, atMs: clock.nowMs() });
    return new Presence(path, clock, absence);
  }

  /**
   * Call often; again before `withinMs` have passed. Never throws: on a full disk the next start says a little more than is
   * true.
   */
  touch(withinMs = WITHIN_MS_DEFAULT): void {
    const atMs = this.#clock.nowMs();
    const sinceMs = Math.abs(atMs - this.#touchedAtMs);
    // Who comes once in between keeps what was said; who stays says less.
    const isSaid = withinMs === this.#withinMs || (withinMs < this.#withinMs && sinceMs > withinMs);
    if (isSaid && sinceMs < TOUCH_MS) return;
    this.#touchedAtMs = atMs;
    try {
      if (isSaid) {
        utimesSync(this.#path, atMs / 1_000, atMs / 1_000);
      } else {
        write(this.#path, { boot: bootId(), withinMs, atMs });
        this.#withinMs = withinMs;
      }
    } catch {
      // The file may be made anew by the next start.
    }
  }
}

/** How long nobody was there until now; null as in `Presence`. Nothing is touched by asking. */
export function absenceAt(path: string, clock: Clock): Absence | null {
  const nowMs = clock.nowMs();
  const last = lastPresence(path);
  const isAbsence = last !== null && nowMs - last.atMs - last.withinMs >= ABSENCE_MS_MIN;
  if (!isAbsence) return null;
  // One that could not be told then says nothing.
  const isMachineOff = last.boot !== '' && last.boot !== bootId();
  return { fromMs: last.atMs, toMs: nowMs, isMachineOff };
}

type Note = Readonly<{ atMs: number; boot: string; withinMs: number }>;

/** Written over what is there, of one length: cut off by a crash it says the one or the other, never nothing. */
function write(path: string, { boot, withinMs, atMs }: Note): void {
  const bytes = Buffer.from(`${boot}\n${String(withinMs).padStart(WITHIN_DIGITS, '0')}\n`);
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT, MODE);
  try {
    writeSync(descriptor, bytes, 0, bytes.length, 0);
    ftruncateSync(descriptor, bytes.length);
    futimesSync(descriptor, atMs / 1_000, atMs / 1_000);
  } finally {
    closeSync(descriptor);
  }
}

function lastPresence(path: string): Note | null {
  try {
    const [boot = '', within = ''] = readFileSync(path, 'utf8').split('\n');
    const withinMs = /^\d{9}$/.test(within) ? Number(within) : WITHIN_MS_DEFAULT;
    return { atMs: Math.round(statSync(path).mtimeMs), boot, withinMs };
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return null;
    throw cause;
  }
}
