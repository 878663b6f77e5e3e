/**
 * Kind `absence`: the condition holds from `silence` after a match until the next one, whenever that comes. A line
 * exactly `silence` after another is in time.
 *
 * The silence clock starts at each match, and, for groups that are expected, when the rule is armed: a source that was
 * never seen is missed too. With a schedule it also starts with each part of a day, for groups that are known, and only
 * silence that begins and ends inside one counts. A group that is not expected is gone after `forgetAfter`.
 */
import { type IncidentBook, type IncidentState, OPEN_END_US } from '../incident-book.ts';
import type { DayParts } from './day-parts.ts';
import { type SavedMatch, SettlingBuffer } from './settling-buffer.ts';
import type { Match, Window } from './window.ts';

export type SavedAbsence = Readonly<{
  buffer: readonly SavedMatch[];
  baseUs: number | null;
  lastUs: number | null;
  isSilent: boolean;
  /** Absent: there was none. */
  gapUs?: number;
}>;

export type AbsenceBounds = Readonly<{
  silenceUs: number;
  armedUs: number;
  isExpected: boolean;
  forgetAfterUs: number;
  /** Null: always. */
  dayParts: DayParts | null;
}>;

export class AbsenceWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly #bounds: AbsenceBounds;
  readonly #buffer: SettlingBuffer;
  /** Where the silence clock started; null: never yet. */
  #baseUs: number | null;
  /** The last match, or the arming of an expected group: since when it is known; null: it is not. */
  #lastUs: number | null;
  /** The silence has been told to the book and has not ended. */
  #isSilent: boolean;
  /** End of the last time in which nothing could be written. */
  #gapUs: number;

  constructor(bounds: AbsenceBounds, saved: SavedAbsence | null = null) {
    this.#bounds = bounds;
    this.#buffer = new SettlingBuffer(saved?.buffer);
    const firstUs = bounds.isExpected ? bounds.armedUs : null;
    this.#baseUs = saved === null ? firstUs : saved.baseUs;
    this.#lastUs = saved === null ? firstUs : saved.lastUs;
    this.#isSilent = saved?.isSilent ?? false;
    this.#gapUs = saved?.gapUs ?? Number.NEGATIVE_INFINITY;
  }

  get heldCount(): number {
    return this.#buffer.count;
  }

  get dueUs(): number {
    const nextUs = this.#isSilent ? OPEN_END_US : this.#nextUs;
    return Math.min(this.#buffer.firstUs, nextUs, this.#goneUs);
  }

  add(match: Match): void {
    this.#buffer.add(match);
  }

  /** Only the last line before it says something of a silence. */
  shownSinceUs(newestUs: number): number {
    return newestUs;
  }

  /** That line also where the clock started later, with a part of the day or the end of a gap. */
  firstShownUs({ firstUs }: IncidentState): number {
    return Math.min(firstUs, this.#lastUs ?? firstUs);
  }

  decide(horizonUs: number, book: IncidentBook): void {
    for (const { etUs } of this.#buffer.take(horizonUs)) {
      this.#falls(etUs, book);
      if (this.#isSilent) book.end(etUs);
      this.#isSilent = false;
      // An expected group is missed from its arming on: lines from before say nothing of that.
      this.#baseUs = Math.max(this.#baseUs ?? etUs, etUs, this.#gapUs);
      this.#lastUs = etUs;
    }
    this.#falls(horizonUs, book);
  }

  /** A machine that was off cannot be silent; with a schedule it was missed all the same. */
  gap(toUs: number): boolean {
    if (this.#bounds.dayParts !== null || this.#isSilent) return false;
    // Lines that are not decided yet may be from before it.
    this.#gapUs = toUs;
    if (this.#baseUs !== null) this.#baseUs = Math.max(this.#baseUs, toUs);
    return true;
  }

  countOf(): number {
    return 0;
  }

  /** Between two lines that are close enough nothing was missed, whatever came there. */
  forget(): void {
    const { silenceUs, forgetAfterUs } = this.#bounds;
    const reachUs = Math.min(silenceUs, forgetAfterUs);
    this.#buffer.thin((before, _line, after) => after.etUs - before.etUs <= reachUs);
  }

  cut(heldMax: number): number {
    return this.#buffer.cut(heldMax);
  }

  save(): SavedAbsence {
    return {
      buffer: this.#buffer.save(),
      baseUs: this.#baseUs,
      lastUs: this.#lastUs,
      isSilent: this.#isSilent,
      ...(this.#gapUs === Number.NEGATIVE_INFINITY ? {} : { gapUs: this.#gapUs }),
    };
  }

  /** From when on it is silent, if nothing comes. */
  get #silentFromUs(): number {
    const { silenceUs, armedUs, dayParts } = this.#bounds;
    // A line from before the rule was armed says nothing of silence after it.
    if (this.#baseUs === null || this.#baseUs < armedUs) return Number.POSITIVE_INFINITY;
    const fromUs = this.#baseUs + silenceUs;
    if (dayParts === null) return fromUs;
    const part = dayParts.endingAfter(this.#baseUs);
    const isInside = part.startUs <= this.#baseUs && fromUs <= part.endUs;
    return isInside ? fromUs : Number.POSITIVE_INFINITY;
  }

  /** The next part of a day with which the clock starts anew. */
  get #nextStartUs(): number {
    const { armedUs, dayParts } = this.#bounds;
    if (dayParts === null || this.#baseUs === null) return Number.POSITIVE_INFINITY;
    return dayParts.startAfter(Math.max(this.#baseUs, armedUs - 1));
  }

  /** Nothing can happen before, if nothing comes. */
  get #nextUs(): number {
    const silentFromUs = this.#silentFromUs;
    if (silentFromUs !== Number.POSITIVE_INFINITY) return silentFromUs;
    return this.#nextStartUs + this.#bounds.silenceUs;
  }

  /** When the group is forgotten. */
  get #goneUs(): number {
    const { isExpected, forgetAfterUs } = this.#bounds;
    if (isExpected || this.#lastUs === null) return Number.POSITIVE_INFINITY;
    return this.#lastUs + forgetAfterUs;
  }

  /** Nothing came before `untilUs`. */
  #falls(untilUs: number, book: IncidentBook): void {
    const goneUs = this.#goneUs;
    const endUs = Math.min(untilUs, goneUs);
    while (!this.#isSilent) {
      const silentFromUs = this.#silentFromUs;
      const nextStartUs = this.#nextStartUs;
      if (silentFromUs < endUs && silentFromUs <= nextStartUs) this.#becomesSilent(book);
      else if (nextStartUs < endUs) this.#baseUs = nextStartUs;
      else break;
    }
    if (goneUs >= untilUs) return;
    if (this.#isSilent) book.end(goneUs);
    this.#isSilent = false;
    this.#baseUs = null;
    this.#lastUs = null;
  }

  #becomesSilent(book: IncidentBook): void {
    this.#isSilent = true;
    const startUs = this.#silentFromUs;
    const incident = book.add({ startUs, endUs: OPEN_END_US, keptUs: startUs });
    incident.firstUs = Math.min(incident.firstUs, this.#baseUs!);
  }
}
