/** Kind `change`: the condition holds at the moment of each match whose value differs from the one before it. */
import { type IncidentBook, OPEN_END_US } from '../incident-book.ts';
import { type SavedMatch, SettlingBuffer } from './settling-buffer.ts';
import type { Match, Window } from './window.ts';

export type SavedChange = Readonly<{ buffer: readonly SavedMatch[]; last: string | null }>;

export class ChangeWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly #buffer: SettlingBuffer;
  /** Null: no match yet. */
  #last: string | null;
  mayShowLast = false;

  constructor(saved: SavedChange | null = null) {
    this.#buffer = new SettlingBuffer(saved?.buffer);
    this.#last = saved?.last ?? null;
  }

  get heldCount(): number {
    return this.#buffer.count;
  }

  get dueUs(): number {
    return this.#buffer.firstUs;
  }

  add(match: Match): void {
    const before = this.#buffer.add(match)?.value ?? this.#last;
    this.mayShowLast = before !== null && before !== match.value;
  }

  /** What is not decided yet. */
  shownSinceUs(): number {
    return this.#buffer.firstUs;
  }

  decide(horizonUs: number, book: IncidentBook): void {
    for (const { etUs, value } of this.#buffer.take(horizonUs)) {
      const before = this.#last;
      this.#last = value;
      if (before === null || before === value) continue;
      const incident = book.add({ startUs: etUs, endUs: etUs, keptUs: etUs });
      incident.countedLines += 1;
      incident.note ??= `"${before}" became "${value}"`;
      incident.lastUs = Math.max(incident.lastUs, etUs);
    }
  }

  countOf({ countedLines }: Readonly<{ countedLines: number }>): number {
    return countedLines;
  }

  forget(): void {}

  /** First what neither begins nor ends a run of one value. */
  cut(heldMax: number): number {
    const heldBefore = this.#buffer.count;
    if (heldBefore <= heldMax) return 0;
    this.#buffer.thin(
      (before, { value }, after) => before.value === value && value === after.value,
    );
    this.#buffer.cut(heldMax);
    return heldBefore - this.#buffer.count;
  }

  save(): SavedChange {
    return { buffer: this.#buffer.save(), last: this.#last };
  }
}
