/**
 * One chunk with the rows of it that match, for as little as the filter allows: columns first, the text only where
 * they leave something, spans only of rows whose text holds a literal that matches must hold.
 */

import { type ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { compileFilter, type RowTest } from '../query/compile-filter.ts';
import type { ChunkOrigins, ChunkText } from './chunk-text.ts';
import { compileDenseScreen, type DenseScreen } from './dense-screen.ts';
import type { WantedRows } from './dense-text-reader.ts';
import type { FilterParts } from './filter-parts.ts';
import { compileSieve, type LiteralSieve, literalsOf } from './literal-search.ts';
import { NEED } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Rows outside of these are left out, whatever the filter says. */
export type RowBounds = Readonly<{
  fromUs: number;
  untilUs: number;
  /** Arrivals up to this one are not asked for. */
  afterSequence: number;
  /** Newer arrivals are not part of this query's view. */
  sequenceMax: number;
}>;

/** Columns are the caller's until it gives them back. */
export type FilteredChunk = {
  readonly columns: EntryColumns;
  /** Matching rows, ascending. */
  readonly rows: Int32Array;
  /** Whether text and fields of the matching rows are there. */
  hasText: boolean;
  /** Null until the text has been read. */
  origins: ChunkOrigins | null;
  hasOrigins: boolean;
  /** Columns that are filled (`NEED`), at least from the first matching row to the last. */
  filled: number;
};

export class ChunkFilter {
  readonly #needsText: boolean;
  readonly #columnTest: RowTest | null;
  readonly #sieve: LiteralSieve | null;
  readonly #screen: DenseScreen | null;
  readonly #test: RowTest;
  readonly bounds: RowBounds;
  /** Of the chunks whose texts were read. */
  readonly seen = { textBytes: 0, chunkCount: 0, matchingCount: 0 };
  readonly #need: number;
  readonly #spare: EntryColumns[] = [];
  readonly #names: ColumnNames;
  #rows = new Int32Array(1024);

  constructor(parts: FilterParts, names: ColumnNames, bounds: RowBounds) {
    this.#needsText = parts.needsText;
    this.#names = names;
    this.bounds = bounds;
    this.#columnTest =
      parts.columnFilter.kind === 'everything' ? null : compileFilter(parts.columnFilter, names);
    this.#need = parts.need;
    const literals = literalsOf(parts.filter);
    this.#sieve = compileSieve(literals);
    this.#screen = compileDenseScreen(literals);
    this.#test = compileFilter(parts.filter, names);
  }

  /** The matching rows of a chunk, or null where there are none. */
  apply(segment: SegmentReader, chunk: number): FilteredChunk | null {
    const columns = this.#spare.pop() ?? new EntryColumns(this.#names);
    const filled = this.#need | this.#boundsNeed(segment, chunk);
    segment.readRows(chunk, columns, filled);
    let count = this.#filterColumns(columns, filled);
    let text: ChunkText | null = null;
    if (count > 0 && this.#needsText) {
      const wanted = { rows: this.#rows, count };
      text = segment.readTextOf(chunk, columns, wanted, this.#screen);
      count = text === null ? 0 : this.#filterTexts(columns, text, wanted);
      this.#takeNote(segment, chunk, count);
    }
    if (count === 0) {
      this.giveBack(columns);
      return null;
    }
    const rows = this.#rows.slice(0, count);
    const origins = text?.origins.kept() ?? null;
    return { columns, rows, hasText: text !== null, origins, hasOrigins: false, filled };
  }

  /** A chunk whose matching rows are known already. */
  known(segment: SegmentReader, chunk: number, rows: Int32Array): FilteredChunk {
    const columns = this.#spare.pop() ?? new EntryColumns(this.#names);
    segment.readRows(chunk, columns, 0);
    return { columns, rows, hasText: false, origins: null, hasOrigins: false, filled: 0 };
  }

  #takeNote(segment: SegmentReader, chunk: number, matchCount: number): void {
    const { seen } = this;
    seen.textBytes += segment.footer.chunks[chunk]!.textLength;
    seen.chunkCount += 1;
    if (matchCount > 0) seen.matchingCount += 1;
  }

  /** The columns that decide whether rows are in bounds: none where the chunk is inside as a whole. */
  #boundsNeed(segment: SegmentReader, chunk: number): number {
    const { fromUs, untilUs, afterSequence, sequenceMax } = this.bounds;
    const { minUs, maxUs } = segment.footer.chunks[chunk]!;
    const time = minUs >= fromUs && maxUs < untilUs ? 0 : NEED.TIMESTAMP;
    const { minSequence, maxSequence } = segment.footer;
    const isNew = minSequence > afterSequence && maxSequence <= sequenceMax;
    return time | (isNew ? 0 : NEED.SEQUENCE);
  }

  /** Columns that nobody looks at any more. */
  giveBack(columns: EntryColumns): void {
    this.#spare.push(columns);
  }

  #filterColumns(columns: EntryColumns, filled: number): number {
    if (this.#rows.length < columns.count) this.#rows = new Int32Array(columns.count * 2);
    const { fromUs, untilUs, afterSequence, sequenceMax } = this.bounds;
    const { timestampUs, sequence } = columns;
    const rows = this.#rows;
    const test = this.#columnTest;
    const checksTime = (filled & NEED.TIMESTAMP) !== 0;
    const checksSequence = (filled & NEED.SEQUENCE) !== 0;
    let count = 0;
    for (let row = 0; row < columns.count; row += 1) {
      if (checksTime && !(timestampUs[row]! >= fromUs && timestampUs[row]! < untilUs)) continue;
      if (checksSequence && !(sequence[row]! > afterSequence && sequence[row]! <= sequenceMax))
        continue;
      if (test !== null && !test(columns, row)) continue;
      rows[count] = row;
      count += 1;
    }
    return count;
  }

  #filterTexts(columns: EntryColumns, text: ChunkText, wanted: WantedRows): number {
    this.#sieve?.(columns.bytes, text.starts, wanted);
    const { rows } = wanted;
    const test = this.#test;
    let count = 0;
    for (let index = 0; index < wanted.count; index += 1) {
      const row = rows[index]!;
      text.place(columns, row);
      if (!test(columns, row)) continue;
      rows[count] = row;
      count += 1;
    }
    return count;
  }
}

/** Columns that `need` names can be looked at from now on. */
export function ensureColumns(
  segment: SegmentReader,
  chunk: number,
  found: FilteredChunk,
  need: number,
): void {
  const missing = need & ~found.filled;
  if (missing === 0) return;
  const { columns, rows } = found;
  // One match of a thousand rows is one row to decode.
  segment.readRows(chunk, columns, missing, { from: rows[0]!, until: rows[rows.length - 1]! + 1 });
  found.filled |= missing;
}

/** Message and fields of the matching rows can be looked at from now on. */
export function ensureText(segment: SegmentReader, chunk: number, found: FilteredChunk): void {
  if (found.hasText) return;
  const { columns, rows } = found;
  const text = segment.readText(chunk, columns, { rows, count: rows.length });
  for (const row of rows) text.place(columns, row);
  found.hasText = true;
  found.origins = text.origins.kept();
}

/** Everything of the matching rows, and where in their file they are. */
export function ensureAll(segment: SegmentReader, chunk: number, found: FilteredChunk): void {
  ensureColumns(segment, chunk, found, NEED.ALL);
  ensureText(segment, chunk, found);
  ensureOrigins(segment, chunk, found);
}

/** Where in their file the rows are can be looked at from now on; no text is read for it. */
export function ensureOrigins(segment: SegmentReader, chunk: number, found: FilteredChunk): void {
  if (found.hasOrigins) return;
  const origins = found.origins ?? segment.readDetails(chunk).origins;
  origins.place(found.columns);
  found.hasOrigins = true;
}
