/**
 * Reads the time stamp that stands at a position, whatever its shape, without regular expressions.
 *
 * `read` returns where the stamp ends, or -1, and leaves the instant in the calendar (`us`, `flags`). It never
 * looks for a stamp: callers know where one may begin. A shape is told by its first run of digits or its first
 * letters; each shape is one function. A stamp needs a time of day to the second (or is an epoch number), so
 * that "10.30" or "2024" in a text are not taken for one; to the minute where the caller lets the calendar take that.
 */
import { AT_SIGN, DASH, isDigit, isLetter, NOT_ASCII } from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { readNameFirst, readNativeMonth } from './stamp-names.ts';
import { type DateOrder, readNumberFirst, yearFirst } from './stamp-numbers.ts';
import { readTai64, readTime } from './stamp-parts.ts';
import { readQuickTime } from './stamp-quick.ts';

/** Longest date kept: `Wed, 15 January 2024 `. */
const DATE_LENGTH_MAX = 24;
export class StampReader {
  readonly calendar: Calendar;
  /** Null: by the sign between the parts (`/` month first, `-` and `.` day first), unless a part is above 12. */
  dateOrder: DateOrder | null = null;

  /** Over the same bytes as `read` is given; compares dates four bytes at a time. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The bytes of the date read last, its length, and the day it stands for: the next stamp is mostly of the same day. */
  readonly #date = new DataView(new ArrayBuffer(DATE_LENGTH_MAX));
  /** Its words: at 0, at 4, and the last four bytes. */
  #dateFirst = 0;
  #dateSecond = 0;
  #dateLast = 0;
  #dateLength = 0;
  #dateMs = Number.NaN;
  #dateFlags = 0;
  #dateFileMs = 0;

  constructor(calendar: Calendar) {
    this.calendar = calendar;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    const { calendar } = this;
    const length = this.#dateLength;
    if (length > 0 && this.#isSameDate(start, length)) {
      const at = start + length;
      const quickEnd = readQuickTime(
        calendar,
        bytes,
        this.view,
        at,
        end,
        this.#dateMs,
        this.#dateFlags,
      );
      if (quickEnd >= 0) return quickEnd;
      const timeEnd = readTime(calendar, bytes, at, end);
      if (timeEnd >= 0 && calendar.resolveDay(this.#dateMs, this.#dateFlags)) return timeEnd;
    }
    calendar.timeAt = -1;
    const stampEnd = this.#readAny(bytes, start, end);
    if (stampEnd >= 0 && calendar.timeAt > start) this.#keepDate(bytes, start);
    return stampEnd;
  }

  /** Dates are at least four bytes long; the last word overlaps the one before. */
  #isSameDate(start: number, length: number): boolean {
    const { view } = this;
    const last = start + length - 4;
    if (last + 4 > view.byteLength) return false;
    if (view.getInt32(last, true) !== this.#dateLast) return false;
    if (view.getInt32(start, true) !== this.#dateFirst) return false;
    if (length > 8 && view.getInt32(start + 4, true) !== this.#dateSecond) return false;
    const date = this.#date;
    for (let index = 8; index < length - 4; index += 4) {
      if (view.getInt32(start + index, true) !== date.getInt32(index, true)) return false;
    }
    return this.#dateFileMs === this.calendar.fileTimeMs;
  }

  /** The stamp read last begins with its date: remember it. */
  #keepDate(bytes: Uint8Array, start: number): void {
    const { calendar } = this;
    const length = calendar.timeAt - start;
    this.#dateLength = 0;
    if (length < 4 || length > DATE_LENGTH_MAX || Number.isNaN(calendar.dayOfStampMs)) return;
    for (let index = 0; index < length; index += 1)
      this.#date.setUint8(index, bytes[start + index]!);
    this.#dateFirst = this.#date.getInt32(0, true);
    this.#dateSecond = this.#date.getInt32(4, true);
    this.#dateLast = this.#date.getInt32(length - 4, true);
    this.#dateLength = length;
    this.#dateMs = calendar.dayOfStampMs;
    this.#dateFlags = calendar.flags;
    this.#dateFileMs = calendar.fileTimeMs;
  }

  #readAny(bytes: Uint8Array, start: number, end: number): number {
    const first = bytes[start]!;
    if (isDigit(first)) {
      if (bytes[start + 1]! >= NOT_ASCII || bytes[start + 2]! >= NOT_ASCII)
        return readNativeMonth(this, bytes, start, end);
      if (
        bytes[start + 4] === DASH &&
        bytes[start + 7] === DASH &&
        isDigit(bytes[start + 9]!) &&
        isDigit(bytes[start + 8]!)
      ) {
        return yearFirst(this, bytes, start, end);
      }
      return readNumberFirst(this, bytes, start, end);
    }
    if (isLetter(first)) return readNameFirst(this, bytes, start, end);
    if (first >= NOT_ASCII) return readNativeMonth(this, bytes, start, end);
    if (first === AT_SIGN) return readTai64(this.calendar, bytes, start);
    return -1;
  }
}
