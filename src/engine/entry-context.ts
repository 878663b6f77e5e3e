/**
 * The entries before and after one, in the same file: by arrival, because a file is read from its start to its end.
 *
 * Segments are looked at outward from the entry, and no further than the ranges of arrival numbers allow.
 */
import { copyRow, EntryColumns } from '../model/entry-columns.ts';
import type { CatalogRow } from './catalog.ts';
import type { OpenSegments } from './open-segments.ts';
import type { Matches } from './ordered-scan.ts';
import type { Cursor } from './search-request.ts';
import { NEED } from './segment-format.ts';

type Place = Readonly<{ sequence: number; row: CatalogRow; chunk: number }>;

export type ContextRequest = Readonly<{
  sequence: number;
  before: number;
  after: number;
  /** Segments looked through in each direction; absent: as many as it takes. */
  segmentsMax?: number;
  /** The entry's whole place, where several machines number their entries each for itself. */
  at?: Cursor;
}>;

/** In order of arrival, the entry itself among them; null where it is not (any more) in the store. */
export function readContext(
  segments: OpenSegments,
  catalog: readonly CatalogRow[],
  request: ContextRequest,
): Matches | null {
  const { sequence, before, after, segmentsMax = Number.POSITIVE_INFINITY } = request;
  const generation = generationOf(segments, catalog, sequence);
  if (generation === null) return null;
  const earlier = nearest(segments, catalog, {
    generation,
    sequence,
    count: before,
    direction: -1,
    segmentsMax,
  });
  const later = nearest(segments, catalog, {
    generation,
    sequence,
    count: after,
    direction: 1,
    segmentsMax,
  });
  const self = nearest(segments, catalog, {
    generation,
    sequence: sequence - 1,
    count: 1,
    direction: 1,
    segmentsMax,
  });
  return gather(segments, [...earlier.reverse(), ...self, ...later]);
}

function generationOf(
  segments: OpenSegments,
  catalog: readonly CatalogRow[],
  sequence: number,
): number | null {
  const columns = new EntryColumns(segments.names);
  for (const row of catalog) {
    if (row.minSequence > sequence || row.maxSequence < sequence) continue;
    const segment = segments.open(row);
    for (let chunk = 0; chunk < (segment?.chunkCount ?? 0); chunk += 1) {
      const found = segments.guard(row, () => {
        segment?.readRows(chunk, columns, NEED.SEQUENCE | NEED.GENERATION);
        const at = columns.sequence.subarray(0, columns.count).indexOf(sequence);
        return at < 0 ? null : columns.generation[at]!;
      });
      if (found !== null) return found;
    }
  }
  return null;
}

/** The `count` entries of a generation that arrived next in one direction, nearest first. */
function nearest(
  segments: OpenSegments,
  catalog: readonly CatalogRow[],
  wanted: Readonly<{
    generation: number;
    sequence: number;
    count: number;
    direction: 1 | -1;
    segmentsMax: number;
  }>,
): Place[] {
  const { generation, sequence, count, direction, segmentsMax } = wanted;
  const firstOf = (row: CatalogRow): number =>
    direction * (direction > 0 ? row.minSequence : row.maxSequence);
  const lastOf = (row: CatalogRow): number =>
    direction * (direction > 0 ? row.maxSequence : row.minSequence);
  const columns = new EntryColumns(segments.names);
  let found: Place[] = [];
  let openedCount = 0;
  for (const row of catalog.toSorted((a, b) => firstOf(a) - firstOf(b))) {
    if (lastOf(row) <= direction * sequence) continue;
    const farthest = found[count - 1];
    if (count === 0 || (farthest !== undefined && firstOf(row) > direction * farthest.sequence))
      break;
    openedCount += 1;
    if (openedCount > segmentsMax) break;
    const segment = segments.open(row);
    if (segment === null) continue;
    for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
      segments.guard(row, () => {
        segment.readRows(chunk, columns, NEED.SEQUENCE | NEED.GENERATION);
        for (let at = 0; at < columns.count; at += 1) {
          const other = columns.sequence[at]!;
          if (columns.generation[at] !== generation || direction * other <= direction * sequence)
            continue;
          found.push({ sequence: other, row, chunk });
        }
      });
    }
    found = found.sort((a, b) => direction * (a.sequence - b.sequence)).slice(0, count);
  }
  return found;
}

/** Read the entries and put them one behind the other. */
function gather(segments: OpenSegments, places: readonly Place[]): Matches {
  const all = new EntryColumns(segments.names);
  const columns = new EntryColumns(segments.names);
  let loaded: Place | null = null;
  for (const place of places) {
    const segment = segments.open(place.row);
    if (segment === null) continue;
    segments.guard(place.row, () => {
      if (loaded?.row !== place.row || loaded.chunk !== place.chunk) {
        segment.readRows(place.chunk, columns, NEED.ALL);
        segment.readTexts(place.chunk, columns);
        loaded = place;
      }
      copyRow(columns, columns.sequence.subarray(0, columns.count).indexOf(place.sequence), all);
    });
  }
  const rows = Int32Array.from({ length: all.count }, (_, row) => row);
  return { columns: all, rows, count: all.count };
}
