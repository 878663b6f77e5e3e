/**
 * A cheap look at a row's text before its spans are placed: a literal that every match must hold (or one of several), in either case.
 *
 * It looks at all the bytes of a row, not only at message and fields, so it may say yes where the matcher says no.
 */
import {
  compileLiteral,
  compileTwoPlaces,
  type LiteralFinder,
  PLACE,
  type TwoPlaceFinder,
} from '../query/literal-finder.ts';
import { type Filter, HOST_KEY } from '../query/query-tree.ts';
import { testLiterals } from '../query/test-literals.ts';
import { foldText, hasNonAscii } from '../query/words.ts';
import type { WantedRows } from './dense-text-reader.ts';

/** Leaves of `wanted` the rows that hold one of the literals; `starts`: where the text of each row begins in `bytes`, and the last ends. */
export type LiteralSieve = (bytes: Uint8Array, starts: Int32Array, wanted: WantedRows) => void;

/** A run of fewer bytes is not worth two places. */
const TWO_PLACES_BYTES_MIN = 4096;

/** So many literals are looked for in one pass; fewer, each by itself, are found sooner. */
const ONE_PASS_MIN = 8;

/** A sieve for literals of which each match holds one (`literalsOf`); null where there are none. */
export function compileSieve(literals: readonly Buffer[]): LiteralSieve | null {
  const [only] = literals;
  if (only === undefined) return null;
  if (literals.length >= ONE_PASS_MIN && shortestIn(literals) >= LITERAL_BYTES_MIN) {
    const finders = [compileMany(literals)];
    return (bytes, starts, wanted) => keepHoldingAny(finders, bytes, starts, wanted);
  }
  const finders = literals.map(compileLiteral);
  const search = { find: finders[0]!, findInTwo: compileTwoPlaces(only), length: only.length };
  return finders.length === 1
    ? (bytes, starts, wanted) => keepHolding(search, { bytes, starts, rows: wanted.rows }, wanted)
    : (bytes, starts, wanted) => keepHoldingAny(finders, bytes, starts, wanted);
}

/** One of many literals, by a hash of the three bytes they begin with: a thousand are looked for as fast as ten. */
function compileMany(literals: readonly Buffer[]): LiteralFinder {
  const byHash = new Array<Buffer[] | undefined>(HASHES);
  for (const literal of literals) {
    const hash = hashAt(literal, 0);
    byHash[hash] = [...(byHash[hash] ?? []), literal];
  }
  return (bytes, from, end) => {
    for (let at = from; at + LITERAL_BYTES_MIN <= end; at += 1) {
      const found = byHash[hashAt(bytes, at)];
      if (found?.some((literal) => at + literal.length <= end && holdsAt(bytes, at, literal)))
        return at;
    }
    return -1;
  };
}

const HASHES = 1 << 15;

/** The same for both cases of a letter, which differ in bit 5 alone. */
function hashAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & 31) | ((bytes[at + 1]! & 31) << 5) | ((bytes[at + 2]! & 31) << 10);
}

/** `literal` is lower case. */
function holdsAt(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let index = 0; index < literal.length; index += 1) {
    const byte = bytes[at + index]!;
    const isUpper = byte >= 65 && byte <= 90;
    if ((isUpper ? byte | 32 : byte) !== literal[index]) return false;
  }
  return true;
}

type Search = Readonly<{
  find: LiteralFinder;
  findInTwo: TwoPlaceFinder | null;
  /** Of the literal. */
  length: number;
}>;

type Texts = Readonly<{ bytes: Uint8Array; starts: Int32Array; rows: Int32Array }>;

/** Wanted rows that lie side by side: `rows[next, …)` are to be looked at, what is kept is put to `rows[…, kept)`. */
type Part = { next: number; kept: number; from: number; readonly end: number };

/** Rows that lie side by side are searched as one text: to begin anew costs as much as to look through a short row. */
function keepHolding(search: Search, texts: Texts, wanted: WantedRows): void {
  const { findInTwo } = search;
  const { rows } = texts;
  const { count } = wanted;
  let kept = 0;
  let index = 0;
  while (index < count) {
    const runEnd = endOfRun(rows, index, count);
    const middle = (index + runEnd) >> 1;
    const part = partOf(texts, { next: index, until: runEnd, kept });
    if (findInTwo !== null && middle > index && part.end - part.from >= TWO_PLACES_BYTES_MIN) {
      const one = partOf(texts, { next: index, until: middle, kept });
      const other = partOf(texts, { next: middle, until: runEnd, kept: middle });
      let place = findInTwo(texts.bytes, one, other);
      while (place !== PLACE.NOWHERE) {
        take(place === PLACE.ONE ? one : other, search.length, texts);
        place = findInTwo(texts.bytes, one, other);
      }
      rows.copyWithin(one.kept, middle, other.kept);
      kept = one.kept + other.kept - middle;
    } else {
      for (;;) {
        const at = search.find(texts.bytes, part.from, part.end);
        if (at < 0) break;
        part.from = at;
        take(part, search.length, texts);
      }
      kept = part.kept;
    }
    index = runEnd;
  }
  wanted.count = kept;
}

function partOf(
  { starts, rows }: Texts,
  { next, until, kept }: Readonly<{ next: number; until: number; kept: number }>,
): Part {
  return { next, kept, from: starts[rows[next]!]!, end: starts[rows[until - 1]! + 1]! };
}

/** The literal begins at `from`: keep the row, and go on behind it; or half of it is in the next row. */
function take(part: Part, length: number, { starts, rows }: Texts): void {
  while (starts[rows[part.next]! + 1]! <= part.from) part.next += 1;
  const row = rows[part.next]!;
  const rowEnd = starts[row + 1]!;
  if (part.from + length > rowEnd) {
    part.from += 1;
    return;
  }
  rows[part.kept] = row;
  part.kept += 1;
  part.next += 1;
  part.from = rowEnd;
}

function endOfRun(rows: Int32Array, from: number, count: number): number {
  let end = from + 1;
  while (end < count && rows[end] === rows[end - 1]! + 1) end += 1;
  return end;
}

function keepHoldingAny(
  finders: readonly LiteralFinder[],
  bytes: Uint8Array,
  starts: Int32Array,
  wanted: WantedRows,
): void {
  const { rows, count } = wanted;
  let kept = 0;
  for (let index = 0; index < count; index += 1) {
    const row = rows[index]!;
    if (!finders.some((find) => find(bytes, starts[row]!, starts[row + 1]!) >= 0)) continue;
    rows[kept] = row;
    kept += 1;
  }
  wanted.count = kept;
}

/** A shorter one is in too many rows. */
const LITERAL_BYTES_MIN = 3;

/** The rarest-looking literals of a filter, lower case: each match holds one of these. Empty: there are none worth it. */
export function literalsOf(filter: Filter): Buffer[] {
  switch (filter.kind) {
    case 'and':
      return filter.parts.map(literalsOf).reduce(longer, []);
    case 'or': {
      const parts = filter.parts.map(literalsOf);
      return parts.some(({ length }) => length === 0) ? [] : parts.flat();
    }
    case 'text':
    case 'field': {
      // The name of a machine is in no line.
      if (filter.kind === 'field' && filter.key === HOST_KEY) return [];
      const literals = testLiterals(filter.test).map(asciiOf);
      return literals.every(({ length }) => length >= LITERAL_BYTES_MIN) ? literals : [];
    }
    default:
      return [];
  }
}

/** A word with other bytes is compared as something else than its bytes. */
function asciiOf(text: string): Buffer {
  const bytes = Buffer.from(foldText(text));
  return hasNonAscii(bytes, 0, bytes.length) ? Buffer.alloc(0) : bytes;
}

/** The list whose shortest literal is longer: it lets fewer rows through. */
function longer(one: Buffer[], other: Buffer[]): Buffer[] {
  return shortestIn(other) > shortestIn(one) ? other : one;
}

function shortestIn(literals: readonly Buffer[]): number {
  return literals.length === 0 ? 0 : Math.min(...literals.map(({ length }) => length));
}
