/**
 * Where the bytes of a generation are read from, by position: its own file, a copy of it, or its unpacked rest.
 * Synchronous: on the page cache a `readSync` costs half of an awaited read.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { type FileLook, lookAtDescriptor } from './file-look.ts';
import type { PrivatePlaces } from './private-places.ts';

/** What a decoder gets at a time. */
const PIECE_BYTES = 64 * 1024;

/** The file system refused; kept apart from what a sink throws while it is handed bytes. */
export class FileFailure extends Error {
  override name = 'FileFailure';
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.code = systemCodeOf(cause);
  }
}

export class ByteSource implements Disposable {
  readonly #descriptor: number;
  /** Position in the generation of the first byte of the file; what comes before it was checked. */
  readonly baseOffset: number;
  #open = true;

  private constructor(descriptor: number, baseOffset: number) {
    this.#descriptor = descriptor;
    this.baseOffset = baseOffset;
  }

  /** Never waits: a name that meanwhile leads to a pipe opens at once and is refused by its look. */
  static open(
    path: string,
    options: Readonly<{ baseOffset?: number; notIn?: PrivatePlaces }> = {},
  ): ByteSource {
    let descriptor: number;
    try {
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      throw new FileFailure(cause);
    }
    const source = new ByteSource(descriptor, options.baseOffset ?? 0);
    const refusal = options.notIn?.refusalOf(path, descriptor) ?? null;
    if (refusal === null) return source;
    source[Symbol.dispose]();
    throw new FileFailure(new Error(refusal));
  }

  /** Returns how many bytes were read: fewer than asked for at the end. */
  read(buffer: Buffer, at: number, lengthBytes: number, positionBytes: number): number {
    try {
      return readSync(this.#descriptor, buffer, at, lengthBytes, positionBytes - this.baseOffset);
    } catch (cause) {
      throw new FileFailure(cause);
    }
  }

  /** All of it from the beginning, in pieces that stay valid. A stream of `node:fs` would close the descriptor. */
  *pieces(): Generator<Buffer, void, void> {
    for (let position = 0; ; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const readBytes = this.read(piece, 0, PIECE_BYTES, position);
      if (readBytes === 0) return;
      yield piece.subarray(0, readBytes);
      position += readBytes;
    }
  }

  /** How long it is now: less work than `look`, and asked of every file again and again. */
  get sizeBytes(): number {
    try {
      return fstatSync(this.#descriptor).size + this.baseOffset;
    } catch (cause) {
      throw new FileFailure(cause);
    }
  }

  look(): FileLook {
    try {
      const look = lookAtDescriptor(this.#descriptor);
      if (this.baseOffset === 0) return look;
      return { ...look, sizeBytes: look.sizeBytes + this.baseOffset };
    } catch (cause) {
      throw new FileFailure(cause);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }
}
