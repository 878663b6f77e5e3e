/**
 * The segments that the catalog lists, and how they leave it: removed, replaced, or set aside where they are damaged.
 *
 * Invariants:
 * - rows go in one transaction with what takes their place; their files go when it is durable, and are noted in it, so that
 *   the next start unlinks what a crash left;
 * - nothing damaged is deleted: a file is moved aside, bytes of the catalog are kept as a file, and the row is noted as damage.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import {
  type CatalogRow,
  deleteSegment,
  forgetRemoved,
  insertDamage,
  insertSegment,
  isListed,
  noteRemoved,
  readInlineBytes,
} from './catalog.ts';
import { type Damage, OpenSegments } from './open-segments.ts';
import type { MergeInput, SealedSegment } from './seal.ts';
import type { SealedSegments } from './sealed-segments.ts';
import type { SegmentHolds } from './segment-holds.ts';
import type { SegmentStore } from './segment-store.ts';

export type ListedSegmentsOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  database: Database;
  /** Null: all segments are in the database. */
  store: SegmentStore | null;
  storeId: string;
  /** Told of those that are listed no more. */
  sealed: SealedSegments;
  holds: SegmentHolds;
  onDamage: ((damage: Damage) => void) | undefined;
}>;

export class ListedSegments {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #database: Database;
  readonly #store: SegmentStore | null;
  readonly #storeId: string;
  readonly #sealed: SealedSegments;
  readonly #holds: SegmentHolds;
  readonly #onDamage: ((damage: Damage) => void) | undefined;

  constructor(options: ListedSegmentsOptions) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#database = options.database;
    this.#store = options.store;
    this.#storeId = options.storeId;
    this.#sealed = options.sealed;
    this.#holds = options.holds;
    this.#onDamage = options.onDamage;
  }

  /** To read them; what turns out damaged is set aside. */
  open(names: ColumnNames = new ColumnNames()): OpenSegments {
    return this.#open((damage) => this.setAside(damage), names);
  }

  /** What is needed to write one anew. */
  inputOf(row: CatalogRow): MergeInput {
    const isInline = row.file === null;
    return {
      row,
      inlineBytes: isInline ? (readInlineBytes(this.#database, row.number) ?? null) : null,
    };
  }

  /** Remove segments in one transaction with `change`; their files go when it is durable. */
  remove(rows: readonly CatalogRow[], change: () => void): void {
    const files = rows.flatMap(({ file }) => (file === null ? [] : [file]));
    this.#sealed.forget(rows);
    this.#database.transaction(() => {
      for (const { number } of rows) deleteSegment(this.#database, number);
      for (const file of files) noteRemoved(this.#database, file);
      change();
    });
    if (files.length === 0) return;
    this.#store?.removeDurably(files);
    this.#database.transaction(() => {
      for (const file of files) forgetRemoved(this.#database, file);
    });
  }

  /** Put a segment in the place of others, in one transaction with `change`; false where one of them is gone meanwhile. */
  replace(
    rows: readonly CatalogRow[],
    { row, inlineBytes }: SealedSegment,
    change: () => void,
  ): boolean {
    if (!rows.every(({ number }) => isListed(this.#database, number))) {
      if (row.file !== null) this.#store?.remove(row.file);
      return false;
    }
    this.remove(rows, () => {
      insertSegment(this.#database, row, inlineBytes);
      change();
    });
    return true;
  }

  /** Take a damaged segment out of sight: its file is moved aside, its row noted as damage. Safe to call twice. */
  setAside({ segment, reason }: Damage): void {
    if (!isListed(this.#database, segment.number)) return;
    if (segment.file !== null) this.#store?.setAside(segment.file);
    else this.#keepInlineBytes(segment);
    this.#sealed.forget([segment]);
    this.#database.transaction(() => {
      deleteSegment(this.#database, segment.number);
      insertDamage(this.#database, { ...segment, foundAtMs: this.#clock.nowMs(), reason });
      this.#holds.removed([segment], `it is damaged: ${reason}`);
      this.#onDamage?.({ segment, reason });
    });
  }

  /** Whether any of these segments is damaged; those that are, are set aside. */
  setDamagedAside(rows: readonly CatalogRow[]): boolean {
    let found = false;
    using segments = this.#open((damage) => {
      found = true;
      this.setAside(damage);
    }, new ColumnNames());
    for (const row of rows) {
      const reader = segments.open(row);
      if (reader !== null) segments.guard(row, () => reader.verify());
    }
    return found;
  }

  #open(onDamage: (damage: Damage) => void, names: ColumnNames): OpenSegments {
    return new OpenSegments({
      disk: this.#disk,
      database: this.#database,
      folder: this.#store?.folder ?? null,
      names,
      onDamage,
    });
  }

  #keepInlineBytes(segment: CatalogRow): void {
    const bytes = readInlineBytes(this.#database, segment.number);
    const name = `${segment.number}-${this.#storeId.slice(0, 8)}.inline-segment`;
    if (bytes !== undefined) this.#store?.keepAside(name, bytes);
  }
}
