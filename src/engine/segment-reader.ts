/**
 * One segment, read part by part: columns and chunks come back as `EntryColumns` of this process.
 *
 * Every part is compared with its checksum before it is used; a mismatch throws `Malformed` and nothing of the segment is
 * believed from then on. Names of the segment become ids of `names`. Columns are kept (`segment-columns.ts`), texts are not.
 */
import { crc32 } from 'node:zlib';
import { kept } from '../base/thread-memory.ts';
import { BYTES_SLACK, type ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { type ByteSource, ReadScratch } from './byte-source.ts';
import { ChunkText } from './chunk-text.ts';
import type { DenseScreen } from './dense-screen.ts';
import { DenseText, DenseTextReader, type WantedRows } from './dense-text-reader.ts';
import { GramFilterReader } from './gram-filter.ts';
import { nameAt, type RowRange, SegmentColumns } from './segment-columns.ts';
import { readFooter, readHeader, readTrailer, type StoredFooter } from './segment-footer.ts';
import {
  type ChunkPlace,
  HEADER_BYTES,
  PART,
  type PartPlace,
  type SegmentHeader,
  TRAILER_BYTES,
} from './segment-format.ts';
import type { SpanClass } from './span-format.ts';
import { readSpanClasses, SpanScratch, SpanTable } from './span-reader.ts';
import { WordIndexReader } from './word-index-reader.ts';
import { type Decompressor, openDecompressor } from './zstd.ts';

/** A part that claims more than this is damage, not a request for memory. */
const PART_BYTES_MAX = 1024 * 1024 * 1024;

/** Shared by the readers of one thread. */
export type ReadTools = Readonly<{
  decompressor: Decompressor;
  denseText: DenseTextReader;
  /** For what is read of a file, and for the details of a chunk. */
  scratch: ReadScratch;
  details: ReadScratch;
  spans: SpanScratch;
}>;

export function openReadTools(): ReadTools {
  const decompressor = openDecompressor();
  const denseText = new DenseTextReader(decompressor);
  const scratch = { scratch: new ReadScratch(), details: new ReadScratch() };
  return { decompressor, denseText, ...scratch, spans: new SpanScratch() };
}

export class SegmentReader implements Disposable {
  readonly header: SegmentHeader;
  readonly footer: StoredFooter;
  readonly names: ColumnNames;
  readonly #source: ByteSource;
  readonly #tools: ReadTools;
  readonly #columns: SegmentColumns;
  #spanClasses: readonly SpanClass[] | undefined;
  #wordIndex: WordIndexReader | null | undefined;

  private constructor(
    source: ByteSource,
    names: ColumnNames,
    parts: Readonly<{ header: SegmentHeader; footer: StoredFooter; tools: ReadTools }>,
  ) {
    this.#source = source;
    this.names = names;
    this.header = parts.header;
    this.footer = parts.footer;
    this.#tools = parts.tools;
    this.#columns = new SegmentColumns(parts.footer, names, (place) => this.#readPart(place));
  }

  /** Owns `source` from now on, also where it throws. `index`: its word index, where that is open already. */
  static open(
    source: ByteSource,
    names: ColumnNames,
    tools: ReadTools = openReadTools(),
    index?: WordIndexReader,
  ): SegmentReader {
    const { decompressor } = tools;
    try {
      if (source.length < HEADER_BYTES + TRAILER_BYTES) throw new Malformed('it is too short');
      const header = readHeader(source.read(0, HEADER_BYTES));
      const place = readTrailer(source.read(source.length - TRAILER_BYTES, TRAILER_BYTES));
      const footer = readFooter(kept(readPart({ source, decompressor }, place)));
      const reader = new SegmentReader(source, names, { header, footer, tools });
      reader.#wordIndex = index;
      return reader;
    } catch (thrown) {
      source[Symbol.dispose]();
      throw thrown;
    }
  }

  get sizeBytes(): number {
    return this.#source.length;
  }

  get rowCount(): number {
    return this.footer.rowCount;
  }

  get chunkCount(): number {
    return this.footer.chunkStarts.length;
  }

  /** What it keeps of columns. */
  get columnBytes(): number {
    return this.#columns.storedBytes;
  }

  /** Forget columns; they are read anew when asked for. */
  dropColumns(): void {
    this.#columns.drop();
  }

  /** Forget what was made of the footer and the span classes: more than what they are made of, and made anew when asked for. */
  dropDescriptions(): void {
    this.footer.forget();
    this.#columns.dropDescriptions();
    this.#spanClasses = undefined;
  }

  /** Set the number of rows of `out` to those of a chunk, and fill the columns that `need` (`NEED`) names, of all rows or a range. */
  readRows(chunk: number, out: EntryColumns, need: number, range?: RowRange): void {
    this.#columns.read(chunk, out, need, range);
  }

  /** The text of a chunk, and where things lie in it; `out.bytes` gets the text of all rows, or of those wanted. */
  readText(chunk: number, out: EntryColumns, wanted: WantedRows | null): ChunkText {
    const place = this.footer.chunks[chunk]!;
    const { details, text } = this.#readChunk(place);
    return this.#putInto(out, { place, details, text: this.#openText(text, place), wanted });
  }

  /** The same, after rows that a screen rules out have been left out of `wanted`; null where none is left. */
  readTextOf(
    chunk: number,
    out: EntryColumns,
    wanted: WantedRows,
    screen: DenseScreen | null,
  ): ChunkText | null {
    const place = this.footer.chunks[chunk]!;
    const { details, text: stored } = this.#readChunk(place);
    const text = this.#openText(stored, place);
    if (screen !== null) text.narrow(wanted, screen);
    return wanted.count === 0 ? null : this.#putInto(out, { place, details, text, wanted });
  }

  /** A chunk as it is: its text, and until the next one is read the stored details, and where each row begins. */
  readWhole(chunk: number): Readonly<{ details: Buffer; text: Buffer; starts: Int32Array }> {
    const place = this.footer.chunks[chunk]!;
    const { details, text: stored } = this.#readChunk(place);
    const text = Buffer.allocUnsafe(place.textLength + BYTES_SLACK);
    const starts = this.#chunkText(place, details).starts;
    this.#openText(stored, place).put(text, starts, null);
    return { details, text: text.subarray(0, place.textLength), starts };
  }

  /** Where things lie in the text of a chunk, without the text: for origins. */
  readDetails(chunk: number): ChunkText {
    const place = this.footer.chunks[chunk]!;
    return this.#chunkText(place, this.#readChunk(place).details);
  }

  /** Add text, fields and origin to all rows of a chunk. */
  readTexts(chunk: number, out: EntryColumns): void {
    const text = this.readText(chunk, out, null);
    for (let row = 0; row < out.count; row += 1) text.place(out, row);
    text.origins.place(out);
  }

  wordIndex(): WordIndexReader | null {
    if (this.#wordIndex === undefined) {
      const place = this.footer.parts.get(PART.WORD_INDEX);
      this.#wordIndex =
        place === undefined
          ? null
          : WordIndexReader.open(this.#source, { at: place.offset, length: place.length });
    }
    return this.#wordIndex;
  }

  gramFilter(): GramFilterReader | null {
    const { parts } = this.footer;
    const place = parts.get(PART.GRAMS) ?? parts.get(PART.GRAM_FILTER);
    if (place === undefined) return null;
    const { chunkCount } = this;
    return new GramFilterReader(this.#readPart(place), {
      chunkCount,
      hasLetters: parts.has(PART.GRAMS),
    });
  }

  /** A part from its beginning; null where the segment has none of that kind (`PART`). Throws `Malformed`. */
  part(kind: number): ByteReader | null {
    const place = this.footer.parts.get(kind);
    return place === undefined ? null : new ByteReader(this.#readPart(place));
  }

  /** The template number of each row of a chunk, until any column is decoded; only where `templates` are. */
  readTemplateNumbers(chunk: number): Float64Array {
    return this.#columns.templateNumbers(chunk);
  }

  /** Compare every byte with its checksum. Throws `Malformed` at the first mismatch. */
  verify(): void {
    const { chunks, columns, parts } = this.footer;
    let end = HEADER_BYTES;
    const take = (offset: number, length: number): void => {
      if (offset !== end) throw new Malformed('it has bytes that belong to nothing');
      end = offset + length;
    };
    for (const chunk of chunks) {
      take(chunk.offset, chunk.detailsStored + chunk.textStored);
      this.#readChunk(chunk);
    }
    for (const place of [...columns.map((column) => column.place), ...parts.values()]) {
      take(place.offset, place.stored);
      this.#readPart(place);
    }
    const footer = readTrailer(
      this.#source.read(this.#source.length - TRAILER_BYTES, TRAILER_BYTES),
    );
    take(footer.offset, footer.stored);
    this.#readPart(footer);
    if (end + TRAILER_BYTES !== this.#source.length) {
      throw new Malformed('it has bytes that belong to nothing');
    }
  }

  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }

  #classes(): readonly SpanClass[] {
    if (this.#spanClasses === undefined) {
      const place = this.footer.parts.get(PART.SPAN_CLASSES);
      if (place === undefined) throw new Malformed('it lacks its span classes');
      const { keys } = this.footer.names;
      this.#spanClasses = readSpanClasses(new ByteReader(this.#readPart(place)), (local) =>
        this.names.keys.idOf(nameAt(keys, local)),
      );
    }
    return this.#spanClasses;
  }

  #chunkText(place: ChunkPlace, details: Buffer): ChunkText {
    const { decompressor, details: scratch, spans: spanScratch } = this.#tools;
    const { rowCount, textLength, detailsLength } = place;
    const buffer = scratch.take(detailsLength + 1);
    decompressor.decompress(details, buffer, { at: 0, length: detailsLength });
    const bytes = buffer.subarray(0, detailsLength);
    const layout = { classes: this.#classes(), rowCount, textLength };
    const spans = SpanTable.read(bytes, layout, spanScratch);
    return new ChunkText(spans, bytes.subarray(spans.end));
  }

  /** A text that is not dense is a dense one without shapes. */
  #openText(stored: Buffer, { rowCount }: ChunkPlace): DenseText {
    const { decompressor, denseText } = this.#tools;
    if (this.header.isDense) return denseText.open(stored, rowCount);
    return new DenseText(rowCount, { frame: stored, decompressor });
  }

  #putInto(
    out: EntryColumns,
    {
      place,
      details,
      text,
      wanted,
    }: Readonly<{
      place: ChunkPlace;
      details: Buffer;
      text: DenseText;
      wanted: WantedRows | null;
    }>,
  ): ChunkText {
    out.bytesLength = 0;
    out.fieldCount = 0;
    out.reserveBytes(place.textLength);
    const chunkText = this.#chunkText(place, details);
    text.put(out.bytes, chunkText.starts, wanted);
    out.bytesLength = place.textLength;
    return chunkText;
  }

  /** Both are valid until the next chunk is read. */
  #readChunk(place: ChunkPlace): { details: Buffer; text: Buffer } {
    if (Math.max(place.detailsLength, place.textLength) > PART_BYTES_MAX) {
      throw new Malformed('a chunk claims too much');
    }
    const length = place.detailsStored + place.textStored;
    const stored = this.#source.read(place.offset, length, this.#tools.scratch);
    if (crc32(stored) !== place.checksum)
      throw new Malformed('a chunk does not match its checksum');
    return {
      details: stored.subarray(0, place.detailsStored),
      text: stored.subarray(place.detailsStored),
    };
  }

  #readPart(place: PartPlace): Buffer {
    return readPart({ source: this.#source, decompressor: this.#tools.decompressor }, place);
  }
}

function readPart(
  from: Readonly<{ source: ByteSource; decompressor: Decompressor }>,
  place: PartPlace,
): Buffer {
  const stored = from.source.read(place.offset, place.stored);
  if (crc32(stored) !== place.checksum) throw new Malformed('a part does not match its checksum');
  if (place.stored === place.length) return stored;
  if (place.length > PART_BYTES_MAX) throw new Malformed('a part claims too much');
  const bytes = Buffer.allocUnsafe(place.length + 1);
  from.decompressor.decompress(stored, bytes, { at: 0, length: place.length });
  return bytes.subarray(0, place.length);
}
