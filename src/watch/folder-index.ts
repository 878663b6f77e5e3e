/**
 * What lies in a folder, by name, by rotated form and by file, remembered for a moment: when a thousand logs
 * rotate at once, the folder is listed a few times, not a thousand times.
 */
import { type Dirent, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { type FileKey, type FileLook, lookOrNothing } from './file-look.ts';
import { originalsOf, parseRotationName } from './rotation-name.ts';

/** A listing is used again for this long at least. */
const FRESH_MS = 100;

/** And for so many times as long as it took: else each of a hundred thousand logs would have their folder listed anew. */
const FRESH_TIMES_COST = 20;

/** Two changes of a folder within this time may leave one time stamp. */
const TIME_GRAIN_MS = 20;

/** Folders remembered; a pass over all of them needs none. */
const FOLDERS_MAX = 64;

export type FoundFile = Readonly<{ path: string; look: FileLook }>;

export class FolderListing {
  /** Wall time when the listing began. */
  readonly atMs: number;
  /** Monotonic time until which it is used again. */
  readonly freshUntilMs: number;
  readonly folder: string;
  readonly folders: readonly string[];
  readonly #names: readonly string[];
  #formsOf: Map<string, string[]> | null = null;
  #ofStem: Map<string, string[]> | null = null;
  #files: FoundFile[] | null = null;

  /** Of the folder before it was listed. */
  readonly #look: FileLook | undefined;

  constructor(clock: Clock, folder: string) {
    this.#look = lookOrNothing(folder);
    this.atMs = clock.nowMs();
    const beganMs = clock.monotonicMs();
    this.folder = folder;
    const entries = entriesOf(folder);
    this.#names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    this.folders = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
    const endedMs = clock.monotonicMs();
    this.freshUntilMs = endedMs + Math.max(FRESH_MS, (endedMs - beganMs) * FRESH_TIMES_COST);
  }

  /**
   * Whether no name came, went or moved since before the listing: only then is what was found all there is. Rotation
   * shifts names while they are listed, and then one file is seen twice and another not at all.
   */
  isUnchanged(): boolean {
    if (this.#look === undefined || this.atMs - this.#look.modifiedAtMs < TIME_GRAIN_MS)
      return false;
    const now = lookOrNothing(this.folder);
    return now?.key === this.#look.key && now.modifiedAtMs === this.#look.modifiedAtMs;
  }

  /** Files whose names rotation gives to `path`. */
  rotatedFormsOf(path: string): FoundFile[] {
    this.#formsOf ??= this.#groupBy((name) => originalsOf(join(this.folder, name)));
    return looked(this.#formsOf.get(path) ?? []);
  }

  /** Files that may be forms of the same log as `name`. */
  relatedTo(name: string): FoundFile[] {
    this.#ofStem ??= this.#groupBy((other) => [parseRotationName(other).stem]);
    return looked(this.#ofStem.get(parseRotationName(name).stem) ?? []);
  }

  find(key: FileKey): FoundFile | undefined {
    return this.files().find((file) => file.look.key === key);
  }

  files(): readonly FoundFile[] {
    this.#files ??= looked(this.#names.map((name) => join(this.folder, name)));
    return this.#files;
  }

  #groupBy(keysOf: (name: string) => string[]): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const name of this.#names) {
      for (const key of keysOf(name)) {
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [join(this.folder, name)]);
        else group.push(join(this.folder, name));
      }
    }
    return groups;
  }
}

export class FolderIndex {
  readonly #clock: Clock;
  readonly #listings = new Map<string, FolderListing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `fresh`: listed now. */
  list(folder: string, options: Readonly<{ fresh?: boolean }> = {}): FolderListing {
    const known = this.#listings.get(folder);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && !options.fresh && nowMs < known.freshUntilMs) return known;
    const listing = new FolderListing(this.#clock, folder);
    this.#listings.delete(folder);
    this.#listings.set(folder, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > FOLDERS_MAX && oldest !== undefined) this.#listings.delete(oldest);
    return listing;
  }
}

/** Of the folders of `paths`, and of those one below. */
export function listingsAround(
  paths: readonly string[],
  index: FolderIndex,
  fresh: boolean,
): FolderListing[] {
  const folders = new Set(paths.map((path) => dirname(path)));
  const listings = [...folders].map((folder) => index.list(folder, { fresh }));
  const below = listings.flatMap((listing) => listing.folders);
  const others = below.filter((folder) => !folders.has(folder));
  return [...listings, ...others.map((folder) => index.list(folder, { fresh }))];
}

function looked(paths: readonly string[]): FoundFile[] {
  return paths.flatMap((path) => {
    const look = lookOrNothing(path);
    return look?.kind === 'file' ? [{ path, look }] : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
