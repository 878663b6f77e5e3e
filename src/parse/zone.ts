/**
 * Time zones: IANA names for stamps that print none, and the abbreviations that logs print.
 *
 * Local to UTC asks `Intl` a few times per calendar day and remembers the answer. On the day of a change a
 * local time may not exist (the offset before the change is used) or exist twice: the first pass comes first
 * in the file, and a jump back of more than a minute starts the second (the caller keeps which one it is in).
 */
import { OperatorError } from '../base/errors.ts';
import { localInstants } from '../base/zoned-time.ts';

const DAY_MS = 86_400_000;
const DATE_MS_MAX = 8.64e15;

/** Days whose offsets are remembered; a file that jumps about more than this starts over. */
const DAYS_REMEMBERED_MAX = 4096;

/** Zones made; lines may name any number of them, right or wrong. */
const ZONES_MAX = 64;

/** One of a kind for all files: each holds 30 KB of the system's tables. Null: there is no zone of that name. */
const zonesByName = new Map<string, Zone | null>();

export class Zone {
  readonly name: string;
  readonly isUtc: boolean;
  readonly #format: Intl.DateTimeFormat | null;
  /** Local day number → offset in ms, or NaN for a day with a change nearby. */
  readonly #offsetOfDay = new Map<number, number>();

  private constructor(name: string, format: Intl.DateTimeFormat | null) {
    this.name = name;
    this.#format = format;
    this.isUtc = format === null;
  }

  static open(name: string): Zone {
    const zone = Zone.find(name);
    if (zone !== null) return zone;
    throw new OperatorError(
      'CONFIG_INVALID',
      `Cannot use the time zone "${name}": found no such zone, allowed are IANA names like "Europe/Berlin"`,
    );
  }

  /** Null where there is no zone of this name. */
  static find(name: string): Zone | null {
    let zone = zonesByName.get(name);
    if (zone === undefined) {
      zone = Zone.#make(name);
      if (zonesByName.size >= ZONES_MAX) zonesByName.clear();
      zonesByName.set(name, zone);
    }
    return zone;
  }

  static #make(name: string): Zone | null {
    if (/^(?:utc|gmt|z|etc\/utc)$/i.test(name)) return new Zone('UTC', null);
    try {
      return new Zone(
        name,
        new Intl.DateTimeFormat('en-US', {
          timeZone: name,
          hourCycle: 'h23',
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
        }),
      );
    } catch {
      return null;
    }
  }

  /** UTC ms of a local time given as if it were UTC. `secondPass`: of two such times, the later. */
  toUtcMs(localMs: number, secondPass: boolean): number {
    if (this.#format === null) return localMs;
    const offset = this.offsetOfDayMs(localMs);
    if (!Number.isNaN(offset)) return localMs - offset;
    const [first, second] = this.#instantsOf(localMs);
    return secondPass ? second : first;
  }

  /** What clocks show at an instant, given as if it were UTC. */
  toLocalMs(utcMs: number): number {
    // A file's time may be anything; `Intl` throws beyond what a date holds.
    if (this.#format === null || Math.abs(utcMs) > DATE_MS_MAX) return utcMs;
    return utcMs + this.#offsetAtMs(utcMs);
  }

  /** Local minus UTC on the day of a local time; NaN where it changes on that day or nearby. */
  offsetOfDayMs(localMs: number): number {
    if (this.#format === null) return 0;
    const day = Math.floor(localMs / DAY_MS);
    let offset = this.#offsetOfDay.get(day);
    if (offset === undefined) {
      offset = this.#uniformOffsetMs(day);
      if (this.#offsetOfDay.size >= DAYS_REMEMBERED_MAX) this.#offsetOfDay.clear();
      this.#offsetOfDay.set(day, offset);
    }
    return offset;
  }

  /** Whether this local time exists twice. */
  isAmbiguous(localMs: number): boolean {
    if (this.#format === null) return false;
    const offset = this.#offsetOfDay.get(Math.floor(localMs / DAY_MS));
    if (offset !== undefined && !Number.isNaN(offset)) return false;
    const [first, second] = this.#instantsOf(localMs);
    return first !== second;
  }

  #uniformOffsetMs(day: number): number {
    const before = this.#offsetAtMs((day - 1) * DAY_MS);
    const after = this.#offsetAtMs((day + 2) * DAY_MS);
    return before === after ? before : Number.NaN;
  }

  /** The earlier and the later instant with this local time; the same one twice where there is only one. */
  #instantsOf(localMs: number): [number, number] {
    const { first, second, isSkipped } = localInstants(localMs, (utcMs) => this.#offsetAtMs(utcMs));
    return isSkipped ? [second, second] : [first, second];
  }

  /** Local minus UTC at an instant. */
  #offsetAtMs(utcMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format!.formatToParts(utcMs)) part[type] = Number(value);
    const local = Date.UTC(
      part.year!,
      part.month! - 1,
      part.day,
      part.hour,
      part.minute,
      part.second,
    );
    return local - Math.floor(utcMs / 1000) * 1000;
  }
}

/**
 * Abbreviations as logs print them, in minutes. Where one stands for several zones (IST, CST, BST) it is the
 * one with the most servers in it. Only upper case, as `date` prints them.
 */
const ABBREVIATION_MINUTES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UCT: 0,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  MET: 60,
  MEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  TRT: 180,
  SAST: 120,
  IST: 330,
  PKT: 300,
  ICT: 420,
  WIB: 420,
  HKT: 480,
  SGT: 480,
  AWST: 480,
  PHT: 480,
  JST: 540,
  KST: 540,
  AEST: 600,
  AEDT: 660,
  ACST: 570,
  ACDT: 630,
  NZST: 720,
  NZDT: 780,
  BRT: -180,
  ART: -180,
  AST: -240,
  ADT: -180,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
};

const ABBREVIATION_LENGTH_MAX = 4;
const ABBREVIATIONS = new Map(
  Object.entries(ABBREVIATION_MINUTES).map(([name, minutes]) => [packed(name), minutes * 60]),
);

function packed(name: string): number {
  let key = 0;
  for (let index = 0; index < name.length; index += 1) key = key * 256 + name.charCodeAt(index);
  return key;
}

/** Seconds east of UTC of the upper-case word [at, end), or NaN. */
export function abbreviationSeconds(bytes: Uint8Array, at: number, end: number): number {
  if (end - at > ABBREVIATION_LENGTH_MAX) return Number.NaN;
  let key = 0;
  for (let position = at; position < end; position += 1) key = key * 256 + bytes[position]!;
  return ABBREVIATIONS.get(key) ?? Number.NaN;
}
