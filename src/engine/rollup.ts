/**
 * Counts of a segment by minute × level and severity × source and tags: what histograms and statistics are made of, without a text.
 *
 *     rollup = seriesCount varint · (source varint · tagSet varint) for each series
 *            · cellCount varint · four columns (`column-codec.ts`): series, minute, class, count of each cell
 *
 * A class is level and severity (`entry-class.ts`). Cells are sorted by series, minute, class. A minute is counted from the epoch.
 * Names are numbered as in the footer.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnEncoder, readColumn, writeColumn } from './column-codec.ts';
import { ENTRY_CLASS_COUNT, entryClassOf } from './entry-class.ts';

export const MINUTE_US = 60_000_000;

export type Rollup = Readonly<{
  seriesSource: Int32Array;
  seriesTagSet: Int32Array;
  cellCount: number;
  cellSeries: Float64Array;
  cellMinute: Float64Array;
  cellClass: Float64Array;
  cellCounts: Float64Array;
}>;

export function minuteOf(timestampUs: number): number {
  return Math.floor(timestampUs / MINUTE_US);
}

type Series = Readonly<{ source: number; tagSet: number; minutes: Map<number, Uint32Array> }>;

/** Counts rows one by one; rows of one source and minute in a row cost next to nothing. */
export class RollupWriter {
  readonly #series = new Map<number, Map<number, Series>>();
  #last: Series | undefined;
  #lastMinute = Number.NaN;
  #lastCounts: Uint32Array = new Uint32Array(ENTRY_CLASS_COUNT);

  clear(): void {
    this.#series.clear();
    this.#last = undefined;
    this.#lastMinute = Number.NaN;
  }

  add(columns: EntryColumns, row: number): void {
    const source = columns.source[row]!;
    const tagSet = columns.tagSet[row]!;
    const minute = minuteOf(columns.timestampUs[row]!);
    let series = this.#last;
    if (series === undefined || series.source !== source || series.tagSet !== tagSet) {
      series = this.#seriesOf(source, tagSet);
      this.#last = series;
      this.#lastMinute = Number.NaN;
    }
    if (minute !== this.#lastMinute) {
      let counts = series.minutes.get(minute);
      if (counts === undefined) {
        counts = new Uint32Array(ENTRY_CLASS_COUNT);
        series.minutes.set(minute, counts);
      }
      this.#lastMinute = minute;
      this.#lastCounts = counts;
    }
    this.#lastCounts[entryClassOf(columns.level[row]!, columns.severity[row]!)]! += 1;
  }

  write(
    out: ByteWriter,
    names: Readonly<{ source(id: number): number; tagSet(id: number): number }>,
  ): void {
    const all = [...this.#series.values()].flatMap((byTagSet) => [...byTagSet.values()]);
    out.varint(all.length);
    const cells: number[][] = [[], [], [], []];
    for (const [index, series] of all.entries()) {
      out.varint(names.source(series.source));
      out.varint(names.tagSet(series.tagSet));
      for (const [minute, counts] of [...series.minutes].sort(([a], [b]) => a - b)) {
        for (const [cellClass, count] of counts.entries()) {
          if (count === 0) continue;
          cells[0]!.push(index);
          cells[1]!.push(minute);
          cells[2]!.push(cellClass);
          cells[3]!.push(count);
        }
      }
    }
    const cellCount = cells[0]!.length;
    out.varint(cellCount);
    const encoder = new ColumnEncoder();
    for (const column of cells) {
      writeColumn(out, encoder.encode(Float64Array.from(column), cellCount), 0);
    }
  }

  #seriesOf(source: number, tagSet: number): Series {
    let byTagSet = this.#series.get(source);
    if (byTagSet === undefined) {
      byTagSet = new Map();
      this.#series.set(source, byTagSet);
    }
    let series = byTagSet.get(tagSet);
    if (series === undefined) {
      series = { source, tagSet, minutes: new Map() };
      byTagSet.set(tagSet, series);
    }
    return series;
  }
}

/** The names are turned into ids of this process. */
export function readRollup(
  input: ByteReader,
  names: Readonly<{ source(local: number): number; tagSet(local: number): number }>,
): Rollup {
  const seriesCount = input.count(2);
  const seriesSource = new Int32Array(seriesCount);
  const seriesTagSet = new Int32Array(seriesCount);
  for (let index = 0; index < seriesCount; index += 1) {
    seriesSource[index] = names.source(input.varint());
    seriesTagSet[index] = names.tagSet(input.varint());
  }
  const cellCount = input.varint();
  return {
    seriesSource,
    seriesTagSet,
    cellCount,
    cellSeries: readColumn(input, cellCount),
    cellMinute: readColumn(input, cellCount),
    cellClass: readColumn(input, cellCount),
    cellCounts: readColumn(input, cellCount),
  };
}
