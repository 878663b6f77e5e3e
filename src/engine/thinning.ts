/**
 * Finds the next segment that has entries to give up among others to keep, and says which they are.
 *
 * Looks into a segment once: which levels and sources are in it is remembered, a few names each, so that asking again
 * every ten minutes costs nothing while nothing has become old enough.
 */
import { EntryColumns } from '../model/entry-columns.ts';
import type { CatalogRow } from './catalog.ts';
import type { OpenSegments } from './open-segments.ts';
import { type EntryKind, expiredKinds, type RetentionPolicy, verdictOf } from './retention.ts';
import { NEED } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Entries that go: of these kinds, and of these file generations only (null: of any). */
export type Dropped = Readonly<{
  kinds: readonly EntryKind[];
  generations: readonly number[] | null;
}>;

export type Thinning = Readonly<{ row: CatalogRow; dropped: Dropped; rowCount: number }>;

export class Thinner {
  readonly #kinds = new Map<number, readonly EntryKind[]>();
  /** Segments of which nothing more may go, though it is old: by what was asked. */
  readonly #settled = new Map<number, string>();

  /** The next of `catalog` to thin out, oldest first; null where there is none. */
  next(
    segments: OpenSegments,
    catalog: readonly CatalogRow[],
    asked: Readonly<{ policy: RetentionPolicy; generations: readonly number[] | null }>,
  ): Thinning | null {
    const { policy, generations } = asked;
    this.#forget(catalog);
    for (const row of catalog.toSorted((a, b) => a.maxUs - b.maxUs)) {
      if (verdictOf(row, policy) === 'keep') continue;
      const kinds = this.#kindsOf(segments, row).filter(expiredKinds(row, policy));
      if (kinds.length === 0) continue;
      const question = JSON.stringify([kinds, generations?.length ?? null]);
      if (this.#settled.get(row.number) === question) continue;
      const dropped = { kinds, generations };
      const rowCount = countDropped(segments, row, dropped);
      if (rowCount > 0) return { row, dropped, rowCount };
      this.#settled.set(row.number, question);
    }
    return null;
  }

  #kindsOf(segments: OpenSegments, row: CatalogRow): readonly EntryKind[] {
    let kinds = this.#kinds.get(row.number);
    if (kinds === undefined) {
      const segment = segments.open(row);
      kinds = segment === null ? [] : (segments.guard(row, () => kindsIn(segment)) ?? []);
      this.#kinds.set(row.number, kinds);
    }
    return kinds;
  }

  #forget(catalog: readonly CatalogRow[]): void {
    if (this.#kinds.size <= catalog.length && this.#settled.size <= catalog.length) return;
    const there = new Set(catalog.map(({ number }) => number));
    for (const memory of [this.#kinds, this.#settled]) {
      for (const number of memory.keys()) if (!there.has(number)) memory.delete(number);
    }
  }
}

function kindsIn(segment: SegmentReader): EntryKind[] {
  using columns = new EntryColumns(segment.names);
  const kinds = new Map<number, EntryKind>();
  for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
    segment.readRows(chunk, columns, NEED.CLASS | NEED.SOURCE);
    for (let row = 0; row < columns.count; row += 1) {
      const level = columns.level[row]!;
      const source = columns.source[row]!;
      const key = source * 8 + level;
      if (kinds.has(key)) continue;
      kinds.set(key, { level, source: segment.names.sources.valueOf(source) });
    }
  }
  return [...kinds.values()];
}

function countDropped(segments: OpenSegments, row: CatalogRow, dropped: Dropped): number {
  const segment = segments.open(row);
  if (segment === null) return 0;
  const counted = segments.guard(row, () => {
    using columns = new EntryColumns(segment.names);
    const isDropped = dropTest(dropped, columns);
    let count = 0;
    for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
      segment.readRows(chunk, columns, NEED.CLASS | NEED.SOURCE | NEED.GENERATION);
      for (let at = 0; at < columns.count; at += 1) if (isDropped(at)) count += 1;
    }
    return count;
  });
  return counted ?? 0;
}

/** Whether a row of these columns goes. */
export function dropTest(dropped: Dropped, columns: EntryColumns): (row: number) => boolean {
  const { sources } = columns.names;
  const kinds = new Set(dropped.kinds.map(({ level, source }) => sources.idOf(source) * 8 + level));
  const generations = dropped.generations === null ? null : new Set(dropped.generations);
  return (row) =>
    kinds.has(columns.source[row]! * 8 + columns.level[row]!) &&
    (generations === null || generations.has(columns.generation[row]!));
}
