/**
 * What root has made in a folder of somebody else is given to that one: a service that runs as a user of its own could
 * neither read nor replace it.
 *
 * That user may exchange names meanwhile. So each is opened once, as itself and not as what a link names, and what is opened is
 * judged and given; a file with a second name, which may be one of root's own, is left alone. Opened by path alone, no lock
 * that this process holds on such a file is dropped when it is closed.
 */
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { systemCodeOf } from './errors.ts';
import { OWN_USER } from './own-user.ts';

const ROOT = 0;
/** `O_PATH` of Linux, which Node does not name. */
const BY_PATH = 0o10_000_000;

type Owner = Readonly<{ uid: number; gid: number }>;

export type GiveOptions = Readonly<{
  /** Which files, by their names; all where it is not given. */
  files?: (name: string) => boolean;
  /** Only what was made or changed since then, by the clock of the file system; where it is not given, whenever it was. */
  sinceMs?: number;
}>;

/** Nothing where this process is not root, the folder is root's own, or there is none. */
export function giveToOwner(
  folder: string,
  { files = () => true, sinceMs = Number.NEGATIVE_INFINITY }: GiveOptions = {},
): void {
  if (OWN_USER !== ROOT) return;
  // The folder itself is named by the config: a link is what systemd makes of it.
  withOpened(folder, BY_PATH, (place, found) => {
    if (found.isDirectory() && found.uid !== ROOT)
      giveBelow(place, { files, sinceMs, owner: found });
  });
}

/** `place`: of the opened folder. */
function giveBelow(place: string, how: Required<GiveOptions> & Readonly<{ owner: Owner }>): void {
  const { files, owner, sinceMs } = how;
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (!entry.isDirectory() && !(entry.isFile() && files(entry.name))) continue;
    withOpened(`${place}/${entry.name}`, BY_PATH | constants.O_NOFOLLOW, (opened, found) => {
      const isFolder = found.isDirectory();
      if (!isFolder && !(found.isFile() && found.nlink === 1)) return;
      if (found.uid === ROOT && found.ctimeMs >= sinceMs) give(opened, owner);
      if (isFolder) giveBelow(opened, how);
    });
  }
}

/** As far as this process may: root of a container may not always. */
function give(opened: string, { uid, gid }: Owner): void {
  try {
    chownSync(opened, uid, gid);
  } catch (cause) {
    if (!['EPERM', 'EROFS', 'EINVAL'].includes(systemCodeOf(cause) ?? '')) throw cause;
  }
}

/** `use` gets a name of what was opened that stays it, whatever becomes of `path`. What is gone by now is passed over. */
function withOpened(
  path: string,
  flags: number,
  use: (opened: string, found: Stats) => void,
): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  try {
    use(`/proc/self/fd/${descriptor}`, fstatSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
