/**
 * A copy of the store in another folder, taken while the daemon writes, and the way back.
 *
 *     DIR/logstead.db       the database as it was at one moment, small segments in it
 *     DIR/segments/…        the segment files that it lists, named as in the store
 *     DIR/backup.json       whose they are and when they were taken (`backup-note.ts`)
 *
 * Steps of a backup, each safe to repeat; until step 3 the backup before this one is whole, from then on this one is:
 * 1. The database is copied in one transaction (`VACUUM INTO`) to a temporary name.
 * 2. Segment files that it lists and the folder has not are copied, synced, and read back against their checksums.
 *    One that was merged away meanwhile: again from 1, with a database that knows it; one that is listed then as well is
 *    missing. Those inside the database are compared where they lie.
 * 3. The database takes its name, then the note is written. 4. Files that it does not list are removed, but for those that the
 *    store has set aside: of these the backup may have the one copy that is whole.
 *
 * A restore copies the segments, reads them back, and puts the database in its place last: before that there is no store.
 * A database that SQLite cannot read through is refused. Numbers of segments go on far beyond any that were given out.
 * Positions in log files are those of the backup, so what was logged since is read again from files that are still there.
 */
import { dirname, join } from 'node:path';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import {
  type BackupNote,
  damagedNote,
  noteFor,
  noteOf,
  readNote,
  writeNote,
} from './backup-note.ts';
import { Malformed } from './byte-reader.ts';
import { BufferSource, type ByteSource, FileSource } from './byte-source.ts';
import {
  beginAnotherLife,
  type CatalogRow,
  type DamageRow,
  readCatalog,
  readDamage,
  readIdentity,
  readInlineBytes,
} from './catalog.ts';
import { publish } from './publish.ts';
import { segmentFilesBelow } from './recovery.ts';
import { partialOf } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';

/** A store merges every few seconds at most; each try copies what is new since the one before. */
const ATTEMPTS_MAX = 10;

export type StorePlace = Readonly<{ databasePath: string; segmentsFolder: string }>;

export type CopyResult = Readonly<{
  note: BackupNote;
  /** Of the database, which is copied each time, with the small segments in it. */
  databaseBytes: number;
  /** Segment files copied now, and their bytes; the others were there already. */
  copiedCount: number;
  copiedBytes: number;
  /** Segments whose bytes do not match their checksums, or are missing. */
  damaged: readonly Damaged[];
}>;

/** `file` names a segment inside the database by its number. */
type Damaged = Readonly<{ file: string; reason: string }>;

export type BackupOptions = Readonly<{
  disk: Disk;
  store: StorePlace;
  folder: string;
  takenAtMs: number;
  /** Read files again that earlier backups have copied. */
  verify: boolean;
}>;

type Copied = {
  copiedCount: number;
  copiedBytes: number;
  damaged: Damaged[];
};

export function backUp(options: BackupOptions): CopyResult {
  const { disk, store, folder } = options;
  const place = placeIn(folder, store);
  disk.makeFolder(place.segmentsFolder);
  const knownStoreId = storeIdIn(disk, folder, place.databasePath);
  const partial = `${place.databasePath}.partial`;
  try {
    return copyInto(options, { place, partial, knownStoreId });
  } catch (thrown) {
    // Nobody knows when the next backup comes, and a full disk would stay full until then.
    discard(disk, partial);
    throw thrown;
  }
}

function copyInto(
  options: BackupOptions,
  to: Readonly<{ place: StorePlace; partial: string; knownStoreId: string | null }>,
): CopyResult {
  const { disk, store, folder } = options;
  const { place, partial, knownStoreId } = to;
  const copied: Copied = { copiedCount: 0, copiedBytes: 0, damaged: [] };
  const gone = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    if (disk.stat(partial) !== undefined) disk.unlink(partial);
    {
      using database = Database.open(store.databasePath, { readOnly: true });
      database.copyTo(partial);
    }
    const { catalog, storeId, damagedSmall, setAside } = readStoreAt(partial);
    if (knownStoreId !== null && knownStoreId !== storeId) throw otherStore(folder);
    copied.damaged = [...damagedSmall];
    if (copyAll(options, catalog, { copied, gone })) {
      const note = noteOf(catalog, storeId, options.takenAtMs);
      publish(disk, partial, place.databasePath);
      writeNote(disk, folder, note);
      removeOthers(disk, place.segmentsFolder, [...catalog, ...setAside]);
      return { note, databaseBytes: sizeOf(disk, place.databasePath), ...copied };
    }
    if (attempt === ATTEMPTS_MAX) throw tooRestless();
  }
}

/** Where that fails as well, what failed first is what is told; the next backup removes it. */
function discard(disk: Disk, partial: string): void {
  try {
    removeDatabase(disk, partial);
  } catch {}
}

/** Put a backup where a store shall be. The caller holds the lock of that place, and there is no store. */
export function restore(
  options: Readonly<{
    disk: Disk;
    folder: string;
    store: StorePlace;
    nowMs: number;
    /** Changes what must not be the same in another life, before there is a store. */
    renew: (database: Database) => void;
  }>,
): CopyResult {
  const { disk, folder, store } = options;
  const said = readNote(disk, folder, 'restore');
  const from = placeIn(folder, store);
  const copiedAtMs = disk.stat(from.databasePath)?.mtimeMs;
  // Of a state folder that was in use, what was committed last may be in that log alone.
  const isInUse = disk.stat(`${from.databasePath}-wal`) !== undefined;
  if (copiedAtMs === undefined || (typeof said === 'string' && isInUse)) throw noBackup(folder);
  const partial = `${store.databasePath}.partial`;
  removeDatabase(disk, partial);
  disk.copy(from.databasePath, partial);
  const inside = Database.isWhole(partial) ? renewed(partial, options) : null;
  if (inside === null) {
    removeDatabase(disk, partial);
    throw damagedDatabase(folder);
  }
  const { catalog, storeId, damagedSmall } = inside;
  const note = noteFor(said, noteOf(catalog, storeId, Math.round(copiedAtMs)));
  disk.makeFolder(store.segmentsFolder);
  const copied: Copied = { copiedCount: 0, copiedBytes: 0, damaged: [...damagedSmall] };
  for (const row of catalog) {
    if (row.file === null) continue;
    const result = copySegment(disk, row.file, {
      from: from.segmentsFolder,
      to: store.segmentsFolder,
      verifyOld: true,
    });
    take(copied, row, result);
  }
  publish(disk, partial, store.databasePath);
  return { note, databaseBytes: sizeOf(disk, store.databasePath), ...copied };
}

function sizeOf(disk: Disk, path: string): number {
  return disk.stat(path)?.size ?? 0;
}

function placeIn(folder: string, { databasePath, segmentsFolder }: StorePlace): StorePlace {
  const stateFolder = dirname(databasePath);
  return {
    databasePath: join(folder, databasePath.slice(stateFolder.length)),
    segmentsFolder: join(folder, segmentsFolder.slice(stateFolder.length)),
  };
}

/** False where a file that the catalog lists is `gone` now: the store has moved on. */
function copyAll(
  options: BackupOptions,
  catalog: readonly CatalogRow[],
  { copied, gone }: Readonly<{ copied: Copied; gone: Set<string> }>,
): boolean {
  const { disk, store, folder, verify } = options;
  const to = placeIn(folder, store).segmentsFolder;
  const places = { from: store.segmentsFolder, to, verifyOld: verify };
  let isComplete = true;
  for (const row of catalog) {
    if (row.file === null) continue;
    const result = copySegment(disk, row.file, places);
    if (result === 'gone' && !gone.has(row.file)) {
      gone.add(row.file);
      isComplete = false;
    } else {
      take(copied, row, result);
    }
  }
  return isComplete;
}

function take(copied: Copied, row: CatalogRow, result: Copying): void {
  if (result === 'there') return;
  if (result === 'copied') {
    copied.copiedCount += 1;
    copied.copiedBytes += row.sizeBytes;
    return;
  }
  const reason = result === 'gone' ? 'its file is missing' : result.reason;
  copied.damaged.push({ file: row.file ?? '', reason });
}

type Copying = 'copied' | 'there' | 'gone' | Readonly<{ reason: string }>;

/** Copy one segment file so that a name never stands for half of it, and read it back. */
function copySegment(
  disk: Disk,
  file: string,
  places: Readonly<{ from: string; to: string; verifyOld: boolean }>,
): Copying {
  const source = join(places.from, file);
  const target = join(places.to, file);
  const size = disk.stat(source)?.size;
  if (disk.stat(target) !== undefined && (size === undefined || disk.stat(target)?.size === size)) {
    const problem = places.verifyOld ? problemOf(disk, target) : null;
    if (problem === null) return 'there';
    // The copy is bad; the original may be whole.
    disk.unlink(target);
  }
  if (size === undefined) return 'gone';
  const partial = partialOf(target);
  disk.makeFolder(dirname(target));
  if (disk.stat(partial) !== undefined) disk.unlink(partial);
  try {
    disk.copy(source, partial);
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ENOENT') return 'gone';
    discard(disk, partial);
    throw thrown;
  }
  const problem = problemOf(disk, partial);
  if (problem !== null) {
    disk.unlink(partial);
    return { reason: problem };
  }
  if (disk.stat(target) !== undefined) disk.unlink(target);
  publish(disk, partial, target);
  return 'copied';
}

function problemOf(disk: Disk, path: string): string | null {
  return problemIn(() => FileSource.open(disk, path));
}

/** What is wrong with a segment, every byte compared with its checksum; null: nothing. */
function problemIn(open: () => ByteSource): string | null {
  try {
    using segment = SegmentReader.open(open(), new ColumnNames());
    segment.verify();
    return null;
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return messageOf(thrown);
  }
}

function removeOthers(
  disk: Disk,
  segmentsFolder: string,
  kept: readonly Pick<CatalogRow, 'file'>[],
): void {
  const listed = new Set(kept.map(({ file }) => file));
  for (const file of segmentFilesBelow(disk, segmentsFolder)) {
    if (listed.has(file)) continue;
    disk.unlink(join(segmentsFolder, file));
    const folder = dirname(join(segmentsFolder, file));
    if (folder !== segmentsFolder && disk.list(folder).length === 0) disk.removeFolder(folder);
  }
}

type StoreInside = Readonly<{
  catalog: readonly CatalogRow[];
  storeId: string;
  /** Segments inside the database whose bytes do not match their checksums. */
  damagedSmall: readonly Damaged[];
  setAside: readonly DamageRow[];
}>;

/**
 * Null where there is no store in it. Read by the connection that changed it: one that only reads would leave files of SQLite's
 * beside it.
 */
function renewed(
  databasePath: string,
  { nowMs, renew }: Readonly<{ nowMs: number; renew: (database: Database) => void }>,
): StoreInside | null {
  using database = Database.open(databasePath);
  const table = "SELECT 1 FROM sqlite_master WHERE name = 'engine_store'";
  if (database.prepare(table).get() === undefined) return null;
  renew(database);
  beginAnotherLife(database, nowMs);
  return readStore(database);
}

/** Of which store the folder has a backup; null: of none. */
function storeIdIn(disk: Disk, folder: string, databasePath: string): string | null {
  const note = readNote(disk, folder, 'back up into');
  if (typeof note !== 'string') return note.storeId;
  const storeId = disk.stat(databasePath) === undefined ? null : storeIdAt(databasePath);
  // That may be somebody else's file.
  if (storeId === null && note === 'damaged') throw damagedNote(folder);
  return storeId;
}

function storeIdAt(databasePath: string): string | null {
  try {
    using database = Database.open(databasePath, { readOnly: true });
    return readIdentity(database)?.storeId ?? null;
  } catch {
    return null; // It says nothing of a store: the backup takes its place.
  }
}

function readStoreAt(databasePath: string): StoreInside {
  using database = Database.open(databasePath, { readOnly: true });
  return readStore(database);
}

function readStore(database: Database): StoreInside {
  const catalog = readCatalog(database);
  const damagedSmall: Damaged[] = [];
  for (const { file, number } of catalog) {
    if (file !== null) continue;
    const bytes = readInlineBytes(database, number) ?? new Uint8Array();
    const reason = problemIn(() => new BufferSource(bytes));
    if (reason !== null) damagedSmall.push({ file: `segment ${number} in the database`, reason });
  }
  const storeId = readIdentity(database)?.storeId ?? '';
  return { catalog, storeId, damagedSmall, setAside: readDamage(database) };
}

function removeDatabase(disk: Disk, path: string): void {
  for (const suffix of ['-wal', '-shm', '']) {
    if (disk.stat(path + suffix) !== undefined) disk.unlink(path + suffix);
  }
}

function noBackup(folder: string): OperatorError {
  return new OperatorError('BACKUP_UNREADABLE', `Cannot restore "${folder}": it holds no backup`, {
    hint: 'Name the folder that was given to "logstead backup"',
  });
}

function damagedDatabase(folder: string): OperatorError {
  return new OperatorError(
    'BACKUP_UNREADABLE',
    `Cannot restore "${folder}": its database is damaged`,
    {
      hint: 'Restore another backup; or copy its folder "segments" into the empty state folder and run "logstead check --rebuild"',
    },
  );
}

function otherStore(folder: string): OperatorError {
  return new OperatorError(
    'BACKUP_UNREADABLE',
    `Cannot back up into "${folder}": it holds the backup of another store`,
    { hint: 'Give each store a folder of its own' },
  );
}

function tooRestless(): OperatorError {
  return new OperatorError(
    'STATE_UNREADABLE',
    `Cannot back up: segments were merged away faster than they could be copied, ${ATTEMPTS_MAX} times`,
    { hint: 'Try again; what was copied is kept' },
  );
}
