/**
 * The numbers that a store gives to its segments and rows, and what of them is on its way.
 *
 * Invariants:
 * - sequence numbers grow with every row and are never given twice, through restarts and retention;
 * - a segment file whose number is the written one or above, and that the catalog does not list, was never committed.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { type StoreIdentity, writeIdentity } from './catalog.ts';
import type { SealStamp } from './seal.ts';

export class StoreNumbers {
  readonly #clock: Clock;
  readonly #database: Database;
  #nextSegment: number;
  /** Numbers given to segments that are not committed. */
  readonly #open = new Set<number>();
  #nextSequence: number;

  constructor(clock: Clock, database: Database, identity: StoreIdentity) {
    this.#clock = clock;
    this.#database = database;
    this.#nextSegment = identity.nextSegment;
    this.#nextSequence = identity.nextSequence;
  }

  /** The arrival number of the next row; it never goes back. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  set nextSequence(sequence: number) {
    this.#nextSequence = Math.max(this.#nextSequence, sequence);
  }

  /** Numbers for so many segments. */
  stamp(count: number): SealStamp {
    const number = this.#nextSegment;
    this.#nextSegment += count;
    for (let given = number; given < this.#nextSegment; given += 1) this.#open.add(given);
    return { number, nowMs: this.#clock.nowMs() };
  }

  /** The segment of this number is committed, or never comes. */
  close(number: number): void {
    this.#open.delete(number);
  }

  /** The same of all numbers that were given. */
  closeAll(): void {
    this.#open.clear();
  }

  /** Inside the transaction that lists segments. */
  write(): void {
    writeIdentity(this.#database, {
      nextSegment: Math.min(this.#nextSegment, ...this.#open),
      nextSequence: this.#nextSequence,
    });
  }
}
