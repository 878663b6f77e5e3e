/**
 * Where a link leads that is watched in place of a log, as those of Kubernetes in `/var/log/containers`: rotation works on the
 * file that it leads to, and leaves the rotated ones beside that.
 *
 * Followed for that only where each link on the way belongs to root or to our own user: what lies beside a file that
 * somebody else chose is none of ours.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OWN_USER } from '../base/own-user.ts';
import { isLink } from './file-look.ts';

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** The names whose rotated forms are those of the log at `path`: its own, and that of the file which it is a link to. */
export function namesOfLog(path: string): string[] {
  if (!isLink(path)) return [path];
  try {
    const target = targetOf(path);
    return target === null ? [path] : [path, target];
  } catch {
    return [path]; // It leads nowhere, or not any more.
  }
}

function targetOf(path: string): string | null {
  let name = path;
  for (let count = 0; count < LINKS_MAX; count += 1) {
    if (!linksAreOurs(name)) return null;
    if (!lstatSync(name).isSymbolicLink()) return realpathSync(name);
    name = resolve(dirname(name), readlinkSync(name));
  }
  return null;
}

function linksAreOurs(path: string): boolean {
  for (let name = path; name !== dirname(name); name = dirname(name)) {
    const look = lstatSync(name);
    if (look.isSymbolicLink() && look.uid !== 0 && look.uid !== OWN_USER) return false;
  }
  return true;
}
