/**
 * Rows of `EntryColumns` → the bytes of one segment. Pure: the same rows give the same bytes, nothing is written.
 *
 * A `SegmentEncoder` keeps its buffers and compression context for the next segment; it belongs to one thread.
 * Price: 0.6 to 0.9 µs a row, most of it compression, hashing of words, and the index.
 */
import { assert } from '../base/assert.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { ByteWriter } from './byte-writer.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { ColumnEncoder, type ColumnNumbers, type ColumnOptions } from './column-codec.ts';
import { entryClassOf } from './entry-class.ts';
import { FileSeriesWriter } from './file-part.ts';
import { GramFilterWriter } from './gram-filter.ts';
import { LocalNames } from './local-names.ts';
import { RequestCounts, writeRequestPart } from './request-part.ts';
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
import { SegmentOutput } from './segment-output.ts';
import { SpanWriter } from './span-writer.ts';
import { TemplateWriter } from './template-writer.ts';
import { WordIndexWriter } from './word-index-writer.ts';
import { openCompressor } from './zstd.ts';

/** Real stamps are whole milliseconds or seconds far more often than not. */
const TIME_STEPS_US = [1_000_000, 1000];

export type EncodedSegment = Readonly<{
  /** Valid until the next segment is encoded. */
  bytes: Buffer<ArrayBuffer>;
  header: SegmentHeader;
  footer: SegmentFooter;
}>;

export class SegmentEncoder {
  readonly #output = new SegmentOutput(openCompressor());
  readonly #chunkWriter = new ChunkWriter();
  readonly #columnEncoder = new ColumnEncoder();
  readonly #words = new WordIndexWriter();
  readonly #templates = new TemplateWriter();
  readonly #limits: SegmentLimits;

  constructor(limits: SegmentLimits = SEGMENT_LIMITS) {
    this.#limits = limits;
  }

  /** Encode the given rows (in order of arrival). */
  encode(header: SegmentHeader, columns: EntryColumns, rows: Int32Array): EncodedSegment {
    assert(rows.length > 0, 'a segment has a row');
    const names = new LocalNames(columns.names);
    const { order, runs } = groupBySource(columns, rows);
    const out = this.#output;
    out.clear();
    out.append(writeHeader(header));

    const spans = new SpanWriter();
    const grams = new GramFilterWriter();
    this.#words.clear();
    const chunks: ChunkPlace[] = [];
    for (const chunk of cutChunks(columns, order, this.#limits)) {
      chunks.push(this.#chunkWriter.write(out, columns, { rows: chunk, spans }));
      const { words } = this.#chunkWriter;
      this.#words.add(chunks.length - 1, words.list.subarray(0, words.count));
      grams.add(words.grams);
    }
    assert(chunks.length <= CHUNKS_MAX, 'a segment has few enough chunks');

    const columnPlaces = this.#writeColumns(
      columns,
      { order, restarts: chunkStartsOf(chunks) },
      names,
    );
    const parts = new Map<number, PartPlace>();
    const scratch = new ByteWriter();
    spans.writeClasses(scratch, names.keys.idOf);
    parts.set(PART.SPAN_CLASSES, out.part(scratch.written()));
    parts.set(PART.WORD_INDEX, out.plainPart(this.#words.encode(chunks.length)));
    parts.set(PART.GRAMS, out.plainPart(grams.encode()));
    scratch.clear();
    writeRollup(scratch, columns, order, names);
    parts.set(PART.ROLLUP, out.part(scratch.written()));
    scratch.clear();
    this.#templates.write(scratch, columns, order, names);
    parts.set(PART.TEMPLATES, out.part(scratch.written()));
    scratch.clear();
    writeFiles(scratch, columns, order, names);
    parts.set(PART.FILES, out.part(scratch.written()));
    scratch.clear();
    writeRequests(scratch, columns, order, names);
    parts.set(PART.REQUESTS, out.part(scratch.written()));

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
    return { bytes: out.written(), header, footer };
  }

  #writeColumns(
    columns: EntryColumns,
    rows: Readonly<{ order: Int32Array; restarts: Int32Array }>,
    names: LocalNames,
  ): ColumnPlace[] {
    const { order, restarts } = rows;
    const places: ColumnPlace[] = [];
    const write = (column: number, values: ColumnNumbers, options: ColumnOptions = {}): void => {
      const { head, payload } = this.#columnEncoder.encode(values, values.length, options);
      places.push({ column, head, place: this.#output.part(payload) });
    };
    const stamps = gathered(columns.timestampUs, order);
    write(COLUMN.TIMESTAMP, stamps, { restarts, steps: TIME_STEPS_US });
    write(COLUMN.SEQUENCE, gathered(columns.sequence, order), { restarts });
    write(COLUMN.CLASS, classesOf(columns, order));
    write(COLUMN.FLAGS, gathered(columns.flags, order));
    write(COLUMN.FORMAT, mapped(columns.format, order, names.formats.idOf));
    write(COLUMN.PATH, mapped(columns.path, order, names.paths.idOf));
    write(COLUMN.TAG_SET, mapped(columns.tagSet, order, names.tagSets.idOf));
    write(COLUMN.GENERATION, gathered(columns.generation, order));
    write(COLUMN.TEMPLATE, this.#templates.assign(columns, order));
    return places;
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

function chunkStartsOf(chunks: readonly ChunkPlace[]): Int32Array {
  const starts = new Int32Array(chunks.length);
  for (let chunk = 1; chunk < chunks.length; chunk += 1) {
    starts[chunk] = starts[chunk - 1]! + chunks[chunk - 1]!.rowCount;
  }
  return starts;
}

function gathered<T extends ColumnNumbers>(column: T, order: Int32Array): T {
  const values = new (column.constructor as new (length: number) => T)(order.length);
  for (let index = 0; index < order.length; index += 1) values[index] = column[order[index]!]!;
  return values;
}

function classesOf(columns: EntryColumns, order: Int32Array): Uint8Array {
  const { level, severity } = columns;
  const classes = new Uint8Array(order.length);
  for (let index = 0; index < order.length; index += 1) {
    const row = order[index]!;
    classes[index] = entryClassOf(level[row]!, severity[row]!);
  }
  return classes;
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

function writeFiles(
  out: ByteWriter,
  columns: EntryColumns,
  order: Int32Array,
  names: LocalNames,
): void {
  const files = new FileSeriesWriter();
  for (let index = 0; index < order.length; index += 1) files.add(columns, order[index]!);
  files.write(out, names);
}

function writeRequests(
  out: ByteWriter,
  columns: EntryColumns,
  order: Int32Array,
  names: LocalNames,
): void {
  const requests = new RequestCounts();
  for (let index = 0; index < order.length; index += 1) requests.add(columns, order[index]!);
  const { sources } = columns.names;
  writeRequestPart(out, requests.list(), (name) => sources.idOf(name), names);
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
