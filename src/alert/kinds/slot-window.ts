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
  /** Absent: an earlier version wrote it, which did not know. */
  uncounted?: number;
  history: unknown;
}>;

export class SlotWindow<T> implements Window {
  readonly #kind: SlotKind<T>;
  readonly #windowUs: number;
  readonly #slots: Slots<T>;
  /** Matches of slots that were judged since the last one that was trouble. */
  #uncounted: number;

  constructor(kind: SlotKind<T>, windowUs: number, saved: SavedSlots<T> | null) {
    this.#kind = kind;
    this.#windowUs = windowUs;
    const slotCount = kind.windowCount * SLOTS_PER_WINDOW;
    this.#slots = new Slots({ windowUs, slotCount }, saved?.slots ?? null);
    this.#uncounted = saved?.uncounted ?? 0;
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
        this.#uncounted += this.#matchesOf(slotBack(1));
        const finding = this.#kind.judge(slotBack, endUs);
        if (finding === null) return;
        const incident = book.add({ startUs: endUs, endUs: endUs + widthUs, keptUs: endUs });
        incident.note ??= finding;
        incident.firstUs = Math.min(incident.firstUs, endUs - this.#windowUs);
        const isNew = incident.openUs === endUs;
        // A line at the end itself is one of the next slot.
        incident.lastUs = isNew ? endUs - 1 : Math.max(incident.lastUs, endUs - 1);
        this.#count(incident, isNew, slotBack);
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
    return {
      slots: this.#slots.save(),
      uncounted: this.#uncounted,
      history: this.#kind.history?.save() ?? null,
    };
  }

  /** All of the window where the incident begins, though another one may have counted them; then what has come since. */
  #count(incident: IncidentState, isNew: boolean, slotBack: SlotBack<T>): void {
    if (!isNew) incident.countedLines += this.#uncounted;
    for (let age = 1; isNew && age <= SLOTS_PER_WINDOW; age += 1) {
      incident.countedLines += this.#matchesOf(slotBack(age));
    }
    this.#uncounted = 0;
  }

  #matchesOf(slot: T | undefined): number {
    return slot === undefined ? 0 : this.#kind.matchesOf(slot);
  }
}
