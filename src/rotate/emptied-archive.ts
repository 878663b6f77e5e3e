/**
 * An archive that seems not to be mounted: files were archived there, and its folder is empty. What is written into the place of
 * a disk lies on another one, and is hidden when that is mounted.
 */
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import type { ArchiveState } from './archive-upkeep.ts';

/** `archived` is asked only where the folder is empty, or not there. */
export async function refuseEmptied(
  disk: Disk,
  archiveDir: string,
  archived: () => Promise<Pick<ArchiveState, 'files'>>,
): Promise<void> {
  const isThere = disk.stat(archiveDir)?.isDirectory() === true;
  if (isThere && disk.list(archiveDir).length > 0) return;
  const { files } = await archived();
  const there = files.filter(({ row }) => row.archiveRoot === archiveDir);
  if (there.length === 0) return;
  const were = `${formatCounted(there.length, 'archived file')} should be in it`;
  throw new OperatorError(
    'ARCHIVE_FAILED',
    `The archive folder "${archiveDir}" is ${isThere ? 'empty' : 'not there'}, and ${were}: nothing is moved there`,
    {
      hint: 'Mount its disk; if these files were taken away for good, put any file into the folder (touch .here), and it is used as it is',
    },
  );
}
