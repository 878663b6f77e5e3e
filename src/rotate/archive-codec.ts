/**
 * Compressed archive files: frames of at most 4 MiB of the original, each readable by itself.
 *
 * zstd: a frame a piece and a seek table behind them, as the zstd seekable format has it; `zstd -d` reads it.
 * gzip: a member a piece, whose length stands in its header's extra field; `gunzip` reads it. So a file of any
 * size is written and read back with a few megabytes, and a part of it can be read without the rest.
 */
import { constants, crc32 } from 'node:zlib';
import {
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from '../base/compression.ts';
import type { DiskFile } from '../base/disk.ts';
import type { Compression } from '../config/settings.ts';

/** Appended to the name of the original. */
export const COMPRESSED_ENDINGS: Readonly<Record<Compression, string>> = {
  none: '',
  gzip: '.gz',
  zstd: '.zst',
};

/** Twice the window of the level used: larger frames would compress little better and cost memory. */
export const FRAME_BYTES = 4 * 1024 * 1024;
/** What a damaged file may make us allocate. */
const STORED_FRAME_BYTES_MAX = FRAME_BYTES + 64 * 1024;
/** The command-line tools' own default. */
const ZSTD_LEVEL = 3;
const GZIP_LEVEL = 6;

/** Where a frame is, and how much it holds. */
export type Frame = Readonly<{ positionBytes: number; storedBytes: number; originalBytes: number }>;

/** Bytes that are no compressed archive of ours, or a damaged one. */
export class ArchiveDamaged extends Error {
  override name = 'ArchiveDamaged';
}

export function encodeFrame(piece: Uint8Array, compression: Compression): Buffer {
  if (compression === 'gzip') return gzipMember(piece);
  return zstdCompressSync(piece, {
    params: {
      [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

/** The original bytes of a frame. */
export function decodeFrame(stored: Uint8Array, frame: Frame, compression: Compression): Buffer {
  const { originalBytes } = frame;
  const limit = { maxOutputLength: Math.max(originalBytes, 1) };
  try {
    const original =
      compression === 'gzip'
        ? inflateRawSync(stored.subarray(GZIP_HEADER_BYTES, -GZIP_TRAILER_BYTES), limit)
        : zstdDecompressSync(stored, limit);
    if (original.length !== originalBytes) throw new Error('another length than its header says');
    if (compression === 'gzip' && crc32(original) !== trailerCrc(stored))
      throw new Error('its checksum differs');
    return original;
  } catch (cause) {
    throw new ArchiveDamaged('a frame of the archived file is damaged', { cause });
  }
}

/** What comes behind the last frame. */
export function encodeTrailer(frames: readonly Frame[], compression: Compression): Buffer {
  if (compression === 'gzip') return Buffer.alloc(0);
  const table = Buffer.alloc(SKIPPABLE_HEADER_BYTES + frames.length * ENTRY_BYTES + FOOTER_BYTES);
  table.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  table.writeUInt32LE(table.length - SKIPPABLE_HEADER_BYTES, 4);
  let at = SKIPPABLE_HEADER_BYTES;
  for (const { storedBytes, originalBytes } of frames) {
    table.writeUInt32LE(storedBytes, at);
    table.writeUInt32LE(originalBytes, at + 4);
    at += ENTRY_BYTES;
  }
  table.writeUInt32LE(frames.length, at);
  table.writeUInt32LE(SEEKABLE_MAGIC, at + 5);
  return table;
}

/** All frames of a compressed file, in order. */
export function framesOf(file: DiskFile, compression: Compression): Frame[] {
  return compression === 'gzip' ? gzipFrames(file) : zstdFrames(file);
}

const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const SKIPPABLE_HEADER_BYTES = 8;
const ENTRY_BYTES = 8;
/** Count of frames, a byte of flags, magic. */
const FOOTER_BYTES = 9;

function zstdFrames(file: DiskFile): Frame[] {
  const sizeBytes = file.stat().size;
  const footer = bytesAt(file, sizeBytes - FOOTER_BYTES, FOOTER_BYTES);
  if (footer.readUInt32LE(5) !== SEEKABLE_MAGIC) throw new ArchiveDamaged('it has no seek table');
  const count = footer.readUInt32LE(0);
  const tableBytes = SKIPPABLE_HEADER_BYTES + count * ENTRY_BYTES + FOOTER_BYTES;
  const table = bytesAt(file, sizeBytes - tableBytes, tableBytes);
  const frames: Frame[] = [];
  let positionBytes = 0;
  for (let index = 0; index < count; index += 1) {
    const at = SKIPPABLE_HEADER_BYTES + index * ENTRY_BYTES;
    const frame = {
      positionBytes,
      storedBytes: table.readUInt32LE(at),
      originalBytes: table.readUInt32LE(at + 4),
    };
    frames.push(checked(frame));
    positionBytes += frame.storedBytes;
  }
  if (positionBytes + tableBytes !== sizeBytes)
    throw new ArchiveDamaged('its seek table does not fit it');
  return frames;
}

/** ID1 ID2 CM FLG MTIME XFL OS, then XLEN and one subfield: `LS`, 8 bytes: member and original length. */
const GZIP_HEADER_BYTES = 10 + 2 + 4 + 8;
/** CRC-32 and length of the original. */
const GZIP_TRAILER_BYTES = 8;
const FLAG_EXTRA = 4;

function gzipMember(piece: Uint8Array): Buffer {
  const body = deflateRawSync(piece, { level: GZIP_LEVEL });
  const member = Buffer.alloc(GZIP_HEADER_BYTES + body.length + GZIP_TRAILER_BYTES);
  member.set([0x1f, 0x8b, 8, FLAG_EXTRA, 0, 0, 0, 0, 0, 255]);
  member.writeUInt16LE(12, 10);
  member.write('LS', 12, 'latin1');
  member.writeUInt16LE(8, 14);
  member.writeUInt32LE(member.length, 16);
  member.writeUInt32LE(piece.length, 20);
  member.set(body, GZIP_HEADER_BYTES);
  member.writeUInt32LE(crc32(piece), member.length - 8);
  member.writeUInt32LE(piece.length, member.length - 4);
  return member;
}

function gzipFrames(file: DiskFile): Frame[] {
  const sizeBytes = file.stat().size;
  const frames: Frame[] = [];
  let positionBytes = 0;
  while (positionBytes < sizeBytes) {
    const header = bytesAt(file, positionBytes, GZIP_HEADER_BYTES);
    const isOurs = header.readUInt16BE(0) === 0x1f8b && header.toString('latin1', 12, 14) === 'LS';
    if (!isOurs) throw new ArchiveDamaged('it is no gzip file of ours');
    const frame = {
      positionBytes,
      storedBytes: header.readUInt32LE(16),
      originalBytes: header.readUInt32LE(20),
    };
    frames.push(checked(frame));
    positionBytes += frame.storedBytes;
  }
  if (positionBytes !== sizeBytes) throw new ArchiveDamaged('its last member is cut off');
  return frames;
}

function trailerCrc(stored: Uint8Array): number {
  return Buffer.from(stored.buffer, stored.byteOffset, stored.length).readUInt32LE(
    stored.length - 8,
  );
}

function checked(frame: Frame): Frame {
  const { storedBytes, originalBytes } = frame;
  if (originalBytes > FRAME_BYTES || storedBytes > STORED_FRAME_BYTES_MAX || storedBytes === 0) {
    throw new ArchiveDamaged('a frame has an impossible length');
  }
  return frame;
}

/** Exactly these bytes of a file. */
export function bytesAt(file: DiskFile, position: number, length: number): Buffer {
  if (position < 0) throw new ArchiveDamaged('it is cut off');
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = file.read(buffer.subarray(done), position + done);
    if (count === 0) throw new ArchiveDamaged('it is cut off');
    done += count;
  }
  return buffer;
}
