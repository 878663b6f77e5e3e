/**
 * Large heads → durable segments, while their owner reads on: the sealing thread encodes them, Node's pool writes what it made.
 *
 * Encoding is most of it, so the thread goes on with the next head while the one before is written. The memory of a head is
 * its owner's again as soon as it is encoded. Its bytes stay until they are durable: where the disk is full they are tried again.
 */
import { AssertionFailed } from '../base/assert.ts';
import { messageOf } from '../base/errors.ts';
import type { TakenHead } from './heads.ts';
import type { SealedSegment, SegmentBytes } from './seal.ts';
import type { EncodedHead, SealThread } from './seal-thread.ts';
import type { SegmentStore } from './segment-store.ts';

/** A head on its way. What it rejects with need not be asked for. */
export class Sealing {
  /** Resolves when the head's memory can be used again. */
  readonly encoded: Promise<unknown>;
  /** Rejects with what the disk says: begin again with the same head then. All segments are durable, or none. */
  readonly durable: Promise<readonly SealedSegment[]>;

  constructor(encoded: Promise<unknown>, durable: Promise<readonly SealedSegment[]>) {
    this.encoded = encoded;
    this.durable = durable;
    encoded.catch(() => {});
    durable.catch(() => {});
  }
}

export class MeanwhileSealer {
  readonly #thread: SealThread;
  readonly #store: SegmentStore | null;
  readonly #release: (taken: TakenHead) => void;
  /** Heads whose bytes are not durable yet. */
  readonly #encoded = new Map<TakenHead, Promise<EncodedHead>>();
  /** For the bytes of the heads to come. */
  #rooms: SharedArrayBuffer[] = [];

  /** `release` is told of each head whose memory can be used again. */
  constructor(thread: SealThread, store: SegmentStore | null, release: (taken: TakenHead) => void) {
    this.#thread = thread;
    this.#store = store;
    this.#release = release;
  }

  begin(taken: TakenHead): Sealing {
    const encoding = this.#encoded.get(taken) ?? this.#encode(taken);
    this.#encoded.set(taken, encoding);
    return new Sealing(
      encoding,
      encoding.then((head) => this.#write(taken, head)),
    );
  }

  /** Of memory that waits for the next heads. */
  get heldBytes(): number {
    return this.#rooms.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  letGo(): void {
    this.#rooms = [];
  }

  async #encode(taken: TakenHead): Promise<EncodedHead> {
    try {
      const encoded = await this.#thread.encode(taken, this.#rooms.pop() ?? null);
      this.#release(taken);
      return encoded;
    } catch (cause) {
      // Its rows are in memory that the thread may have changed.
      throw new AssertionFailed(
        `a sealing thread does not end while it seals: ${messageOf(cause)}`,
      );
    }
  }

  async #write(
    taken: TakenHead,
    { segments, room }: EncodedHead,
  ): Promise<readonly SealedSegment[]> {
    const sealed: SealedSegment[] = [];
    try {
      for (const segment of segments) sealed.push(await this.#place(segment));
    } catch (thrown) {
      for (const { row } of sealed) if (row.file !== null) this.#store?.remove(row.file);
      throw thrown;
    }
    this.#encoded.delete(taken);
    this.#rooms.push(room);
    return sealed;
  }

  async #place({ row, bytes }: SegmentBytes): Promise<SealedSegment> {
    if (row.file === null) return { row, inlineBytes: Uint8Array.from(bytes) };
    await this.#store?.writeMeanwhile(row.file, bytes);
    return { row, inlineBytes: null };
  }
}
