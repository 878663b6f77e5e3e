/** One chunk with the rows of it that match: cheap columns first, the text only where they leave something. */
import type { ColumnNames } from '../model/entry-columns.ts';
import { EntryColumns } from '../model/entry-columns.ts';
import { compileFilter, type RowTest } from '../query/compile-filter.ts';
import type { FilterParts } from './filter-parts.ts';
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

export class ChunkFilter {
  readonly needsText: boolean;
  readonly #columnTest: RowTest | null;
  readonly #test: RowTest;
  readonly #bounds: RowBounds;
  readonly #spare: EntryColumns[] = [];
  readonly #names: ColumnNames;
  #rows = new Int32Array(1024);

  constructor(parts: FilterParts, names: ColumnNames, bounds: RowBounds) {
    this.needsText = parts.needsText;
    this.#names = names;
    this.#bounds = bounds;
    this.#columnTest =
      parts.columnFilter.kind === 'everything' ? null : compileFilter(parts.columnFilter, names);
    this.#test = compileFilter(parts.filter, names);
  }

  /**
   * The matching rows of a chunk, or null where there are none. Texts are read where the filter needs them or
   * `withText` asks. `rows` is the caller's; `columns` until it is given back.
   */
  apply(
    segment: SegmentReader,
    chunk: number,
    options: Readonly<{ withText: boolean }>,
  ): { columns: EntryColumns; rows: Int32Array; hasText: boolean } | null {
    const columns = this.#spare.pop() ?? new EntryColumns(this.#names);
    segment.readRows(chunk, columns);
    let count = this.#filterColumns(columns);
    const hasText = count > 0 && (this.needsText || options.withText);
    if (hasText) segment.readTexts(chunk, columns);
    if (hasText && this.needsText) count = this.#filterTexts(columns, count);
    if (count === 0) {
      this.giveBack(columns);
      return null;
    }
    return { columns, rows: this.#rows.slice(0, count), hasText };
  }

  /** Columns that nobody looks at any more. */
  giveBack(columns: EntryColumns): void {
    this.#spare.push(columns);
  }

  #filterColumns(columns: EntryColumns): number {
    if (this.#rows.length < columns.count) this.#rows = new Int32Array(columns.count * 2);
    const { fromUs, untilUs, afterSequence, sequenceMax } = this.#bounds;
    const { timestampUs, sequence } = columns;
    const rows = this.#rows;
    const test = this.#columnTest;
    let count = 0;
    for (let row = 0; row < columns.count; row += 1) {
      const us = timestampUs[row]!;
      if (us < fromUs || us >= untilUs) continue;
      const arrival = sequence[row]!;
      if (arrival <= afterSequence || arrival > sequenceMax) continue;
      if (test !== null && !test(columns, row)) continue;
      rows[count] = row;
      count += 1;
    }
    return count;
  }

  #filterTexts(columns: EntryColumns, candidateCount: number): number {
    const rows = this.#rows;
    const test = this.#test;
    let count = 0;
    for (let index = 0; index < candidateCount; index += 1) {
      const row = rows[index]!;
      if (!test(columns, row)) continue;
      rows[count] = row;
      count += 1;
    }
    return count;
  }
}
