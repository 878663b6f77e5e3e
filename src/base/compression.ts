/**
 * The one door to what `node:zlib` compresses and decompresses with, made so that a thread which does it can be ended
 * (`thread.ts`).
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { unendable } from './thread.ts';

export const createGunzip = unendably(zlib.createGunzip);
export const createZstdCompress = unendably(zlib.createZstdCompress);
export const createZstdDecompress = unendably(zlib.createZstdDecompress);
/** In Node's pool. */
export const gzip = unendably(promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip));
export const deflateRawSync = unendably(zlib.deflateRawSync);
export const gzipSync = unendably(zlib.gzipSync);
export const inflateRawSync = unendably(zlib.inflateRawSync);
export const zstdCompressSync = unendably(zlib.zstdCompressSync);
export const zstdDecompressSync = unendably(zlib.zstdDecompressSync);

function unendably<Given extends unknown[], Result>(
  make: (...given: Given) => Result,
): (...given: Given) => Result {
  return (...given) => unendable(() => make(...given));
}
