/** The followed files as rotation looks at them: only those whose path still leads to the very file that was read. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WatchSettings } from '../config/settings.ts';
import { type FileKey, type FileLook, identityOf, lookAtPath } from './file-look.ts';
import type { Generation } from './generation.ts';
import type { Ledger } from './ledger.ts';
import type { Patterns } from './patterns.ts';
import type { Roster } from './roster.ts';
import type { Tail } from './tail.ts';

export type ArchivableFile = Readonly<{
  generation: number;
  path: string;
  /** The folder of the pattern that found it. */
  root: string;
  watch: WatchSettings;
  source: string;
  device: number;
  inode: number;
  /** As they are now. */
  sizeBytes: number;
  modifiedAtMs: number;
  /** When it was first seen with this content. */
  firstSeenAtMs: number;
  /** Everything before it is indexed, skipped or lost, and that is committed. */
  committedBytes: number;
  /** Why its bytes are not indexed although they are accounted for; null: they are. */
  skipReason: string | null;
}>;

export function archivableFiles(
  roster: Roster,
  ledger: Ledger,
  patterns: Patterns,
): ArchivableFile[] {
  const files: ArchivableFile[] = [];
  for (const tail of roster.tails()) {
    const { generation } = tail;
    if (generation.state !== 'live' || mayBeNeeded(tail, roster, ledger)) continue;
    const { path, watch, source, key, number, committedOffset, skipReason, firstSeenAtMs, packed } =
      generation;
    const look = lookOrNothing(path);
    const match = patterns.match(path);
    if (look?.key !== key || match === undefined) continue;
    const { sizeBytes, modifiedAtMs } = look;
    files.push({
      generation: number,
      path,
      root: match.root,
      watch,
      source,
      ...identityOf(key),
      sizeBytes,
      modifiedAtMs,
      firstSeenAtMs,
      committedBytes: packed === null ? committedOffset : committedOfPacked(generation, sizeBytes),
      skipReason,
    });
  }
  return files;
}

/** Whether it is a copy of more than its original has committed, which may lose its own file and look for the rest here. */
function mayBeNeeded({ generation, copyOf }: Tail, roster: Roster, ledger: Ledger): boolean {
  const number = copyOf ?? ledger.copiedFrom(generation);
  const original = number === null ? undefined : roster.tail(number)?.generation;
  if (original === undefined) return false;
  const { state, handedOffset, committedOffset } = original;
  // What was given up asks for nothing; what was read to its end and is not committed does, after a crash.
  if (state === 'ended' && handedOffset <= committedOffset) return false;
  return committedOffset < generation.committedOffset;
}

/** Offsets of a compressed file are those of its content: it is read to its end, or not at all. */
function committedOfPacked(
  { committedOffset, sizeBytes: contentBytes }: Generation,
  storedBytes: number,
): number {
  return committedOffset > 0 && committedOffset === contentBytes ? storedBytes : 0;
}

/**
 * Files that somebody else renamed out of their watched names (`app.log.1`), read to their end. They are found by
 * inode in their folder; what was compressed or copied meanwhile is another file and is left alone.
 */
export function rotatedFiles(ledger: Ledger, patterns: Patterns): ArchivableFile[] {
  const files: ArchivableFile[] = [];
  const pathsByKey = new Map<string, ReadonlyMap<FileKey, string>>();
  for (const row of ledger.rotatedAway()) {
    const match = patterns.match(row.firstPath);
    if (match === undefined) continue;
    const folder = dirname(row.path);
    const paths = pathsByKey.get(folder) ?? pathsIn(folder);
    pathsByKey.set(folder, paths);
    const path = paths.get(row.key);
    // A path that is watched itself has a generation of its own.
    if (path === undefined || patterns.match(path) !== undefined) continue;
    const look = lookOrNothing(path);
    if (look?.key !== row.key || look.sizeBytes !== row.committedOffset) continue;
    if (row.birthMs !== 0 && look.birthMs !== row.birthMs) continue;
    files.push({
      generation: row.number,
      path,
      root: match.root,
      watch: match.watch,
      source: row.source,
      ...identityOf(row.key),
      sizeBytes: look.sizeBytes,
      modifiedAtMs: look.modifiedAtMs,
      firstSeenAtMs: row.firstSeenAtMs,
      committedBytes: row.committedOffset,
      skipReason: row.skipReason,
    });
  }
  return files;
}

function pathsIn(folder: string): ReadonlyMap<FileKey, string> {
  const paths = new Map<FileKey, string>();
  for (const path of listOrNothing(folder)) {
    const look = lookOrNothing(path);
    if (look?.kind === 'file') paths.set(look.key, path);
  }
  return paths;
}

function listOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
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
