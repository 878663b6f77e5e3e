/**
 * Entries that get other times: what the engine asks of whoever knows them, and the way through the store.
 *
 * A segment in which a time changes is written anew with all its entries. Only when every one of them is durable does one
 * transaction put them in the place of the old ones; a crash before it leaves files that the next start deletes.
 */
import { nextTurn } from '../base/clock.ts';
import { type EntryColumns, FLAG, FUTURE_MS } from '../model/entry-columns.ts';
import type { CatalogRow } from './catalog.ts';
import type { OpenSegments } from './open-segments.ts';
import type { SealedSegment } from './seal.ts';

/** Is given the entries of the sources it wants, in order of arrival. */
export interface Retiming {
  wants(source: string): boolean;
  /** The time the entry should have, in µs; the one it has where it should stay. */
  timeOf(columns: EntryColumns, row: number): number;
  /** So many more entries were looked at. Throws to give up: then nothing is changed. */
  looked(entryCount: number): void;
}

/** How many times changed, and the largest step forward, in µs. */
export type RetimedRows = Readonly<{ changedCount: number; shiftUsMax: number }>;

/** `sealed`: null where nothing was written. */
export type RetimedSegment = RetimedRows & Readonly<{ sealed: SealedSegment | null }>;

export type RetimingResult = Readonly<{ segmentCount: number; entryCount: number }>;

/** Give rows their times; `sealedAtMs`: they had arrived by then. */
export function retimeRows(
  columns: EntryColumns,
  rows: Int32Array,
  { retiming, sealedAtMs }: Readonly<{ retiming: Retiming; sealedAtMs: number }>,
): RetimedRows {
  const { timestampUs, flags, source, names } = columns;
  const futureUs = (sealedAtMs + FUTURE_MS) * 1000;
  const wanted = new Map<number, boolean>();
  let changedCount = 0;
  let shiftUsMax = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const sourceId = source[row]!;
    let isWanted = wanted.get(sourceId);
    if (isWanted === undefined) {
      isWanted = retiming.wants(names.sources.valueOf(sourceId));
      wanted.set(sourceId, isWanted);
    }
    if (!isWanted) continue;
    const beforeUs = timestampUs[row]!;
    const afterUs = retiming.timeOf(columns, row);
    if (afterUs === beforeUs) continue;
    changedCount += 1;
    shiftUsMax = Math.max(shiftUsMax, afterUs - beforeUs);
    timestampUs[row] = afterUs;
    flags[row] = afterUs > futureUs ? flags[row]! | FLAG.FUTURE : flags[row]! & ~FLAG.FUTURE;
  }
  return { changedCount, shiftUsMax };
}

/** Those that changed, and what changed in all of them. `retime` gives null for a damaged one. */
export async function retimeSegments(
  segments: OpenSegments,
  retiming: Retiming,
  retime: (row: CatalogRow) => RetimedSegment | null,
): Promise<
  Readonly<{
    segments: readonly Readonly<{ row: CatalogRow; sealed: SealedSegment | null }>[];
    entryCount: number;
    shiftUsMax: number;
  }>
> {
  const changed: { row: CatalogRow; sealed: SealedSegment | null }[] = [];
  let entryCount = 0;
  let shiftUsMax = Number.NEGATIVE_INFINITY;
  // Zones with an hour that exists twice are told by the order of the lines.
  for (const row of segments.catalog().sort((a, b) => a.minSequence - b.minSequence)) {
    await nextTurn();
    const { sources } = segments.open(row)?.footer.names ?? { sources: [] };
    if (sources.some((source) => retiming.wants(source))) {
      const found = retime(row);
      if (found !== null && found.changedCount > 0) {
        changed.push({ row, sealed: found.sealed });
        entryCount += found.changedCount;
        shiftUsMax = Math.max(shiftUsMax, found.shiftUsMax);
      }
    }
    retiming.looked(row.rowCount);
  }
  return { segments: changed, entryCount, shiftUsMax };
}
