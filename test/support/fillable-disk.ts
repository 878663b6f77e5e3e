/** A disk that is full when a test says so. */
import { type Disk, systemDisk } from '../../src/base/disk.ts';

/** A disk on which writes fail while `isFull`, or after so many files more. */
export function fillableDisk(): Disk & { isFull: boolean; fullAfter: number } {
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  const disk = {
    ...systemDisk,
    isFull: false,
    fullAfter: Number.POSITIVE_INFINITY,
    open(...parameters: Parameters<Disk['open']>) {
      if (parameters[1] !== 'read') {
        if (disk.isFull || disk.fullAfter <= 0) throw full();
        disk.fullAfter -= 1;
      }
      return systemDisk.open(...parameters);
    },
  };
  return disk;
}
