/** A part of every day in a time zone, as spans of event time: `02:00-02:30` there, whatever the season does to clocks. */

import { LocalDays, localInstants, zoneOffsetMs } from '../../base/zoned-time.ts';
import type { DayPart } from '../../config/value-kinds.ts';

export type Span = Readonly<{ startUs: number; endUs: number }>;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

export class DayParts {
  readonly #part: DayPart;
  readonly #timezone: string;
  readonly #days: LocalDays;
  /** Found last: most questions are about the same day. */
  #last: Span = { startUs: 0, endUs: Number.NEGATIVE_INFINITY };

  constructor({ timezone, ...part }: DayPart & Readonly<{ timezone: string }>) {
    this.#part = part;
    this.#timezone = timezone;
    this.#days = new LocalDays(timezone);
  }

  /** The first part that ends after this moment: it may have begun before. */
  endingAfter(atUs: number): Span {
    // One that goes over midnight began the day before.
    return this.#find(atUs, ({ endUs }) => endUs > atUs);
  }

  /** The first moment after this one at which a part begins. */
  startAfter(atUs: number): number {
    return this.#find(atUs, ({ startUs }) => startUs > atUs).startUs;
  }

  isInside(atUs: number): boolean {
    return this.endingAfter(atUs).startUs <= atUs;
  }

  #find(atUs: number, isIt: (span: Span) => boolean): Span {
    const { startUs, endUs } = this.#last;
    if (startUs <= atUs && atUs < endUs && isIt(this.#last)) return this.#last;
    let day = this.#days.dayOf(atUs / 1000) - 1;
    for (;;) {
      const span = this.#ofDay(day);
      if (isIt(span)) {
        this.#last = span;
        return span;
      }
      day += 1;
    }
  }

  #ofDay(day: number): Span {
    const { fromMinute, untilMinute } = this.#part;
    const goesOn = untilMinute <= fromMinute ? 1 : 0;
    const startUs = this.#moment(day, fromMinute);
    const endUs = this.#moment(day + goesOn, untilMinute);
    if (endUs > startUs) return { startUs, endUs };
    // Its beginning is left out and lies behind its end: what is to run then runs later, and is waited for as long as ever.
    const minutes = untilMinute + goesOn * DAY_MINUTES - fromMinute;
    return { startUs, endUs: startUs + minutes * MINUTE_MS * 1000 };
  }

  /**
   * A clock that is set forward has no such minute: then it is the one the old offset would give. One that is set back has two:
   * it is the first, at which cron and `[rotation]` run what is to run then.
   */
  #moment(day: number, minute: number): number {
    const atMs = day * DAY_MINUTES * MINUTE_MS + minute * MINUTE_MS;
    const { first, second, isSkipped } = localInstants(atMs, (utcMs) =>
      zoneOffsetMs(utcMs, this.#timezone),
    );
    return (isSkipped ? second : first) * 1000;
  }
}
