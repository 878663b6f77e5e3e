/**
 * A manifest beside each day of the archive: `archives/SOURCE/2026/11/20.json` says what `20/` holds.
 *
 * Plain JSON for whoever finds the archive without the program: it is made anew from the book whenever files
 * came into the folder, and is not read by anything of ours.
 */
import { basename, dirname } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { jsonPage } from '../base/escape.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { archiveFailed, removeName } from './archive-file.ts';
import { type ArchiveRecord, archiveRecordOf } from './archive-record.ts';
import { RunFailures } from './run-failures.ts';

function manifestPathOf(dayFolder: string): string {
  return `${dayFolder}.json`;
}

/** Make the manifests anew of all folders that these archived files are in; throws at the end where one could not be written. */
export async function writeManifests(
  parts: Readonly<{ disk: Disk; inFolder: (folder: string) => Promise<readonly ArchiveRow[]> }>,
  archivePaths: readonly string[],
): Promise<void> {
  const failures = new RunFailures();
  for (const folder of new Set(archivePaths.map((path) => dirname(path)))) {
    const rows = await parts.inFolder(folder);
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
  const path = manifestPathOf(dayFolder);
  const temporary = `${path}.part`;
  removeName(disk, temporary);
  const file = disk.open(temporary, 'create', { noFollow: true });
  try {
    file.write(Buffer.from(`${jsonPage({ folder: basename(dayFolder), files })}\n`));
    file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  disk.syncFolder(dirname(path));
}
