/**
 * zstd with a context kept between calls: the one place that compresses and decompresses segment parts.
 *
 * Node's `zstdCompressSync` makes a new context for each call, which costs as much as compressing 8 KiB. The stream
 * classes keep theirs and can be driven synchronously through their handle. That handle is internal to
 * Node, so it is tried at start, with good and with bad input, and the public calls are used where it does
 * not behave. Both write ordinary zstd frames.
 *
 * Level 1: on log text higher levels of this library's fast strategies are slower and not smaller. Its table of places is
 * half as large as it would be by itself: what stood nearer is found, which is 3 % faster and a little smaller.
 */
import { constants } from 'node:zlib';
import {
  createZstdCompress,
  createZstdDecompress,
  zstdCompressSync,
  zstdDecompressSync,
} from '../base/compression.ts';
import { Malformed } from './byte-reader.ts';

const LEVEL = 1;
const HASH_LOG = 13;
const PARAMS = {
  [constants.ZSTD_c_compressionLevel]: LEVEL,
  [constants.ZSTD_c_hashLog]: HASH_LOG,
};

export interface Compressor {
  /** Write one frame to `target` from `at` on, which has room for `frameBytesMax`; returns its length. */
  compress(input: Uint8Array, target: Buffer, at: number): number;
}

/** The largest frame that `length` bytes can become. */
export function frameBytesMax(length: number): number {
  return length + (length >> 7) + 512;
}

export interface Decompressor {
  /** Fill `target[at, at + length)` from one frame. Throws `Malformed` where the frame does not hold exactly that. */
  decompress(
    frame: Uint8Array,
    target: Buffer,
    place: Readonly<{ at: number; length: number }>,
  ): void;
}

/** What the handles are tried with, and a frame of it: made once, so that who only reads makes no compressor. */
const SAMPLE = Buffer.from('a sample '.repeat(100));
const SAMPLE_FRAME = Buffer.from('KLUv/WCEAoUAAEhhIHNhbXBsZSABAHhZlSM=', 'base64');

export function openCompressor(): Compressor {
  try {
    const compressor = keptCompressor();
    const target = Buffer.alloc(frameBytesMax(SAMPLE.length) + 1);
    for (const input of [SAMPLE, SAMPLE.subarray(0, 9), Buffer.alloc(0), SAMPLE]) {
      const length = compressor.compress(input, target, 1);
      const frame = target.subarray(1, 1 + length);
      if (!zstdDecompressSync(frame).equals(input)) return plainCompressor;
    }
    return compressor;
  } catch {
    return plainCompressor;
  }
}

export function openDecompressor(): Decompressor {
  try {
    const decompressor = keptDecompressor();
    const place = { at: 1, length: SAMPLE.length };
    const target = Buffer.alloc(SAMPLE.length + 2);
    const cut = SAMPLE_FRAME.subarray(0, -3);
    if (accepts(decompressor, cut, target, place)) return plainDecompressor;
    for (let round = 0; round < 2; round += 1) {
      target.fill(0);
      decompressor.decompress(SAMPLE_FRAME, target, place);
      if (!target.subarray(1, -1).equals(SAMPLE)) return plainDecompressor;
    }
    if (accepts(decompressor, SAMPLE_FRAME, target, { at: 0, length: 5 })) return plainDecompressor;
    return decompressor;
  } catch {
    return plainDecompressor;
  }
}

function accepts(
  decompressor: Decompressor,
  frame: Uint8Array,
  target: Buffer,
  place: Readonly<{ at: number; length: number }>,
): boolean {
  try {
    decompressor.decompress(frame, target, place);
    return true;
  } catch {
    return false;
  }
}

const plainCompressor: Compressor = {
  compress: (input, target, at) => zstdCompressSync(input, { params: PARAMS }).copy(target, at),
};

const plainDecompressor: Decompressor = {
  decompress(frame, target, { at, length }) {
    let output: Buffer;
    try {
      output = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, length) });
    } catch (cause) {
      throw new Malformed('a compressed part cannot be decompressed', { cause });
    }
    if (output.length !== length) throw new Malformed(`${output.length} bytes, not ${length}`);
    output.copy(target, at);
  },
};

/** The synchronous face of a zlib handle; see `lib/zlib.js` of Node. */
type Handle = {
  onerror: (message: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
};
type HandleOwner = { _handle: Handle; _writeState: Uint32Array; destroy(): void };

function keptCompressor(): Compressor {
  const owner = createZstdCompress({ params: PARAMS }) as unknown as HandleOwner;
  const { _handle: handle, _writeState: state } = owner;
  return {
    compress(input, target, at) {
      const room = target.length - at;
      handle.writeSync(constants.ZSTD_e_end, input, 0, input.length, target, at, room);
      const left = state[0]!;
      if (left === 0 || state[1] !== 0) return plainCompressor.compress(input, target, at);
      return room - left;
    },
  };
}

function keptDecompressor(): Decompressor {
  let failed = false;
  const open = (): HandleOwner => {
    const owner = createZstdDecompress() as unknown as HandleOwner;
    owner._handle.onerror = () => {
      failed = true;
    };
    return owner;
  };
  let owner = open();
  return {
    decompress(frame, target, { at, length }) {
      // One byte more than expected, so that a frame which holds too much is noticed.
      const room = Math.min(length + 1, target.length - at);
      failed = false;
      const { _handle: handle, _writeState: state } = owner;
      handle.writeSync(constants.ZSTD_e_end, frame, 0, frame.length, target, at, room);
      if (!failed && state[1] === 0 && room - state[0]! === length) return;
      owner.destroy();
      owner = open();
      throw new Malformed(`a compressed part does not hold ${length} bytes`);
    },
  };
}
