/**
 * A process to be killed: settles what an earlier one left, then moves everything below LOGS into ARCHIVE.
 * `node archive-child.ts LOGS ARCHIVE DATABASE COMPRESSION`; says "moving" when it begins and "done" at the end.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import type { Compression } from '../../src/config/settings.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { type ArchiveJournal, archiveFiles } from '../../src/rotate/archive-moves.ts';
import { recoverArchive } from '../../src/rotate/archive-recovery.ts';
import type { ArchiveCandidate } from '../../src/rotate/rotation-plan.ts';
import { PLAIN_ROTATION } from './watch-rotation.ts';

const [logDir, archiveDir, databasePath, compression] = process.argv.slice(2) as [
  string,
  string,
  string,
  Compression,
];

using database = Database.open(databasePath);

const book = ArchiveBook.open(database);
const disk = systemDisk;
const journal: ArchiveJournal = async (change) => book.apply(change);
await recoverArchive({ disk, journal }, book.unfinished());
process.stdout.write('moving\n');
const files = readdirSync(logDir).map((name, index): ArchiveCandidate => {
  const path = join(logDir, name);
  const { dev, ino, size, mtimeMs } = statSync(path);
  return {
    path,
    root: logDir,
    generation: index + 1,
    device: dev,
    inode: ino,
    sizeBytes: size,
    modifiedAtMs: mtimeMs,
    indexedBytes: size,
    skipReason: null,
    source: 'app',
    watch: 'log_dir',
    archive: true,
    rotation: { ...PLAIN_ROTATION, compression },
    firstSeenAtMs: mtimeMs,
    isBehindLink: false,
    beingWritten: false,
    isAside: false,
    isAwaited: false,
  };
});
const outcome = { archived: [], left: [] };
await archiveFiles({ clock: systemClock, disk, journal }, files, {
  archiveDir,
  timezone: 'UTC',
  outcome,
});
process.stdout.write('done\n');
