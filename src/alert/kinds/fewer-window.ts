/**
 * Kind `cardinality below`: the condition holds at t when fewer than `distinct` different values came in
 * (t − window, t]. Not judged before a whole window after the first line, or after the rule was armed.
 *
 * The values seen last are enough: the group has too few from when the `distinct`-newest of them leaves the window.
 */
import { type IncidentBook, OPEN_END_US } from '../incident-book.ts';
import { type SavedMatch, type SettledLine, SettlingBuffer } from './settling-buffer.ts';
import type { Match, Window } from './window.ts';

export type FewerBounds = Readonly<{ distinct: number; windowUs: number; armedUs: number }>;

export type SavedFewer = Readonly<{
  buffer: readonly SavedMatch[];
  fromUs: number | null;
  seen: readonly (readonly [value: string, etUs: number])[];
  isBelow: boolean;
}>;

export class FewerWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly #bounds: FewerBounds;
  readonly #buffer: SettlingBuffer;
  /** Judged from here on; null: no line yet. */
  #fromUs: number | null;
  /** Values and when each was seen last, newest first; at most `distinct` of them. */
  #seen: (readonly [value: string, etUs: number])[];
  #isBelow: boolean;

  constructor(bounds: FewerBounds, saved: SavedFewer | null = null) {
    this.#bounds = bounds;
    this.#buffer = new SettlingBuffer(saved?.buffer);
    this.#fromUs = saved?.fromUs ?? null;
    this.#seen = [...(saved?.seen ?? [])];
    this.#isBelow = saved?.isBelow ?? false;
  }

  get heldCount(): number {
    return this.#buffer.count + this.#seen.length;
  }

  get dueUs(): number {
    return Math.min(this.#buffer.firstUs, this.#isBelow ? OPEN_END_US : this.#belowFromUs);
  }

  add(match: Match): void {
    this.#buffer.add(match);
  }

  decide(horizonUs: number, book: IncidentBook): void {
    const { distinct, windowUs, armedUs } = this.#bounds;
    for (const { etUs, value } of this.#buffer.take(horizonUs)) {
      this.#fromUs ??= Math.max(armedUs, etUs) + windowUs;
      this.#fall(etUs, book);
      const others = this.#seen.filter(([known]) => known !== value);
      this.#seen = [[value!, etUs] as const, ...others].slice(0, distinct);
      if (!this.#isBelow || this.#belowFromUs <= etUs) continue;
      this.#isBelow = false;
      book.end(etUs);
    }
    this.#fall(horizonUs, book);
  }

  countOf(): number {
    return 0;
  }

  forget(): void {}

  /** First what two lines of the same value, close enough, make needless. */
  cut(heldMax: number): number {
    const heldBefore = this.#buffer.count;
    if (heldBefore <= heldMax) return 0;
    this.#thin();
    this.#buffer.cut(heldMax);
    return heldBefore - this.#buffer.count;
  }

  #thin(): void {
    const next = new Map<string, number>();
    const nextUs = new Map<SettledLine, number>();
    for (const line of this.#buffer.newestFirst()) {
      nextUs.set(line, next.get(line.value!) ?? Number.POSITIVE_INFINITY);
      next.set(line.value!, line.etUs);
    }
    const before = new Map<string, number>();
    this.#buffer.thin((_before, line) => {
      const value = line.value!;
      const beforeUs = before.get(value) ?? Number.NEGATIVE_INFINITY;
      if (nextUs.get(line)! - beforeUs <= this.#bounds.windowUs) return true;
      before.set(value, line.etUs);
      return false;
    });
  }

  save(): SavedFewer {
    return {
      buffer: this.#buffer.save(),
      fromUs: this.#fromUs,
      seen: this.#seen,
      isBelow: this.#isBelow,
    };
  }

  /** From when on there are too few, if nothing comes. */
  get #belowFromUs(): number {
    const { distinct, windowUs } = this.#bounds;
    if (this.#fromUs === null) return Number.POSITIVE_INFINITY;
    const kept = this.#seen[distinct - 1];
    return kept === undefined ? this.#fromUs : Math.max(this.#fromUs, kept[1] + windowUs);
  }

  /** Nothing came before `untilUs`. */
  #fall(untilUs: number, book: IncidentBook): void {
    if (this.#isBelow || this.#belowFromUs >= untilUs) return;
    this.#isBelow = true;
    const startUs = this.#belowFromUs;
    const incident = book.add({ startUs, endUs: OPEN_END_US, keptUs: startUs });
    const last = this.#seen[0]?.[1] ?? startUs;
    incident.firstUs = Math.min(incident.firstUs, last);
    // Nothing came as it began.
    if (incident.openUs === startUs) incident.lastUs = Math.min(incident.lastUs, last);
  }
}
