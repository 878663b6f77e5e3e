/** The matching rows of one segment, by chunk: what a scan wants to know before it reads anything else. */
import type { ChunkFilter } from './filtered-chunk.ts';
import type { Pruner } from './prune.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Chunks without a match are not in it. */
export type FoundRows = ReadonlyMap<number, Int32Array>;

/** `check` is called before each chunk; what it throws ends the search. Throws `Malformed`. */
export function findRows(
  segment: SegmentReader,
  { filter, prune }: Readonly<{ filter: ChunkFilter; prune: Pruner }>,
  check: () => void,
): FoundRows {
  const found = new Map<number, Int32Array>();
  const candidates = prune(segment);
  for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
    if (!candidates.has(chunk)) continue;
    check();
    const matching = filter.apply(segment, chunk);
    if (matching === null) continue;
    found.set(chunk, matching.rows);
    filter.giveBack(matching.columns);
  }
  return found;
}
