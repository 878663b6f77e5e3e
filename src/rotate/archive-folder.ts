/**
 * Folders of the archive, and the check that a path stays in the folder it seems to be in.
 *
 * Below the two configured roots no symbolic link is followed: whoever can write there must not be able to
 * point a move somewhere else. The roots themselves may be links; the operator chose them.
 */
import { dirname, join, relative, sep } from 'node:path';
import type { Disk } from '../base/disk.ts';

/** Make `folder` below `root`, each new level durable in its parent. Throws on a link or file in the way. */
export function makeFolderBelow(disk: Disk, root: string, folder: string): void {
  makeRoot(disk, root);
  let path = root;
  for (const name of namesBelow(root, folder)) {
    const parent = path;
    path = join(path, name);
    const found = disk.linkStat(path);
    if (found?.isDirectory()) continue;
    if (found !== undefined) throw new NotAFolder(path);
    disk.makeFolder(path);
    disk.syncFolder(parent);
  }
}

/** Something that is no folder, a symbolic link for example, stands where a folder must be. */
export class NotAFolder extends Error {
  override name = 'NotAFolder';

  constructor(path: string) {
    super(`"${path}" must be a folder, and no symbolic link`);
  }
}

/** Whether `path` lies below `root` with only real folders between them. */
export function isPlainBelow(disk: Disk, root: string, path: string): boolean {
  const names = namesBelow(root, dirname(path));
  if (names[0] === '..') return false;
  let folder = root;
  for (const name of names) {
    folder = join(folder, name);
    if (!disk.linkStat(folder)?.isDirectory()) return false;
  }
  return true;
}

function makeRoot(disk: Disk, root: string): void {
  if (disk.stat(root)?.isDirectory()) return;
  disk.makeFolder(root);
  disk.syncFolder(dirname(root));
}

function namesBelow(root: string, path: string): string[] {
  const below = relative(root, path);
  return below === '' ? [] : below.split(sep);
}
