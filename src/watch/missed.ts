/**
 * Generations that nobody saw under their own path: between two looks at it a log may have been rotated more than
 * once. Files beside it, or in a folder below, whose names say so, that are unknown and were written since, are such.
 */
import { basename, dirname, join } from 'node:path';
import type { Beginnings, OpenedFile } from './beginnings.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { CopyBook } from './copies.ts';
import type { FolderIndex, FolderListing, FoundFile } from './folder-index.ts';
import { CLOCK_SLACK_MS } from './limits.ts';
import { namesOfLog } from './link-target.ts';
import type { PackedFiles } from './packed-files.ts';
import type { Patterns } from './patterns.ts';
import type { Recognition } from './recognition.ts';
import type { Rests } from './rests.ts';
import { type Roster, rename, type WatchedPath } from './roster.ts';
import { packedFormatOf, timesRotated } from './rotation-name.ts';
import type { Tail } from './tail.ts';

export type MissedParts = Readonly<{
  roster: Roster;
  clockSteps: ClockSteps;
  copies: CopyBook;
  index: FolderIndex;
  patterns: () => Patterns;
  beginnings: Beginnings;
  recognition: Recognition;
  packed: PackedFiles;
  rests: Rests;
  ready: (tail: Tail) => void;
}>;

/** How often to list a folder again whose names move while they are looked at. */
const LISTINGS_MAX = 4;

/** A folder with more of them below is no place where one log is rotated, and listing them all would cost too much. */
const FOLDERS_BELOW_MAX = 32;

/** What became of the handle of a file; `unsettled`: what the file is, is to be asked again. */
type Became = 'kept' | 'closed' | 'unsettled';

export class Missed {
  readonly #parts: MissedParts;

  constructor(parts: MissedParts) {
    this.#parts = parts;
  }

  /** Begin with those of a path, the oldest first. `asItIsNow`: going by no listing that was made before the folder changed. */
  find(watched: WatchedPath, { listingsMax = LISTINGS_MAX, asItIsNow = false } = {}): Tail[] {
    if (watched.siblingsAtMs === 0) return [];
    const missed: Tail[] = [];
    const names = this.#namesOf(watched.path);
    let fresh =
      asItIsNow && !this.#lookFor(names, false).listings.every((each) => each.isUnchanged());
    for (let attempt = 0; attempt < listingsMax; attempt += 1) {
      const { listings, forms } = this.#lookFor(names, fresh);
      const isSettled = this.#take(watched, forms, missed);
      watched.hasMovingSiblings = !isSettled || !listings.every((each) => each.isUnchanged());
      if (!isSettled) break;
      if (!watched.hasMovingSiblings) {
        watched.siblingsAtMs = Math.min(...listings.map(({ atMs }) => atMs));
        break;
      }
      fresh = true;
    }
    return missed;
  }

  /** Its own, and that of the file which it is a link to, whose rotated forms are its own. */
  #namesOf(path: string): string[] {
    const { roster, patterns } = this.#parts;
    const names = namesOfLog(path).filter(
      (name) => name === path || !patterns().excludes(dirname(name)),
    );
    roster.linkLeadsTo(path, names[1] ?? null);
    return names;
  }

  /** What may be rotated forms of these names, each beside itself: what is called like the link there is another log's. */
  #lookFor(
    names: readonly string[],
    fresh: boolean,
  ): Readonly<{ listings: FolderListing[]; forms: FoundFile[] }> {
    const looks = names.map((name) => {
      const listings = this.#listingsAt(name, fresh);
      return { listings, forms: formsIn(listings, name) };
    });
    return {
      listings: looks.flatMap(({ listings }) => listings),
      forms: looks.flatMap(({ forms }) => forms),
    };
  }

  /** Of its folder, and of those below where rotation may move files to: no log of the same name is there. */
  #listingsAt(path: string, fresh: boolean): FolderListing[] {
    const { index, roster, patterns } = this.#parts;
    const beside = index.list(dirname(path), { fresh });
    const below = beside.folders.length > FOLDERS_BELOW_MAX ? [] : beside.folders;
    const others = below.filter(
      (folder) =>
        roster.path(join(folder, basename(path))) === undefined && !patterns().excludes(folder),
    );
    return [beside, ...others.map((folder) => index.list(folder, { fresh }))];
  }

  /** Returns whether it is known of all of them what they are. */
  #take(watched: WatchedPath, forms: readonly FoundFile[], missed: Tail[]): boolean {
    const { roster, copies, beginnings, clockSteps } = this.#parts;
    const since = watched.siblingsAtMs - CLOCK_SLACK_MS;
    let isSettled = true;
    for (const { path, look } of forms.toSorted(olderFirst)) {
      const holder = roster.inFile(look.key);
      // An open handle keeps its inode from being given to another file; a copy that is read instead does not.
      if (holder?.source != null && holder.reads === 'own') {
        if (holder.paths.size === 0) rename(holder, path);
        continue;
      }
      const isOld = look.modifiedAtMs < since && !clockSteps.areBetween(look.modifiedAtMs, since);
      if (look.sizeBytes === 0 || isOld) continue;
      if (roster.path(path) !== undefined || copies.isReading(look.key)) continue;
      const sibling: WatchedPath = { ...watched, path, tail: null, error: null };
      beginnings.withFile(sibling, (file) => {
        // The name may lead to another file since the listing.
        if (copies.isReading(file.look.key)) return false;
        const became = this.#takeFile(sibling, file, { log: watched.path, missed });
        isSettled &&= became !== 'unsettled';
        return became === 'kept';
      });
      // One that cannot be read now, or has another name by now, is asked for again.
      isSettled &&= sibling.error === null;
    }
    return isSettled;
  }

  /** `log`: the watched path that it is a rotated form of. */
  #takeFile(
    sibling: WatchedPath,
    file: OpenedFile,
    { log, missed }: Readonly<{ log: string; missed: Tail[] }>,
  ): Became {
    const { copies, beginnings, recognition, packed, rests, ready, patterns } = this.#parts;
    const { path, previous } = sibling;
    const { source, look } = file;
    const known = recognition.knownIn(source, look, sibling);
    if (known !== undefined) return this.#foundRotated(known, file, path) ? 'kept' : 'closed';
    const format = packedFormatOf(path);
    let tail: Tail;
    if (format === null) {
      const owner = rests.ownerOf(path, file);
      if (owner !== undefined) {
        rests.readCopy(owner, file);
        return 'kept';
      }
      if (copies.consider(path, sibling, file) !== undefined) return 'closed';
      if (copies.isOfUnseen(path, source, look)) return 'unsettled';
      tail = beginnings.begin(path, sibling, file);
    } else {
      tail = packed.begin(path, sibling, { format, packed: source, look });
    }
    tail.generation.state = 'rotated';
    // Beside what a link leads to its own name tells nobody whose it is, and after a restart it has to be wanted still.
    if (patterns().matchOfForm(path) === undefined) tail.generation.firstPath = log;
    tail.waitsFor = [...(previous === null ? [] : [previous]), ...missed];
    missed.push(tail);
    ready(tail);
    return 'kept';
  }

  /** A generation known from before was renamed. Returns whether it reads from the file now. */
  #foundRotated(tail: Tail, file: OpenedFile, path: string): boolean {
    if (tail.paths.size > 0) return false;
    rename(tail, path);
    const usesIt = tail.source === null && tail.generation.packed === null;
    if (usesIt) this.#parts.beginnings.resume(tail, file.source);
    if (tail.generation.state !== 'rotated') {
      tail.generation.state = 'rotated';
      tail.generation.endedAtMs = null;
      tail.generation.changed = true;
    }
    this.#parts.ready(tail);
    return usesIt;
  }
}

function formsIn(listings: readonly FolderListing[], path: string): FoundFile[] {
  return listings.flatMap((listing) =>
    listing.rotatedFormsOf(join(listing.folder, basename(path))),
  );
}

/** Of two that were written within one tick of the file system's clock the one that was rotated more often. */
function olderFirst(a: FoundFile, b: FoundFile): number {
  return a.look.modifiedAtMs - b.look.modifiedAtMs || timesRotated(b.path) - timesRotated(a.path);
}
