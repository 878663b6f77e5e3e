/**
 * `logstead check --rebuild`: the catalog anew from the segment files, where the database was lost or is older than they are.
 *
 * 1. Every file that is a whole segment and not listed is read; the newest first, because a merged segment is newer than
 *    what it was made of.
 * 2. One whose entries are all in segments already taken was merged: it is set aside, as are damaged ones.
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
import { segmentFilesBelow } from './recovery.ts';
import { catalogRowOf } from './seal.ts';
import { parseSegmentFile } from './segment-files.ts';
import { newerVersionOf } from './segment-footer.ts';
import { HEADER_BYTES, NEED, SEGMENT_VERSION_DENSE } from './segment-format.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentStore } from './segment-store.ts';

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

type Found = Readonly<{
  row: CatalogRow;
  storeId: string;
  sequences: ReadonlySet<number>;
  generations: ReadonlySet<number>;
  /** Of a small segment; null: it is a file. */
  bytes: Uint8Array | null;
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
  const taken: Found[] = [];
  for (const segment of found.toSorted((a, b) => b.row.number - a.row.number)) {
    if (isContained(segment, taken)) {
      if (segment.bytes === null)
        setAside.push({
          file: segment.row.file ?? '',
          reason: 'its entries are in a newer segment',
        });
    } else {
      taken.push(segment);
    }
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
  const sequences = new Set<number>();
  const generations = new Set<number>();
  const columns = new EntryColumns(segment.names);
  for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
    segment.readRows(chunk, columns, NEED.SEQUENCE | NEED.GENERATION);
    for (let row = 0; row < columns.count; row += 1) {
      sequences.add(columns.sequence[row]!);
      generations.add(columns.generation[row]!);
    }
  }
  const { file, bytes } = place;
  const row = catalogRowOf(segment, { file, sizeBytes: segment.sizeBytes });
  return { row, storeId: segment.header.storeId, sequences, generations, bytes };
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

function isContained({ row, sequences }: Found, taken: readonly Found[]): boolean {
  const overlapping = taken.filter(
    (other) => other.row.minSequence <= row.maxSequence && other.row.maxSequence >= row.minSequence,
  );
  if (overlapping.length === 0) return false;
  return [...sequences].every((sequence) =>
    overlapping.some((other) => other.sequences.has(sequence)),
  );
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
