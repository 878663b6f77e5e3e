/** Things with a due moment, smallest first. A thing whose moment moved is asked again when its old one comes. */

export type Timed = {
  /** The moment under which it stands in the heap; infinite: it does not. Only the heap writes it. */
  scheduledUs: number;
};

export class TimerHeap<T extends Timed> {
  readonly #items: T[] = [];
  readonly #dues: number[] = [];

  /** No thing is due before. */
  get nextDueUs(): number {
    return this.#dues[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Make sure that `item` is popped once its moment has passed. */
  schedule(item: T, dueUs: number): void {
    if (dueUs >= item.scheduledUs) return;
    item.scheduledUs = dueUs;
    this.#items.push(item);
    this.#dues.push(dueUs);
    this.#rise(this.#items.length - 1);
  }

  /** All things whose moment lies before `nowUs`, each once; they are no longer scheduled. */
  popBefore(nowUs: number): T[] {
    const due: T[] = [];
    while (this.nextDueUs < nowUs) {
      const dueUs = this.#dues[0]!;
      const item = this.#removeFirst();
      // A thing scheduled anew for an earlier moment leaves its old entry behind.
      if (item.scheduledUs !== dueUs) continue;
      item.scheduledUs = Number.POSITIVE_INFINITY;
      due.push(item);
    }
    return due;
  }

  #removeFirst(): T {
    const first = this.#items[0]!;
    const lastItem = this.#items.pop()!;
    const lastDueUs = this.#dues.pop()!;
    if (this.#items.length > 0) {
      this.#items[0] = lastItem;
      this.#dues[0] = lastDueUs;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#dues[parent]! <= this.#dues[at]!) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    const count = this.#dues.length;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= count) return;
      const right = left + 1;
      const child = right < count && this.#dues[right]! < this.#dues[left]! ? right : left;
      if (this.#dues[at]! <= this.#dues[child]!) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    this.#items[a] = this.#items[b]!;
    this.#items[b] = item;
    const dueUs = this.#dues[a]!;
    this.#dues[a] = this.#dues[b]!;
    this.#dues[b] = dueUs;
  }
}
