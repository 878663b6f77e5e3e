/**
 * Rows of `EntryColumns` → the bytes of one segment. Pure: the same rows give the same bytes, nothing is written.
 *
 * A `SegmentEncoder` keeps its buffers and compression context for the next segment; it belongs to one thread.
 * Price: 0.6 to 0.9 µs a row, most of it compression, hashing of words, and the index.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { ByteWriter } from './byte-writer.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { encodeColumn } from './column-codec.ts';
import { LocalNames } from './local-names.ts';
import { RollupWriter } from './rollup.ts';
import { writeFooter, writeHeader, writeTrailer } from './segment-footer.ts';
import {
  CHUNKS_MAX,
  type ChunkPlace,
  COLUMN,
  type ColumnPlace,
  PART,
  type PartPlace,
  SEGMENT_LIMITS,
  type SegmentFooter,
  type SegmentHeader,
  type SegmentLimits,
} from './segment-format.ts';
import { SpanWriter } from './span-writer.ts';
import { WordIndexWriter } from './word-index-writer.ts';
import { type Compressor, openCompressor } from './zstd.ts';

/** Parts smaller than this are stored as they are: a frame costs about this much. */
const COMPRESS_BYTES_MIN = 64;

/** Real stamps are whole milliseconds or seconds far more often than not. */
const TIME_STEPS_US = [1_000_000, 1000];

export type EncodedSegment = Readonly<{
  bytes: Buffer<ArrayBuffer>;
  header: SegmentHeader;
  footer: SegmentFooter;
}>;

export class SegmentEncoder {
  readonly #compressor: Compressor = openCompressor();
  readonly #chunkWriter = new ChunkWriter(this.#compressor);
  readonly #words = new WordIndexWriter();
  readonly #limits: SegmentLimits;

  constructor(limits: SegmentLimits = SEGMENT_LIMITS) {
    this.#limits = limits;
  }

  /** Encode the given rows (in order of arrival). */
  encode(header: SegmentHeader, columns: EntryColumns, rows: Int32Array): EncodedSegment {
    assert(rows.length > 0, 'a segment has a row');
    const names = new LocalNames(columns.names);
    const { order, runs } = groupBySource(columns, rows);
    const out = new SegmentOutput(this.#compressor);
    out.append(writeHeader(header));

    const spans = new SpanWriter();
    this.#words.clear();
    const chunks: ChunkPlace[] = [];
    for (const chunk of cutChunks(columns, order, this.#limits)) {
      const { place, bytes, words } = this.#chunkWriter.write(columns, chunk, spans);
      this.#words.add(chunks.length, words);
      chunks.push({ ...place, offset: out.append(...bytes) });
    }
    assert(chunks.length <= CHUNKS_MAX, 'a segment has few enough chunks');

    const columnPlaces = writeColumns(out, columns, order, names);
    const parts = new Map<number, PartPlace>();
    const scratch = new ByteWriter();
    spans.writeClasses(scratch, names.keys.idOf);
    parts.set(PART.SPAN_CLASSES, out.part(scratch.written()));
    parts.set(PART.WORD_INDEX, out.plainPart(this.#words.encode(chunks.length)));
    scratch.clear();
    writeRollup(scratch, columns, order, names);
    parts.set(PART.ROLLUP, out.part(scratch.written()));

    const footer: SegmentFooter = {
      ...rangesOf(columns, rows),
      sourceRuns: runs.map(({ source, rowCount }) => ({
        source: names.sources.idOf(source),
        rowCount,
      })),
      names: names.lists(),
      chunks,
      columns: columnPlaces,
      parts,
    };
    out.append(writeTrailer(out.part(writeFooter(footer))));
    return { bytes: out.bytes(), header, footer };
  }
}

/** What is written so far, and where the next part begins. */
class SegmentOutput {
  readonly #compressor: Compressor;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(compressor: Compressor) {
    this.#compressor = compressor;
  }

  /** Returns where the first piece begins. */
  append(...pieces: readonly Uint8Array[]): number {
    const offset = this.#length;
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#length += piece.length;
    }
    return offset;
  }

  /** Compressed where that makes it smaller. */
  part(bytes: Uint8Array): PartPlace {
    const compressed = bytes.length < COMPRESS_BYTES_MIN ? bytes : this.#compressor.compress(bytes);
    return this.#place(
      compressed.length < bytes.length ? compressed : Uint8Array.from(bytes),
      bytes.length,
    );
  }

  plainPart(bytes: Uint8Array): PartPlace {
    return this.#place(bytes, bytes.length);
  }

  bytes(): Buffer<ArrayBuffer> {
    const all = Buffer.allocUnsafeSlow(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  #place(stored: Uint8Array, length: number): PartPlace {
    const offset = this.append(stored);
    return { offset, stored: stored.length, length, checksum: crc32(stored) };
  }
}

/** Rows of one source together, sources in order of their first row, rows of a source in order of arrival. */
function groupBySource(
  columns: EntryColumns,
  rows: Int32Array,
): { order: Int32Array; runs: { source: number; rowCount: number }[] } {
  const { source } = columns;
  const runs: { source: number; rowCount: number }[] = [];
  const runOf = new Map<number, number>();
  const rowRun = new Int32Array(rows.length);
  let lastSource = -1;
  let lastRun = -1;
  for (let index = 0; index < rows.length; index += 1) {
    const id = source[rows[index]!]!;
    if (id !== lastSource) {
      lastSource = id;
      lastRun = runOf.get(id) ?? -1;
      if (lastRun < 0) {
        lastRun = runs.length;
        runOf.set(id, lastRun);
        runs.push({ source: id, rowCount: 0 });
      }
    }
    rowRun[index] = lastRun;
    runs[lastRun]!.rowCount += 1;
  }
  const next = new Int32Array(runs.length);
  for (let run = 1; run < runs.length; run += 1)
    next[run] = next[run - 1]! + runs[run - 1]!.rowCount;
  const order = new Int32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    const run = rowRun[index]!;
    order[next[run]!] = rows[index]!;
    next[run]! += 1;
  }
  return { order, runs };
}

/** Cut the ordered rows into chunks: by rows, by text, and at a change of source once a chunk is half full. */
function cutChunks(columns: EntryColumns, order: Int32Array, limits: SegmentLimits): Int32Array[] {
  const { source, rawLength } = columns;
  const chunks: Int32Array[] = [];
  // More than chunks of the usual size could hold: larger chunks, so that their numbers suffice.
  const rowsMax = Math.max(limits.chunkRows, Math.ceil(order.length / (CHUNKS_MAX / 4)));
  let totalText = 0;
  for (const row of order) totalText += rawLength[row]!;
  const textMax = Math.max(limits.chunkTextBytes, Math.ceil(totalText / (CHUNKS_MAX / 4)));
  let start = 0;
  let textBytes = 0;
  for (let index = 0; index < order.length; index += 1) {
    const row = order[index]!;
    const count = index - start;
    const isFull =
      count >= rowsMax ||
      (textBytes >= textMax && count > 0) ||
      (count >= rowsMax / 2 && source[row] !== source[order[index - 1]!]);
    if (isFull) {
      chunks.push(order.subarray(start, index));
      start = index;
      textBytes = 0;
    }
    textBytes += rawLength[row]!;
  }
  chunks.push(order.subarray(start));
  return chunks;
}

type SourceColumn = Float64Array | Int32Array | Uint16Array | Uint8Array;

function writeColumns(
  out: SegmentOutput,
  columns: EntryColumns,
  order: Int32Array,
  names: LocalNames,
): ColumnPlace[] {
  const places: ColumnPlace[] = [];
  const write = (
    column: number,
    values: SourceColumn,
    options: Readonly<{ delta?: boolean; steps?: readonly number[] }> = {},
  ): void => {
    const { head, payload } = encodeColumn(values, values.length, options);
    places.push({ column, head, place: out.part(payload) });
  };
  write(COLUMN.TIMESTAMP, gathered(columns.timestampUs, order), {
    delta: true,
    steps: TIME_STEPS_US,
  });
  write(COLUMN.SEQUENCE, gathered(columns.sequence, order), { delta: true });
  write(COLUMN.LEVEL, gathered(columns.level, order));
  write(COLUMN.SEVERITY, gathered(columns.severity, order));
  write(COLUMN.FLAGS, gathered(columns.flags, order));
  write(COLUMN.FORMAT, mapped(columns.format, order, names.formats.idOf));
  write(COLUMN.PATH, mapped(columns.path, order, names.paths.idOf));
  write(COLUMN.TAG_SET, mapped(columns.tagSet, order, names.tagSets.idOf));
  write(COLUMN.GENERATION, gathered(columns.generation, order));
  return places;
}

function gathered<T extends SourceColumn>(column: T, order: Int32Array): T {
  const values = new (column.constructor as new (length: number) => T)(order.length);
  for (let index = 0; index < order.length; index += 1) values[index] = column[order[index]!]!;
  return values;
}

/** Ids of this process as the segment numbers them. */
function mapped(column: Int32Array, order: Int32Array, idOf: (id: number) => number): Int32Array {
  const values = new Int32Array(order.length);
  let last = -1;
  let lastLocal = -1;
  for (let index = 0; index < order.length; index += 1) {
    const id = column[order[index]!]!;
    if (id !== last) {
      last = id;
      lastLocal = idOf(id);
    }
    values[index] = lastLocal;
  }
  return values;
}

function writeRollup(
  out: ByteWriter,
  columns: EntryColumns,
  order: Int32Array,
  names: LocalNames,
): void {
  const rollup = new RollupWriter();
  for (let index = 0; index < order.length; index += 1) rollup.add(columns, order[index]!);
  rollup.write(out, { source: names.sources.idOf, tagSet: names.tagSets.idOf });
}

function rangesOf(
  columns: EntryColumns,
  rows: Int32Array,
): Pick<
  SegmentFooter,
  'rowCount' | 'rawBytes' | 'minUs' | 'maxUs' | 'minSequence' | 'maxSequence'
> {
  const { timestampUs, sequence, rawLength } = columns;
  let minUs = Number.POSITIVE_INFINITY;
  let maxUs = Number.NEGATIVE_INFINITY;
  let minSequence = Number.POSITIVE_INFINITY;
  let maxSequence = Number.NEGATIVE_INFINITY;
  let rawBytes = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    minUs = Math.min(minUs, timestampUs[row]!);
    maxUs = Math.max(maxUs, timestampUs[row]!);
    minSequence = Math.min(minSequence, sequence[row]!);
    maxSequence = Math.max(maxSequence, sequence[row]!);
    rawBytes += rawLength[row]!;
  }
  assert(
    Number.isSafeInteger(minUs) && Number.isSafeInteger(maxUs),
    'every row has a whole timestamp',
  );
  return { rowCount: rows.length, rawBytes, minUs, maxUs, minSequence, maxSequence };
}
