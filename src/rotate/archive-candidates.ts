/**
 * The followed files as candidates for the archive: what ingest knows of them, who has them open, and which were taken aside.
 *
 * A copy that was made aside holds the bytes of a generation whose own file was emptied: it is a candidate in its place.
 * Where that was emptied before anybody read it, the copy was read for itself.
 */
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { writersOf } from '../base/open-writers.ts';
import { OWN_PID } from '../base/own-pid.ts';
import type { WatchSettings } from '../config/settings.ts';
import { AsideBook, type AsideRow } from '../ingest/aside-book.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import { lookOrNothing } from '../watch/file-look.ts';
import { generationFacts, generationReadFrom } from '../watch/generation-facts.ts';
import { Patterns } from '../watch/patterns.ts';
import { isPlainBelow } from './archive-folder.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';

/** Files that were taken aside, each with its section as that is called now; asked of the book beside its writer. */
export function asidesBeside(database: Database, watches: readonly WatchSettings[]): AsideRow[] {
  const rows = AsideBook.read(database).list();
  const patterns = new Patterns(watches, []);
  return rows.map((row) => ({ ...row, watch: patterns.sectionOf(row)?.name ?? row.watch }));
}

/** Asked of the book beside the process that writes it. */
export function candidatesBeside(
  database: Database,
  disk: Disk,
  known: Readonly<{ files: readonly ArchivableFile[]; watches: readonly WatchSettings[] }>,
): ArchiveCandidate[] {
  const asides = asidesBeside(database, known.watches).filter(({ state }) => state === 'aside');
  const copies = asides.flatMap((row) => copyOf(database, disk, { row, watches: known.watches }));
  const copied = new Set(copies.map(({ path }) => path));
  const files = known.files.filter(({ path }) => !copied.has(path));
  return candidatesOf(disk, [...files, ...copies], asides);
}

export function candidatesOf(
  disk: Disk,
  files: readonly ArchivableFile[],
  asides: readonly AsideRow[] = [],
): ArchiveCandidate[] {
  const writerOf = writersOf([...files, ...asides], { exceptPid: OWN_PID });
  const byPath = new Map(asides.map((row) => [row.asidePath, row]));
  const held = asides.filter((row) => row.way === 'rename' && writerOf(row) === 'held');
  const awaited = new Set(held.map(({ path }) => path));
  return files.map((file) => {
    const writers = writerOf(file);
    const aside = byPath.get(file.path);
    const isAside = aside !== undefined && (aside.way === 'copytruncate' || isOf(file, aside));
    return {
      path: file.path,
      root: file.root,
      generation: file.generation,
      device: file.device,
      inode: file.inode,
      sizeBytes: file.sizeBytes,
      modifiedAtMs: file.modifiedAtMs,
      firstSeenAtMs: file.firstSeenAtMs,
      indexedBytes: file.committedBytes,
      skipReason: file.skipReason,
      source: file.source,
      watch: file.watch.name,
      archive: file.watch.archive,
      rotation: file.watch.rotation,
      isBehindLink: isBehindLink(disk, file),
      beingWritten: writers === 'held',
      // Of a renamed file it must be certain that its writer has let go; else it waits until it is idle like any other.
      isAside: isAside && (aside.way === 'copytruncate' || writers !== 'unknown'),
      isAwaited: file.sizeBytes === 0 && awaited.has(file.path),
    };
  });
}

/** As the move itself looks at it (`archive-file.ts`). */
function isBehindLink(disk: Disk, { root, path }: ArchivableFile): boolean {
  return disk.linkStat(path)?.isSymbolicLink() === true || !isPlainBelow(disk, root, path);
}

function isOf(file: ArchivableFile, { device, inode }: AsideRow): boolean {
  return file.device === device && file.inode === inode;
}

/** As a file of the generation that it holds. */
function copyOf(
  database: Database,
  disk: Disk,
  { row, watches }: Readonly<{ row: AsideRow; watches: readonly WatchSettings[] }>,
): ArchivableFile[] {
  if (row.way !== 'copytruncate') return [];
  const watch = watches.find(({ name }) => name === row.watch);
  const found = disk.linkStat(row.asidePath);
  const look = lookOrNothing(row.asidePath);
  if (watch === undefined || look === undefined || !found?.isFile()) return [];
  const generation = generationReadFrom(database, look) ?? row.generation;
  const facts = generationFacts(database, generation);
  if (facts === null) return [];
  return [
    {
      generation,
      path: row.asidePath,
      root: row.root,
      watch,
      source: row.source,
      device: found.dev,
      inode: found.ino,
      sizeBytes: found.size,
      modifiedAtMs: found.mtimeMs,
      firstSeenAtMs: row.atMs,
      committedBytes: facts.committedBytes,
      skipReason: null,
    },
  ];
}
