/**
 * Counts by the minute, over a span that moves on with what is judged: a ring of one number a minute. Saved as the bytes
 * of its minutes that are not 0, in base64: a week of a busy rule is some tens of kilobytes.
 *
 * Lines come before their moment is judged, hours before while a daemon catches up: what lies behind the present minute
 * waits, so that it does not push out what the judgement still needs. A minute older than the span is gone; so is what is
 * added there.
 *
 * The ring is made of pieces, and only those are there that hold a count: of ten thousand visitors most came once in a month.
 */
const MINUTE_US = 60_000_000;

const POINTER_BYTES = 8;
/** A piece, as V8 holds it. */
const PIECE_BYTES = 700;

/** Minutes of a piece. Behind them it has how many of them are not 0. */
const PIECE_MINUTES = 128;

export class MinuteCounts {
  readonly #ring: (Uint32Array | undefined)[];
  /** Minutes of the ring. */
  readonly #length: number;
  #pieceCount = 0;
  /** The present minute; -1: nothing was judged yet. */
  #newest = -1;
  /** First minute that ever had a count. */
  #first = Number.POSITIVE_INFINITY;
  /** Of the ring. */
  #total = 0;
  /** Counts of minutes to come. */
  readonly #ahead = new Map<number, number>();

  constructor(keptUs: number, saved: string | null) {
    this.#length = Math.ceil(keptUs / MINUTE_US) + 2;
    this.#ring = new Array(Math.ceil(this.#length / PIECE_MINUTES));
    if (saved !== null) this.#load(saved);
  }

  /** Start of the first minute that ever had a count. */
  get firstUs(): number {
    return this.#first * MINUTE_US;
  }

  get bytes(): number {
    return this.#ring.length * POINTER_BYTES + this.#pieceCount * PIECE_BYTES;
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
    const from = Math.max(this.#newest + 1, minute - this.#length + 1);
    for (let next = from; next <= minute; next += 1) this.#clear(next);
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
    for (let minute = this.#oldest; minute <= this.#newest && this.#total > 0; minute += 1) {
      if (this.#pieceOf(minute) === undefined) {
        const at = minute % this.#length;
        const untilAt = Math.min(this.#length, at - (at % PIECE_MINUTES) + PIECE_MINUTES);
        minute += untilAt - at - 1;
        continue;
      }
      const count = this.#at(minute);
      if (count > 0) numbers.push(minute, count);
    }
    for (const [minute, count] of this.#ahead) numbers.push(minute, count);
    return Buffer.from(new Float64Array(numbers).buffer).toString('base64');
  }

  get #oldest(): number {
    return Math.max(0, this.#newest - this.#length + 1);
  }

  #at(minute: number): number {
    if (minute > this.#newest || minute < this.#oldest) return 0;
    return this.#pieceOf(minute)?.[(minute % this.#length) % PIECE_MINUTES] ?? 0;
  }

  #pieceOf(minute: number): Uint32Array | undefined {
    return this.#ring[Math.floor((minute % this.#length) / PIECE_MINUTES)];
  }

  #clear(minute: number): void {
    const piece = this.#pieceOf(minute);
    const at = minute % this.#length;
    const count = piece?.[at % PIECE_MINUTES] ?? 0;
    if (piece === undefined || count === 0) return;
    this.#total -= count;
    piece[at % PIECE_MINUTES] = 0;
    piece[PIECE_MINUTES]! -= 1;
    if (piece[PIECE_MINUTES] !== 0) return;
    this.#ring[Math.floor(at / PIECE_MINUTES)] = undefined;
    this.#pieceCount -= 1;
  }

  #put(minute: number, count: number): void {
    if (minute < this.#oldest) return;
    this.#first = Math.min(this.#first, minute);
    if (minute > this.#newest) {
      this.#ahead.set(minute, (this.#ahead.get(minute) ?? 0) + count);
      return;
    }
    const at = minute % this.#length;
    let piece = this.#pieceOf(minute);
    if (piece === undefined) {
      piece = new Uint32Array(PIECE_MINUTES + 1);
      this.#ring[Math.floor(at / PIECE_MINUTES)] = piece;
      this.#pieceCount += 1;
    }
    if (piece[at % PIECE_MINUTES] === 0) piece[PIECE_MINUTES]! += 1;
    piece[at % PIECE_MINUTES]! += count;
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
