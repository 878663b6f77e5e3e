/**
 * Where links lead. One may be watched in place of a log, as those of Kubernetes in `/var/log/containers`: rotation works on the
 * file that it leads to, and leaves the rotated ones beside that.
 *
 * Followed for that only where each link on the way belongs to root or to our own user: what lies beside a file that
 * somebody else chose is none of ours.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { OWN_USER } from '../base/own-user.ts';
import { isLink } from './file-look.ts';

export type Way = Readonly<{
  /** Where it ends: no part of this name is a link. */
  real: string;
  /** All links that were followed, also those which others lead to. */
  links: readonly Readonly<{ name: string; owner: number }>[];
}>;

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** Throws the system's error where it leads nowhere. */
export function wayOf(path: string): Way {
  const links: { name: string; owner: number }[] = [];
  const ahead = partsOf(path);
  let real = '/';
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    const name = join(real, part);
    const look = lstatSync(name);
    if (!look.isSymbolicLink() || links.length === LINKS_MAX) {
      real = name;
      continue;
    }
    links.push({ name, owner: look.uid });
    const target = readlinkSync(name);
    if (isAbsolute(target)) real = '/';
    ahead.unshift(...partsOf(target));
  }
  return { real, links };
}

/** The names whose rotated forms are those of the log at `path`: its own, and that of the file which it is a link to. */
export function namesOfLog(path: string): string[] {
  if (!isLink(path)) return [path];
  try {
    const { real, links } = wayOf(path);
    const areOurs = links.every(({ owner }) => owner === 0 || owner === OWN_USER);
    return areOurs ? [path, real] : [path];
  } catch {
    return [path]; // It leads nowhere, or not any more.
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
