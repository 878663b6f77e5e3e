/**
 * Where did the bytes of a generation go? By inode (it was renamed), else by content (it was copied and
 * truncated): files beside it and one folder below, those with a related name first, newer ones first. Other
 * files are looked into only when bytes are known to be missing, at most `SEARCH_FILES_MAX` of them, and only those that
 * are no log of their own by their names: two logs may hold the very same lines.
 */
import { basename } from 'node:path';
import type { OpenedFile } from './beginnings.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { FileLook } from './file-look.ts';
import { holdsContent, isSameFile } from './fingerprint.ts';
import {
  type FolderIndex,
  type FolderListing,
  type FoundFile,
  listingsAround,
} from './folder-index.ts';
import type { GenerationRecord } from './generation.ts';
import type { Handles } from './handles.ts';
import { CLOCK_SLACK_MS, SEARCH_FILES_MAX } from './limits.ts';
import { namesOfLog } from './link-target.ts';
import type { Patterns } from './patterns.ts';
import { originalsOf, packedFormatOf, parseRotationName, sharesStem } from './rotation-name.ts';

export type Found = FoundFile & Readonly<{ source: ByteSource; isCopy: boolean }>;

export type SearchParts = Readonly<{
  handles: Handles;
  index: FolderIndex;
  clockSteps: ClockSteps;
  /** Whether a file is known to hold another generation. */
  isTaken: (path: string, file: OpenedFile) => boolean;
  patterns: Patterns;
  /** Only its own file: it has nothing that a copy of it could go on with. */
  ownOnly: boolean;
}>;

/** How often to look again when names move while they are looked at. */
const ATTEMPTS_MAX = 5;

/** A head shorter than this tells too little of a file with an unrelated name. */
const HEAD_TELLING_BYTES = 64;

export function searchGeneration(
  generation: GenerationRecord,
  parts: SearchParts,
): Found | undefined {
  // A listing of a moment ago is enough to find something, never to say that it is not there.
  let fresh = false;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const names = new Set([generation.path, generation.firstPath].flatMap(namesOfLog));
    const listings = listingsAround([...names], parts.index, fresh);
    const found = searchIn({ listings, names }, generation, parts);
    if (found !== undefined) return found;
    if (fresh && listings.every((listing) => listing.isUnchanged())) return undefined;
    fresh = true;
  }
  return undefined;
}

function searchIn(
  { listings, names }: Readonly<{ listings: readonly FolderListing[]; names: ReadonlySet<string> }>,
  generation: GenerationRecord,
  parts: SearchParts,
): Found | undefined {
  if (!generation.wasReplaced) {
    const own = searchOwnFile(listings, generation, parts.handles);
    if (own !== undefined) return own;
  }
  if (generation.head.length === 0 || parts.ownOnly) return undefined;
  const baseNames = new Set([...names].map((name) => basename(name)));
  // What lies under its own name is its successor, not its copy.
  const isOther = ({ path }: FoundFile): boolean => !names.has(path);
  const related = listings
    .flatMap((listing) => [...baseNames].flatMap((name) => listing.relatedTo(name)))
    .filter(isOther);
  const copy = searchCopy(related, generation, parts);
  const isMissed = generation.sizeBytes > generation.readOffset;
  if (copy !== undefined || !isMissed || generation.head.length < HEAD_TELLING_BYTES) return copy;
  const others = listings
    .flatMap((listing) => listing.files())
    .filter((file) => isOther(file) && !isOfLog(file.path, parts.patterns));
  return searchCopy(others.slice(0, SEARCH_FILES_MAX), generation, parts);
}

/** Whether a file is a log that is watched, or a rotated form of one. */
function isOfLog(path: string, patterns: Patterns): boolean {
  return [path, ...originalsOf(path)].some((name) => patterns.names(name));
}

/**
 * Whether the inode of the file at `path` still tells of a generation of which nothing was seen: where nobody knows when files were
 * born, it may be given to any other file, to the compressed log itself for one.
 */
export function mayBeIn(path: string, generation: GenerationRecord): boolean {
  const { head, birthMs, packed, path: before } = generation;
  if (head.length > 0 || birthMs !== 0 || packed !== null) return true;
  return packedFormatOf(path) === null && sharesStem(basename(path), basename(before));
}

function searchOwnFile(
  listings: readonly FolderListing[],
  generation: GenerationRecord,
  handles: Handles,
): Found | undefined {
  for (const listing of listings) {
    const file = listing.find(generation.key);
    if (file === undefined) continue;
    const source = openIf(
      file,
      handles,
      (opened, look) => isSameFile(generation, opened, look) && mayBeIn(file.path, generation),
    );
    if (source !== undefined) return { ...file, source, isCopy: false };
  }
  return undefined;
}

function searchCopy(
  files: readonly FoundFile[],
  generation: GenerationRecord,
  parts: SearchParts,
): Found | undefined {
  const newestFirst = files
    .filter((file) => mayBeCopy(file, generation, parts.clockSteps))
    .sort((a, b) => b.look.modifiedAtMs - a.look.modifiedAtMs);
  for (const file of newestFirst) {
    const source = openIf(
      file,
      parts.handles,
      (source, look) =>
        holdsContent(generation, source, look) && !parts.isTaken(file.path, { source, look }),
    );
    if (source !== undefined) return { ...file, source, isCopy: true };
  }
  return undefined;
}

/** A copy was written after the last that was seen of the original, and is no shorter. */
function mayBeCopy(file: FoundFile, generation: GenerationRecord, clockSteps: ClockSteps): boolean {
  const { look, path } = file;
  if (look.key === generation.key || look.sizeBytes < generation.seenOffset) return false;
  const isOlder = look.modifiedAtMs < generation.modifiedAtMs - CLOCK_SLACK_MS;
  if (isOlder && !clockSteps.areBetween(look.modifiedAtMs, generation.modifiedAtMs)) return false;
  return parseRotationName(basename(path)).compression === null;
}

function openIf(
  file: FoundFile,
  handles: Handles,
  accepts: (source: ByteSource, look: FileLook) => boolean,
): ByteSource | undefined {
  let source: ByteSource | undefined;
  try {
    source = handles.open(file.path);
    const look = source.look();
    if (look.key !== file.look.key || !accepts(source, look)) return undefined;
    const accepted = source;
    source = undefined;
    return accepted;
  } catch (error) {
    // Gone or unreadable meanwhile: not what is searched.
    if (!(error instanceof FileFailure)) throw error;
    return undefined;
  } finally {
    source?.[Symbol.dispose]();
  }
}
