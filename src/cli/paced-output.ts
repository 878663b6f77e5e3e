/**
 * Output that keeps the reader's pace: text is collected into large pieces, and a full pipe is waited for.
 *
 * A command that prints ten million lines into `less` holds a few hundred kilobytes, not the lines.
 */
import type { Writable } from 'node:stream';

/** Where a command writes text, whoever reads it. */
export interface TextOutput {
  /** Nobody reads any more: what follows would be for nothing. */
  readonly isClosed: boolean;
  /** Bytes are the caller's again when this returns, before it resolves: those of a segment are written over by the next. */
  write(content: string | Buffer): Promise<void>;
  finish(): Promise<void>;
}

const PIECE_BYTES = 64 * 1024;

export class PacedOutput implements TextOutput {
  readonly #stream: Writable;
  #pieces: Buffer[] = [];
  #byteCount = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  get isClosed(): boolean {
    return this.#stream.destroyed;
  }

  async write(content: string | Buffer): Promise<void> {
    const bytes =
      typeof content === 'string' ? Buffer.from(content) : Buffer.copyBytesFrom(content);
    this.#pieces.push(bytes);
    this.#byteCount += bytes.length;
    if (this.#byteCount >= PIECE_BYTES) await this.flush();
  }

  finish(): Promise<void> {
    return this.flush();
  }

  /** Hand over what is collected; resolves when the stream wants more. */
  async flush(): Promise<void> {
    if (this.#byteCount === 0 || this.#stream.destroyed) return;
    const piece = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#byteCount = 0;
    if (this.#stream.write(piece)) return;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        this.#stream.off('drain', goOn);
        this.#stream.off('close', goOn);
        resolve();
      };
      this.#stream.on('drain', goOn);
      // Where the reader has gone there is no drain; main.ts ends the process on the error.
      this.#stream.on('close', goOn);
    });
  }
}
