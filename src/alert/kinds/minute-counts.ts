/**
 * Counts by the minute, over a span that moves on with what is judged: a ring of one number a minute. Saved as the bytes
 * of its minutes that are not 0, in base64: a week of a busy rule is some tens of kilobytes.
 *
 * Lines come before their moment is judged, hours before while a daemon catches up: what lies behind the present minute
 * waits, so that it does not push out what the judgement still needs. A minute older than the span is gone; so is what is
 * added there.
 */
const MINUTE_US = 60_000_000;

export class MinuteCounts {
  readonly #ring: Uint32Array;
  /** The present minute; -1: nothing was judged yet. */
  #newest = -1;
  /** First minute that ever had a count. */
  #first = Number.POSITIVE_INFINITY;
  /** Of the ring. */
  #total = 0;
  /** Counts of minutes to come. */
  readonly #ahead = new Map<number, number>();

  constructor(keptUs: number, saved: string | null) {
    this.#ring = new Uint32Array(Math.ceil(keptUs / MINUTE_US) + 2);
    if (saved !== null) this.#load(saved);
  }

  /** Start of the first minute that ever had a count. */
  get firstUs(): number {
    return this.#first * MINUTE_US;
  }

  get bytes(): number {
    return this.#ring.byteLength;
  }

  add(etUs: number): void {
    this.#put(Math.floor(etUs / MINUTE_US), 1);
  }

  /** Whole minutes from the one of `fromUs` on, before the one of `untilUs`; not behind the present. */
  between(fromUs: number, untilUs: number): number {
    const until = Math.floor(untilUs / MINUTE_US);
    let sum = 0;
    for (let minute = Math.floor(fromUs / MINUTE_US); minute < until; minute += 1) {
      sum += this.#at(minute);
    }
    return sum;
  }

  /** This is the present now. */
  goTo(us: number): void {
    const minute = Math.floor(us / MINUTE_US);
    if (minute <= this.#newest) return;
    const from = Math.max(this.#newest + 1, minute - this.#ring.length + 1);
    for (let next = from; next <= minute; next += 1) {
      const at = next % this.#ring.length;
      this.#total -= this.#ring[at]!;
      this.#ring[at] = 0;
    }
    this.#newest = minute;
    for (const [waiting, count] of this.#ahead) {
      if (waiting > minute) continue;
      this.#ahead.delete(waiting);
      this.#put(waiting, count);
    }
  }

  /** Whether a judgement now or later has anything to look at. */
  get hasAny(): boolean {
    return this.#total > 0 || this.#ahead.size > 0;
  }

  save(): string {
    const numbers: number[] = [this.#newest, this.#first];
    for (let minute = this.#oldest; minute <= this.#newest; minute += 1) {
      const count = this.#at(minute);
      if (count > 0) numbers.push(minute, count);
    }
    for (const [minute, count] of this.#ahead) numbers.push(minute, count);
    return Buffer.from(new Float64Array(numbers).buffer).toString('base64');
  }

  get #oldest(): number {
    return Math.max(0, this.#newest - this.#ring.length + 1);
  }

  #at(minute: number): number {
    if (minute > this.#newest || minute < this.#oldest) return 0;
    return this.#ring[minute % this.#ring.length]!;
  }

  #put(minute: number, count: number): void {
    if (minute < this.#oldest) return;
    this.#first = Math.min(this.#first, minute);
    if (minute > this.#newest) {
      this.#ahead.set(minute, (this.#ahead.get(minute) ?? 0) + count);
      return;
    }
    const at = minute % this.#ring.length;
    this.#ring[at] = this.#ring[at]! + count;
    this.#total += count;
  }

  #load(saved: string): void {
    const bytes = Buffer.from(saved, 'base64');
    const numbers = new Float64Array(bytes.length / 8);
    Buffer.from(numbers.buffer).set(bytes);
    this.#newest = numbers[0] ?? -1;
    for (let index = 2; index + 1 < numbers.length; index += 2) {
      this.#put(numbers[index]!, numbers[index + 1]!);
    }
    this.#first = numbers[1] ?? Number.POSITIVE_INFINITY;
  }
}
