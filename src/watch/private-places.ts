/**
 * Files that are never read as logs, whatever name leads to them: whoever may make a symbolic link in a watched folder would else have
 * passwords and keys of Logstead in the index, in mails and on the page.
 *
 * Asked of a file that is open already: a link that is turned round meanwhile changes nothing any more.
 */
import { readlinkSync } from 'node:fs';
import { isInside, realPathOf } from '../config/resolve-paths.ts';

/** What a process was started with, passwords among it. */
const ENVIRONMENT = /^\/proc\/\d+\/(?:task\/\d+\/)?environ$/;

export class PrivatePlaces {
  readonly #places: readonly string[];

  /** Files, and folders with all that is in them. */
  constructor(places: readonly string[]) {
    this.#places = places.map(realPathOf);
  }

  /** Why the file behind an open handle is not read; null: nothing is against it. */
  refusalOf(descriptor: number): string | null {
    const path = pathOf(descriptor);
    if (path === null) return null;
    const isPrivate = ENVIRONMENT.test(path) || this.#places.some((place) => isInside(path, place));
    return isPrivate ? `leads to "${path}", which is private to Logstead and no log` : null;
  }
}

/** By its real name; null where the system does not tell. */
function pathOf(descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return null;
  }
}
