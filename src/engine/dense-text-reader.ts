/**
 * Puts the text of a dense chunk together again; see `dense-text.ts`.
 *
 * What is read has passed its checksum; bytes that make no sense all the same throw `Malformed`, and nothing is read or
 * written outside of what they may name.
 */
import { ByteReader, Malformed } from './byte-reader.ts';
import { ReadScratch } from './byte-source.ts';
import { EXACT_DIGITS_MAX, FORM, KIND, MARK, planesOf, SHAPES_MAX } from './dense-text.ts';
import type { Decompressor } from './zstd.ts';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const HEX = Buffer.from('0123456789abcdef');
/** Whole numbers below this are divided as 32-bit ones. */
const SMALL = 0x7fff_ffff;

/** One stream of a chunk, and how far it has been read. */
type Stream = { bytes: Buffer; at: number };

type Streams = Readonly<{ letters: Stream; digits: Stream; steps: Stream; packed: Stream }>;

type Shape = Readonly<{ start: number; end: number; columns: Column[] }>;

/** The values of one token of a shape, given out in the order of its rows. */
type Column = {
  kind: number;
  bytes: Buffer;
  /** Where the next value, byte of a plane, or step is; in half bytes where they are packed. */
  at: number;
  width: number;
  /** Rows of the shape: from one plane to the next. */
  rowCount: number;
  /** The number given last; -1: none yet. */
  value: number;
  first: number;
};

/** Belongs to one thread; its memory is used for one chunk after the other. */
export class DenseTextReader {
  readonly #decompressor: Decompressor;
  readonly #scratch = [new ReadScratch(), new ReadScratch(), new ReadScratch()];

  constructor(decompressor: Decompressor) {
    this.#decompressor = decompressor;
  }

  /** Fill `target[0, length)` with the text of `rowCount` rows. Throws `Malformed`. */
  read(
    stored: Buffer,
    target: Buffer,
    { rowCount, length }: Readonly<{ rowCount: number; length: number }>,
  ): void {
    const input = new ByteReader(stored);
    const form = input.u8();
    if (form === FORM.PLAIN) {
      const frame = input.bytes(input.count(1));
      this.#decompressor.decompress(frame, target, { at: 0, length });
      return;
    }
    if (form !== FORM.SHAPED) throw new Malformed(`a text has form ${form}, which does not exist`);
    const [letters, digits, steps] = this.#scratch.map((scratch) => this.#stream(input, scratch));
    const packed = { bytes: input.bytes(input.remaining), at: 0 };
    const streams = { letters: letters!, digits: digits!, steps: steps!, packed };
    putTogether(streams, target, { rowCount, length });
  }

  #stream(input: ByteReader, scratch: ReadScratch): Stream {
    const length = input.varint();
    const stored = input.count(1);
    if (length > STREAM_BYTES_MAX) throw new Malformed('a stream claims too much');
    const bytes = scratch.take(length + 1).subarray(0, length + 1);
    if (length > 0) {
      this.#decompressor.decompress(input.bytes(stored), bytes, { at: 0, length });
    }
    return { bytes: bytes.subarray(0, length), at: 0 };
  }
}

/** A stream that claims more than this is damage, not a request for memory. */
const STREAM_BYTES_MAX = 1024 * 1024 * 1024;

function putTogether(
  streams: Streams,
  target: Buffer,
  { rowCount, length }: Readonly<{ rowCount: number; length: number }>,
): void {
  const { letters } = streams;
  const input = new ByteReader(letters.bytes);
  const shapeCount = input.count(1);
  if (shapeCount > SHAPES_MAX) throw new Malformed('a chunk has too many shapes');
  const lengths = Array.from({ length: shapeCount }, () => input.varint());
  const shapes = lengths.map((shapeLength) => {
    const start = letters.bytes.length - input.remaining;
    input.bytes(shapeLength);
    return { start, end: start + shapeLength, columns: [] as Column[] };
  });
  const planes = input.bytes(rowCount * planesOf(shapeCount));
  letters.at = letters.bytes.length - input.remaining;
  const shapeOf = (row: number): number =>
    shapeCount > 256 ? planes[row]! | (planes[rowCount + row]! << 8) : planes[row]!;
  openColumns(streams, shapes, rowCountsOf(shapeOf, rowCount, shapeCount));

  let at = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const { start, end, columns } = shapes[shapeOf(row)]!;
    let next = 0;
    for (let from = start; from < end; from += 1) {
      const byte = letters.bytes[from]!;
      if (byte !== MARK) {
        if (at >= length) throw new Malformed('a text is longer than it should be');
        target[at] = byte;
        at += 1;
      } else {
        at = takeValue(columns[next]!, target, at, length);
        next += 1;
      }
    }
  }
  if (at !== length) throw new Malformed(`a text has ${at} bytes, not ${length}`);
}

function rowCountsOf(
  shapeOf: (row: number) => number,
  rowCount: number,
  shapeCount: number,
): number[] {
  const counts = new Array<number>(shapeCount).fill(0);
  for (let row = 0; row < rowCount; row += 1) {
    const shape = shapeOf(row);
    if (shape >= shapeCount) throw new Malformed('a row has a shape that its chunk has not');
    counts[shape]! += 1;
  }
  return counts;
}

/** Find where the values of each column begin, in the order in which they were written. */
function openColumns(
  streams: Streams,
  shapes: readonly Shape[],
  rowCounts: readonly number[],
): void {
  const { bytes } = streams.letters;
  const tokenCounts = shapes.map(({ start, end }) => countMarks(bytes, start, end));
  const most = tokenCounts.reduce((count, tokens) => Math.max(count, tokens), 0);
  for (let position = 0; position < most; position += 1) {
    for (const [index, shape] of shapes.entries()) {
      if (position < tokenCounts[index]!)
        shape.columns.push(openColumn(streams, rowCounts[index]!));
    }
  }
}

function countMarks(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === MARK) count += 1;
  return count;
}

function openColumn(streams: Streams, rowCount: number): Column {
  const { letters, digits, steps, packed } = streams;
  const kind = letters.bytes[letters.at];
  letters.at += 1;
  const column = {
    kind: kind ?? -1,
    bytes: letters.bytes,
    at: 0,
    width: 0,
    rowCount,
    value: -1,
    first: 0,
  };
  switch (kind) {
    case KIND.CONSTANT:
      column.at = letters.at;
      skipValues(letters, 1);
      column.width = letters.at - 1 - column.at;
      break;
    case KIND.TEXT:
      column.at = letters.at;
      skipValues(letters, rowCount);
      break;
    case KIND.DIGITS:
      column.bytes = digits.bytes;
      column.at = digits.at;
      skipValues(digits, rowCount);
      break;
    case KIND.FIXED_TEXT:
      column.width = takeVarint(letters);
      column.at = skip(letters, column.width * rowCount);
      break;
    case KIND.FIXED_DIGITS:
      column.width = takeVarint(letters);
      column.bytes = digits.bytes;
      column.at = skip(digits, column.width * rowCount);
      break;
    case KIND.FIXED_HEX:
      column.width = takeVarint(letters);
      column.bytes = packed.bytes;
      column.at = skip(packed, Math.ceil((column.width * rowCount) / 2)) * 2;
      break;
    case KIND.STEPS:
      column.first = takeVarint(letters);
      column.bytes = steps.bytes;
      column.at = skip(steps, Math.max(0, rowCount - 1));
      break;
    default:
      throw new Malformed(`a column has kind ${kind}, which does not exist`);
  }
  return column;
}

function takeVarint(stream: Stream): number {
  const input = new ByteReader(stream.bytes.subarray(stream.at));
  const before = input.remaining;
  const value = input.varint();
  stream.at += before - input.remaining;
  return value;
}

/** Pass over bytes; where they began. */
function skip(stream: Stream, count: number): number {
  const from = stream.at;
  if (count > stream.bytes.length - from) throw new Malformed('a column runs over its end');
  stream.at = from + count;
  return from;
}

/** Pass over values that end with a newline. */
function skipValues(stream: Stream, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    const end = stream.bytes.indexOf(NEWLINE, stream.at);
    if (end < 0) throw new Malformed('a value does not end');
    stream.at = end + 1;
  }
}

/** Write the next value of a column at `at`; returns the place behind it. */
function takeValue(column: Column, target: Buffer, at: number, limit: number): number {
  const { bytes, width, rowCount } = column;
  let to = at;
  switch (column.kind) {
    case KIND.CONSTANT:
      if (to + width > limit) throw tooLong();
      for (let index = 0; index < width; index += 1) target[to++] = bytes[column.at + index]!;
      return to;
    case KIND.TEXT:
    case KIND.DIGITS: {
      let from = column.at;
      for (let byte = bytes[from]!; byte !== NEWLINE; byte = bytes[++from]!) {
        if (to >= limit) throw tooLong();
        target[to++] = byte;
      }
      column.at = from + 1;
      return to;
    }
    case KIND.FIXED_HEX:
      if (to + width > limit) throw tooLong();
      for (let half = column.at; half < column.at + width; half += 1) {
        const pair = bytes[half >> 1]!;
        target[to++] = HEX[(half & 1) === 0 ? pair & 15 : pair >> 4]!;
      }
      column.at += width;
      return to;
    case KIND.STEPS:
      return putNumber(nextNumber(column), target, to, limit);
    default:
      if (to + width > limit) throw tooLong();
      for (let plane = column.at; to < at + width; plane += rowCount) target[to++] = bytes[plane]!;
      column.at += 1;
      return to;
  }
}

function nextNumber(column: Column): number {
  if (column.value < 0) {
    column.value = column.first;
  } else {
    const step = column.bytes[column.at]!;
    column.at += 1;
    column.value += (step & 1) === 0 ? step >> 1 : -((step + 1) >> 1);
    if (column.value < 0) throw new Malformed('a number falls below 0');
  }
  return column.value;
}

function putNumber(value: number, target: Buffer, at: number, limit: number): number {
  const end = at + digitCountOf(value);
  if (end > limit) throw tooLong();
  let rest = value;
  let to = end;
  while (rest > SMALL) {
    to -= 1;
    target[to] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  for (let small = rest | 0; to > at; ) {
    to -= 1;
    const tens = (small / 10) | 0;
    target[to] = ZERO + small - tens * 10;
    small = tens;
  }
  return end;
}

function digitCountOf(value: number): number {
  let count = 1;
  for (let power = 10; power <= value && count <= EXACT_DIGITS_MAX; power *= 10) count += 1;
  return count;
}

function tooLong(): Malformed {
  return new Malformed('a text is longer than it should be');
}
