/**
 * One segment, read part by part: columns and chunks come back as `EntryColumns` of this process.
 *
 * Every part is compared with its checksum before it is used; a mismatch throws `Malformed` and nothing of the segment is
 * believed from then on. Names of the segment become ids of `names`. Columns are kept as they are stored
 * (a few bytes a row), texts are not.
 */
import { crc32 } from 'node:zlib';
import type { Dictionary } from '../model/dictionary.ts';
import { BYTES_SLACK, type ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { type ByteSource, ReadScratch } from './byte-source.ts';
import { ChunkText } from './chunk-text.ts';
import { decodeColumn, type StoredColumn } from './column-codec.ts';
import { DenseTextReader } from './dense-text-reader.ts';
import { levelOfClass, severityOfClass } from './entry-class.ts';
import { GramFilterReader } from './gram-filter.ts';
import { readFooter, readHeader, readTrailer, type StoredFooter } from './segment-footer.ts';
import {
  type ChunkPlace,
  COLUMN,
  type ColumnId,
  HEADER_BYTES,
  NEED,
  PART,
  type PartPlace,
  type SegmentHeader,
  TRAILER_BYTES,
} from './segment-format.ts';
import type { SpanClass } from './span-format.ts';
import { readSpanClasses, SpanTable } from './span-reader.ts';
import { WordIndexReader } from './word-index-reader.ts';
import { type Decompressor, openDecompressor } from './zstd.ts';

/** A part that claims more than this is damage, not a request for memory. */
const PART_BYTES_MAX = 1024 * 1024 * 1024;

/** Shared by the readers of one thread. */
export type ReadTools = Readonly<{
  decompressor: Decompressor;
  denseText: DenseTextReader;
  scratch: ReadScratch;
}>;

export function openReadTools(): ReadTools {
  const decompressor = openDecompressor();
  const denseText = new DenseTextReader(decompressor);
  return { decompressor, denseText, scratch: new ReadScratch() };
}

/** Source of a run of rows, and the row behind its last. */
type SourceRun = Readonly<{ source: number; end: number }>;

export class SegmentReader implements Disposable {
  readonly header: SegmentHeader;
  readonly footer: StoredFooter;
  readonly names: ColumnNames;
  readonly #source: ByteSource;
  readonly #decompressor: Decompressor;
  readonly #denseText: DenseTextReader;
  readonly #scratchBytes: ReadScratch;
  readonly #columns = new Map<ColumnId, StoredColumn>();
  #pathIds: readonly number[] | undefined;
  #tagSetIds: readonly number[] | undefined;
  #formatIds: readonly number[] | undefined;
  #runs: readonly SourceRun[] | undefined;
  #scratch = new Float64Array(1024);
  #spanClasses: readonly SpanClass[] | undefined;
  #wordIndex: WordIndexReader | null | undefined;
  #columnBytes = 0;

  private constructor(
    source: ByteSource,
    names: ColumnNames,
    parts: Readonly<{ header: SegmentHeader; footer: StoredFooter; tools: ReadTools }>,
  ) {
    this.#source = source;
    this.names = names;
    this.header = parts.header;
    this.footer = parts.footer;
    this.#decompressor = parts.tools.decompressor;
    this.#denseText = parts.tools.denseText;
    this.#scratchBytes = parts.tools.scratch;
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
      const footer = readFooter(readPart({ source, decompressor }, place));
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
    return this.#columnBytes;
  }

  /** Forget columns; they are read anew when asked for. */
  dropColumns(): void {
    this.#columns.clear();
    this.#columnBytes = 0;
  }

  /** Set the number of rows of `out` to those of a chunk, and fill the columns that `need` (`NEED`) names. */
  readRows(chunk: number, out: EntryColumns, need: number): void {
    const { rowCount } = this.footer.chunks[chunk]!;
    out.reserveRows(rowCount);
    out.count = rowCount;
    if (need & NEED.SOURCE) this.#fillSources(chunk, out.source);
    if (need & NEED.TIMESTAMP) out.timestampUs.set(this.#decode(COLUMN.TIMESTAMP, chunk));
    if (need & NEED.SEQUENCE) out.sequence.set(this.#decode(COLUMN.SEQUENCE, chunk));
    if (need & NEED.CLASS) {
      const classes = this.#decode(COLUMN.CLASS, chunk);
      for (let row = 0; row < rowCount; row += 1) {
        const entryClass = classes[row]!;
        out.level[row] = levelOfClass(entryClass);
        out.severity[row] = severityOfClass(entryClass);
      }
    }
    if (need & NEED.FLAGS) out.flags.set(this.#decode(COLUMN.FLAGS, chunk));
    if (need & NEED.GENERATION) out.generation.set(this.#decode(COLUMN.GENERATION, chunk));
    if (need & NEED.PATH) {
      this.#pathIds ??= idsOf(this.footer.names.paths, this.names.paths);
      fillIds(out.path, this.#decode(COLUMN.PATH, chunk), this.#pathIds);
    }
    if (need & NEED.TAG_SET) {
      this.#tagSetIds ??= idsOf(this.footer.names.tagSets, this.names.tagSets);
      fillIds(out.tagSet, this.#decode(COLUMN.TAG_SET, chunk), this.#tagSetIds);
    }
    if (need & NEED.FORMAT) {
      this.#formatIds ??= idsOf(this.footer.names.formats, this.names.formats);
      fillIds(out.format, this.#decode(COLUMN.FORMAT, chunk), this.#formatIds);
    }
  }

  /** The text of a chunk, and where things lie in it; `out.bytes` gets the text. */
  readText(chunk: number, out: EntryColumns): ChunkText {
    const place = this.footer.chunks[chunk]!;
    const { details, text } = this.#readChunk(place);
    out.bytesLength = 0;
    out.fieldCount = 0;
    out.reserveBytes(place.textLength);
    const chunkText = this.#chunkText(place, details);
    this.#putText(text, out.bytes, chunkText.starts);
    out.bytesLength = place.textLength;
    return chunkText;
  }

  /** A chunk as it is: the stored details, its text, and where each row of it begins. */
  readWhole(chunk: number): Readonly<{ details: Buffer; text: Buffer; starts: Int32Array }> {
    const place = this.footer.chunks[chunk]!;
    const { details, text: stored } = this.#readChunk(place);
    const text = Buffer.allocUnsafe(place.textLength + BYTES_SLACK);
    const { starts } = this.#chunkText(place, details);
    this.#putText(stored, text, starts);
    return { details, text: text.subarray(0, place.textLength), starts };
  }

  /** Where things lie in the text of a chunk, without the text: for origins. */
  readDetails(chunk: number): ChunkText {
    const place = this.footer.chunks[chunk]!;
    return this.#chunkText(place, this.#readChunk(place).details);
  }

  /** Add text, fields and origin to all rows of a chunk. */
  readTexts(chunk: number, out: EntryColumns): void {
    const text = this.readText(chunk, out);
    for (let row = 0; row < out.count; row += 1) text.place(out, row);
    text.placeOrigins(out);
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
    const place = this.footer.parts.get(PART.GRAM_FILTER);
    if (place === undefined) return null;
    return new GramFilterReader(this.#readPart(place), this.chunkCount);
  }

  /** A part from its beginning; null where the segment has none of that kind (`PART`). Throws `Malformed`. */
  part(kind: number): ByteReader | null {
    const place = this.footer.parts.get(kind);
    return place === undefined ? null : new ByteReader(this.#readPart(place));
  }

  /** The template number of each row of a chunk, until the next call; only where `templates` are. */
  readTemplateNumbers(chunk: number): Float64Array {
    return this.#decode(COLUMN.TEMPLATE, chunk);
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

  /** The values of one chunk, until the next call; names are as the segment numbers them. */
  #decode(id: ColumnId, chunk: number): Float64Array {
    let column = this.#columns.get(id);
    if (column === undefined) {
      const found = this.footer.columns.find((candidate) => candidate.column === id);
      if (found === undefined) throw new Malformed(`it lacks column ${id}`);
      column = { head: found.head, payload: this.#readPart(found.place), count: this.rowCount };
      this.#columns.set(id, column);
      this.#columnBytes += column.payload.length;
    }
    const place = this.footer.chunks[chunk]!;
    const from = this.footer.chunkStarts[chunk]!;
    const until = from + place.rowCount;
    const first = id === COLUMN.TIMESTAMP ? place.firstUs : place.firstSequence;
    if (this.#scratch.length < place.rowCount) this.#scratch = new Float64Array(place.rowCount);
    decodeColumn(column, { from, until, first }, this.#scratch);
    return this.#scratch.subarray(0, place.rowCount);
  }

  #fillSources(chunk: number, target: Int32Array): void {
    const from = this.footer.chunkStarts[chunk]!;
    const until = from + this.footer.chunks[chunk]!.rowCount;
    let row = from;
    this.#runs ??= this.#sourceRuns();
    for (const { source, end } of this.#runs) {
      if (end <= row) continue;
      const last = Math.min(end, until);
      target.fill(source, row - from, last - from);
      row = last;
      if (row === until) break;
    }
  }

  #sourceRuns(): SourceRun[] {
    const { names, sourceRuns } = this.footer;
    const ids = idsOf(names.sources, this.names.sources);
    let end = 0;
    return sourceRuns.map((run) => {
      end += run.rowCount;
      const source = ids[run.source];
      if (source === undefined) throw new Malformed('it uses a name it has not');
      return { source, end };
    });
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
    const buffer = Buffer.allocUnsafe(place.detailsLength + BYTES_SLACK);
    this.#decompressor.decompress(details, buffer, { at: 0, length: place.detailsLength });
    const input = new ByteReader(buffer.subarray(0, place.detailsLength));
    const { rowCount, textLength } = place;
    const spans = SpanTable.read(input, { classes: this.#classes(), rowCount, textLength });
    return new ChunkText(spans, input);
  }

  #putText(stored: Buffer, target: Buffer, starts: Int32Array): void {
    if (this.header.isDense) {
      this.#denseText.read(stored, target, starts);
    } else {
      const length = starts[starts.length - 1]!;
      this.#decompressor.decompress(stored, target, { at: 0, length });
    }
  }

  /** Both are valid until the next chunk is read. */
  #readChunk(place: ChunkPlace): { details: Buffer; text: Buffer } {
    if (Math.max(place.detailsLength, place.textLength) > PART_BYTES_MAX) {
      throw new Malformed('a chunk claims too much');
    }
    const length = place.detailsStored + place.textStored;
    const stored = this.#source.read(place.offset, length, this.#scratchBytes);
    if (crc32(stored) !== place.checksum)
      throw new Malformed('a chunk does not match its checksum');
    return {
      details: stored.subarray(0, place.detailsStored),
      text: stored.subarray(place.detailsStored),
    };
  }

  #readPart(place: PartPlace): Buffer {
    return readPart({ source: this.#source, decompressor: this.#decompressor }, place);
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

function idsOf(texts: readonly string[], dictionary: Dictionary): number[] {
  return texts.map((text) => dictionary.idOf(text));
}

function fillIds(target: Int32Array, locals: Float64Array, ids: readonly number[]): void {
  for (let row = 0; row < locals.length; row += 1) {
    const id = ids[locals[row]!];
    if (id === undefined) throw new Malformed('a row has a name its segment has not');
    target[row] = id;
  }
}

/** Throws `Malformed`. */
export function nameAt(list: readonly string[], local: number): string {
  const name = list[local];
  if (name === undefined) throw new Malformed('it uses a name it has not');
  return name;
}
