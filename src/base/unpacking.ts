/**
 * Compressed files as streams of their content: gzip, zstd, bzip2 and xz, told by their first bytes, not by their
 * names. The one door to `unbzip2-stream` and `xz-decompress`; both are loaded only for such a file.
 */
import { PassThrough, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from './compression.ts';
import { messageOf } from './errors.ts';
import { cutAtFrameEnds } from './zstd-frames.ts';

export type Packing = 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** First bytes needed to tell. */
export const MAGIC_BYTES = 6;

const ZSTD_MAGIC = 0xfd2fb528;
const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** Null: it is not compressed, or in a way that is not known. */
export function packingOf(head: Buffer): Packing | null {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === ZSTD_MAGIC) return 'zstd';
  if (head.length >= 4 && /^BZh[1-9]$/.test(head.toString('latin1', 0, 4))) return 'bzip2';
  return head.subarray(0, MAGIC_BYTES).equals(XZ_MAGIC) ? 'xz' : null;
}

/** An error of `packed` reaches whoever reads the result; whoever reads no more of that, or cannot, closes `packed` with it. */
export async function unpacked(packed: Readable, packing: Packing): Promise<Readable> {
  switch (packing) {
    case 'gzip':
      return piped(packed, createGunzip());
    case 'zstd':
      return piped(Readable.from(cutAtFrameEnds(packed)), createZstdDecompress());
    case 'bzip2': {
      const { default: unbzip2 } = await import('unbzip2-stream');
      // It is an old-style stream: one of today's behind it keeps to what its reader can take.
      const plain = unbzip2();
      const content = new PassThrough();
      plain.on('error', () => content.destroy(damaged(packing)));
      packed.pipe(plain).pipe(content);
      return endingWith(packed, content);
    }
    case 'xz': {
      // A CommonJS module, whose names Node does not see; other loaders do.
      const loaded: XzModule & Readonly<{ default?: XzModule }> = await import('xz-decompress');
      const { XzReadableStream } = loaded.default ?? loaded;
      const source = Readable.toWeb(packed) as ReadableStream<Uint8Array>;
      return Readable.from(inWords(Readable.fromWeb(new XzReadableStream(source) as never)));
    }
  }
}

/** What the packages say of it is for those who made them: a property of undefined, a number. */
function damaged(packing: Packing): Error {
  return new Error(`its ${packing} data is damaged, or ends too early`);
}

async function* inWords(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (cause) {
    throw messageOf(cause).includes(XZ_FAILED) ? damaged('xz') : cause;
  }
}

const XZ_FAILED = 'failed with error code';

type XzModule = Pick<typeof import('xz-decompress'), 'XzReadableStream'>;

function piped(packed: Readable, unpacker: ReturnType<typeof createGunzip>): Readable {
  return endingWith(packed, packed.pipe(unpacker));
}

/** A pipe by itself ends neither of them with the other: a file would stay open. */
function endingWith(packed: Readable, content: Transform): Transform {
  packed.on('error', (error) => content.destroy(error));
  return content.on('close', () => packed.destroy());
}
