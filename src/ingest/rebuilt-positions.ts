/** What the entries in the index say of the files they were read from, where the book of these was lost. */
import { NEED } from '../engine/segment-format.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';
import { isImported } from '../model/generation-numbers.ts';
import { HEAD_BYTES, TAIL_BYTES } from '../watch/limits.ts';
import type { RebuiltGeneration } from '../watch/rebuilt-generations.ts';
import { OWN_GENERATION } from './own-entries.ts';

/** Of one generation. Pieces are of the original bytes, in no order. */
type Seen = {
  path: string;
  /** Of the entry that says the path. */
  sequence: number;
  start: number;
  end: number;
  newestUs: number;
  endLine: number;
  head: Piece[];
  tail: Piece[];
};

type Piece = Readonly<{ at: number; bytes: Buffer }>;

const NO_BYTES = Buffer.alloc(0);
const NEWLINE = 10;

/** Two passes over the index: from where to where, then the bytes at both ends. */
export function readGenerations(reader: StoreReader): RebuiltGeneration[] {
  const seen = extents(reader);
  collectEnds(reader, seen);
  return [...seen].map(([number, { path, start, end, endLine, newestUs, head, tail }]) => ({
    ...{ number, path, endLine },
    ...{ startOffset: start, endOffset: end },
    head: joinedFrom(head, start),
    tail: joinedUntil(tail, end),
    newestMs: newestUs / 1000,
  }));
}

function extents(reader: StoreReader): Map<number, Seen> {
  const need = NEED.GENERATION | NEED.PATH | NEED.SEQUENCE | NEED.TIMESTAMP;
  return reader.fold(
    { query: { kind: 'everything' } },
    () => {
      const seen = new Map<number, Seen>();
      return {
        take({ columns, rows, count }) {
          for (let index = 0; index < count; index += 1) noteExtent(seen, columns, rows[index]!);
        },
        result: () => seen,
      };
    },
    { need, withText: false, withOrigins: true },
  );
}

function noteExtent(seen: Map<number, Seen>, columns: EntryColumns, row: number): void {
  const number = columns.generation[row]!;
  if (number === OWN_GENERATION || isImported(number)) return;
  const start = columns.offset[row]!;
  const end = start + columns.originLength[row]!;
  const sequence = columns.sequence[row]!;
  let one = seen.get(number);
  if (one === undefined) {
    one = { path: '', sequence: -1, start, end, newestUs: 0, endLine: 0, head: [], tail: [] };
    seen.set(number, one);
  }
  if (sequence > one.sequence) {
    one.sequence = sequence;
    one.path = columns.names.paths.valueOf(columns.path[row]!);
  }
  one.start = Math.min(one.start, start);
  one.end = Math.max(one.end, end);
  one.newestUs = Math.max(one.newestUs, columns.timestampUs[row]!);
}

function collectEnds(reader: StoreReader, seen: ReadonlyMap<number, Seen>): void {
  reader.fold(
    { query: { kind: 'everything' } },
    () => {
      for (const one of seen.values()) Object.assign(one, { endLine: 0, head: [], tail: [] });
      return {
        take({ columns, rows, count }) {
          for (let index = 0; index < count; index += 1) {
            const one = seen.get(columns.generation[rows[index]!]!);
            if (one !== undefined) keepEnds(one, columns, rows[index]!);
          }
        },
        result: () => {},
      };
    },
    { need: NEED.GENERATION | NEED.FLAGS, withText: true, withOrigins: true },
  );
}

function keepEnds(one: Seen, columns: EntryColumns, row: number): void {
  const at = columns.offset[row]!;
  const end = at + columns.originLength[row]!;
  const headEnd = one.start + HEAD_BYTES;
  const tailStart = one.end - TAIL_BYTES;
  if (at >= headEnd && end <= tailStart) return;
  const bytes = columns.rawBytes(row);
  if (at < headEnd) one.head.push({ at, bytes: Buffer.from(bytes.subarray(0, headEnd - at)) });
  // Of a line longer than the limit only the beginning is there.
  const isWhole = (columns.flags[row]! & FLAG.TRUNCATED) === 0;
  if (end > tailStart && isWhole) {
    const from = Math.max(0, tailStart - at);
    one.tail.push({ at: at + from, bytes: Buffer.from(bytes.subarray(from)) });
  }
  const line = columns.line[row]!;
  if (end === one.end && isWhole && line > 0) one.endLine = line + newlinesIn(bytes);
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** The bytes from `start` on, as far as nothing is missing between them. */
function joinedFrom(pieces: readonly Piece[], start: number): Buffer {
  let joined: Buffer = NO_BYTES;
  for (const { at, bytes } of pieces.toSorted((a, b) => a.at - b.at)) {
    const next = start + joined.length;
    if (at > next) break;
    joined = Buffer.concat([joined, bytes.subarray(next - at)]);
  }
  return joined.subarray(0, HEAD_BYTES);
}

/** The bytes before `end`, as far as nothing is missing between them. */
function joinedUntil(pieces: readonly Piece[], end: number): Buffer {
  let joined: Buffer = NO_BYTES;
  for (const { at, bytes } of pieces.toSorted((a, b) => b.at - a.at)) {
    const next = end - joined.length;
    if (at + bytes.length < next) break;
    joined = Buffer.concat([bytes.subarray(0, Math.max(0, next - at)), joined]);
  }
  return joined.subarray(-TAIL_BYTES);
}
