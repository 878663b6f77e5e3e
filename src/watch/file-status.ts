/** One row a generation for `status --files`: what it is, how far it was read, and what is the matter. */
import { type FileRows, WORST_FILES_MAX } from '../model/file-rows.ts';
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

/** What all rows say together. */
export type FileTotals = Readonly<{
  /** Rows there are. */
  count: number;
  /** Of these, paths that cannot be read. */
  unreadableCount: number;
  /** With an error; what is skipped because of what it is has none. */
  troubledCount: number;
  /** With bytes that are not read yet; how many, and how long the oldest of them has waited, at most. */
  behindCount: number;
  lagBytes: number;
  lagMs: number;
}>;

export type FileStatuses = Readonly<{ files: FileStatus[]; totals: FileTotals }>;

/** `refused`: paths of which only the name is known, with why they are not read; `lost`: those that lost something lately. */
export type FileStatusParts = Readonly<{
  roster: Roster;
  refused: ReadonlyMap<string, string>;
  lost: ReadonlySet<string>;
  nowMs: number;
}>;

/** The rows asked for, by path or the worst first, and what all say together. */
export function fileStatuses(parts: FileStatusParts, asked: FileRows): FileStatuses {
  const files: FileStatus[] = [];
  const totals = { count: 0, unreadableCount: 0, troubledCount: 0 };
  const behind = { behindCount: 0, lagBytes: 0, lagMs: 0 };
  for (const file of rowsOf(parts)) {
    totals.count += 1;
    if (file.state === 'unreadable') totals.unreadableCount += 1;
    if (file.error !== null && file.state !== 'skipped') totals.troubledCount += 1;
    if (file.lagBytes > 0) behind.behindCount += 1;
    behind.lagBytes += file.lagBytes;
    behind.lagMs = Math.max(behind.lagMs, file.lagMs);
    if (asked === 'behind' ? file.lagBytes > 0 : asked !== 'none') files.push(file);
  }
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const rows = asked === 'worst' ? worstOf(files, parts.lost) : files;
  return { files: rows, totals: { ...totals, ...behind } };
}

function worstOf(files: readonly FileStatus[], lost: ReadonlySet<string>): FileStatus[] {
  const rank = ({ path, state, error, lagBytes }: FileStatus): number => {
    if (state === 'skipped') return 3;
    return error !== null ? 0 : lost.has(path) ? 1 : lagBytes > 0 ? 2 : 4;
  };
  return files
    .toSorted((a, b) => rank(a) - rank(b) || b.lagMs - a.lagMs || b.lagBytes - a.lagBytes)
    .slice(0, WORST_FILES_MAX);
}

function* rowsOf({ roster, refused, nowMs }: FileStatusParts): Generator<FileStatus> {
  for (const { generation } of roster.tails()) {
    const { path, source, number, sizeBytes, readOffset, committedOffset } = generation;
    const { seenOffset, roomEnd } = generation;
    // There is nothing to read in the room that a writer made ahead.
    const textEnd = sizeBytes > seenOffset && sizeBytes <= roomEnd ? seenOffset : sizeBytes;
    const lagBytes = Math.max(0, textEnd - readOffset);
    yield {
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
    };
  }
  for (const { path, source, tail, error } of roster.paths()) {
    if (tail === null && error !== null) yield unreadable({ path, source, error });
  }
  // No watch has taken them, so their own path stands for their source.
  for (const [path, error] of refused) yield unreadable({ path, source: path, error });
}

function unreadable(what: Pick<FileStatus, 'path' | 'source' | 'error'>): FileStatus {
  const nothing = { sizeBytes: 0, readBytes: 0, committedBytes: 0, lagBytes: 0, lagMs: 0 };
  return { ...what, ...nothing, generation: null, state: 'unreadable' };
}
