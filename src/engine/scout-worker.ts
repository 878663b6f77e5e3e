/** The thread behind a `ScoutThread`: one order after the other, segment by segment, as long as it is wanted. */
import { workerData } from 'node:worker_threads';
import { systemDisk } from '../base/disk.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { FileSource } from './byte-source.ts';
import { ChunkFilter } from './filtered-chunk.ts';
import { type FoundRows, findRows } from './found-rows.ts';
import { compilePruner, type Pruner } from './prune.ts';
import {
  AHEAD_MAX,
  CELL,
  claim,
  type ScoutData,
  type ScoutedSegment,
  type ScoutOrder,
  type ScoutReport,
} from './scout-thread.ts';
import { openReadTools, SegmentReader } from './segment-reader.ts';

/** Enough for the segments of an hour of many; each keeps its footer. */
const OPEN_MAX = 256;

const { port, machine } = workerData as ScoutData;
const names = new ColumnNames(machine);
const tools = openReadTools();
/** By path, in order of use, the latest last. */
const readers = new Map<string, SegmentReader>();

port.on('message', scout);

function scout({ id, parts, bounds, segments, cells }: ScoutOrder): void {
  closeOthers(segments);
  const looking = { filter: new ChunkFilter(parts, names, bounds), prune: compilePruner(parts) };
  for (const [place, segment] of segments.entries()) {
    if (!waitFor(place, cells)) return;
    if (segment === null || !claim(cells, place)) continue;
    const report: ScoutReport = { id, place, found: rowsOf(segment, looking, cells) };
    port.postMessage(report);
    Atomics.add(cells, CELL.REPORTS, 1);
    Atomics.notify(cells, CELL.REPORTS);
  }
}

/** Until the scan comes near; false: nobody waits for the rest. */
function waitFor(place: number, cells: Int32Array): boolean {
  for (;;) {
    if (Atomics.load(cells, CELL.STOPPED) !== 0) return false;
    const reached = Atomics.load(cells, CELL.REACHED);
    if (place <= reached + AHEAD_MAX) return true;
    Atomics.wait(cells, CELL.REACHED, reached);
  }
}

/** Null for whatever stands in the way: a file that is gone, damage, the end of the order. */
function rowsOf(
  segment: ScoutedSegment,
  looking: Readonly<{ filter: ChunkFilter; prune: Pruner }>,
  cells: Int32Array,
): FoundRows | null {
  try {
    const reader = open(segment);
    const found = findRows(reader, looking, () => {
      if (Atomics.load(cells, CELL.STOPPED) !== 0) throw new Error('the order was called off');
    });
    reader.dropColumns();
    return found;
  } catch {
    close(segment.path);
    return null;
  }
}

function open({ path, number, rowCount }: ScoutedSegment): SegmentReader {
  const reader =
    readers.get(path) ?? SegmentReader.open(FileSource.open(systemDisk, path), names, tools);
  readers.delete(path);
  readers.set(path, reader);
  const [oldest] = readers;
  if (readers.size > OPEN_MAX && oldest !== undefined) close(oldest[0]);
  if (reader.header.number !== number || reader.rowCount !== rowCount) {
    throw new Error('it is another segment than the catalog says');
  }
  return reader;
}

/** An open file keeps its disk space, and who asks does not know it any more. */
function closeOthers(segments: ScoutOrder['segments']): void {
  const wanted = new Set(segments.map((segment) => segment?.path));
  for (const path of readers.keys()) if (!wanted.has(path)) close(path);
}

function close(path: string): void {
  readers.get(path)?.[Symbol.dispose]();
  readers.delete(path);
}
