/**
 * Which entry holds a place of a file, and which segment holds that entry.
 *
 * Only the generations of all chunks are read; the rest of those that have the one wanted.
 */
import { copyRow, EntryColumns } from '../model/entry-columns.ts';
import type { CatalogRow } from './catalog.ts';
import type { OpenSegments } from './open-segments.ts';
import { NEED } from './segment-format.ts';

const NEWLINE = 10;

/** A byte of a file generation, or one of its lines, counted from 1. */
export type FilePlace = Readonly<{ generation: number }> &
  (Readonly<{ offsetBytes: number }> | Readonly<{ line: number }>);

export type PlacedEntry = Readonly<{
  segment: CatalogRow;
  /** When the segment was made: its entries were committed then. */
  madeAtMs: number;
  /** The entry, in row 0. */
  columns: EntryColumns;
}>;

/** Null: no entry of the store holds it. Throws `SegmentGone` where a segment is removed meanwhile. */
export function findPlace(
  segments: OpenSegments,
  catalog: readonly CatalogRow[],
  place: FilePlace,
): PlacedEntry | null {
  const columns = new EntryColumns(segments.names);
  for (const row of catalog) {
    const segment = segments.open(row);
    if (segment === null) continue;
    for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
      const found = segments.guard(row, () => {
        segment.readRows(chunk, columns, NEED.GENERATION);
        if (!columns.generation.subarray(0, columns.count).includes(place.generation)) return null;
        segment.readRows(chunk, columns, NEED.ALL);
        segment.readTexts(chunk, columns);
        return entryAt(columns, place);
      });
      if (found !== null)
        return { segment: row, madeAtMs: segment.header.createdAtMs, columns: found };
    }
  }
  return null;
}

function entryAt(columns: EntryColumns, place: FilePlace): EntryColumns | null {
  for (let row = 0; row < columns.count; row += 1) {
    if (columns.generation[row] !== place.generation || !holds(columns, row, place)) continue;
    const found = new EntryColumns(columns.names);
    copyRow(columns, row, found);
    return found;
  }
  return null;
}

function holds(columns: EntryColumns, row: number, place: FilePlace): boolean {
  if ('offsetBytes' in place) {
    const from = columns.offset[row]!;
    return place.offsetBytes >= from && place.offsetBytes < from + columns.originLength[row]!;
  }
  const first = columns.line[row]!;
  if (first === 0 || place.line < first) return false;
  return place.line === first || place.line < first + lineCountOf(columns.rawBytes(row));
}

/** Lines of the original bytes, the last one with or without its newline. */
function lineCountOf(raw: Uint8Array): number {
  let count = 0;
  for (const byte of raw) if (byte === NEWLINE) count += 1;
  return raw.at(-1) === NEWLINE ? count : count + 1;
}
