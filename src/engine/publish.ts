/** A file of a backup gets its name when it is whole, and has it behind a power cut. */
import { dirname } from 'node:path';
import type { Disk } from '../base/disk.ts';

export function publish(disk: Disk, partial: string, path: string): void {
  {
    using file = disk.open(partial, 'update');
    file.sync();
  }
  disk.rename(partial, path);
  disk.syncFolder(dirname(path));
}
