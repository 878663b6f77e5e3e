/**
 * Segments that are durable, and perhaps not committed: the catalog knows.
 *
 * Invariant: a sealed head whose transaction failed is part of the next one: nothing sealed is lost while the process lives.
 */
import type { Database } from '../base/database.ts';
import { type CatalogRow, isListed } from './catalog.ts';
import type { SealedSegment } from './seal.ts';

/** A head on its way: durable, and not visible yet. */
export type SealedHead = Readonly<{ rowCount: number; segments: readonly SealedSegment[] }>;

export class SealedSegments {
  readonly #database: Database;
  #segments: readonly SealedSegment[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was just sealed, and what was sealed before and never committed. */
  toCommit(sealed: readonly SealedSegment[]): SealedHead {
    const left = this.#segments.filter(({ row }) => !isListed(this.#database, row.number));
    this.#segments = [...left, ...sealed];
    const rowCount = this.#segments.reduce((sum, { row }) => sum + row.rowCount, 0);
    return { rowCount, segments: this.#segments };
  }

  /** Segments that the catalog lists are committed, so that they are not taken for uncommitted when it does so no more. */
  forget(listed: readonly CatalogRow[]): void {
    const numbers = new Set(listed.map(({ number }) => number));
    this.#segments = this.#segments.filter(({ row }) => !numbers.has(row.number));
  }
}
