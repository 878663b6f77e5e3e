/**
 * A manifest beside each day of the archive: `archives/SOURCE/2026/11/20.json` says what `20/` holds.
 *
 * Another source may have a folder of that name, and had it first: then it is `20.2.json`. Plain JSON for whoever finds the archive without the program: it is made anew from the book whenever files
 * came into the folder, and is not read by anything of ours.
 */
import { basename, dirname } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { jsonPage } from '../base/escape.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { archiveFailed, removeName } from './archive-file.ts';
import { type ArchiveRecord, archiveRecordOf } from './archive-record.ts';
import { RunFailures } from './run-failures.ts';

function manifestPathOf(disk: Disk, dayFolder: string): string {
  return besideFolders(disk, dayFolder, '.json');
}

/** `PATH.json`, or with a counter where that is a folder. */
function besideFolders(disk: Disk, path: string, ending: string): string {
  for (let counter = 1; ; counter += 1) {
    const name = `${path}${counter === 1 ? '' : `.${counter}`}${ending}`;
    if (disk.linkStat(name)?.isDirectory() !== true) return name;
  }
}

/** Make the manifests anew of all folders that these archived files are in; throws at the end where one could not be written. */
export async function writeManifests(
  parts: Readonly<{ disk: Disk; inFolder: (folder: string) => Promise<readonly ArchiveRow[]> }>,
  archivePaths: readonly string[],
): Promise<void> {
  const failures = new RunFailures();
  for (const folder of new Set(archivePaths.map((path) => dirname(path)))) {
    const found = await parts.inFolder(folder);
    // Not what lies deeper: that is of a source whose folder is in this one, and has manifests of its own.
    const rows = found.filter(({ archivePath }) => dirname(archivePath) === folder);
    try {
      writeManifest(parts.disk, folder, rows);
    } catch (cause) {
      failures.add(archiveFailed(`Cannot write the manifest of "${folder}"`, cause));
    }
  }
  failures.end();
}

/** Replace the manifest of a folder by what the book says of it. */
function writeManifest(disk: Disk, dayFolder: string, rows: readonly ArchiveRow[]): void {
  const files: ArchiveRecord[] = rows
    .map(archiveRecordOf)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const path = manifestPathOf(disk, dayFolder);
  const bytes = Buffer.from(`${jsonPage({ folder: basename(dayFolder), files })}\n`);
  // Its name may still wait to be durable, where a run died just behind the rename.
  if (!holds(disk, path, bytes)) replaceFile(disk, path, bytes);
  disk.syncFolder(dirname(path));
}

function replaceFile(disk: Disk, path: string, bytes: Buffer): void {
  const temporary = besideFolders(disk, path, '.part');
  removeName(disk, temporary);
  const file = disk.open(temporary, 'create', { noFollow: true });
  try {
    file.write(bytes);
    file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
}

/** Whether the file is there with just these bytes. */
function holds(disk: Disk, path: string, bytes: Buffer): boolean {
  if (disk.linkStat(path)?.size !== bytes.length) return false;
  using file = disk.open(path, 'read', { noFollow: true });
  const found = Buffer.alloc(bytes.length);
  return file.read(found, 0) === bytes.length && found.equals(bytes);
}
