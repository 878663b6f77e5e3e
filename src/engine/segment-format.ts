/**
 * A segment: usually 64 Ki entries, immutable, compressed, indexed, checksummed. `FORMAT.md` is the long form.
 *
 *     segment = header · chunks · parts · footer · trailer
 *     header  = magic 8 · version u16 · 0 u16 · crc32 u32 (of the header, this field 0) · store id 16 · number f64 · createdAtMs f64
 *     chunk   = details (zstd) · text (zstd, or dense): spans and origins of its rows, then their bytes
 *     part    = columns, span classes, word index, rollup (zstd, or as they are)
 *     trailer = footer offset f64 · stored u32 · length u32 · crc32 of the stored footer u32 · crc32 of this u32 · end magic 8
 *
 * Rows are grouped by source (better compression), and keep their order of arrival within a source.
 * Every byte is under a checksum that is verified before it is used. Little-endian.
 */
import type { ColumnHead } from './column-codec.ts';

/** Written. 2 added the templates of messages, column 9 and part 5; 3 is the same with the texts of its chunks dense. */
export const SEGMENT_VERSION = 2;
export const SEGMENT_VERSION_DENSE = 3;
export const SEGMENT_VERSION_MIN = 1;
export const HEADER_MAGIC = Buffer.from('LOGSTEAD');
export const TRAILER_MAGIC = Buffer.from('LOGSTEND');
export const HEADER_BYTES = 48;
export const TRAILER_BYTES = 32;
export const STORE_ID_BYTES = 16;

/** What decides how rows are cut into segments and chunks. Tests make them small. */
export type SegmentLimits = Readonly<{
  /** A full segment. 32 Ki costs 3 % more disk, 128 Ki saves 1 % and doubles what a sealing thread holds. */
  segmentRows: number;
  /** Text of a full segment: bounds what a seal holds in memory. */
  segmentTextBytes: number;
  /** Rows of a chunk, the unit of reading text: fewer answer a rare word faster, more compress better. */
  chunkRows: number;
  /** Or this much text, so that long entries do not make one read expensive. */
  chunkTextBytes: number;
  /** Smaller segments live in their catalog row: a quiet machine would otherwise write 86,400 files a day. */
  inlineBytesMax: number;
}>;

export const SEGMENT_LIMITS: SegmentLimits = {
  segmentRows: 65_536,
  segmentTextBytes: 32 * 1024 * 1024,
  chunkRows: 1024,
  chunkTextBytes: 512 * 1024,
  inlineBytesMax: 256 * 1024,
};

/** Chunk numbers are a byte in the word index, and the number of chunks must fit as well. */
export const CHUNKS_MAX = 250;

/** Columns of the whole segment: what filters and counts need without a text. */
export const COLUMN = {
  TIMESTAMP: 1,
  SEQUENCE: 2,
  /** Level and severity (`entry-class.ts`). */
  CLASS: 3,
  FLAGS: 4,
  FORMAT: 5,
  PATH: 6,
  TAG_SET: 7,
  GENERATION: 8,
  /** Number of the message's template; not in version 1. */
  TEMPLATE: 9,
} as const;
export type ColumnId = (typeof COLUMN)[keyof typeof COLUMN];

/** Columns of `EntryColumns` as bits, the source included: which of them somebody needs. */
export const NEED = {
  SOURCE: 1,
  TIMESTAMP: 1 << COLUMN.TIMESTAMP,
  SEQUENCE: 1 << COLUMN.SEQUENCE,
  CLASS: 1 << COLUMN.CLASS,
  FLAGS: 1 << COLUMN.FLAGS,
  FORMAT: 1 << COLUMN.FORMAT,
  PATH: 1 << COLUMN.PATH,
  TAG_SET: 1 << COLUMN.TAG_SET,
  GENERATION: 1 << COLUMN.GENERATION,
  ALL: (1 << (COLUMN.GENERATION + 1)) - 1,
} as const;

/** Parts by kind. A reader passes over kinds it does not know. */
export const PART = {
  SPAN_CLASSES: 1,
  WORD_INDEX: 2,
  ROLLUP: 3,
  /** The gram filter of before `GRAMS`. */
  GRAM_FILTER: 4,
  /** Not in version 1. */
  TEMPLATES: 5,
  /** Counts by file; not in the first segments of version 2. */
  FILES: 6,
  /** Requests by route; not in the first segments of version 2. */
  REQUESTS: 7,
  /** Which chunks may hold a piece of a word; not in the first segments of version 2. */
  GRAMS: 8,
} as const;

/** Where bytes are in the segment, and how. */
export type PartPlace = Readonly<{
  offset: number;
  stored: number;
  /** After decompression; the same as `stored` where it is not compressed. */
  length: number;
  /** Of the stored bytes. */
  checksum: number;
}>;

export type ChunkPlace = Readonly<{
  rowCount: number;
  offset: number;
  detailsStored: number;
  detailsLength: number;
  textStored: number;
  textLength: number;
  /** Of the stored details and text together. */
  checksum: number;
  minUs: number;
  maxUs: number;
  /** Of its first row: where the delta columns restart. */
  firstUs: number;
  firstSequence: number;
  /** Bit per level code. */
  levels: number;
  /** Bit per severity / 10. */
  severities: number;
}>;

export type ColumnPlace = Readonly<{ column: number; head: ColumnHead; place: PartPlace }>;

export type SegmentHeader = Readonly<{
  storeId: string;
  number: number;
  createdAtMs: number;
  /** Its texts are taken apart by shape (`dense-text.ts`). */
  isDense: boolean;
}>;

export type SegmentFooter = Readonly<{
  rowCount: number;
  /** Original bytes of all rows. */
  rawBytes: number;
  minUs: number;
  maxUs: number;
  minSequence: number;
  maxSequence: number;
  names: SegmentNames;
  /** Rows are grouped by source: which, and how many. */
  sourceRuns: readonly Readonly<{ source: number; rowCount: number }>[];
  chunks: readonly ChunkPlace[];
  columns: readonly ColumnPlace[];
  parts: ReadonlyMap<number, PartPlace>;
}>;

/** Names as this segment numbers them. */
export type SegmentNames = Readonly<{
  sources: readonly string[];
  paths: readonly string[];
  keys: readonly string[];
  tagSets: readonly string[];
  formats: readonly string[];
}>;

/** A severity as a bit. */
export function severityBit(severity: number): number {
  return 1 << Math.min(7, Math.floor(severity / 10));
}
