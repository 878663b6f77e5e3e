/**
 * What a start does before the store is used: make the folder agree with the catalog. Every step may be repeated.
 *
 * 1. Files that a committed transaction let go and that still exist are unlinked, and forgotten.
 * 2. A segment file, whole or partial, without a catalog row is deleted only if it is ours (the store's id) and its
 *    number is above the last committed one: its entries are read again from the intake and the files.
 * 3. Every other stray is set aside, never deleted.
 * 4. A catalog row whose file is missing is damage; it is reported, and the row stays out of sight.
 */
import { basename, join } from 'node:path';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { Malformed } from './byte-reader.ts';
import { forgetRemoved, readCatalog, readRemoved, type StoreIdentity } from './catalog.ts';
import { isDayFolder, parseSegmentFile, SET_ASIDE_FOLDER } from './segment-files.ts';
import { readHeader } from './segment-footer.ts';
import { HEADER_BYTES } from './segment-format.ts';
import type { SegmentStore } from './segment-store.ts';

export type Recovery = Readonly<{
  /** Files of writes that were not committed. */
  deleted: readonly string[];
  /** Files that belong to nothing. */
  setAside: readonly string[];
  /** Numbers of segments whose file is not there. */
  missing: readonly number[];
}>;

export function recover(
  disk: Disk,
  store: SegmentStore,
  state: Readonly<{ database: Database; identity: StoreIdentity }>,
): Recovery {
  const { database, identity } = state;
  const removed = readRemoved(database);
  store.removeDurably(removed);
  database.transaction(() => {
    for (const file of removed) forgetRemoved(database, file);
  });
  const catalog = readCatalog(database);
  const listed = new Set(catalog.map(({ file }) => file));
  const deleted: string[] = [];
  const setAside: string[] = [];
  const present = new Set<string>();
  for (const file of segmentFilesBelow(disk, store.folder)) {
    if (listed.has(file)) {
      present.add(file);
    } else if (isUncommitted(disk, join(store.folder, file), identity)) {
      deleted.push(file);
    } else {
      store.setAside(file);
      setAside.push(file);
    }
  }
  store.removeDurably(deleted);
  const missing = catalog
    .filter(({ file }) => file !== null && !present.has(file))
    .map(({ number }) => number);
  return { deleted, setAside, missing };
}

/** Files one level down, and strays at the top, as paths below the folder. */
export function segmentFilesBelow(disk: Disk, folder: string): string[] {
  const files: string[] = [];
  for (const name of disk.list(folder)) {
    if (name === SET_ASIDE_FOLDER) continue;
    if (!isDayFolder(name) || !disk.linkStat(join(folder, name))?.isDirectory()) {
      files.push(name);
      continue;
    }
    for (const inner of disk.list(join(folder, name))) files.push(join(name, inner));
  }
  return files;
}

/** Whether there is a segment, of whatever store, but for those set aside. */
export function hasSegmentFiles(disk: Disk, folder: string): boolean {
  if (disk.stat(folder) === undefined) return false;
  return segmentFilesBelow(disk, folder).some(
    (file) => parseSegmentFile(basename(file))?.isPartial === false,
  );
}

/** A partial file is ours by its name (its header may be lost with the power); a whole one must say so itself. */
function isUncommitted(disk: Disk, path: string, identity: StoreIdentity): boolean {
  const said = parseSegmentFile(basename(path));
  if (said === null || said.number < identity.nextSegment) return false;
  if (!identity.storeId.startsWith(said.storeIdStart)) return false;
  if (said.isPartial) return true;
  using file = disk.open(path, 'read');
  const bytes = Buffer.alloc(HEADER_BYTES);
  const length = file.read(bytes, 0);
  try {
    const header = readHeader(bytes.subarray(0, length));
    return header.storeId === identity.storeId && header.number === said.number;
  } catch (thrown) {
    if (thrown instanceof Malformed) return false;
    throw thrown;
  }
}
