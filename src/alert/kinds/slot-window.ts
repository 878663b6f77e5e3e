/**
 * The kinds that are judged at slot ends: `rate`, `metric`, `spike` and `drop`. What differs is what a slot keeps of a
 * line, and when a window of slots is trouble; both are in a `SlotKind`.
 */
import type { IncidentBook, IncidentState } from '../incident-book.ts';
import { SLOTS_PER_WINDOW, Slots } from './slots.ts';
import type { Match, Window } from './window.ts';

/** Slots of one judgement: 1 is the newest; undefined where no line came. */
export type SlotBack<T> = (age: number) => T | undefined;

export interface SlotKind<T> {
  /** How many windows one judgement looks at, the current one included. */
  readonly windowCount: number;
  emptySlot(): T;
  /** Plain data, changed in place. */
  take(slot: T, match: Match): void;
  /** How many matches a slot counts towards an incident. */
  matchesOf(slot: T): number;
  /** What is wrong, in a few words; null: nothing. */
  judge(slotBack: SlotBack<T>, endUs: number): string | null;
  /** What the kind remembers beside the slots. */
  readonly history?: Readonly<{
    save(): unknown;
    goesOn(endUs: number): boolean;
    readonly bytes: number;
  }>;
}

export type SavedSlots<T> = Readonly<{
  slots: Readonly<{ next: number | null; slots: readonly (readonly [number, T])[] }>;
  countedUntil: number | null;
  history: unknown;
}>;

export class SlotWindow<T> implements Window {
  readonly #kind: SlotKind<T>;
  readonly #windowUs: number;
  readonly #slots: Slots<T>;
  /** Slots up to this number are counted in an incident. */
  #countedUntil: number;

  constructor(kind: SlotKind<T>, windowUs: number, saved: SavedSlots<T> | null) {
    this.#kind = kind;
    this.#windowUs = windowUs;
    const slotCount = kind.windowCount * SLOTS_PER_WINDOW;
    this.#slots = new Slots({ windowUs, slotCount }, saved?.slots ?? null);
    this.#countedUntil = saved?.countedUntil ?? Number.NEGATIVE_INFINITY;
  }

  get spanUs(): number {
    return this.#windowUs * this.#kind.windowCount + this.#slots.widthUs;
  }

  /** What is usual is no part of the trouble. */
  shownSinceUs(newestUs: number): number {
    return newestUs - this.#windowUs - this.#slots.widthUs;
  }

  get heldCount(): number {
    return this.#slots.count;
  }

  get dueUs(): number {
    return this.#slots.dueUs;
  }

  get historyBytes(): number {
    return this.#kind.history?.bytes ?? 0;
  }

  add(match: Match): void {
    this.#kind.take(
      this.#slots.slotAt(match.etUs, () => this.#kind.emptySlot()),
      match,
    );
  }

  decide(horizonUs: number, book: IncidentBook): void {
    const { widthUs } = this.#slots;
    this.#slots.judge(
      horizonUs,
      (endUs, slotBack) => {
        const finding = this.#kind.judge(slotBack, endUs);
        if (finding === null) return;
        const incident = book.add({ startUs: endUs, endUs: endUs + widthUs, keptUs: endUs });
        incident.note ??= finding;
        incident.firstUs = Math.min(incident.firstUs, endUs - this.#windowUs);
        incident.lastUs = Math.max(incident.lastUs, endUs);
        this.#count(incident, endUs / widthUs - 1, slotBack);
      },
      (endUs) => this.#kind.history?.goesOn(endUs) ?? false,
    );
  }

  countOf({ countedLines }: IncidentState): number {
    return countedLines;
  }

  forget(): void {}

  /** A slot is as much as a line: there is nothing smaller to give up. */
  cut(): number {
    return 0;
  }

  save(): SavedSlots<T> {
    const isCounted = this.#countedUntil !== Number.NEGATIVE_INFINITY;
    return {
      slots: this.#slots.save(),
      countedUntil: isCounted ? this.#countedUntil : null,
      history: this.#kind.history?.save() ?? null,
    };
  }

  /** Count the matches of the window, those not counted before. */
  #count(incident: IncidentState, newest: number, slotBack: SlotBack<T>): void {
    for (let age = 1; age <= SLOTS_PER_WINDOW; age += 1) {
      if (newest - age + 1 <= this.#countedUntil) break;
      const slot = slotBack(age);
      if (slot !== undefined) incident.countedLines += this.#kind.matchesOf(slot);
    }
    this.#countedUntil = newest;
  }
}
