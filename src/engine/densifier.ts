/**
 * A segment → the same segment with dense texts: everything else is copied as it is stored.
 *
 * Every part is compared with its checksum on the way; a mismatch throws `Malformed`. Each text is put together again and
 * compared, so that nothing is replaced by what cannot be read.
 */

import { assert } from '../base/assert.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { BufferSource } from './byte-source.ts';
import { DenseTextWriter } from './dense-text.ts';
import { DenseTextReader } from './dense-text-reader.ts';
import { writeFooter, writeHeader, writeTrailer } from './segment-footer.ts';
import type { ChunkPlace, PartPlace, SegmentFooter } from './segment-format.ts';
import { SegmentOutput } from './segment-output.ts';
import { SegmentReader } from './segment-reader.ts';
import type { EncodedSegment } from './segment-writer.ts';
import { openCompressor, openDecompressor } from './zstd.ts';

export class Densifier {
  readonly #compressor = openCompressor();
  readonly #writer = new DenseTextWriter(this.#compressor);
  readonly #reader = new DenseTextReader(openDecompressor());
  readonly #output = new SegmentOutput(this.#compressor);
  #check = Buffer.alloc(0);

  /** The bytes are valid until the next call. It is still as old as it was: `createdAtMs` stays. */
  densify(bytes: Buffer, number: number): EncodedSegment {
    const segment = SegmentReader.open(new BufferSource(bytes), new ColumnNames());
    segment.verify();
    const header = { ...segment.header, number, isDense: true };
    const out = this.#output;
    out.clear();
    out.append(writeHeader(header));
    const copied = (place: PartPlace): PartPlace => {
      const offset = out.length;
      out.append(bytes.subarray(place.offset, place.offset + place.stored));
      return { ...place, offset };
    };
    const chunks = segment.footer.chunks.map((place, chunk) =>
      this.#writeChunk(place, segment.readWhole(chunk)),
    );
    const columns = segment.footer.columns.map((column) => ({
      ...column,
      place: copied(column.place),
    }));
    const parts = new Map(
      [...segment.footer.parts].map(([kind, place]) => [kind, copied(place)] as const),
    );
    const footer: SegmentFooter = { ...segment.footer, chunks, columns, parts };
    out.append(writeTrailer(out.part(writeFooter(footer))));
    return { bytes: out.written(), header, footer };
  }

  #writeChunk(
    place: ChunkPlace,
    { details, text, starts }: ReturnType<SegmentReader['readWhole']>,
  ): ChunkPlace {
    const out = this.#output;
    const dense = this.#writer.write(text, starts);
    if (this.#check.length < text.length) this.#check = Buffer.allocUnsafeSlow(text.length * 2);
    this.#reader.open(dense, place.rowCount).put(this.#check, starts, null);
    assert(this.#check.subarray(0, text.length).equals(text), 'a dense text comes back as it was');
    const offset = out.length;
    out.append(details);
    out.append(dense);
    return { ...place, offset, textStored: dense.length, checksum: out.checksumFrom(offset) };
  }
}
