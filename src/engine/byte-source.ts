/** Where the bytes of a segment are: a file, or memory. One reader for both, so there is one search path. */
import type { Disk, DiskFile } from '../base/disk.ts';
import { Malformed } from './byte-reader.ts';

export interface ByteSource extends Disposable {
  readonly length: number;
  /**
   * Exactly `length` bytes from `at`; throws `Malformed` where they are not there. The caller does not change them.
   * With a scratch they are valid until it is taken again: no memory is asked for.
   */
  read(at: number, length: number, scratch?: ReadScratch): Buffer;
}

/** Memory that is used for one read after the other. */
export class ReadScratch {
  #bytes = Buffer.alloc(0);

  take(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(length * 2);
    return this.#bytes.subarray(0, length);
  }
}

export class BufferSource implements ByteSource {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  read(at: number, length: number): Buffer {
    if (at < 0 || at + length > this.#bytes.length) throw new Malformed('the segment is too short');
    return this.#bytes.subarray(at, at + length);
  }

  [Symbol.dispose](): void {}
}

/** A read up to this asks for its memory without a look at how long the file is. */
const SMALL_READ_BYTES = 64 * 1024;

export class FileSource implements ByteSource {
  readonly #file: DiskFile;
  #length: number | undefined;

  private constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Throws ENOENT where the file has been removed meanwhile. */
  static open(disk: Disk, path: string): FileSource {
    return new FileSource(disk.open(path, 'read'));
  }

  get length(): number {
    this.#length ??= this.#file.stat().size;
    return this.#length;
  }

  read(at: number, length: number, scratch?: ReadScratch): Buffer {
    if (
      at < 0 ||
      !Number.isSafeInteger(at) ||
      (length > SMALL_READ_BYTES && at + length > this.length)
    ) {
      throw new Malformed('the segment is too short');
    }
    const bytes = scratch?.take(length) ?? Buffer.allocUnsafe(length);
    if (this.#file.read(bytes, at) !== length) throw new Malformed('the segment is too short');
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
