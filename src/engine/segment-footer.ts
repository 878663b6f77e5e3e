/** Header, footer and trailer of a segment as bytes, and back; see `segment-format.ts`. */

import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readColumnHead, writeColumnHead } from './column-codec.ts';
import {
  type ChunkPlace,
  type ColumnPlace,
  HEADER_BYTES,
  HEADER_MAGIC,
  type PartPlace,
  SEGMENT_VERSION,
  SEGMENT_VERSION_DENSE,
  SEGMENT_VERSION_MIN,
  type SegmentFooter,
  type SegmentHeader,
  STORE_ID_BYTES,
  TRAILER_BYTES,
  TRAILER_MAGIC,
} from './segment-format.ts';

export function writeHeader(header: SegmentHeader): Buffer {
  const out = new ByteWriter();
  out.bytes(HEADER_MAGIC);
  out.u16(header.isDense ? SEGMENT_VERSION_DENSE : SEGMENT_VERSION);
  out.u16(0);
  out.u32(0);
  out.bytes(Buffer.from(header.storeId, 'hex'));
  out.f64(header.number);
  out.f64(header.createdAtMs);
  const bytes = out.written();
  assert(bytes.length === HEADER_BYTES, 'the header has its fixed length');
  bytes.writeUInt32LE(crc32(bytes), 12);
  return bytes;
}

export function readHeader(bytes: Uint8Array): SegmentHeader {
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  if (header.length < HEADER_BYTES || !header.subarray(0, 8).equals(HEADER_MAGIC)) {
    throw new Malformed('it does not begin like a segment');
  }
  const checksum = header.readUInt32LE(12);
  header.writeUInt32LE(0, 12);
  if (checksum !== crc32(header)) throw new Malformed('the header does not match its checksum');
  const version = header.readUInt16LE(8);
  if (version < SEGMENT_VERSION_MIN || version > SEGMENT_VERSION_DENSE) {
    throw new Malformed(
      `its version is ${version}, this program reads ${SEGMENT_VERSION_MIN} to ${SEGMENT_VERSION_DENSE}`,
    );
  }
  return {
    storeId: header.toString('hex', 16, 16 + STORE_ID_BYTES),
    number: header.readDoubleLE(32),
    createdAtMs: header.readDoubleLE(40),
    isDense: version === SEGMENT_VERSION_DENSE,
  };
}

/** The version of a segment that a newer program wrote, by a header that is whole; null: it is none. */
export function newerVersionOf(bytes: Uint8Array): number | null {
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  if (header.length < HEADER_BYTES || !header.subarray(0, 8).equals(HEADER_MAGIC)) return null;
  const checksum = header.readUInt32LE(12);
  header.writeUInt32LE(0, 12);
  const version = header.readUInt16LE(8);
  return checksum === crc32(header) && version > SEGMENT_VERSION_DENSE ? version : null;
}

export type FooterPlace = PartPlace;

export function writeTrailer(footer: FooterPlace): Buffer {
  const out = new ByteWriter();
  out.f64(footer.offset);
  out.u32(footer.stored);
  out.u32(footer.length);
  out.u32(footer.checksum);
  out.u32(crc32(out.written()));
  out.bytes(TRAILER_MAGIC);
  assert(out.length === TRAILER_BYTES, 'the trailer has its fixed length');
  return out.written();
}

export function readTrailer(bytes: Uint8Array): FooterPlace {
  const input = new ByteReader(bytes);
  const place = {
    offset: input.f64(),
    stored: input.u32(),
    length: input.u32(),
    checksum: input.u32(),
  };
  const checksum = input.u32();
  if (!input.bytes(TRAILER_MAGIC.length).equals(TRAILER_MAGIC)) {
    throw new Malformed('it does not end like a segment');
  }
  if (checksum !== crc32(bytes.subarray(0, 20))) {
    throw new Malformed('the trailer does not match its checksum');
  }
  return place;
}

export function writeFooter(footer: SegmentFooter): Buffer {
  const out = new ByteWriter();
  out.varint(footer.rowCount);
  out.varint(footer.rawBytes);
  out.f64(footer.minUs);
  out.f64(footer.maxUs);
  out.f64(footer.minSequence);
  out.f64(footer.maxSequence);
  const { sources, paths, keys, tagSets, formats } = footer.names;
  for (const list of [sources, paths, keys, tagSets, formats]) {
    out.varint(list.length);
    for (const name of list) out.text(name);
  }
  out.varint(footer.sourceRuns.length);
  for (const run of footer.sourceRuns) {
    out.varint(run.source);
    out.varint(run.rowCount);
  }
  out.varint(footer.chunks.length);
  for (const chunk of footer.chunks) writeChunkPlace(out, chunk);
  out.varint(footer.columns.length);
  for (const { column, head, place } of footer.columns) {
    out.u8(column);
    writeColumnHead(out, head);
    writePlace(out, place);
  }
  out.varint(footer.parts.size);
  for (const [kind, place] of footer.parts) {
    out.u8(kind);
    writePlace(out, place);
  }
  return out.written();
}

/**
 * A footer as it was read. Most queries pass over most segments: names, sources and chunks, which are most of it, are
 * described when somebody asks for them.
 */
export type StoredFooter = SegmentFooter & {
  /** First row of each chunk. */
  readonly chunkStarts: Int32Array;
  /** Forget what was described; it is described anew when asked for. */
  forget(): void;
};

export function readFooter(bytes: Uint8Array): StoredFooter {
  const input = new ByteReader(bytes);
  const rowCount = input.varint();
  const rawBytes = input.varint();
  const minUs = input.f64();
  const maxUs = input.f64();
  const minSequence = input.f64();
  const maxSequence = input.f64();
  const namesAt = input.position;
  for (let list = 0; list < NAME_LISTS; list += 1) input.passTexts();
  const runsAt = input.position;
  input.pass(2 * input.count(2), 0);
  const list = passChunks(input);
  if (list.rowCount !== rowCount) throw new Malformed('its chunks do not add up');
  const columns = listOf(input, () => readColumnPlace(input));
  const parts = new Map(listOf(input, () => [input.u8(), readPlace(input)] as const));
  let names: SegmentFooter['names'] | undefined;
  let sourceRuns: SegmentFooter['sourceRuns'] | undefined;
  let chunks: readonly ChunkPlace[] | undefined;
  const from = (position: number): ByteReader => {
    input.goTo(position);
    return input;
  };
  return {
    ...{ rowCount, rawBytes, minUs, maxUs, minSequence, maxSequence },
    ...{ chunkStarts: list.starts, columns, parts },
    get names() {
      names ??= readAllNames(from(namesAt));
      return names;
    },
    get sourceRuns() {
      sourceRuns ??= readSourceRuns(from(runsAt), rowCount);
      return sourceRuns;
    },
    get chunks() {
      if (chunks === undefined) {
        const places = from(list.position);
        chunks = Array.from(list.starts, () => readChunkPlace(places));
      }
      return chunks;
    },
    forget() {
      names = undefined;
      sourceRuns = undefined;
      chunks = undefined;
    },
  };
}

function passChunks(input: ByteReader): {
  position: number;
  starts: Int32Array;
  rowCount: number;
} {
  const starts = new Int32Array(input.count(CHUNK_VARINTS + CHUNK_FIXED_BYTES));
  const { position } = input;
  let rowCount = 0;
  for (let chunk = 0; chunk < starts.length; chunk += 1) {
    starts[chunk] = rowCount;
    rowCount += input.varint();
    input.pass(CHUNK_VARINTS - 1, CHUNK_FIXED_BYTES);
  }
  return { position, starts, rowCount };
}

function listOf<T>(input: ByteReader, read: () => T): T[] {
  const items: T[] = [];
  for (let count = input.count(1); count > 0; count -= 1) items.push(read());
  return items;
}

/** Of sources, paths, keys, tag sets and formats. */
const NAME_LISTS = 5;

function readAllNames(input: ByteReader): SegmentFooter['names'] {
  return {
    sources: readNames(input),
    paths: readNames(input),
    keys: readNames(input),
    tagSets: readNames(input),
    formats: readNames(input),
  };
}

function readSourceRuns(input: ByteReader, rowCount: number): SegmentFooter['sourceRuns'] {
  const runs = listOf(input, () => ({ source: input.varint(), rowCount: input.varint() }));
  if (runs.reduce((sum, run) => sum + run.rowCount, 0) !== rowCount) {
    throw new Malformed('its sources do not add up');
  }
  return runs;
}

function readNames(input: ByteReader): string[] {
  return listOf(input, () => input.text());
}

/** A chunk begins with so many varints, the first of them its rows; behind them come so many bytes. */
const CHUNK_VARINTS = 6;
const CHUNK_FIXED_BYTES = 4 + 4 * 8 + 2;

function writeChunkPlace(out: ByteWriter, chunk: ChunkPlace): void {
  out.varint(chunk.rowCount);
  out.varint(chunk.offset);
  out.varint(chunk.detailsStored);
  out.varint(chunk.detailsLength);
  out.varint(chunk.textStored);
  out.varint(chunk.textLength);
  out.u32(chunk.checksum);
  out.f64(chunk.minUs);
  out.f64(chunk.maxUs);
  out.f64(chunk.firstUs);
  out.f64(chunk.firstSequence);
  out.u8(chunk.levels);
  out.u8(chunk.severities);
}

function readChunkPlace(input: ByteReader): ChunkPlace {
  return {
    rowCount: input.varint(),
    offset: input.varint(),
    detailsStored: input.varint(),
    detailsLength: input.varint(),
    textStored: input.varint(),
    textLength: input.varint(),
    checksum: input.u32(),
    minUs: input.f64(),
    maxUs: input.f64(),
    firstUs: input.f64(),
    firstSequence: input.f64(),
    levels: input.u8(),
    severities: input.u8(),
  };
}

function readColumnPlace(input: ByteReader): ColumnPlace {
  return { column: input.u8(), head: readColumnHead(input), place: readPlace(input) };
}

function writePlace(out: ByteWriter, place: PartPlace): void {
  out.varint(place.offset);
  out.varint(place.stored);
  out.varint(place.length);
  out.u32(place.checksum);
}

function readPlace(input: ByteReader): PartPlace {
  return {
    offset: input.varint(),
    stored: input.varint(),
    length: input.varint(),
    checksum: input.u32(),
  };
}
