/** Where things lie in the text of a chunk: its spans, and the origins of its rows. */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import { readColumn } from './column-codec.ts';
import type { SpanTable } from './span-reader.ts';

/** A decompressed chunk, in which rows are placed one by one. */
export class ChunkText {
  readonly #spans: SpanTable;
  readonly #input: ByteReader;

  constructor(spans: SpanTable, input: ByteReader) {
    this.#spans = spans;
    this.#input = input;
  }

  /** Where the text of each row begins in `bytes`, and where the last one ends. */
  get starts(): Int32Array {
    return this.#spans.starts;
  }

  /** Set the spans of one row. Rows come in ascending order; the fields of others are not valid. */
  place(out: EntryColumns, row: number): void {
    this.#spans.place(out, row);
  }

  /** Set offset, length in the file and line of all rows. Once. */
  placeOrigins(out: EntryColumns): void {
    const { starts } = this.#spans;
    const rowCount = starts.length - 1;
    const gaps = readColumn(this.#input, rowCount);
    const lengths = readColumn(this.#input, rowCount);
    out.line.set(readColumn(this.#input, rowCount));
    let offset = 0;
    for (let row = 0; row < rowCount; row += 1) {
      const length = lengths[row]! + starts[row + 1]! - starts[row]!;
      offset += gaps[row]!;
      out.offset[row] = offset;
      out.originLength[row] = length;
      offset += length;
    }
  }
}
