/**
 * Give a whole, synced file its final name without ever replacing another: the one way files appear under
 * names that people read.
 *
 * link(2) refuses a name that exists. A file system without links gets the name reserved by an empty file of
 * ours, and a rename over that. The caller syncs the folder.
 */
import type { Disk } from './disk.ts';
import { systemCodeOf } from './errors.ts';

/** Linking was refused by the file system itself, not because of what is there. */
export const LINK_REFUSED: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
]);

/** False: the name is taken, nothing was done. The temporary name stays where links work, and is gone where not. */
export function takeName(disk: Disk, temporary: string, name: string): boolean {
  try {
    disk.link(temporary, name);
    return true;
  } catch (cause) {
    const code = systemCodeOf(cause) ?? '';
    if (code === 'EEXIST') return false;
    if (!LINK_REFUSED.has(code)) throw cause;
  }
  try {
    disk.open(name, 'create', { noFollow: true }).close();
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
  try {
    disk.rename(temporary, name);
  } catch (cause) {
    disk.unlink(name);
    throw cause;
  }
  return true;
}
