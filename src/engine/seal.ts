/**
 * Heads → durable segments, and several small segments → one. The work of a sealing thread, or of the caller's.
 *
 * Nothing here touches the catalog: what is made is visible when the ingest thread commits it.
 */
import { join } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { BYTES_SLACK, ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { BufferSource, FileSource } from './byte-source.ts';
import type { CatalogRow } from './catalog.ts';
import { Densifier } from './densifier.ts';
import { type RetimedSegment, type Retiming, retimeRows } from './retiming.ts';
import type { KnownRows } from './seal-ahead.ts';
import { segmentFile } from './segment-files.ts';
import {
  NEED,
  PART,
  type SegmentFooter,
  type SegmentHeader,
  type SegmentLimits,
} from './segment-format.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentStore } from './segment-store.ts';
import { type EncodedSegment, SegmentEncoder } from './segment-writer.ts';
import { type Dropped, dropTest } from './thinning.ts';

/** Of most logs; texts that had to be made (escapes undone) come on top of the raw ones. Where it is too little, columns grow. */
const TEXT_BYTES_OF_RAW = 1 + 1 / 64;

/** Bytes in their place, and what the catalog will say of them. */
export type SealedSegment = Readonly<{
  row: CatalogRow;
  /** Null where they are in a file. */
  inlineBytes: Uint8Array | null;
}>;

/** The bytes of a segment that is nowhere yet, and what the catalog will say of it. */
export type SegmentBytes = Readonly<{ row: CatalogRow; bytes: Uint8Array }>;

export type SealContext = Readonly<{
  storeId: string;
  /** The segments folder; null keeps all segments in the database. */
  folder: string | null;
  limits: SegmentLimits;
}>;

/** What the new segments are called. */
export type SealStamp = Readonly<{ number: number; nowMs: number }>;

export type MergeInput = Readonly<{ row: CatalogRow; inlineBytes: Uint8Array | null }>;

export class Sealer {
  readonly #context: SealContext;
  readonly #disk: Disk;
  readonly #store: SegmentStore | null;
  readonly #encoder: SegmentEncoder;
  #densifier: Densifier | null = null;

  constructor(disk: Disk, context: SealContext) {
    this.#context = context;
    this.#disk = disk;
    this.#store = context.folder === null ? null : new SegmentStore(disk, context.folder);
    this.#encoder = new SegmentEncoder(context.limits);
  }

  /** Seal the rows up to each of `ends` as one segment. All are durable when this returns, or none. `known`: of the rows. */
  seal(
    columns: EntryColumns,
    ends: readonly number[],
    stamp: SealStamp,
    known?: KnownRows,
  ): SealedSegment[] {
    const sealed: SealedSegment[] = [];
    try {
      for (const segment of this.encode(columns, ends, stamp, known)) {
        sealed.push(this.#place(segment));
      }
    } catch (thrown) {
      for (const { row } of sealed) if (row.file !== null) this.#store?.remove(row.file);
      throw thrown;
    }
    return sealed;
  }

  /** The same segments one by one, each until the next is asked for; nothing is written. */
  *encode(
    columns: EntryColumns,
    ends: readonly number[],
    stamp: SealStamp,
    known?: KnownRows,
  ): Generator<SegmentBytes> {
    let from = 0;
    for (const [index, until] of ends.entries()) {
      const rows = new Int32Array(until - from);
      for (let row = from; row < until; row += 1) rows[row - from] = row;
      yield this.#encode(columns, rows, { ...stamp, number: stamp.number + index }, known);
      from = until;
    }
  }

  /** One segment with the rows of several, in order of arrival, but for those dropped. Throws `Malformed` where one is damaged. */
  merge(
    inputs: readonly MergeInput[],
    stamp: SealStamp,
    dropped: Dropped | null = null,
  ): SealedSegment {
    using all = new EntryColumns(new ColumnNames());
    all.reserveRows(inputs.reduce((sum, { row }) => sum + row.rowCount, 0));
    const rawBytes = inputs.reduce((sum, { row }) => sum + row.rawBytes, 0);
    all.reserveBytes(Math.ceil(rawBytes * TEXT_BYTES_OF_RAW));
    for (const input of inputs) this.#load(input, all);
    const isDropped = dropped === null ? null : dropTest(dropped, all);
    const every = inOrderOfArrival(all);
    const rows = isDropped === null ? every : every.filter((row) => !isDropped(row));
    return this.#place(this.#encode(all, rows, stamp));
  }

  /** A segment with other times; nothing is written where none changes, or without a stamp. Throws `Malformed` where it is damaged. */
  retime(input: MergeInput, stamp: SealStamp | null, retiming: Retiming): RetimedSegment {
    using all = new EntryColumns(new ColumnNames());
    const sealedAtMs = this.#load(input, all);
    const rows = inOrderOfArrival(all);
    const changed = retimeRows(all, rows, { retiming, sealedAtMs });
    const isWritten = changed.changedCount > 0 && stamp !== null;
    return { ...changed, sealed: isWritten ? this.#place(this.#encode(all, rows, stamp)) : null };
  }

  /** Append all rows of a segment to `all`. Returns when it was sealed. */
  #load(input: MergeInput, all: EntryColumns): number {
    using chunkColumns = new EntryColumns(all.names);
    using segment = SegmentReader.open(this.#sourceOf(input), all.names);
    for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
      segment.readRows(chunk, chunkColumns, NEED.ALL);
      segment.readTexts(chunk, chunkColumns);
      appendColumns(chunkColumns, all);
    }
    return segment.header.createdAtMs;
  }

  /** The same entries with dense texts. Throws `Malformed` where the segment is damaged. */
  densify(input: MergeInput, stamp: SealStamp): SealedSegment {
    using source = this.#sourceOf(input);
    const bytes = source.read(0, source.length);
    this.#densifier ??= new Densifier();
    return this.#place(this.#described(this.#densifier.densify(bytes, stamp.number)));
  }

  #sourceOf({ row, inlineBytes }: MergeInput): BufferSource | FileSource {
    if (inlineBytes !== null) return new BufferSource(inlineBytes);
    return FileSource.open(this.#disk, join(this.#context.folder ?? '', row.file ?? ''));
  }

  #encode(
    columns: EntryColumns,
    rows: Int32Array,
    stamp: SealStamp,
    known?: KnownRows,
  ): SegmentBytes {
    const { storeId } = this.#context;
    const header = { storeId, number: stamp.number, createdAtMs: stamp.nowMs, isDense: false };
    return this.#described(this.#encoder.encode(header, columns, rows, known));
  }

  #described({ bytes, header, footer }: EncodedSegment): SegmentBytes {
    const { storeId, limits } = this.#context;
    const isInline = this.#store === null || bytes.length < limits.inlineBytesMax;
    const { number } = header;
    const file = isInline ? null : segmentFile(storeId, { number, maxUs: footer.maxUs });
    return { row: catalogRowOf({ header, footer }, { file, sizeBytes: bytes.length }), bytes };
  }

  /** Put the bytes where they will be found: a file, or the catalog row to come. */
  #place({ row, bytes }: SegmentBytes): SealedSegment {
    if (row.file === null) return { row, inlineBytes: Uint8Array.from(bytes) };
    this.#store?.write(row.file, bytes);
    return { row, inlineBytes: null };
  }
}

/** What the catalog says of a segment. */
export function catalogRowOf(
  { header, footer }: Readonly<{ header: SegmentHeader; footer: SegmentFooter }>,
  place: Readonly<{ file: string | null; sizeBytes: number }>,
): CatalogRow {
  const words = footer.parts.get(PART.WORD_INDEX);
  return {
    number: header.number,
    file: place.file,
    sizeBytes: place.sizeBytes,
    rawBytes: footer.rawBytes,
    rowCount: footer.rowCount,
    minUs: footer.minUs,
    maxUs: footer.maxUs,
    minSequence: footer.minSequence,
    maxSequence: footer.maxSequence,
    levels: footer.chunks.reduce((levels, chunk) => levels | chunk.levels, 0),
    words:
      words === undefined || place.file === null
        ? null
        : { at: words.offset, length: words.length },
  };
}

/**
 * Where the segments of a head end. Most heads are one segment; one that ran over a little, too. Each row of `apart` is
 * a segment of its own.
 */
export function segmentEnds(
  head: EntryColumns,
  limits: SegmentLimits,
  apart: readonly number[] = [],
): number[] {
  const { segmentRows, segmentTextBytes } = limits;
  const alone = new Set(apart);
  const ends: number[] = [];
  let row = 0;
  while (row < head.count) {
    let end = row;
    let textBytes = 0;
    while (end < head.count && end - row < 2 * segmentRows && textBytes < 2 * segmentTextBytes) {
      if (end > row && (alone.has(end) || alone.has(row))) break;
      textBytes += head.rawLength[end]!;
      end += 1;
    }
    ends.push(end);
    row = end;
  }
  return ends;
}

function inOrderOfArrival({ count, sequence }: EntryColumns): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  return rows.sort((a, b) => sequence[a]! - sequence[b]!);
}

/** Append all rows of one to another of the same names; texts move as they are. */
function appendColumns(from: EntryColumns, to: EntryColumns): void {
  const { count, fieldCount, bytesLength } = from;
  to.reserveRows(count);
  to.reserveFields(fieldCount);
  to.reserveBytes(bytesLength + BYTES_SLACK);
  const rowAt = to.count;
  const fieldAt = to.fieldCount;
  const byteAt = to.appendBytes(from.bytes, 0, bytesLength);
  to.sequence.set(from.sequence.subarray(0, count), rowAt);
  to.timestampUs.set(from.timestampUs.subarray(0, count), rowAt);
  to.level.set(from.level.subarray(0, count), rowAt);
  to.severity.set(from.severity.subarray(0, count), rowAt);
  to.flags.set(from.flags.subarray(0, count), rowAt);
  to.format.set(from.format.subarray(0, count), rowAt);
  to.source.set(from.source.subarray(0, count), rowAt);
  to.path.set(from.path.subarray(0, count), rowAt);
  to.tagSet.set(from.tagSet.subarray(0, count), rowAt);
  to.generation.set(from.generation.subarray(0, count), rowAt);
  to.offset.set(from.offset.subarray(0, count), rowAt);
  to.originLength.set(from.originLength.subarray(0, count), rowAt);
  to.line.set(from.line.subarray(0, count), rowAt);
  for (let row = 0; row < count; row += 1) {
    to.rawStart[rowAt + row] = from.rawStart[row]! + byteAt;
    to.rawLength[rowAt + row] = from.rawLength[row]!;
    to.messageStart[rowAt + row] = from.messageStart[row]! + byteAt;
    to.messageLength[rowAt + row] = from.messageLength[row]!;
    to.fieldEnd[rowAt + row] = from.fieldEnd[row]! + fieldAt;
  }
  for (let field = 0; field < fieldCount; field += 1) {
    to.fieldKey[fieldAt + field] = from.fieldKey[field]!;
    to.fieldStart[fieldAt + field] = from.fieldStart[field]! + byteAt;
    to.fieldLength[fieldAt + field] = from.fieldLength[field]!;
    to.fieldKind[fieldAt + field] = from.fieldKind[field]!;
  }
  to.count = rowAt + count;
  to.fieldCount = fieldAt + fieldCount;
}
