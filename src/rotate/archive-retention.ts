/**
 * Which archived files have been kept long enough: pure, so that a dry run and a real one decide alike.
 *
 * By age (that of the source, else of the `[watch:NAME]`, else of all), by the size of all, and by the size of one
 * `[watch:NAME]`; the oldest go first. The last copy of entries
 * that the index has let go of stays whatever its age, unless the config says `archive_last_copy = delete`.
 */
import { formatBytes } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import type { NamedTime } from '../config/value-kinds.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { compileNamePattern } from '../query/name-pattern.ts';
import { foldText } from '../query/words.ts';

export type ArchivedFile = Readonly<{
  row: ArchiveRow;
  /** Name of the watch it came from; null: no such section is left. */
  watch: string | null;
  /** Whether all its entries are in the index. */
  isIndexed: boolean;
}>;

export type ArchivePolicy = Readonly<{
  /** Null: no limit. */
  ageMs: number | null;
  bytesMax: number | null;
  lastCopy: 'keep' | 'delete';
  /** By name pattern of the source; they come before all other ages, the shortest of those that match. */
  sources: readonly NamedTime[];
  /** Limits of single watches, by name; they take the place of `ageMs`, and come beside `bytesMax`. */
  watches: ReadonlyMap<string, Readonly<{ ageMs: number | null; bytesMax: number | null }>>;
}>;

export type RetentionStep = Readonly<{
  kind: 'delete' | 'keep';
  row: ArchiveRow;
  /** For people: "its entries are 91 d old, kept for 90 d". */
  reason: string;
}>;

/** Deletions, and what would be deleted were it not the last copy; oldest first. */
export function planRetention(
  files: readonly ArchivedFile[],
  policy: ArchivePolicy,
  nowMs: number,
): RetentionStep[] {
  const oldestFirst = files
    .filter(({ row }) => row.state === 'done')
    .toSorted((a, b) => endOf(a.row) - endOf(b.row) || a.row.id - b.row.id);
  const reasons = new Map<ArchivedFile, string>();
  for (const file of oldestFirst) {
    const reason = ageReason(file, policy, nowMs);
    if (reason !== null) reasons.set(file, reason);
  }
  for (const [name, { bytesMax }] of policy.watches) {
    const own = oldestFirst.filter(({ watch }) => watch === name);
    takeDownTo(own, bytesMax, { reasons, policy, what: `[watch:${name}]` });
  }
  takeDownTo(oldestFirst, policy.bytesMax, { reasons, policy, what: 'the archive' });
  return oldestFirst.flatMap((file): RetentionStep[] => {
    const reason = reasons.get(file);
    if (reason === undefined) return [];
    const { row } = file;
    if (mayGo(file, policy)) return [{ kind: 'delete', row, reason }];
    return [{ kind: 'keep', row, reason: `${reason}, but ${LAST_COPY}` }];
  });
}

const LAST_COPY = 'it is the last copy: the index does not have its entries any more';

function mayGo({ isIndexed }: ArchivedFile, { lastCopy }: ArchivePolicy): boolean {
  return isIndexed || lastCopy === 'delete';
}

function ageReason(file: ArchivedFile, policy: ArchivePolicy, nowMs: number): string | null {
  const { row, watch } = file;
  const own = watch === null ? undefined : policy.watches.get(watch);
  const keptMs = sourceAgeMs(row.source, policy) ?? own?.ageMs ?? policy.ageMs;
  const ageMs = nowMs - endOf(row);
  if (keptMs === null || ageMs <= keptMs) return null;
  return `it is ${formatDuration(ageMs)} old, kept for ${formatDuration(keptMs)}`;
}

function sourceAgeMs(source: string, { sources }: ArchivePolicy): number | null {
  const folded = foldText(source);
  const ages = sources
    .filter(({ name }) => compileNamePattern(name)(folded))
    .map(({ durationMs }) => durationMs);
  return ages.length === 0 ? null : Math.min(...ages);
}

/** The oldest that may go, until the rest is no larger. */
function takeDownTo(
  files: readonly ArchivedFile[],
  bytesMax: number | null,
  at: Readonly<{ reasons: Map<ArchivedFile, string>; policy: ArchivePolicy; what: string }>,
): void {
  if (bytesMax === null) return;
  const { reasons, policy, what } = at;
  const stays = (file: ArchivedFile): boolean => !(reasons.has(file) && mayGo(file, policy));
  let leftBytes = files.filter(stays).reduce((sum, { row }) => sum + storedBytesOf(row), 0);
  for (const file of files) {
    if (leftBytes <= bytesMax) return;
    if (!stays(file)) continue;
    reasons.set(file, `${what} is larger than ${formatBytes(bytesMax)}, and it is the oldest`);
    if (mayGo(file, policy)) leftBytes -= storedBytesOf(file.row);
  }
}

function storedBytesOf({ stored, sizeBytes }: ArchiveRow): number {
  return stored?.storedBytes ?? sizeBytes;
}

/** When its last entry was written; of a file without entries, when it was last touched. */
function endOf({ lastAtUs, modifiedAtMs }: ArchiveRow): number {
  return lastAtUs === null ? modifiedAtMs : lastAtUs / 1000;
}
