/**
 * Windows cut into slots: counts instead of lines, judged at slot ends. Slots are aligned to multiples of their
 * width, so two runs cut the same way; order inside a slot has no meaning.
 *
 * Judged at t = k · width over [t − window, t), for every t before the horizon at which the window is not empty. A
 * slot that is judged true makes the condition hold in [t, t + width).
 */

/** Fine enough that the edge of a window is soft by 2 %, coarse enough that a group costs a few hundred bytes. */
export const SLOTS_PER_WINDOW = 50;

export class Slots<T> {
  readonly widthUs: number;
  readonly #slotCount: number;
  /** Slots that have lines, by number. */
  readonly #slots: Map<number, T>;
  /** Number of the slot whose end is judged next; null: no line yet. */
  #next: number | null;

  /** `slotCount`: how many slots one judgement looks at. */
  constructor(
    bounds: Readonly<{ windowUs: number; slotCount: number }>,
    saved: Readonly<{ next: number | null; slots: readonly (readonly [number, T])[] }> | null,
  ) {
    this.widthUs = Math.max(1, Math.floor(bounds.windowUs / SLOTS_PER_WINDOW));
    this.#slotCount = bounds.slotCount;
    this.#slots = new Map(saved?.slots);
    this.#next = saved?.next ?? null;
  }

  get count(): number {
    return this.#slots.size;
  }

  /** The slot of a moment, made by `make` if it is new. */
  slotAt(etUs: number, make: () => T): T {
    const number = Math.floor(etUs / this.widthUs);
    this.#next = this.#next === null ? number : Math.min(this.#next, number);
    const known = this.#slots.get(number);
    if (known !== undefined) return known;
    const made = make();
    this.#slots.set(number, made);
    return made;
  }

  /** The next judgement is possible once the horizon has passed this. */
  get dueUs(): number {
    return this.#next === null ? Number.POSITIVE_INFINITY : (this.#next + 1) * this.widthUs;
  }

  /** Judge every slot end before `horizonUs`. `judge` gets the end, and the slot that begins `age` slots before it. */
  judge(
    horizonUs: number,
    judge: (endUs: number, slotBack: (age: number) => T | undefined) => void,
    /** Whether an empty window still has to be judged at the next slot end. */
    goesOn: (endUs: number) => boolean = () => false,
  ): void {
    while (this.#next !== null && this.dueUs < horizonUs) {
      const current = this.#next;
      judge(this.dueUs, (age) => this.#slots.get(current - age + 1));
      this.#slots.delete(current - this.#slotCount + 1);
      this.#next = current + 1;
      if (!this.#hasAny(current) && !goesOn(this.dueUs)) this.#skip();
    }
  }

  save(): Readonly<{ next: number | null; slots: readonly (readonly [number, T])[] }> {
    return { next: this.#next, slots: [...this.#slots] };
  }

  /** Whether the window of the next judgement holds anything, its own slot included. */
  #hasAny(current: number): boolean {
    for (const number of this.#slots.keys()) if (number <= current + 1) return true;
    return false;
  }

  /** To the next slot that has lines. */
  #skip(): void {
    let next: number | null = null;
    for (const number of this.#slots.keys()) {
      if (next === null || number < next) next = number;
    }
    this.#next = next;
  }
}
