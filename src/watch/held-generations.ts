/** Which generations a file holds, told by its content: for whoever would bring its entries in a second time. */
import { dirname } from 'node:path';
import type { WatchSettings } from '../config/settings.ts';
import { ByteSource } from './byte-source.ts';
import { type FileLook, lookOrNothing } from './file-look.ts';
import { holdsContent } from './fingerprint.ts';
import type { Encoding } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Ledger } from './ledger.ts';
import type { Patterns } from './patterns.ts';
import type { Roster } from './roster.ts';
import type { Tail } from './tail.ts';

export type HeldGeneration = Readonly<{
  number: number;
  source: string;
  encoding: Encoding;
  /** How its lines are read; null: no watch names it any more. */
  watch: WatchSettings | null;
  startOffset: number;
  committedOffset: number;
  /** Whether what comes behind `committedOffset` is read by itself. */
  isFollowed: boolean;
  /** Whether the file has more, which nobody reads. */
  hasMore: boolean;
  /** Whether entries of it may be missing although all was read. */
  hasGap: boolean;
  /** The generation that has its entries; null: it has them itself. */
  copyOf: number | null;
}>;

export type HoldingParts = Readonly<{
  ledger: Ledger;
  roster: Roster;
  patterns: Patterns;
}>;

/** Newest first; none where the file cannot be read: whoever reads it then is told why. */
export function generationsIn(path: string, parts: HoldingParts): HeldGeneration[] {
  const look = lookOrNothing(path);
  if (look?.kind !== 'file') return [];
  const rows = new Map<number, GenerationRow>();
  for (const row of [...parts.ledger.findByKey(look.key), ...parts.ledger.findByPath(path)]) {
    rows.set(row.number, row);
  }
  if (rows.size === 0) return [];
  try {
    using source = ByteSource.open(path);
    return [...rows.values()]
      .filter((row) => holds(row, source, look))
      .toSorted((a, b) => b.number - a.number)
      .map((row) => {
        const held = heldOf(row, parts, path);
        const hasMore = !held.isFollowed && row.packed === null;
        return { ...held, hasMore: hasMore && look.sizeBytes > row.committedOffset };
      });
  } catch {
    return [];
  }
}

/** `path`: of the file that holds it, where that may be another than the watch knows. */
export function heldOf(row: GenerationRow, parts: HoldingParts, path = row.path): HeldGeneration {
  const { ledger, roster, patterns } = parts;
  const { number, source, encoding, startOffset, committedOffset } = row;
  const watch = patterns.watchOf(row) ?? null;
  return {
    ...{ number, source, encoding, watch, startOffset, committedOffset },
    isFollowed: isReadOn(roster.tail(number), path),
    hasMore: false,
    hasGap: ledger.spansOf(number).some(({ kind }) => kind === 'gap'),
    copyOf: ledger.copiedFrom(row),
  };
}

/** Whether what is written to the file is read: a generation that is looked for is found beside its names, or in a folder below. */
function isReadOn(tail: Tail | undefined, path: string): boolean {
  if (tail === undefined || tail.generation.state === 'ended') return false;
  if (tail.source !== null || tail.paths.size > 0) return true;
  const { path: lastPath, firstPath } = tail.generation;
  const folders = [dirname(lastPath), dirname(firstPath)];
  return folders.includes(dirname(path)) || folders.includes(dirname(dirname(path)));
}

/** Of a compressed file the times are looked at, as for one that is followed. */
function holds(row: GenerationRow, source: ByteSource, look: FileLook): boolean {
  if (row.packed !== null) return row.key === look.key && row.modifiedAtMs === look.modifiedAtMs;
  // Nothing of it to compare with: then it is in its own file only.
  if (row.head.length === 0) return row.key === look.key && row.state !== 'replaced';
  const seen = {
    head: Buffer.from(row.head),
    headOffset: row.headOffset,
    milestones: [...row.milestones],
    seenOffset: row.committedOffset,
    tail: Buffer.from(row.committedTail),
  };
  return holdsContent(seen, source, look);
}
