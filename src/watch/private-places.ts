/**
 * Files that are not read as logs whatever name leads to them: what is private to Logstead, and what whoever made a symbolic link on
 * the way may not read himself. Whoever may make one in a watched folder would else have passwords, keys and other people's files
 * in the index, in mails and on the page.
 *
 * Asked of a file that is open already: a link that is turned round meanwhile changes nothing any more.
 */
import { constants, fstatSync, readlinkSync, type Stats } from 'node:fs';
import { OWN_USER, UNTOLD_USER } from '../base/own-user.ts';
import { isInside, realPathOf } from '../config/resolve-paths.ts';
import { type Way, wayOf } from './link-target.ts';

/** What a process was started with, passwords among it. */
const ENVIRONMENT = /^\/proc\/\d+\/(?:task\/\d+\/)?environ$/;

export class PrivatePlaces {
  #places!: readonly string[];

  /** Files, and folders with all that is in them. */
  constructor(places: readonly string[]) {
    this.use(places);
  }

  /** These instead, for what is opened from now on. */
  use(places: readonly string[]): void {
    this.#places = places.map(realPathOf);
  }

  /** Why the file that was opened under `path` is not read; null: nothing is against it. */
  refusalOf(path: string, descriptor: number): string | null {
    const real = realNameOf(descriptor);
    if (real === null) return null;
    const isPrivate = ENVIRONMENT.test(real) || this.#places.some((place) => isInside(real, place));
    if (isPrivate) return `leads to "${real}", which is private to Logstead and no log`;
    // Nothing on the way was a link.
    if (real === path) return null;
    const file = fstatSync(descriptor);
    return (file.mode & constants.S_IROTH) === 0 ? linkRefusal(path, real, file) : null;
  }
}

/** What is said of a file that not everybody may read. Links of root, of our own user and of the file's owner are trusted. */
function linkRefusal(path: string, real: string, file: Stats): string | null {
  const trusted = new Set([0, OWN_USER, ...(file.uid === UNTOLD_USER ? [] : [file.uid])]);
  const way = wayOrNothing(path);
  const foreign = way?.links.find(({ owner }) => !trusted.has(owner));
  if (foreign !== undefined) {
    const { name, owner } = foreign;
    const [whose, wanted] =
      owner === UNTOLD_USER
        ? [
            'a user whom Logstead cannot tell from others here (in a user namespace, such as PrivateUsers=yes)',
            'root',
          ]
        : [`user ${owner}`, 'root or to the owner of that file'];
    return `is reached by the link "${name}" of ${whose} and is "${real}", which not everybody may read: the link has to belong to ${wanted} (chown -h)`;
  }
  // A link that is gone again is none to be trusted.
  if (way?.real === real) return null;
  return `was "${real}" while it was opened, and is something else now`;
}

function wayOrNothing(path: string): Way | undefined {
  try {
    return wayOf(path);
  } catch {
    return undefined; // It was there when it was opened.
  }
}

/** Null where the system does not tell. */
function realNameOf(descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return null;
  }
}
