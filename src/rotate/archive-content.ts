/**
 * The lines of an archived file: its original bytes as they are, or unpacked where somebody else had compressed the file
 * before it was archived (`app.log.1.gz`); told by its first bytes.
 */
import { Readable } from 'node:stream';
import type { DiskFile } from '../base/disk.ts';
import { packingOf, unpacked } from '../base/unpacking.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { bytesAt, decodeFrame, framesOf } from './archive-codec.ts';

const PIECE_BYTES = 1024 * 1024;

/** In the order of the file. A piece is valid until the next. */
export async function* archiveContent(
  file: DiskFile,
  row: Pick<ArchiveRow, 'compression' | 'sizeBytes'>,
): AsyncGenerator<Uint8Array, void, void> {
  const pieces = originalPieces(file, row);
  const first = pieces.next();
  if (first.done) return;
  const packing = packingOf(Buffer.from(first.value));
  if (packing === null) {
    yield first.value;
    yield* pieces;
    return;
  }
  const content = await unpacked(Readable.from(kept(first.value, pieces)), packing);
  for await (const piece of content) yield piece as Uint8Array;
}

/** What waits in a stream must not change there. */
function* kept(first: Uint8Array, pieces: Iterable<Uint8Array>): Generator<Buffer, void, void> {
  yield Buffer.from(first);
  for (const piece of pieces) yield Buffer.from(piece);
}

/** What was archived, piece by piece. */
function* originalPieces(
  file: DiskFile,
  { compression, sizeBytes }: Pick<ArchiveRow, 'compression' | 'sizeBytes'>,
): Generator<Uint8Array, void, void> {
  if (compression !== 'none') {
    for (const frame of framesOf(file, compression)) {
      const stored = bytesAt(file, frame.positionBytes, frame.storedBytes);
      yield decodeFrame(stored, frame, compression);
    }
    return;
  }
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, sizeBytes));
  for (let position = 0; position < sizeBytes; ) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, sizeBytes - position));
    const count = file.read(wanted, position);
    if (count === 0) throw new Error('the file is shorter than what was archived');
    yield wanted.subarray(0, count);
    position += count;
  }
}
