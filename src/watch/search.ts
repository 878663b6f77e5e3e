/**
 * Where did the bytes of a generation go? By inode (it was renamed), else by content (it was copied and
 * truncated): files beside it with a related name first, the newest of them before the others, then all files
 * of the folder. Looks into at most `SEARCH_FILES_MAX` files.
 */
import { type Dirent, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ByteSource, FileFailure } from './byte-source.ts';
import { type FileKey, type FileLook, lookAtPath } from './file-look.ts';
import { holdsContent, isSameFile } from './fingerprint.ts';
import type { GenerationRecord } from './generation.ts';
import type { Handles } from './handles.ts';
import { SEARCH_FILES_MAX } from './limits.ts';
import { parseRotationName, sharesStem } from './rotation-name.ts';

export type Candidate = Readonly<{ path: string; look: FileLook; related: boolean }>;

export type Found = Readonly<{ path: string; look: FileLook; source: ByteSource; isCopy: boolean }>;

export type SearchOptions = Readonly<{
  /** Whether its own file may still hold it; not so when that was truncated. */
  ownFile: boolean;
  /** Files that are known to be something else. */
  isTaken: (key: FileKey) => boolean;
}>;

/** A head shorter than this tells too little of a file with an unrelated name. */
const HEAD_TELLING_BYTES = 64;

export function searchGeneration(
  generation: GenerationRecord,
  handles: Handles,
  options: SearchOptions,
): Found | undefined {
  const candidates = candidatesFor(generation);
  if (options.ownFile) {
    for (const candidate of candidates) {
      if (candidate.look.key !== generation.key) continue;
      const found = tryCandidate(candidate, handles, (source, look) =>
        isSameFile(generation, source, look),
      );
      if (found !== undefined) return { ...found, isCopy: false };
    }
  }
  for (const candidate of candidates) {
    if (!mayBeCopy(candidate, generation) || options.isTaken(candidate.look.key)) continue;
    const found = tryCandidate(candidate, handles, (source, look) =>
      holdsContent(generation, source, look),
    );
    if (found !== undefined) return { ...found, isCopy: true };
  }
  return undefined;
}

/** Files in the folders where the generation was and one level below, related names and newer files first. */
export function candidatesFor(generation: GenerationRecord): Candidate[] {
  const folders = new Set([dirname(generation.path), dirname(generation.firstPath)]);
  const below = [...folders].flatMap((folder) =>
    listOf(folder).flatMap((entry) => (entry.isDirectory() ? join(folder, entry.name) : [])),
  );
  const candidates: Candidate[] = [];
  for (const folder of new Set([...folders, ...below])) {
    for (const entry of listOf(folder)) {
      if (candidates.length >= SEARCH_FILES_MAX) break;
      if (!entry.isFile()) continue;
      const path = join(folder, entry.name);
      const look = lookOrNothing(path);
      if (look?.kind !== 'file') continue;
      candidates.push({ path, look, related: isRelated(path, generation) });
    }
  }
  return candidates.sort(
    (a, b) => Number(b.related) - Number(a.related) || b.look.modifiedAtMs - a.look.modifiedAtMs,
  );
}

function isRelated(path: string, generation: GenerationRecord): boolean {
  const name = basename(path);
  return (
    sharesStem(name, basename(generation.firstPath)) || sharesStem(name, basename(generation.path))
  );
}

function mayBeCopy(candidate: Candidate, generation: GenerationRecord): boolean {
  const { look, path, related } = candidate;
  if (generation.head.length === 0 || look.key === generation.key) return false;
  if (!related && generation.head.length < HEAD_TELLING_BYTES) return false;
  return (
    look.sizeBytes >= generation.seenOffset &&
    parseRotationName(basename(path)).compression === null
  );
}

function tryCandidate(
  candidate: Candidate,
  handles: Handles,
  accepts: (source: ByteSource, look: FileLook) => boolean,
): Omit<Found, 'isCopy'> | undefined {
  let source: ByteSource | undefined;
  try {
    source = handles.open(candidate.path);
    const look = source.look();
    if (look.key === candidate.look.key && accepts(source, look)) {
      const found = { path: candidate.path, look, source };
      source = undefined;
      return found;
    }
  } catch (error) {
    // Gone or unreadable meanwhile: not a candidate.
    if (!(error instanceof FileFailure)) throw error;
  } finally {
    source?.[Symbol.dispose]();
  }
  return undefined;
}

function listOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function lookOrNothing(path: string): FileLook | undefined {
  try {
    return lookAtPath(path);
  } catch {
    return undefined;
  }
}
