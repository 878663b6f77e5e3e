/**
 * Rows → one chunk: their text grouped and compressed, where things lie in it, and its distinct words.
 *
 *     details = spans (`span-format.ts`) · offset column · originLength column · line column
 *
 * The columns hold differences that are usually 0: the offset from the end of the row before, the length in the file
 * from that of the row's text. They are needed only with the text, so they live with it.
 */
import { BYTES_SLACK, type EntryColumns } from '../model/entry-columns.ts';
import { ByteWriter } from './byte-writer.ts';
import { ChunkWords } from './chunk-words.ts';
import { ColumnEncoder, writeColumn } from './column-codec.ts';
import { type ChunkPlace, severityBit } from './segment-format.ts';
import type { SegmentOutput } from './segment-output.ts';
import type { SpanWriter } from './span-writer.ts';
import { fieldKeyHash } from './word-index-format.ts';
import { WordSet } from './word-set.ts';

const TEXT_BYTES_INITIAL = 512 * 1024;
/** Of the processors of today. */
const CACHE_LINE_BYTES = 64;
const ROW_0 = new Int32Array(1);

export class ChunkWriter {
  /** Of the chunk written last. */
  readonly words = new WordSet();
  readonly #chunkWords = new ChunkWords();
  readonly #details = new ByteWriter();
  readonly #columnEncoder = new ColumnEncoder();
  #text: Buffer = Buffer.allocUnsafeSlow(TEXT_BYTES_INITIAL);
  #textLength = 0;
  /** Of no use, but for that V8 cannot leave out what made it. See `fetchText`. */
  fetched = 0;
  /** Kept from one chunk to the next: a load makes hundreds a second, and memory made for each would be cleared and collected. */
  #origins = originsOf(0);

  write(
    out: SegmentOutput,
    columns: EntryColumns,
    chunk: Readonly<{ rows: Int32Array; spans: SpanWriter }>,
  ): ChunkPlace {
    const { rows, spans } = chunk;
    this.fetched = fetchText(columns, rows);
    this.#gatherText(columns, rows, spans);
    this.words.clear();
    this.#chunkWords.collect(columns, rows, this.words);
    for (const key of new Set(spans.keysInChunk())) {
      this.words.add(fieldKeyHash(columns.names.keys.valueOf(key)));
    }

    const details = this.#details;
    details.clear();
    spans.endChunk(details, columns.bytes);
    this.#writeOrigins(columns, rows, spans);
    const offset = out.length;
    const detailsStored = out.compress(details.written());
    const textStored = out.compress(this.#text.subarray(0, this.#textLength));
    return {
      rowCount: rows.length,
      offset,
      detailsStored,
      detailsLength: details.length,
      textStored,
      textLength: this.#textLength,
      checksum: out.checksumFrom(offset),
      ...rangesOf(columns, rows),
    };
  }

  /** Rows that lie one behind the other are copied in one piece. */
  #gatherText(columns: EntryColumns, rows: Int32Array, spans: SpanWriter): void {
    const { bytes } = columns;
    this.#textLength = 0;
    let pieceStart = 0;
    let pieceEnd = 0;
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index]!;
      const { start, end, hasMade } = spans.add(columns, row);
      if (start !== pieceEnd) {
        this.#append(bytes, pieceStart, pieceEnd);
        pieceStart = start;
      }
      pieceEnd = end;
      if (hasMade) {
        this.#append(bytes, pieceStart, pieceEnd);
        pieceStart = end;
        this.#appendMade(columns, row);
      }
    }
    this.#append(bytes, pieceStart, pieceEnd);
  }

  #writeOrigins(columns: EntryColumns, rows: Int32Array, spans: SpanWriter): void {
    const out = this.#details;
    const encoder = this.#columnEncoder;
    const count = rows.length;
    if (this.#origins.offsets.length < count) this.#origins = originsOf(count);
    const { offsets, lengths, lines } = this.#origins;
    let end = 0;
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      const length = columns.originLength[row]!;
      offsets[index] = columns.offset[row]! - end;
      end = columns.offset[row]! + length;
      lengths[index] = length - spans.rowLength(index);
      lines[index] = columns.line[row]!;
    }
    writeColumn(out, encoder.encode(offsets, count), 0);
    writeColumn(out, encoder.encode(lengths, count), 0);
    writeColumn(out, encoder.encode(lines, count, { restarts: ROW_0 }), lines[0]!);
  }

  #appendMade(columns: EntryColumns, row: number): void {
    const { fieldStart, fieldLength } = columns;
    for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
      this.#appendIfMade(columns, row, { start: fieldStart[field]!, length: fieldLength[field]! });
    }
    const start = columns.messageStart[row]!;
    this.#appendIfMade(columns, row, { start, length: columns.messageLength[row]! });
  }

  #appendIfMade(
    columns: EntryColumns,
    row: number,
    span: Readonly<{ start: number; length: number }>,
  ): void {
    const end = span.start + span.length;
    if (!isOriginal(columns, row, span.start, end)) this.#append(columns.bytes, span.start, end);
  }

  #append(from: Buffer, start: number, end: number): void {
    if (start === end) return;
    const at = this.#textLength;
    const needed = at + end - start;
    if (needed + BYTES_SLACK > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2 + BYTES_SLACK);
      this.#text.copy(larger, 0, 0, at);
      this.#text = larger;
    }
    from.copy(this.#text, at, start, end);
    this.#textLength = needed;
  }
}

/**
 * Look at the text of a chunk once, so that it is near when it is worked on. Another thread wrote it, so that what looks at
 * it first waits for each row; loads that nothing depends on wait together. A sixteenth of what sealing takes.
 */
function fetchText({ bytes, rawStart, rawLength }: EntryColumns, rows: Int32Array): number {
  let sum = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const start = rawStart[rows[index]!]!;
    const end = start + rawLength[rows[index]!]!;
    for (let at = start; at <= end; at += CACHE_LINE_BYTES) sum = (sum + bytes[at]!) | 0;
  }
  return sum;
}

function originsOf(count: number): Readonly<Record<'offsets' | 'lengths' | 'lines', Float64Array>> {
  return {
    offsets: new Float64Array(count),
    lengths: new Float64Array(count),
    lines: new Float64Array(count),
  };
}

function isOriginal(columns: EntryColumns, row: number, start: number, end: number): boolean {
  const rawStart = columns.rawStart[row]!;
  return start >= rawStart && end <= rawStart + columns.rawLength[row]!;
}

function rangesOf(
  columns: EntryColumns,
  rows: Int32Array,
): Pick<ChunkPlace, 'minUs' | 'maxUs' | 'firstUs' | 'firstSequence' | 'levels' | 'severities'> {
  const { timestampUs, level, severity } = columns;
  let minUs = Number.POSITIVE_INFINITY;
  let maxUs = Number.NEGATIVE_INFINITY;
  let levels = 0;
  let severities = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const us = timestampUs[row]!;
    if (us < minUs) minUs = us;
    if (us > maxUs) maxUs = us;
    levels |= 1 << level[row]!;
    severities |= severityBit(severity[row]!);
  }
  const first = rows[0]!;
  const firstSequence = columns.sequence[first]!;
  return { minUs, maxUs, firstUs: timestampUs[first]!, firstSequence, levels, severities };
}
