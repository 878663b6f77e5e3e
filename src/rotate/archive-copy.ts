/**
 * Copies for the archive: written under a temporary name, plain or compressed, synced, read back and matched
 * against what was read of the original. And the digest of an archived file's content, however it is stored.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Disk, DiskFile } from '../base/disk.ts';
import type { Compression } from '../config/settings.ts';
import {
  ArchiveDamaged,
  bytesAt,
  decodeFrame,
  encodeFrame,
  encodeTrailer,
  FRAME_BYTES,
  type Frame,
  framesOf,
} from './archive-codec.ts';

/** Of the original content, whatever it is stored as. */
export type Digest = Readonly<{ sha256: string; lines: number; sizeBytes: number }>;

export type WholeCopy = Digest & Readonly<{ storedBytes: number; storedSha256: string }>;

/** Read and written at once: large enough for the disk, small beside everything else. */
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** An empty file compressed is a frame without content: tools refuse files with none. */
const NOTHING = new Uint8Array(0);

/** Copy the first `sizeBytes` of `source` to `path`, a new file, which is whole and durable when this returns. */
export function writeWholeCopy(
  disk: Disk,
  path: string,
  original: Readonly<{ source: DiskFile; sizeBytes: number; compression: Compression }>,
): WholeCopy {
  const { sizeBytes, compression } = original;
  const written = writeCopy(disk, path, original);
  using copy = disk.open(path, 'read', { noFollow: true });
  const isWhole = copy.stat().size === written.storedBytes;
  const found = isWhole ? digestOfStored(copy, { sizeBytes, compression }) : null;
  if (found?.sha256 !== written.sha256)
    throw new Error('the copy, read back, differs from the original');
  return written;
}

/** Digest of the first `sizeBytes` bytes of a file. `onRead`: how many were read so far. */
export function digestOf(
  file: DiskFile,
  sizeBytes: number,
  onRead: (readBytes: number) => void = () => {},
): Digest {
  const counting = new Counting();
  let readBytes = 0;
  forEachPiece(file, { sizeBytes, pieceBytes: CHUNK_BYTES }, (piece) => {
    counting.add(piece);
    readBytes += piece.length;
    onRead(readBytes);
  });
  return counting.digest();
}

/** Digest of the original content of an archived file. Throws `ArchiveDamaged` where it cannot be read. */
export function digestOfStored(
  file: DiskFile,
  stored: Readonly<{ sizeBytes: number; compression: Compression }>,
): Digest {
  const { sizeBytes, compression } = stored;
  if (compression === 'none') {
    if (file.stat().size !== sizeBytes) throw new ArchiveDamaged('it has another length');
    return digestOf(file, sizeBytes);
  }
  const counting = new Counting();
  forEachOriginalPiece(file, compression, (piece) => counting.add(piece));
  return counting.digest();
}

/** The original content of a compressed file, piece by piece. */
export function forEachOriginalPiece(
  file: DiskFile,
  compression: Compression,
  use: (piece: Uint8Array) => void,
): void {
  for (const frame of framesOf(file, compression)) {
    const stored = bytesAt(file, frame.positionBytes, frame.storedBytes);
    use(decodeFrame(stored, frame, compression));
  }
}

/** Exactly the first `sizeBytes` bytes, in whole pieces and a rest. A piece is valid until the next. */
export function forEachPiece(
  file: DiskFile,
  range: Readonly<{ sizeBytes: number; pieceBytes: number }>,
  use: (piece: Uint8Array) => void,
): void {
  const { sizeBytes, pieceBytes } = range;
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes));
  for (let position = 0; position < sizeBytes; ) {
    const wanted = Math.min(buffer.length, sizeBytes - position);
    let filled = 0;
    while (filled < wanted) {
      const count = file.read(buffer.subarray(filled, wanted), position + filled);
      if (count === 0) throw new Error('the file became shorter while it was read');
      filled += count;
    }
    use(buffer.subarray(0, filled));
    position += filled;
  }
}

function writeCopy(
  disk: Disk,
  path: string,
  original: Readonly<{ source: DiskFile; sizeBytes: number; compression: Compression }>,
): WholeCopy {
  const { source, sizeBytes, compression } = original;
  using copy = disk.open(path, 'create', { mode: 0o600, noFollow: true });
  const counting = new Counting();
  const storedHash = createHash('sha256');
  const frames: Frame[] = [];
  let storedBytes = 0;
  const store = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    storedHash.update(bytes);
    copy.write(bytes);
    storedBytes += bytes.length;
  };
  const storeFrame = (piece: Uint8Array): void => {
    const frame = encodeFrame(piece, compression);
    const place = { positionBytes: storedBytes, storedBytes: frame.length };
    frames.push({ ...place, originalBytes: piece.length });
    store(frame);
  };
  const pieceBytes = compression === 'none' ? CHUNK_BYTES : FRAME_BYTES;
  forEachPiece(source, { sizeBytes, pieceBytes }, (piece) => {
    counting.add(piece);
    if (compression === 'none') {
      store(piece);
      return;
    }
    storeFrame(piece);
  });
  if (compression !== 'none') {
    if (frames.length === 0) storeFrame(NOTHING);
    store(encodeTrailer(frames, compression));
  }
  copy.takeAttributes(source.stat());
  copy.sync();
  return { ...counting.digest(), storedBytes, storedSha256: storedHash.digest('hex') };
}

/** SHA-256, lines and length of what is added. A last line without newline is one. */
class Counting {
  readonly #hash: Hash = createHash('sha256');
  #lines = 0;
  #sizeBytes = 0;
  #last = NEWLINE;

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#hash.update(piece);
    this.#sizeBytes += piece.length;
    this.#last = piece[piece.length - 1]!;
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) {
      this.#lines += 1;
    }
  }

  digest(): Digest {
    const lines = this.#last === NEWLINE ? this.#lines : this.#lines + 1;
    return { sha256: this.#hash.digest('hex'), lines, sizeBytes: this.#sizeBytes };
  }
}
