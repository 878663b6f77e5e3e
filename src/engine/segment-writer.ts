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
import { GramFilterWriter } from './gram-filter.ts';
import { LocalNames } from './local-names.ts';
import { type KnownRows, NOTHING_KNOWN } from './seal-ahead.ts';
import { SegmentCountsWriter } from './segment-counts-writer.ts';
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
  readonly #counts = new SegmentCountsWriter();
  readonly #spans = new SpanWriter();
  readonly #grams = new GramFilterWriter();
  readonly #limits: SegmentLimits;

  constructor(limits: SegmentLimits = SEGMENT_LIMITS) {
    this.#limits = limits;
  }

  /** Encode the given rows (in order of arrival). `known` is what is known of the rows of the columns. */
  encode(
    header: SegmentHeader,
    columns: EntryColumns,
    rows: Int32Array,
    known: KnownRows = NOTHING_KNOWN,
  ): EncodedSegment {
    assert(rows.length > 0, 'a segment has a row');
    const names = new LocalNames(columns.names);
    const { order, runs } = groupBySource(columns, rows);
    const out = this.#output;
    out.clear();
    out.append(writeHeader(header));

    const chunks = this.#writeChunks(columns, order, known);
    const columnPlaces = this.#writeColumns(
      columns,
      { order, restarts: chunkStartsOf(chunks) },
      names,
    );
    const parts = this.#writeParts(columns, chunks.length, names);

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

  /** Everything that is done row by row, chunk by chunk: the text of one is near as long as it is asked for. */
  #writeChunks(
    columns: EntryColumns,
    order: Int32Array,
    { hashes, requests }: KnownRows,
  ): ChunkPlace[] {
    this.#words.clear();
    this.#spans.clear();
    this.#grams.clear();
    this.#counts.start(requests);
    this.#templates.start(order.length);
    const chunks: ChunkPlace[] = [];
    const rowsOfChunks = cutChunks(columns, order, this.#limits);
    for (const rows of rowsOfChunks) {
      chunks.push(this.#chunkWriter.write(this.#output, columns, { rows, spans: this.#spans }));
      const { words } = this.#chunkWriter;
      this.#words.add(chunks.length - 1, words.list.subarray(0, words.count));
      this.#grams.add(words.grams);
      this.#templates.add(columns, rows, hashes);
      this.#counts.add(columns, rows);
    }
    assert(chunks.length <= CHUNKS_MAX, 'a segment has few enough chunks');
    this.#templates.end();
    const { numbers } = this.#templates;
    let start = 0;
    for (const rows of rowsOfChunks) {
      this.#counts.addTemplates(columns, rows, numbers.subarray(start));
      start += rows.length;
    }
    return chunks;
  }

  #writeParts(
    columns: EntryColumns,
    chunkCount: number,
    names: LocalNames,
  ): Map<number, PartPlace> {
    const out = this.#output;
    const counts = this.#counts;
    const parts = new Map<number, PartPlace>();
    const scratch = new ByteWriter();
    const write = (part: number, writeTo: (scratch: ByteWriter) => void): void => {
      scratch.clear();
      writeTo(scratch);
      parts.set(part, out.part(scratch.written()));
    };
    write(PART.SPAN_CLASSES, (to) => this.#spans.writeClasses(to, names.keys.idOf));
    parts.set(PART.WORD_INDEX, out.plainPart(this.#words.encode(chunkCount)));
    parts.set(PART.GRAMS, out.plainPart(this.#grams.encode()));
    write(PART.ROLLUP, (to) => counts.writeRollup(to, names));
    write(PART.TEMPLATES, (to) => this.#templates.write(to, columns, counts.templates, names));
    write(PART.FILES, (to) => counts.writeFiles(to, names));
    write(PART.REQUESTS, (to) => counts.writeRequests(to, columns, names));
    return parts;
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
    write(COLUMN.TEMPLATE, this.#templates.numbers);
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
  // By index: an iterator makes an object for each row.
  for (let index = 0; index < order.length; index += 1) totalText += rawLength[order[index]!]!;
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
    const us = timestampUs[row]!;
    const number = sequence[row]!;
    if (us < minUs) minUs = us;
    if (us > maxUs) maxUs = us;
    if (number < minSequence) minSequence = number;
    if (number > maxSequence) maxSequence = number;
    rawBytes += rawLength[row]!;
  }
  assert(
    Number.isSafeInteger(minUs) && Number.isSafeInteger(maxUs),
    'every row has a whole timestamp',
  );
  return { rowCount: rows.length, rawBytes, minUs, maxUs, minSequence, maxSequence };
}
