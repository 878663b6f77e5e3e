/**
 * Open files, at most so many: a handle is what keeps a file readable after it was renamed or deleted, so as many as
 * allowed stay open, the least recently read go first.
 *
 * A generation that a path still leads to may lose its handle, first those that are read to their end. What no path leads
 * to, a copy, or an unpacked content keeps it: only those can be more.
 */
import { ByteSource, FileFailure } from './byte-source.ts';
import { isDeletedNow } from './copied-moves.ts';
import { HANDLES_MAX } from './limits.ts';
import type { PrivatePlaces } from './private-places.ts';
import type { Tail } from './tail.ts';

/** Of what the process may have open, so much at most: the store, its connections and Node itself need some as well. */
const SHARE_MAX = 1 / 4;

export function handlesAllowed(descriptorLimit: number): number {
  return Math.max(1, Math.min(HANDLES_MAX, Math.floor(descriptorLimit * SHARE_MAX)));
}

export class Handles implements Disposable {
  /** Least recently used first. */
  readonly #open = new Set<Tail>();
  readonly #notIn: PrivatePlaces;
  #handlesMax: number;

  constructor(handlesMax: number, notIn: PrivatePlaces) {
    this.#handlesMax = handlesMax;
    this.#notIn = notIn;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Open a file. When the process has too many files open, others are closed and it is tried again. */
  open(path: string): ByteSource {
    try {
      return ByteSource.open(path, { notIn: this.#notIn });
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
      this.#handlesMax = Math.max(1, Math.floor(this.#open.size / 2));
      this.#evict();
      return ByteSource.open(path, { notIn: this.#notIn });
    }
  }

  /** The tail reads from `source` and owns it from now on. */
  give(tail: Tail, source: ByteSource): void {
    if (tail.source !== source) tail.source?.[Symbol.dispose]();
    tail.source = source;
    this.used(tail);
    this.#evict(tail);
  }

  used(tail: Tail): void {
    this.#open.delete(tail);
    this.#open.add(tail);
  }

  close(tail: Tail): void {
    this.#open.delete(tail);
    if (tail.generation.state === 'rotated' && isGoneWith(tail)) {
      Object.assign(tail.generation, { wasReplaced: true, changed: true });
    }
    tail.source?.[Symbol.dispose]();
    tail.source = null;
  }

  [Symbol.dispose](): void {
    for (const tail of [...this.#open]) this.close(tail);
  }

  /** `kept` is about to be read. */
  #evict(kept: Tail | null = null): void {
    if (this.#open.size <= this.#handlesMax) return;
    for (const maySpare of [isAtRest, canBeOpenedAgain]) {
      for (const tail of this.#open) {
        if (tail !== kept && maySpare(tail)) this.close(tail);
        if (this.#open.size <= this.#handlesMax) return;
      }
    }
  }
}

/** Whether the file is gone for good once it is closed: what was in it can only be in a copy. */
function isGoneWith(tail: Tail): boolean {
  try {
    return isDeletedNow(tail);
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return false;
  }
}

function isAtRest(tail: Tail): boolean {
  return tail.atEnd && !tail.ready && canBeOpenedAgain(tail);
}

function canBeOpenedAgain(tail: Tail): boolean {
  return tail.reads === 'own' && tail.generation.state === 'live' && tail.paths.size > 0;
}
