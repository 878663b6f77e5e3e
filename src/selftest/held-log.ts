/**
 * A log file open for writing whose writer holds some bytes back, as programs that buffer their output do: what is in
 * the file may end anywhere, in the middle of a line and of a character.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Never more than this is held back: one write of a busy program. */
const HELD_BYTES_MAX = 64 * 1024;

const NEWLINE = 10;

export type HeldLogOptions = Readonly<{
  random: () => number;
  /** Write at its own position, as a program does that did not open its log for appending. */
  holdsPosition: boolean;
}>;

export class HeldLog implements Disposable {
  readonly #descriptor: number;
  readonly #options: HeldLogOptions;
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);
  #text = '';

  private constructor(descriptor: number, options: HeldLogOptions) {
    this.#descriptor = descriptor;
    this.#options = options;
  }

  static open(path: string, options: HeldLogOptions): HeldLog {
    return new HeldLog(openSync(path, options.holdsPosition ? 'w' : 'a'), options);
  }

  /** Bytes that were written into the file through this handle. */
  get writtenBytes(): number {
    return this.#position;
  }

  put(line: string): void {
    this.#text += line;
    const isFull = this.#text.length >= HELD_BYTES_MAX;
    if (isFull || this.#options.random() < 0.3) this.#release(this.#options.random());
  }

  flush(): void {
    this.#release(0);
  }

  /** Leave the newline of the last line away, if it was not written yet. */
  dropFinalNewline(): void {
    this.#gather();
    if (this.#rest.at(-1) === NEWLINE) this.#rest = this.#rest.subarray(0, -1);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #gather(): void {
    if (this.#text === '') return;
    this.#rest = Buffer.concat([this.#rest, Buffer.from(this.#text)]);
    this.#text = '';
  }

  /** Write all but a share of what is held back; of much of it, at most the last line or two stay. */
  #release(shareKept: number): void {
    this.#gather();
    const keptBytes = Math.floor(Math.min(this.#rest.length, 200) * shareKept);
    const slice = this.#rest.subarray(0, this.#rest.length - keptBytes);
    this.#rest = this.#rest.subarray(slice.length);
    let done = 0;
    while (done < slice.length) {
      const at = this.#options.holdsPosition ? this.#position + done : null;
      done += writeSync(this.#descriptor, slice, done, slice.length - done, at);
    }
    this.#position += slice.length;
  }
}
