/**
 * Holes: runs of NUL bytes at the beginning of a line. A writer that goes on where it was when its file was emptied leaves one,
 * and nobody wrote it.
 */

/** Shorter runs may be text somebody wrote. */
export const HOLE_BYTES_MIN = 16;

const NEWLINE = 0x0a;
const BEFORE_NUL = Buffer.of(NEWLINE, 0);

/** `offset`: where `bytes[start]` is in the file. */
export type TakeBytes = (bytes: Buffer, start: number, end: number, offset: number) => void;

/** Index of the first byte that is not NUL in `bytes[from, to)`, or `to`. */
export function endOfNuls(bytes: Buffer, from: number, to: number): number {
  let index = from;
  while (index < to && bytes[index] === 0) index += 1;
  return index;
}

/** Hands the bytes of a file over, piece by piece, but for its holes. */
export class HoleFilter {
  readonly #take: TakeBytes;
  readonly #isOff: boolean;
  /** Of the next piece, in the file. */
  #offset = 0;
  #isAtLineStart = true;
  /** In front of the line that begins, not handed over. */
  #nuls = 0;

  /** `isOff`: everything is handed over; of texts in which every other byte may be NUL. */
  constructor(take: TakeBytes, { isOff }: Readonly<{ isOff: boolean }>) {
    this.#take = take;
    this.#isOff = isOff;
  }

  take(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const textStart = this.#isAtLineStart ? this.#pass(bytes, start) : start;
      if (textStart === bytes.length) break;
      this.#handOverNuls(textStart);
      const newline = this.#isOff ? -1 : bytes.indexOf(BEFORE_NUL, textStart);
      const end = newline === -1 ? bytes.length : newline + 1;
      this.#take(bytes, textStart, end, this.#offset + textStart);
      this.#isAtLineStart = bytes[end - 1] === NEWLINE;
      start = end;
    }
    this.#offset += bytes.length;
  }

  /** No piece follows. */
  end(): void {
    this.#handOverNuls(0);
  }

  #pass(bytes: Buffer, start: number): number {
    if (this.#isOff) return start;
    const textStart = endOfNuls(bytes, start, bytes.length);
    this.#nuls += textStart - start;
    return textStart;
  }

  /** Those before `textStart` of the piece: a few are part of their line. */
  #handOverNuls(textStart: number): void {
    const count = this.#nuls;
    this.#nuls = 0;
    if (count === 0 || count >= HOLE_BYTES_MIN) return;
    this.#take(Buffer.alloc(count), 0, count, this.#offset + textStart - count);
  }
}
