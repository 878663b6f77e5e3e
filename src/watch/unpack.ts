/**
 * The content of a compressed file as a file of our own that has no name, so that it is read like any other and is
 * gone when it is closed or the process ends. What lies before the read position is checked and not written.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Packing, unpacked } from '../base/unpacking.ts';
import { ByteSource } from './byte-source.ts';
import type { GenerationRecord } from './generation.ts';

export type UnpackOptions = Readonly<{
  format: Packing;
  /** A folder with room for the content. */
  scratchFolder: string;
  /** The content must begin with what was seen of this generation; null: it is a new one. */
  expected: GenerationRecord | null;
  signal: AbortSignal;
}>;

/** Undefined: the content is not that of the expected generation. Throws what reading or unpacking meets. */
export async function unpack(
  packed: ByteSource,
  options: UnpackOptions,
): Promise<ByteSource | undefined> {
  const { format, scratchFolder, expected, signal } = options;
  const baseOffset = expected === null ? 0 : firstNeededOf(expected);
  const scratch = await openScratch(scratchFolder, baseOffset);
  const pieces = Readable.from(packed.pieces());
  try {
    await using written = scratch.written;
    const check = new ContentCheck(expected);
    await pipeline(
      await unpacked(pieces, format),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          const from = Math.max(0, baseOffset - check.position);
          if (!check.push(chunk)) return;
          if (from < chunk.length) await written.write(chunk, from);
        }
      },
      { signal },
    );
    if (check.isPassed) return scratch.read;
  } catch (cause) {
    scratch.read[Symbol.dispose]();
    throw cause;
  } finally {
    // Where no more was asked for: the file is closed next.
    pieces.destroy();
  }
  scratch.read[Symbol.dispose]();
  return undefined;
}

/** An unfinished last line is read again from its beginning; the bytes before what was seen are compared. */
function firstNeededOf({ readOffset, seenOffset, tail }: GenerationRecord): number {
  return Math.min(readOffset, seenOffset - tail.length);
}

/**
 * A file that has no name once it is opened, so that a process that is killed leaves its content to nobody. Not in a folder of
 * its own: network and FUSE file systems keep a file that is open under another name there, and the folder could not be removed.
 */
async function openScratch(
  scratchFolder: string,
  baseOffset: number,
): Promise<{ written: FileHandle; read: ByteSource }> {
  const path = join(scratchFolder, `unpack-${randomUUID()}`);
  const written = await open(path, 'wx', 0o600);
  try {
    return { written, read: ByteSource.open(path, { baseOffset }) };
  } catch (cause) {
    await written.close();
    throw cause;
  } finally {
    await rm(path, { force: true });
  }
}

/** Compares a stream with the head, the milestones and the tail of a generation. */
class ContentCheck {
  readonly #pieces: readonly Readonly<{ at: number; bytes: Buffer }>[];
  readonly #bytesMin: number;
  #isSame = true;
  position = 0;

  constructor(generation: GenerationRecord | null) {
    this.#bytesMin = generation?.seenOffset ?? 0;
    if (generation === null) {
      this.#pieces = [];
      return;
    }
    const { head, headOffset, milestones, tail, seenOffset } = generation;
    this.#pieces = [
      { at: headOffset, bytes: head },
      ...milestones.map((one) => ({ at: one.offset - one.tail.length, bytes: one.tail })),
      { at: seenOffset - tail.length, bytes: tail },
    ];
  }

  get isPassed(): boolean {
    return this.#isSame && this.position >= this.#bytesMin;
  }

  /** Returns whether all is the same so far. */
  push(chunk: Buffer): boolean {
    const start = this.position;
    const end = start + chunk.length;
    for (const { at, bytes } of this.#pieces) {
      const from = Math.max(at, start);
      const to = Math.min(at + bytes.length, end);
      if (from >= to) continue;
      const isSame = chunk.compare(bytes, from - at, to - at, from - start, to - start) === 0;
      this.#isSame &&= isSame;
    }
    this.position = end;
    return this.#isSame;
  }
}
