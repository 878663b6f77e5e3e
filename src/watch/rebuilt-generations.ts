/**
 * Generations whose book was lost, made anew from what their entries say: how far each was read, and by which bytes its file, or
 * a copy of it, is known. Whoever starts next goes on with them as with those a former process left.
 *
 * A file is looked for under the name it was read under and under its rotated names, and believed only when it holds
 * those bytes. One that is not there any more is entered as ended: a compressed copy of it is known by that.
 */
import { basename } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { ByteSource, FileFailure } from './byte-source.ts';
import { type FileKey, type FileLook, fileKeyOf } from './file-look.ts';
import { holdsContent } from './fingerprint.ts';
import { FolderIndex, listingsAround } from './folder-index.ts';
import type { Encoding } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Ledger } from './ledger.ts';
import { HEAD_BYTES } from './limits.ts';
import type { Match, Patterns } from './patterns.ts';
import { packedFormatOf } from './rotation-name.ts';
import { probeText } from './text-probe.ts';

/** What entries say of the generation they came from. */
export type RebuiltGeneration = Readonly<{
  number: number;
  /** Under which it was read last. */
  path: string;
  /** First byte of the first entry, and the byte behind the last one. */
  startOffset: number;
  endOffset: number;
  /** Number of the line that begins at `endOffset`; 0 unknown. */
  endLine: number;
  /** Up to `HEAD_BYTES` from `startOffset`, and up to `TAIL_BYTES` before `endOffset`; empty where they could not be had. */
  head: Buffer;
  tail: Buffer;
  /** Time of its newest entry. */
  newestMs: number;
}>;

export type RebuiltBook = Readonly<{
  /** Read on where they were left. */
  foundCount: number;
  /** Generations of which no file holds the bytes. */
  goneCount: number;
}>;

type Parts = Readonly<{ ledger: Ledger; patterns: Patterns; clock: Clock }>;

type Place = Readonly<{ path: string; look: FileLook; encoding: Encoding | null }>;

const NOWHERE = fileKeyOf('', '');
const NEWLINE = 10;
const REASON = 'the database was lost, and with it small segments';

/** Enter them, each with a gap: what lay in small segments is missing, and an import brings it back. */
export function rebuildGenerations(
  generations: readonly RebuiltGeneration[],
  parts: Parts,
): RebuiltBook {
  const { ledger, patterns, clock } = parts;
  const index = new FolderIndex(clock);
  const taken = new Set<FileKey>();
  const nowMs = clock.nowMs();
  let foundCount = 0;
  let goneCount = 0;
  // Newest first: where two hold the same bytes, the one that was written last is the one that is written now.
  for (const generation of generations.toSorted((a, b) => b.number - a.number)) {
    const known = ledger.find(generation.number);
    if (known !== undefined) {
      if (isBehind(known, generation))
        enter({ ...known, ...positionOf(generation) }, ledger, nowMs);
      continue;
    }
    const place = placeOf(generation, index, taken);
    const match =
      patterns.match(place?.path ?? generation.path) ?? patterns.matchOfForm(generation.path);
    if (match === undefined) continue;
    if (place === null) goneCount += 1;
    else foundCount += 1;
    if (place !== null) taken.add(place.look.key);
    enter(
      rowOf(generation, { place, match, isLive: isLive(place, patterns), nowMs }),
      ledger,
      nowMs,
    );
    // `read_from = end` was said of files that were there at the very first start.
    ledger.markStarted(match.watch.name, nowMs);
  }
  return { foundCount, goneCount };
}

function enter(row: GenerationRow, ledger: Ledger, atMs: number): void {
  const { number, startOffset } = row;
  ledger.transaction(() => {
    ledger.save(row);
    const place = { start: startOffset, end: startOffset };
    ledger.addSpan({ generation: number, ...place, kind: 'gap', reason: REASON, atMs });
  });
}

/** The book is older than the entries. */
function isBehind(known: GenerationRow, { path, endOffset, head }: RebuiltGeneration): boolean {
  if (known.committedOffset >= endOffset || ![known.path, known.firstPath].includes(path))
    return false;
  const length = Math.min(known.head.length, head.length);
  return head.compare(known.head, 0, length, 0, length) === 0;
}

function positionOf(
  generation: RebuiltGeneration,
): Pick<GenerationRow, 'committedOffset' | 'committedLine' | 'committedTail' | 'insideLine'> {
  const { endOffset, endLine, tail } = generation;
  return {
    ...{ committedOffset: endOffset, committedLine: endLine, committedTail: tail },
    insideLine: tail.length > 0 && !endsLine(tail),
  };
}

function isLive(place: Place | null, patterns: Patterns): boolean {
  return place !== null && patterns.names(place.path);
}

/** The first file that holds what was read of the generation and belongs to no other; null: none does. */
function placeOf(
  generation: RebuiltGeneration,
  index: FolderIndex,
  taken: ReadonlySet<FileKey>,
): Place | null {
  const { path, head, startOffset, endOffset, tail } = generation;
  if (head.length === 0) return null;
  const seen = { head, headOffset: startOffset, milestones: [], seenOffset: endOffset, tail };
  const related = listingsAround([path], index, false).flatMap((listing) =>
    listing.relatedTo(basename(path)),
  );
  const own = related.filter((file) => file.path === path);
  const others = related.filter((file) => file.path !== path);
  for (const file of [...own, ...others]) {
    if (packedFormatOf(file.path) !== null || taken.has(file.look.key)) continue;
    try {
      using source = ByteSource.open(file.path);
      const look = source.look();
      if (look.key !== file.look.key || !holdsContent(seen, source, look)) continue;
      return { path: file.path, look, encoding: encodingOf(source) };
    } catch (thrown) {
      if (!(thrown instanceof FileFailure)) throw thrown;
    }
  }
  return null;
}

function encodingOf(source: ByteSource): Encoding | null {
  const beginning = Buffer.alloc(HEAD_BYTES);
  const readBytes = source.read(beginning, 0, HEAD_BYTES, 0);
  return probeText(beginning.subarray(0, readBytes)).encoding;
}

function rowOf(
  generation: RebuiltGeneration,
  at: Readonly<{ place: Place | null; match: Match; isLive: boolean; nowMs: number }>,
): GenerationRow {
  const { number, path, startOffset, endOffset, head, newestMs } = generation;
  const { place, match, nowMs } = at;
  const { look } = place ?? {};
  const probed = place === null ? probeText(head).encoding : place.encoding;
  const whereabouts = at.isLive ? 'live' : 'rotated';
  return {
    ...{ number, watch: match.watch.name, source: match.source },
    ...{ path: place?.path ?? path, firstPath: path },
    ...{ key: look?.key ?? NOWHERE, birthMs: look?.birthMs ?? 0 },
    encoding: probed ?? match.watch.encoding,
    state: place === null ? 'ended' : whereabouts,
    ...{ wasReplaced: false, skipReason: null, packed: null },
    ...{ head, headOffset: startOffset, milestones: [], startOffset },
    ...positionOf(generation),
    // A rotated file that was written since may be one that nobody has read.
    siblingsAtMs: Math.min(newestMs, nowMs),
    ...{ sizeBytes: look?.sizeBytes ?? endOffset, modifiedAtMs: look?.modifiedAtMs ?? 0 },
    ...{ firstSeenAtMs: nowMs, lastReadAtMs: nowMs, endedAtMs: place === null ? nowMs : null },
  };
}

/** In UTF-16 a NUL follows or comes before. */
function endsLine(tail: Buffer): boolean {
  return tail.at(-1) === NEWLINE || (tail.at(-1) === 0 && tail.at(-2) === NEWLINE);
}
