/**
 * `logstead check --rebuild`: the catalog anew from the segment files, where the database was lost or is older than they are.
 *
 * 1. Every file that is a whole segment and not listed is read, and those that are listed and may have the same entries.
 * 2. What is there already (merged, thinned, copied) and what cannot be beside it (of another store) is set aside
 *    (`found-segments.ts`), as are damaged ones.
 * 3. In one transaction the rest is listed, what is damaged is noted as such, and the store goes on far behind the highest numbers
 *    found.
 *
 * Small segments live in the database. Where that is damaged and not gone, those that can still be read out of it and match their
 * checksums are taken as well; of one that is gone they are lost. The caller holds the lock of the state folder.
 */
import { basename, dirname, join } from 'node:path';
import { type Database, NEWER_HINT } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { Malformed } from './byte-reader.ts';
import { BufferSource, FileSource } from './byte-source.ts';
import {
  adoptStoreId,
  beginAnotherLife,
  type CatalogRow,
  type DamageRow,
  deleteSegment,
  ENGINE_SCHEMA,
  forgetDamage,
  insertDamage,
  insertSegment,
  isListed,
  openIdentity,
  readCatalog,
  readInlineBytes,
  writeIdentity,
} from './catalog.ts';
import { chooseSegments, type Found, mainStoreOf, overlap } from './found-segments.ts';
import { segmentFilesBelow } from './recovery.ts';
import { catalogRowOf } from './seal.ts';
import { parseSegmentFile } from './segment-files.ts';
import { newerVersionOf } from './segment-footer.ts';
import { HEADER_BYTES, NEED, SEGMENT_VERSION_DENSE } from './segment-format.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentStore } from './segment-store.ts';
import { SequenceRuns } from './sequence-runs.ts';

const DAY_US = 86_400_000_000;

export type Rebuild = Readonly<{
  /** Segments that are listed again. */
  added: readonly CatalogRow[];
  setAside: readonly Readonly<{ file: string; reason: string }>[];
  /** Numbers of generations that their entries came from; whoever gives such numbers goes on behind them. */
  generations: ReadonlySet<number>;
  /** Numbers of small segments that could not be read out of the damaged database. */
  unreadable: readonly number[];
}>;

export function rebuildCatalog(
  options: Readonly<{
    disk: Disk;
    database: Database;
    folder: string;
    nowMs: number;
    /** A damaged database, opened read-only, to read small segments out of. */
    damaged?: Database | null;
  }>,
): Rebuild {
  const { disk, database, folder, nowMs, damaged = null } = options;
  database.migrate(ENGINE_SCHEMA);
  const store = new SegmentStore(disk, folder);
  const listed = new Set(readCatalog(database).map(({ file }) => file));
  const setAside: { file: string; reason: string }[] = [];
  const found: Found[] = [];
  const lost: DamageRow[] = [];
  for (const file of segmentFilesBelow(disk, folder)) {
    if (listed.has(file) || parseSegmentFile(basename(file))?.isPartial !== false) continue;
    try {
      found.push(readFound(disk, folder, file));
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      const reason = messageOf(thrown);
      setAside.push({ file, reason });
      lost.push({ ...shownOf(disk, folder, file), foundAtMs: nowMs, reason });
    }
  }
  const unreadable: number[] = [];
  for (const number of damaged === null ? [] : smallSegmentsIn(damaged)) {
    const small = readSmall(damaged!, number);
    if (small === null) unreadable.push(number);
    else if (!isListed(database, number)) found.push(small);
  }
  const { taken, refused } = chooseSegments(found, {
    listed: listedBeside(found, { disk, database, folder }),
    storeId: storeIdFor(database, found),
  });
  for (const { segment, reason } of refused) {
    if (segment.row.file !== null) setAside.push({ file: segment.row.file, reason });
  }
  for (const { file } of setAside) store.setAside(file);
  list(database, { taken, lost, nowMs });
  const generations = new Set(taken.flatMap((segment) => [...segment.generations]));
  return { added: taken.map(({ row }) => row), setAside, generations, unreadable };
}

/** Throws STATE_NEWER where a newer program wrote one of the segments, which would be set aside as damaged. Changes nothing. */
export function refuseNewerSegments(disk: Disk, folder: string): void {
  if (disk.stat(folder) === undefined) return;
  for (const file of segmentFilesBelow(disk, folder)) {
    if (parseSegmentFile(basename(file))?.isPartial !== false) continue;
    using opened = disk.open(join(folder, file), 'read');
    const bytes = Buffer.alloc(HEADER_BYTES);
    const version = newerVersionOf(bytes.subarray(0, opened.read(bytes, 0)));
    if (version === null) continue;
    throw new OperatorError(
      'STATE_NEWER',
      `Cannot open the state: its segment "${file}" has version ${version}, this program reads up to ${SEGMENT_VERSION_DENSE}`,
      { hint: NEWER_HINT },
    );
  }
}

/** As far as they can be listed: SQLite stops at the first page that makes no sense. */
function smallSegmentsIn(damaged: Database): number[] {
  const numbers: number[] = [];
  try {
    const rows = damaged.prepare('SELECT number FROM engine_segment WHERE file IS NULL').iterate();
    for (const row of rows) numbers.push(Number(row['number']));
  } catch {
    // What came before is still worth a try.
  }
  return numbers;
}

/** Null where its bytes cannot be read, or are not what their checksums say. */
function readSmall(damaged: Database, number: number): Found | null {
  try {
    const bytes = readInlineBytes(damaged, number);
    if (bytes === undefined) return null;
    using segment = SegmentReader.open(new BufferSource(bytes), new ColumnNames());
    const found = foundIn(segment, { file: null, bytes });
    return found.row.number === number ? found : null;
  } catch {
    return null;
  }
}

function readFound(disk: Disk, folder: string, file: string): Found {
  using segment = SegmentReader.open(FileSource.open(disk, join(folder, file)), new ColumnNames());
  return foundIn(segment, { file, bytes: null });
}

/** Every byte is compared with its checksum. */
function foundIn(
  segment: SegmentReader,
  place: Readonly<{ file: string | null; bytes: Uint8Array | null }>,
): Found {
  segment.verify();
  const sequences = new Float64Array(segment.footer.rowCount);
  let count = 0;
  const generations = new Set<number>();
  const columns = new EntryColumns(segment.names);
  for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
    segment.readRows(chunk, columns, NEED.SEQUENCE | NEED.GENERATION);
    for (let row = 0; row < columns.count; row += 1, count += 1) {
      sequences[count] = columns.sequence[row]!;
      generations.add(columns.generation[row]!);
    }
  }
  const { file, bytes } = place;
  const row = catalogRowOf(segment, { file, sizeBytes: segment.sizeBytes });
  const runs = SequenceRuns.of(sequences.subarray(0, count));
  return { row, storeId: segment.header.storeId, sequences: runs, generations, bytes };
}

/** As much of a damaged segment as can still be said: with its end gone, that is what its name says. */
function shownOf(
  disk: Disk,
  folder: string,
  file: string,
): Omit<DamageRow, 'foundAtMs' | 'reason'> {
  try {
    using segment = SegmentReader.open(
      FileSource.open(disk, join(folder, file)),
      new ColumnNames(),
    );
    return catalogRowOf(segment, { file, sizeBytes: segment.sizeBytes });
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    const number = parseSegmentFile(basename(file))!.number;
    const dayUs = Date.parse(dirname(file)) * 1_000;
    const times = Number.isNaN(dayUs)
      ? { minUs: 0, maxUs: 0 }
      : { minUs: dayUs, maxUs: dayUs + DAY_US - 1 };
    return { number, file, rowCount: 0, ...times };
  }
}

/** Segments of the catalog that may have entries, or the number, of those that were found. One that cannot be read has none. */
function listedBeside(
  found: readonly Found[],
  { disk, database, folder }: Readonly<{ disk: Disk; database: Database; folder: string }>,
): Found[] {
  const listed: Found[] = [];
  for (const row of readCatalog(database)) {
    if (!found.some((one) => one.row.number === row.number || overlap(one.row, row))) continue;
    if (row.file === null) {
      const small = readSmall(database, row.number);
      if (small !== null) listed.push(small);
    } else if (disk.stat(join(folder, row.file)) !== undefined) {
      try {
        listed.push(readFound(disk, folder, row.file));
      } catch (thrown) {
        if (!(thrown instanceof Malformed)) throw thrown;
      }
    }
  }
  return listed;
}

/** Whose catalog it is: a new one becomes that of the segments. */
function storeIdFor(database: Database, found: readonly Found[]): string {
  const { storeId } = openIdentity(database);
  return readCatalog(database).length > 0 ? storeId : (mainStoreOf(found) ?? storeId);
}

function list(
  database: Database,
  {
    taken,
    lost,
    nowMs,
  }: Readonly<{ taken: readonly Found[]; lost: readonly DamageRow[]; nowMs: number }>,
): void {
  database.transaction(() => {
    const identity = openIdentity(database);
    const [newest] = taken;
    // A new database: the store is the one that its segments name.
    if (newest !== undefined && readCatalog(database).length === 0) {
      adoptStoreId(database, newest.storeId);
    }
    for (const { row, bytes } of taken) {
      // Its file lay elsewhere, or cannot be read.
      if (isListed(database, row.number)) deleteSegment(database, row.number);
      insertSegment(database, row, bytes);
      forgetDamage(database, row.number);
    }
    const listed = new Set(readCatalog(database).map(({ number }) => number));
    for (const damage of lost) if (!listed.has(damage.number)) insertDamage(database, damage);
    const rows = taken.map(({ row }) => row);
    const numbers = [...rows, ...lost].map(({ number }) => number + 1);
    writeIdentity(database, {
      nextSegment: Math.max(identity.nextSegment, ...numbers),
      nextSequence: Math.max(identity.nextSequence, ...rows.map((row) => row.maxSequence + 1)),
    });
    if (taken.length > 0) beginAnotherLife(database, nowMs);
  });
}
