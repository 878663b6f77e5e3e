/**
 * From the civil parts of a stamp to µs UTC: default zone, missing year, missing date.
 *
 * - No year: the one that puts the stamp nearest before the file's modification time (a day of grace, for
 *   clocks and zones). Feb 29 takes the nearest leap year.
 * - No date: the day of the file's modification time, as the zone of the stamp has it, or the day before if the time of
 *   day is later.
 * - A local time that exists twice (end of summer time): the first pass comes first in the file.
 *
 * `resolve…` changes nothing that a later answer depends on; `accept` does, once a line is taken as an entry.
 * Accepting the same stamp twice is the same as once, so a record may be parsed again after more bytes came.
 */
import { FLAG } from '../model/entry-columns.ts';
import { abbreviationSeconds, Zone } from './zone.ts';

const DAY_MS = 86_400_000;
const SECOND_US = 1_000_000;
/** A yearless stamp may lie this far after the file's time: clocks differ, and zones by up to 14 h. */
const GRACE_MS = DAY_MS;
/** A jump back by more than this inside an hour that exists twice starts its second pass. */
const SECOND_PASS_MS = 60_000;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Leap years are at most eight years apart (1896 to 1904). */
const LEAP_YEARS_BACK_MAX = 8;

/** What later stamps are read by: the local time accepted last, and whether an hour that exists twice is in its second pass. */
export type CalendarMark = Readonly<{ localMs: number; secondPass: boolean }>;

export class Calendar {
  readonly zone: Zone;
  /** Modification time of the file, UTC ms. May move while a live file grows. */
  fileTimeMs: number;
  /** Stamps later than this lie in the future of the machine that reads them. */
  futureUs = Number.POSITIVE_INFINITY;

  /** Whether a time of day may end with its minutes, and whether that of the stamp read last does. */
  takesMinutes = false;
  isToMinute = false;

  /** The stamp resolved last. */
  us = Number.NaN;
  flags = 0;
  /** Seconds of day, µs of second, seconds east of UTC (NaN: none printed): set before `resolve…`. */
  secondOfDay = 0;
  /** Where the time of day of the stamp being read begins; -1: no date stands right before it. */
  timeAt = -1;
  /** Start of the day that was resolved last, as if it were UTC; NaN: an epoch number, or a time without a date. */
  dayOfStampMs = Number.NaN;
  microsecond = 0;
  offsetSeconds = Number.NaN;
  /** The zone a stamp names (`Europe/Berlin`), set before `resolve…`. */
  stampZone: Zone | null = null;

  #dayKey = -1;
  #dayMs = Number.NaN;
  #yearlessKey = -1;
  #yearlessFileMs = Number.NaN;
  #yearlessDayMs = Number.NaN;
  /** The day whose offset was asked for last, and that offset. */
  #offsetDayMs = Number.NaN;
  #offsetOfDayMs = Number.NaN;
  /** The zone and the file's time that were asked for last, and that time as its clocks show it. */
  #fileZone: Zone | null = null;
  #fileZoneMs = Number.NaN;
  #fileLocalMs = Number.NaN;
  #localMs = Number.NaN;
  #acceptedLocalMs = Number.NaN;
  #secondPass = false;

  /** `mark`: go on behind the stamps of the calendar that gave it. */
  constructor(zone: Zone, fileTimeMs: number, mark: CalendarMark | null = null) {
    this.zone = zone;
    this.fileTimeMs = fileTimeMs;
    if (mark === null) return;
    this.#acceptedLocalMs = mark.localMs;
    this.#secondPass = mark.secondPass;
  }

  /** Null: nothing was accepted that a later stamp could be told by. */
  get mark(): CalendarMark | null {
    if (Number.isNaN(this.#acceptedLocalMs)) return null;
    return { localMs: this.#acceptedLocalMs, secondPass: this.#secondPass };
  }

  /** Start of a civil day as if it were UTC, or NaN where there is no such day. */
  dayMs(year: number, month: number, day: number): number {
    const key = (year << 9) | (month << 5) | day;
    if (key === this.#dayKey) return this.#dayMs;
    if (month < 1 || month > 12 || day < 1 || day > MONTH_DAYS[month - 1]!) return Number.NaN;
    if (year < 1970 || year > 9999) return Number.NaN;
    const ms = Date.UTC(year, month - 1, day);
    if (new Date(ms).getUTCDate() !== day) return Number.NaN;
    this.#dayKey = key;
    this.#dayMs = ms;
    return ms;
  }

  resolve(year: number, month: number, day: number): boolean {
    return this.resolveDay(this.dayMs(year, month, day), 0);
  }

  resolveYearless(month: number, day: number): boolean {
    const key = (month << 5) | day;
    if (key !== this.#yearlessKey || this.#yearlessFileMs !== this.fileTimeMs) {
      this.#yearlessDayMs = this.#yearlessDay(month, day);
      this.#yearlessKey = key;
      this.#yearlessFileMs = this.fileTimeMs;
    }
    return this.resolveDay(this.#yearlessDayMs, FLAG.YEAR_ASSUMED);
  }

  resolveTimeOnly(): boolean {
    const fileLocalMs = Number.isNaN(this.offsetSeconds)
      ? this.#fileTimeIn(this.stampZone ?? this.zone)
      : this.fileTimeMs + this.offsetSeconds * 1000;
    const today = Math.floor(fileLocalMs / DAY_MS) * DAY_MS;
    const isDay = this.resolveDay(today, FLAG.DATE_ASSUMED);
    // By the instant, not by the clock: it may have been set back in between.
    if (this.us - this.microsecond <= (this.fileTimeMs + 1000) * 1000) return isDay;
    return this.resolveDay(today - DAY_MS, FLAG.DATE_ASSUMED);
  }

  /** The file's modification time as clocks of the zone show it. */
  #fileTimeIn(zone: Zone): number {
    if (zone.isUtc) return this.fileTimeMs;
    if (zone !== this.#fileZone || this.fileTimeMs !== this.#fileZoneMs) {
      this.#fileLocalMs = zone.toLocalMs(this.fileTimeMs);
      this.#fileZone = zone;
      this.#fileZoneMs = this.fileTimeMs;
    }
    return this.#fileLocalMs;
  }

  /** An instant that needs no zone: UTC, or with its offset taken off. */
  resolveQuick(us: number, flags: number): void {
    this.us = us;
    this.flags = flags;
    this.#localMs = Number.NaN;
  }

  /** A local time on a day that has the same offset all around it. False on the others: `resolveDay` must tell. */
  resolveQuickLocal(
    dayMs: number,
    secondOfDay: number,
    microsecond: number,
    flags: number,
  ): boolean {
    if (this.zone.isUtc) {
      this.resolveQuick((dayMs / 1000 + secondOfDay) * SECOND_US + microsecond, flags);
      return true;
    }
    if (dayMs !== this.#offsetDayMs) {
      this.#offsetOfDayMs = this.zone.offsetOfDayMs(dayMs);
      this.#offsetDayMs = dayMs;
    }
    if (Number.isNaN(this.#offsetOfDayMs)) return false;
    const localMs = dayMs + secondOfDay * 1000;
    this.us = (localMs - this.#offsetOfDayMs) * 1000 + microsecond;
    this.flags = flags;
    this.#localMs = localMs;
    return true;
  }

  resolveEpoch(us: number): boolean {
    this.us = us;
    this.flags = 0;
    this.dayOfStampMs = Number.NaN;
    this.#localMs = Number.NaN;
    return true;
  }

  /** The zone of the stamp resolved last is the word [at, end) that stood before it. */
  shiftToAbbreviation(bytes: Uint8Array, at: number, end: number): boolean {
    const seconds = abbreviationSeconds(bytes, at, end);
    if (Number.isNaN(seconds)) return false;
    if (!Number.isNaN(this.#localMs)) {
      this.us = this.#localMs * 1000 + this.microsecond - seconds * SECOND_US;
      this.#localMs = Number.NaN;
    }
    return true;
  }

  /** The stamp being read names its zone. False where there is no such zone. */
  useZone(name: string): boolean {
    this.stampZone = Zone.find(name);
    return this.stampZone !== null;
  }

  /** The line with the stamp resolved last is an entry. */
  accept(): void {
    if (this.zone.isUtc || Number.isNaN(this.#localMs)) return;
    this.#secondPass = this.#inSecondPass(this.#localMs);
    this.#acceptedLocalMs = this.#localMs;
  }

  resolveDay(dayMs: number, flags: number): boolean {
    if (Number.isNaN(dayMs)) return false;
    this.dayOfStampMs = (flags & FLAG.DATE_ASSUMED) === 0 ? dayMs : Number.NaN;
    this.flags = flags;
    if (!Number.isNaN(this.offsetSeconds)) {
      this.us = (dayMs / 1000 + this.secondOfDay - this.offsetSeconds) * SECOND_US;
      this.us += this.microsecond;
      this.#localMs = Number.NaN;
      return true;
    }
    const localMs = dayMs + this.secondOfDay * 1000;
    const zone = this.stampZone ?? this.zone;
    const utcMs = zone.isUtc ? localMs : zone.toUtcMs(localMs, this.#inSecondPass(localMs));
    this.us = utcMs * 1000 + this.microsecond;
    this.#localMs = localMs;
    return true;
  }

  #inSecondPass(localMs: number): boolean {
    if (this.zone.isUtc || !this.zone.isAmbiguous(localMs)) return false;
    return this.#secondPass || localMs < this.#acceptedLocalMs - SECOND_PASS_MS;
  }

  #yearlessDay(month: number, day: number): number {
    const latestMs = this.fileTimeMs + GRACE_MS;
    const year = new Date(latestMs).getUTCFullYear();
    for (let back = 0; back <= LEAP_YEARS_BACK_MAX; back += 1) {
      const ms = this.dayMs(year - back, month, day);
      if (!Number.isNaN(ms) && ms <= latestMs) return ms;
    }
    return Number.NaN;
  }
}
