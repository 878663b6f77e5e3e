/**
 * Lines of the two streams of a container, which its runtime writes into one file as they come.
 *
 * A block is a piece of the file in which records of both streams may be under way: a line goes on with the last record of its
 * own stream, whatever the other stream printed in between. A block ends at the first line that begins a record while none of the
 * other stream can still go on, and at the latest within the bounds below, so that nothing waits for long. What a block is, and
 * where it ends, is told by its bytes alone.
 *
 *     stderr  Traceback (most recent call last):      record 0
 *     stdout  GET /health 200                         record 1
 *     stderr    File "a.py", line 1                   record 0
 *     stderr  ValueError: no                          record 0
 */
import { NEWLINE, RETURN } from '../bytes.ts';
import { isThrowable, Trace } from '../continuation.ts';

/** What the runtime says of a line, written by a `ReadLine`. */
export const found = {
  /** `o` of stdout, `e` of stderr. */
  stream: 0,
  textAt: 0,
  textEnd: 0,
  isIndented: false,
  /** The runtime cut the program's line here. */
  isCut: false,
  /** Of the day. */
  ms: 0,
};

/** Reads a line into `found`; false where it is none of the runtime's. */
export type ReadLine = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Lines of the other stream that a record may have before its next line. */
const LINES_BETWEEN_MAX = 32;
/** Between the lines of a record, and between the first line of a block and its last record. */
const GAP_MS_MAX = 500;
/** A block of both streams ends at the next record beyond these, and at any line beyond twice as many. */
const BLOCK_LINES_MAX = 64;
const BLOCK_BYTES_MAX = 64 * 1024;
const DAY_MS = 86_400_000;

/** The last record of a stream in the block. */
class Stream {
  /** -1: it has none. */
  record = -1;
  lineCount = 0;
  lastLine = 0;
  lastMs = 0;
  isCut = false;
  readonly trace = new Trace();
}

export class Block {
  readonly #readLine: ReadLine;
  readonly #out = new Stream();
  readonly #error = new Stream();
  #start = -1;
  #nextStart = -1;
  #firstMs = 0;
  recordCount = 0;
  lineCount = 0;
  /** By line: where it begins, and which record it belongs to. By record: its first line. */
  readonly lineStart: number[] = [];
  readonly recordOf: number[] = [];
  readonly firstLine: number[] = [];

  constructor(readLine: ReadLine) {
    this.#readLine = readLine;
  }

  /** Whether the line [start, end) belongs to the block that begins at `blockStart`; lines are asked for one after the other. */
  continues(bytes: Uint8Array, blockStart: number, start: number, end: number): boolean {
    if (!this.#readLine(bytes, start, end)) return false;
    const isKnown = blockStart === this.#start && start === this.#nextStart && this.lineCount > 1;
    if (!isKnown) {
      if (!this.#read(bytes, blockStart, start)) return false;
      this.#readLine(bytes, start, end);
    }
    return this.#take(bytes, start, end);
  }

  /** Divide the whole block [start, end). Returns how many records it has; 0: it is none. */
  divide(bytes: Uint8Array, start: number, end: number): number {
    return this.#read(bytes, start, end) ? this.recordCount : 0;
  }

  #read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#start = start;
    this.#nextStart = start;
    this.recordCount = 0;
    this.lineCount = 0;
    this.#out.record = -1;
    this.#error.record = -1;
    for (let position = start; position < end; ) {
      const next = lineEnd(bytes, position, end);
      const stop = contentEnd(bytes, position, next);
      if (!this.#readLine(bytes, position, stop) || !this.#take(bytes, position, stop))
        return false;
      position = next + 1;
    }
    return this.lineCount > 0;
  }

  /** Add the line in `found`, which begins at `start`, if it belongs to the block. */
  #take(bytes: Uint8Array, start: number, end: number): boolean {
    const { stream: letter, ms } = found;
    const stream = letter === 101 ? this.#error : this.#out;
    const other = letter === 101 ? this.#out : this.#error;
    if (this.lineCount === 0) this.#firstMs = ms;
    if (this.#goesOn(bytes, stream, end)) {
      this.#append(bytes, stream, start, end);
      stream.lineCount += 1;
    } else {
      if (this.lineCount > 0 && !this.#mayHold(other, end)) return false;
      stream.record = this.recordCount;
      this.firstLine[this.recordCount] = this.lineCount;
      this.recordCount += 1;
      this.#append(bytes, stream, start, end);
      stream.lineCount = 1;
      stream.trace.begin(bytes, found.textAt, found.textEnd);
    }
    return true;
  }

  /** Whether the line in `found` goes on with the last record of its stream. */
  #goesOn(bytes: Uint8Array, stream: Stream, end: number): boolean {
    if (stream.record < 0) return false;
    const isNextLine = stream.lastLine === this.lineCount - 1;
    if (!isNextLine) {
      if (this.lineCount - stream.lastLine > LINES_BETWEEN_MAX) return false;
      if (msBetween(stream.lastMs, found.ms) > GAP_MS_MAX) return false;
    }
    if (this.recordCount > 1 && this.#isBeyond(end, 2)) return false;
    if (stream.isCut) return true;
    const { textAt, textEnd } = found;
    if (textAt >= textEnd) return false;
    return (
      found.isIndented ||
      stream.trace.continues(bytes, textAt, textEnd) ||
      isThrowable(bytes, textAt, textEnd)
    );
  }

  /** Whether the block goes on although the line in `found` begins a record: the last one of the other stream may have more lines. */
  #mayHold(other: Stream, end: number): boolean {
    const otherMayGoOn =
      other.record >= 0 &&
      this.lineCount - other.lastLine <= LINES_BETWEEN_MAX &&
      msBetween(other.lastMs, found.ms) <= GAP_MS_MAX;
    if (!otherMayGoOn) return false;
    const isUnderWay = other.lineCount > 1 && this.lineCount - other.lastLine < LINES_BETWEEN_MAX;
    const isLong = this.#isBeyond(end, 1) || msBetween(this.#firstMs, found.ms) > GAP_MS_MAX;
    return !this.#isBeyond(end, 2) && (!isLong || isUnderWay);
  }

  #isBeyond(end: number, factor: number): boolean {
    return (
      this.lineCount >= BLOCK_LINES_MAX * factor || end - this.#start > BLOCK_BYTES_MAX * factor
    );
  }

  #append(bytes: Uint8Array, stream: Stream, start: number, end: number): void {
    this.lineStart[this.lineCount] = start;
    this.recordOf[this.lineCount] = stream.record;
    stream.lastLine = this.lineCount;
    stream.lastMs = found.ms;
    stream.isCut = found.isCut;
    this.lineCount += 1;
    this.#nextStart = bytes[end] === RETURN ? end + 2 : end + 1;
  }
}

/** Ms of the day, midnight crossed. */
function msBetween(before: number, after: number): number {
  const difference = Math.abs(after - before);
  return Math.min(difference, DAY_MS - difference);
}

export function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== NEWLINE) position += 1;
  return position;
}

/** Without the return before the newline. */
export function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}
