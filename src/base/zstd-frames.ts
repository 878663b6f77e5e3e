/**
 * The pieces of a zstd file, cut where a frame ends. Node's decompressor drops what lies behind that end in the piece it was given,
 * without a word, and a file may have many frames: our own archives, those of pzstd, and files that were joined.
 *
 *     frame: u32 magic · descriptor · window, dictionary, length of the content (each may be left out) · blocks · u32 checksum (or none)
 *     block: u24 of bytes, type and whether it is the last one · its bytes
 *     skippable frame: u32 magic · u32 bytes · its bytes
 */
const MAGIC = 0xfd2fb528;
/** The last four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** One byte that is repeated: the number says how often. */
const REPEATED_BLOCK = 1;

/** Bytes that a frame can be told its next part by. */
const LOOKED_AT_BYTES = 4;

export async function* cutAtFrameEnds(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const looked = Buffer.alloc(LOOKED_AT_BYTES);
  let parts = partsOfFrame(looked);
  let part = parts.next();
  let doneBytes = 0;
  for await (const piece of packed) {
    let start = 0;
    for (let at = 0; at < piece.length && !part.done; ) {
      const until = Math.min(piece.length, at + part.value - doneBytes);
      piece.copy(looked, doneBytes, at, until);
      doneBytes += until - at;
      at = until;
      while (!part.done && doneBytes === part.value) {
        part = parts.next();
        doneBytes = 0;
      }
      if (!part.done) continue;
      yield piece.subarray(start, at);
      start = at;
      parts = partsOfFrame(looked);
      part = parts.next();
    }
    if (start < piece.length) yield piece.subarray(start);
  }
}

/** How long each part of a frame is. `looked`: how the part before begins, when the next one is asked for. */
function* partsOfFrame(looked: Buffer): Generator<number, void> {
  yield 4;
  const magic = looked.readUInt32LE(0);
  if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
    yield 4;
    yield looked.readUInt32LE(0);
    return;
  }
  // Whoever decompresses it says what is wrong.
  if (magic !== MAGIC) yield Number.POSITIVE_INFINITY;
  yield 1;
  const descriptor = looked[0]!;
  yield headerBytes(descriptor);
  for (let isLast = false; !isLast; ) {
    yield 3;
    const block = looked.readUIntLE(0, 3);
    isLast = (block & 1) === 1;
    yield ((block >> 1) & 3) === REPEATED_BLOCK ? 1 : block >> 3;
  }
  yield (descriptor & 4) === 0 ? 0 : 4;
}

/** What lies between the descriptor and the first block. */
function headerBytes(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0;
  const lengthBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  return (isSingle ? 0 : 1) + dictionaryBytes + lengthBytes;
}
