/** One row a generation for `status --files`: what it is, how far it was read, and what is the matter. */
import type { GenerationState } from './generation.ts';
import type { Roster } from './roster.ts';

export type FileStatus = Readonly<{
  path: string;
  source: string;
  /** Null: the path cannot be read, so nothing is known of what is behind it. */
  generation: number | null;
  state: GenerationState | 'skipped' | 'unreadable';
  sizeBytes: number;
  readBytes: number;
  committedBytes: number;
  /** Not read yet. */
  lagBytes: number;
  /** How long the oldest byte not read yet has waited, at most; 0: all is read. */
  lagMs: number;
  error: string | null;
}>;

/** `refused`: paths of which only the name is known, with why they are not read. */
export function fileStatuses(
  roster: Roster,
  refused: ReadonlyMap<string, string>,
  nowMs: number,
): FileStatus[] {
  const statuses: FileStatus[] = [];
  for (const { generation } of roster.tails()) {
    const { path, source, number, sizeBytes, readOffset, committedOffset } = generation;
    const { seenOffset, roomEnd } = generation;
    // There is nothing to read in the room that a writer made ahead.
    const textEnd = sizeBytes > seenOffset && sizeBytes <= roomEnd ? seenOffset : sizeBytes;
    const lagBytes = Math.max(0, textEnd - readOffset);
    statuses.push({
      path,
      source,
      generation: number,
      state: generation.skipReason === null ? generation.state : 'skipped',
      sizeBytes,
      readBytes: readOffset,
      committedBytes: committedOffset,
      lagBytes,
      lagMs: lagBytes === 0 ? 0 : Math.max(0, nowMs - generation.lastReadAtMs),
      // A path that may not be looked at any more says so, though what was read of the file before is known.
      error: generation.error ?? generation.skipReason ?? roster.path(path)?.error ?? null,
    });
  }
  for (const { path, source, tail, error } of roster.paths()) {
    if (tail === null && error !== null) statuses.push(unreadable({ path, source, error }));
  }
  // No watch has taken them, so their own path stands for their source.
  for (const [path, error] of refused) statuses.push(unreadable({ path, source: path, error }));
  return statuses.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function unreadable(what: Pick<FileStatus, 'path' | 'source' | 'error'>): FileStatus {
  const nothing = { sizeBytes: 0, readBytes: 0, committedBytes: 0, lagBytes: 0, lagMs: 0 };
  return { ...what, ...nothing, generation: null, state: 'unreadable' };
}
