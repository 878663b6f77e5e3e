/** Where things lie in the text of a chunk: its spans, and the origins of its rows. */
import type { EntryColumns } from '../model/entry-columns.ts';
import { ByteReader } from './byte-reader.ts';
import { readColumn } from './column-codec.ts';
import type { SpanTable } from './span-reader.ts';

/** A decompressed chunk, in which rows are placed one by one. Valid until the next chunk is read, as all that it gives. */
export class ChunkText {
  readonly #spans: SpanTable;
  readonly origins: ChunkOrigins;

  /** `rest`: what of the details lies behind the spans. */
  constructor(spans: SpanTable, rest: Buffer) {
    this.#spans = spans;
    this.origins = new ChunkOrigins(spans.starts, rest);
  }

  /** Where the text of each row begins in `bytes`, and where the last one ends. */
  get starts(): Int32Array {
    return this.#spans.starts;
  }

  /** Set the spans of one row. Rows come in ascending order; the fields of others are not valid. */
  place(out: EntryColumns, row: number): void {
    this.#spans.place(out, row);
  }
}

/** Where in their file the rows of a chunk are. */
export class ChunkOrigins {
  readonly #starts: Int32Array;
  readonly #stored: Buffer;

  constructor(starts: Int32Array, stored: Buffer) {
    this.#starts = starts;
    this.#stored = stored;
  }

  /** The same for as long as it is wanted: a few KB. */
  kept(): ChunkOrigins {
    return new ChunkOrigins(this.#starts.slice(), Buffer.from(this.#stored));
  }

  /** Set offset, length in the file and line of all rows. */
  place(out: EntryColumns): void {
    const starts = this.#starts;
    const rowCount = starts.length - 1;
    const input = new ByteReader(this.#stored);
    const gaps = readColumn(input, rowCount);
    const lengths = readColumn(input, rowCount);
    out.line.set(readColumn(input, rowCount));
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
