/**
 * `backup.json`: whose a backup is and when it was taken. It is written after the database, which knows the first itself, so a
 * backup that was killed in between is whole: `noteFor` says what the note would have.
 */
import { join } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { CatalogRow } from './catalog.ts';
import { publish } from './publish.ts';

const NOTE_NAME = 'backup.json';
const NOTE_FORMAT = 1;

export type BackupNote = Readonly<{
  format: number;
  storeId: string;
  takenAtMs: number;
  segmentCount: number;
  entryCount: number;
}>;

export function noteOf(
  catalog: readonly CatalogRow[],
  storeId: string,
  takenAtMs: number,
): BackupNote {
  const entryCount = catalog.reduce((sum, { rowCount }) => sum + rowCount, 0);
  return { format: NOTE_FORMAT, storeId, takenAtMs, segmentCount: catalog.length, entryCount };
}

/** What was `said` where that is of this database, as `made` of it; else what is made of it. */
export function noteFor(said: BackupNote | string, made: BackupNote): BackupNote {
  if (typeof said === 'string' || said.storeId !== made.storeId) return made;
  const { segmentCount, entryCount } = said;
  return segmentCount === made.segmentCount && entryCount === made.entryCount ? said : made;
}

export function writeNote(disk: Disk, folder: string, note: BackupNote): void {
  const path = join(folder, NOTE_NAME);
  const partial = `${path}.partial`;
  if (disk.stat(partial) !== undefined) disk.unlink(partial);
  {
    using file = disk.open(partial, 'create');
    file.write(Buffer.from(`${JSON.stringify(note)}\n`));
  }
  publish(disk, partial, path);
}

/** Throws BACKUP_UNREADABLE where a later version wrote it. `doing`: for what, as a message says it. */
export function readNote(
  disk: Disk,
  folder: string,
  doing: 'back up into' | 'restore',
): BackupNote | 'missing' | 'damaged' {
  const path = join(folder, NOTE_NAME);
  const size = disk.stat(path)?.size;
  if (size === undefined) return 'missing';
  using file = disk.open(path, 'read');
  const bytes = Buffer.alloc(size);
  file.read(bytes, 0);
  const note = parsed(bytes.toString('utf8'));
  if (typeof note?.format !== 'number' || typeof note.storeId !== 'string') return 'damaged';
  if (note.format === NOTE_FORMAT) return note as BackupNote;
  throw new OperatorError(
    'BACKUP_UNREADABLE',
    `Cannot ${doing} "${folder}": its "${NOTE_NAME}" has format ${note.format}, known is ${NOTE_FORMAT}`,
    { hint: 'It was written by another version of Logstead: use that one' },
  );
}

export function damagedNote(folder: string): OperatorError {
  return new OperatorError(
    'BACKUP_UNREADABLE',
    `Cannot back up into "${folder}": its "${NOTE_NAME}" says of no store, and there is no database of one beside it`,
    { hint: 'Name another folder; or, if that file is of no use, remove it' },
  );
}

function parsed(text: string): Partial<BackupNote> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Partial<BackupNote> | null) : null;
  } catch {
    return null; // Not JSON is not a note.
  }
}
