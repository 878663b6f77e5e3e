/**
 * Reading archived files: whether they are still what was put there, and giving the original back.
 *
 * Nothing is written over: a restored file appears whole under a name that was free, or not at all.
 */
import { dirname, join } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { takeName } from '../base/take-name.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { ArchiveDamaged } from './archive-codec.ts';
import { digestOf, digestOfStored, forEachOriginalPiece, forEachPiece } from './archive-copy.ts';
import { removeName } from './archive-file.ts';

export type ArchiveFault = Readonly<{ kind: 'missing' | 'damaged' | 'unreadable'; reason: string }>;

/** Read an archived file from its first byte to its last; null: it is whole. `onRead`: how many of its stored bytes so far. */
export function checkArchived(
  disk: Disk,
  row: ArchiveRow,
  onRead: (readBytes: number) => void = () => {},
): ArchiveFault | null {
  const { archivePath, sizeBytes, compression, stored } = row;
  if (stored === null) return null;
  const found = disk.linkStat(archivePath);
  if (found === undefined) return { kind: 'missing', reason: 'it is not there' };
  if (!found.isFile()) return { kind: 'damaged', reason: 'it is no regular file' };
  try {
    using file = disk.open(archivePath, 'read', { noFollow: true });
    if (found.size !== stored.storedBytes) throw new ArchiveDamaged('it has another length');
    if (digestOf(file, stored.storedBytes, onRead).sha256 !== stored.storedSha256) {
      throw new ArchiveDamaged('its bytes have changed');
    }
    const content = digestOfStored(file, { sizeBytes, compression });
    if (content.sha256 !== stored.sha256) throw new ArchiveDamaged('its content has changed');
    return null;
  } catch (cause) {
    const kind = cause instanceof ArchiveDamaged ? 'damaged' : 'unreadable';
    return { kind, reason: messageOf(cause) };
  }
}

/** Write the original bytes of an archived file to `to`, which must be free, verified on the way. */
export function restoreArchived(disk: Disk, row: ArchiveRow, to: string): void {
  const temporary = join(dirname(to), `.logstead-restore-${row.id}.part`);
  try {
    removeName(disk, temporary);
    writeOriginal(disk, row, temporary);
    if (!takeName(disk, temporary, to)) {
      throw cannotRestore(row, to, {
        reason: 'something is there already',
        hint: 'Name another place with --to',
      });
    }
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw cannotRestore(row, to, { reason: messageOf(cause) });
  } finally {
    removeName(disk, temporary);
  }
}

function cannotRestore(
  { archivePath }: ArchiveRow,
  to: string,
  { reason, ...options }: Readonly<{ reason: string; hint?: string }>,
): OperatorError {
  const message = `Cannot restore "${archivePath}" to "${to}": ${reason}`;
  return new OperatorError('ARCHIVE_FAILED', message, options);
}

function writeOriginal(disk: Disk, row: ArchiveRow, path: string): void {
  const { archivePath, sizeBytes, compression, stored } = row;
  using archived = disk.open(archivePath, 'read', { noFollow: true });
  {
    using copy = disk.open(path, 'create', { mode: 0o600, noFollow: true });
    const write = (piece: Uint8Array): void => copy.write(piece);
    if (compression !== 'none') forEachOriginalPiece(archived, compression, write);
    else forEachPiece(archived, { sizeBytes, pieceBytes: 1024 * 1024 }, write);
    copy.takeAttributes(archived.stat());
    copy.sync();
  }
  using copy = disk.open(path, 'read', { noFollow: true });
  const sha256 = copy.stat().size === sizeBytes ? digestOf(copy, sizeBytes).sha256 : null;
  if (sha256 !== stored?.sha256) throw new ArchiveDamaged('its content is not what was archived');
}
