/**
 * Kind `absence`: the condition holds from `silence` after a match until the next one, whenever that comes. A line
 * exactly `silence` after another is in time.
 *
 * The silence clock starts at each match, and, for groups that are expected, when the rule is armed: a source that was
 * never seen is missed too.
 */
import { type IncidentBook, OPEN_END_US } from '../incident-book.ts';
import { type SavedMatch, SettlingBuffer } from './settling-buffer.ts';
import type { Match, Window } from './window.ts';

export type SavedAbsence = Readonly<{
  buffer: readonly SavedMatch[];
  baseUs: number | null;
  isSilent: boolean;
}>;

export class AbsenceWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly #silenceUs: number;
  readonly #armedUs: number;
  readonly #buffer: SettlingBuffer;
  /** Where the silence clock started; null: never yet. */
  #baseUs: number | null;
  /** The silence has been told to the book and has not ended. */
  #isSilent: boolean;

  constructor(
    bounds: Readonly<{ silenceUs: number; armedUs: number; isExpected: boolean }>,
    saved: SavedAbsence | null = null,
  ) {
    this.#silenceUs = bounds.silenceUs;
    this.#armedUs = bounds.armedUs;
    this.#buffer = new SettlingBuffer(saved?.buffer);
    this.#baseUs = saved === null && bounds.isExpected ? bounds.armedUs : (saved?.baseUs ?? null);
    this.#isSilent = saved?.isSilent ?? false;
  }

  get heldCount(): number {
    return this.#buffer.count;
  }

  get dueUs(): number {
    return Math.min(this.#buffer.firstUs, this.#isSilent ? OPEN_END_US : this.#silentFromUs);
  }

  add(match: Match): void {
    this.#buffer.add(match);
  }

  decide(horizonUs: number, book: IncidentBook): void {
    for (const { etUs } of this.#buffer.take(horizonUs)) {
      this.#falls(etUs, book);
      if (this.#isSilent) book.end(etUs);
      this.#isSilent = false;
      // A line from before the rule was armed says nothing of silence after it.
      if (etUs >= this.#armedUs) this.#baseUs = etUs;
    }
    this.#falls(horizonUs, book);
  }

  countOf(): number {
    return 0;
  }

  forget(): void {}

  cut(heldMax: number): number {
    return this.#buffer.cut(heldMax);
  }

  save(): SavedAbsence {
    return { buffer: this.#buffer.save(), baseUs: this.#baseUs, isSilent: this.#isSilent };
  }

  /** From when on it is silent, if nothing comes. */
  get #silentFromUs(): number {
    return this.#baseUs === null ? Number.POSITIVE_INFINITY : this.#baseUs + this.#silenceUs;
  }

  /** Nothing came before `untilUs`. */
  #falls(untilUs: number, book: IncidentBook): void {
    if (this.#isSilent || this.#silentFromUs >= untilUs) return;
    this.#isSilent = true;
    const startUs = this.#silentFromUs;
    const incident = book.add({ startUs, endUs: OPEN_END_US, keptUs: startUs });
    incident.firstUs = Math.min(incident.firstUs, this.#baseUs!);
  }
}
