/** The followed files as rotation looks at them: only those whose path still leads to the very file that was read. */
import type { WatchSettings } from '../config/settings.ts';
import { type FileLook, inodeOf, lookAtPath } from './file-look.ts';
import type { Patterns } from './patterns.ts';
import type { Roster } from './roster.ts';

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
  /** Everything before it is indexed, skipped or lost, and that is committed. */
  committedBytes: number;
  /** Why its bytes are not indexed although they are accounted for; null: they are. */
  skipReason: string | null;
}>;

export function archivableFiles(roster: Roster, patterns: Patterns): ArchivableFile[] {
  const files: ArchivableFile[] = [];
  for (const { generation } of roster.tails()) {
    if (generation.state !== 'live') continue;
    const { path, watch, source, key, number, committedOffset, skipReason } = generation;
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
      device: Number(key.slice(0, key.indexOf(':'))),
      inode: Number(inodeOf(key)),
      sizeBytes,
      modifiedAtMs,
      committedBytes: committedOffset,
      skipReason,
    });
  }
  return files;
}

function lookOrNothing(path: string): FileLook | undefined {
  try {
    return lookAtPath(path);
  } catch {
    return undefined;
  }
}
