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

export function fileStatuses(roster: Roster, nowMs: number): FileStatus[] {
  const statuses: FileStatus[] = [];
  for (const { generation } of roster.tails()) {
    const { path, source, number, sizeBytes, readOffset, committedOffset } = generation;
    const lagBytes = Math.max(0, sizeBytes - readOffset);
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
      error: generation.error ?? generation.skipReason,
    });
  }
  for (const { path, source, tail, error } of roster.paths()) {
    if (tail !== null || error === null) continue;
    const nothing = { sizeBytes: 0, readBytes: 0, committedBytes: 0, lagBytes: 0, lagMs: 0 };
    statuses.push({ path, source, generation: null, state: 'unreadable', ...nothing, error });
  }
  return statuses.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
