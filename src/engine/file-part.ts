/**
 * What a segment holds of each file: how many entries of each class, what they take there, and from when to when.
 *
 *     files = series count varint · seven columns (`column-codec.ts`) of as many values: path, generation, class, count,
 *             bytes in the file, earliest time, latest time
 *
 * A series is what the rows of one path, generation and class (`entry-class.ts`) have in common. Names are numbered as in
 * the footer. Reports are made of it; a segment without this part is read row by row for them.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnEncoder, readColumn, writeColumn } from './column-codec.ts';
import { ENTRY_CLASS_COUNT, entryClassOf } from './entry-class.ts';
import type { LocalNames } from './local-names.ts';

/** Columns of equal length, a value for each series. */
export type FilePart = Readonly<{
  count: number;
  /** Ids of this process. */
  path: Float64Array;
  generation: Float64Array;
  entryClass: Float64Array;
  counts: Float64Array;
  originBytes: Float64Array;
  firstUs: Float64Array;
  lastUs: Float64Array;
}>;

type OpenSeries = {
  readonly path: number;
  readonly generation: number;
  readonly entryClass: number;
  count: number;
  originBytes: number;
  firstUs: number;
  lastUs: number;
};

type OfFile = (OpenSeries | undefined)[];

/** Counts rows one by one; rows of one file in a row cost next to nothing. */
export class FileSeriesWriter {
  readonly #all: OpenSeries[] = [];
  readonly #byPath = new Map<number, Map<number, OfFile>>();
  #last: OfFile = [];
  #lastPath = Number.NaN;
  #lastGeneration = Number.NaN;

  clear(): void {
    this.#all.length = 0;
    this.#byPath.clear();
    this.#lastPath = Number.NaN;
  }

  add(columns: EntryColumns, row: number): void {
    const path = columns.path[row]!;
    const generation = columns.generation[row]!;
    if (path !== this.#lastPath || generation !== this.#lastGeneration) {
      this.#last = this.#of(path, generation);
      this.#lastPath = path;
      this.#lastGeneration = generation;
    }
    const entryClass = entryClassOf(columns.level[row]!, columns.severity[row]!);
    const us = columns.timestampUs[row]!;
    const originBytes = columns.originLength[row]!;
    const series = this.#last[entryClass];
    if (series === undefined) {
      const opened = {
        ...{ path, generation, entryClass, originBytes },
        ...{ count: 1, firstUs: us, lastUs: us },
      };
      this.#last[entryClass] = opened;
      this.#all.push(opened);
      return;
    }
    series.count += 1;
    series.originBytes += originBytes;
    if (us < series.firstUs) series.firstUs = us;
    if (us > series.lastUs) series.lastUs = us;
  }

  write(out: ByteWriter, names: LocalNames): void {
    const all = this.#all;
    out.varint(all.length);
    const encoder = new ColumnEncoder();
    const write = (numberOf: (one: Readonly<OpenSeries>) => number): void =>
      writeColumn(out, encoder.encode(Float64Array.from(all, numberOf), all.length), 0);
    write(({ path }) => names.paths.idOf(path));
    write(({ generation }) => generation);
    write(({ entryClass }) => entryClass);
    write(({ count }) => count);
    write(({ originBytes }) => originBytes);
    write(({ firstUs }) => firstUs);
    write(({ lastUs }) => lastUs);
  }

  #of(path: number, generation: number): OfFile {
    const byGeneration = this.#byPath.get(path) ?? new Map<number, OfFile>();
    this.#byPath.set(path, byGeneration);
    const found = byGeneration.get(generation) ?? Array<undefined>(ENTRY_CLASS_COUNT);
    byGeneration.set(generation, found);
    return found;
  }
}

/** The names are turned into ids of this process. */
export function readFilePart(
  input: ByteReader,
  names: Readonly<{ path(local: number): number }>,
): FilePart {
  const count = input.varint();
  return {
    count,
    path: readColumn(input, count).map(names.path),
    generation: readColumn(input, count),
    entryClass: readColumn(input, count),
    counts: readColumn(input, count),
    originBytes: readColumn(input, count),
    firstUs: readColumn(input, count),
    lastUs: readColumn(input, count),
  };
}
