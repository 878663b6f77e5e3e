/**
 * Open files, at most `HANDLES_MAX` beyond those that are needed: a handle is what keeps a file readable
 * after it was renamed or deleted, so as many as allowed stay open, the least recently read go first.
 *
 * Only a generation that a path still leads to and that is read to its end may lose its handle.
 */
import { ByteSource, FileFailure } from './byte-source.ts';
import type { Tail } from './tail.ts';

export class Handles implements Disposable {
  /** Least recently used first. */
  readonly #open = new Set<Tail>();
  #handlesMax: number;

  constructor(handlesMax: number) {
    this.#handlesMax = handlesMax;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Open a file. When the process has too many files open, others are closed and it is tried again. */
  open(path: string): ByteSource {
    try {
      return ByteSource.open(path);
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
      this.#handlesMax = Math.max(1, Math.floor(this.#open.size / 2));
      this.#evict();
      return ByteSource.open(path);
    }
  }

  /** The tail reads from `source` and owns it from now on. */
  give(tail: Tail, source: ByteSource): void {
    if (tail.source !== source) tail.source?.[Symbol.dispose]();
    tail.source = source;
    this.used(tail);
    this.#evict();
  }

  used(tail: Tail): void {
    this.#open.delete(tail);
    this.#open.add(tail);
  }

  close(tail: Tail): void {
    this.#open.delete(tail);
    tail.source?.[Symbol.dispose]();
    tail.source = null;
  }

  [Symbol.dispose](): void {
    for (const tail of [...this.#open]) this.close(tail);
  }

  #evict(): void {
    if (this.#open.size <= this.#handlesMax) return;
    for (const tail of this.#open) {
      if (!isNeeded(tail)) this.close(tail);
      if (this.#open.size <= this.#handlesMax) return;
    }
  }
}

function isNeeded(tail: Tail): boolean {
  return !tail.atEnd || tail.ready || tail.reads !== 'own' || tail.generation.state !== 'live';
}
