/** A disk that fails behind so many changes, for what must be safe to break off and repeat. */
import { type Disk, systemDisk } from '../../src/base/disk.ts';

export function breakingDisk(operations: number): Disk {
  let left = operations;
  const step =
    <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      if (left <= 0) throw new Error('broken off');
      left -= 1;
      return work(...args);
    };
  const { rename, copy, unlink, syncFolder, makeFolder, removeFolder } = systemDisk;
  return {
    ...systemDisk,
    rename: step(rename),
    copy: step(copy),
    unlink: step(unlink),
    syncFolder: step(syncFolder),
    makeFolder: step(makeFolder),
    removeFolder: step(removeFolder),
  };
}
