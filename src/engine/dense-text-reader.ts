/**
 * Puts the text of a dense chunk together again; see `dense-text.ts`.
 *
 * Column by column: for each shape, each of its pieces and values is written into all of its rows before the next one is.
 * What is read has passed its checksum. Bytes that make no sense all the same throw `Malformed`: every row has to end
 * where the next one begins, and a write beyond the end of the buffer does nothing.
 */
import { ByteReader, Malformed } from './byte-reader.ts';
import { ReadScratch } from './byte-source.ts';
import { EXACT_DIGITS_MAX, FORM, KIND, MARK, planesOf, SHAPES_MAX } from './dense-text-format.ts';
import type { Decompressor } from './zstd.ts';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const HEX = Buffer.from('0123456789abcdef');
/** Whole numbers below this are divided as 32-bit ones. */
const SMALL = 0x7fff_ffff;

/** One stream of a chunk, and how far it has been read. */
type Stream = { bytes: Buffer; at: number };

type Streams = Readonly<{ letters: Stream; digits: Stream; steps: Stream; packed: Stream }>;

type Shape = Readonly<{ start: number; end: number; columns: Column[]; rows: Int32Array }>;

/** Where the text of one shape goes: its rows, and the next byte of each row of the chunk. */
type Rows = Readonly<{ target: Buffer; cursor: Int32Array; rows: Int32Array }>;

/** The values of one token of a shape, in the order of its rows. */
type Column = Readonly<{
  kind: number;
  bytes: Buffer;
  /** Where they begin; in half bytes where they are packed. */
  at: number;
  width: number;
  /** Of steps: the first number. */
  first: number;
}>;

/** Belongs to one thread; its memory is used for one chunk after the other. */
export class DenseTextReader {
  readonly #decompressor: Decompressor;
  readonly #scratch = [new ReadScratch(), new ReadScratch(), new ReadScratch()];

  constructor(decompressor: Decompressor) {
    this.#decompressor = decompressor;
  }

  /** Fill `target` with a text; `starts` are the beginnings of its rows, and its end. Throws `Malformed`. */
  read(stored: Buffer, target: Buffer, starts: Int32Array): void {
    const input = new ByteReader(stored);
    const form = input.u8();
    if (form === FORM.PLAIN) {
      const frame = input.bytes(input.count(1));
      const length = starts[starts.length - 1]!;
      this.#decompressor.decompress(frame, target, { at: 0, length });
      return;
    }
    if (form !== FORM.SHAPED) throw new Malformed(`a text has form ${form}, which does not exist`);
    const [letters, digits, steps] = this.#scratch.map((scratch) => this.#stream(input, scratch));
    const packed = { bytes: input.bytes(input.remaining), at: 0 };
    const streams = { letters: letters!, digits: digits!, steps: steps!, packed };
    putTogether(streams, target, starts);
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

function putTogether(streams: Streams, target: Buffer, starts: Int32Array): void {
  const { letters } = streams;
  const { bytes } = letters;
  const rowCount = starts.length - 1;
  const input = new ByteReader(bytes);
  const shapeCount = input.count(1);
  if (shapeCount > SHAPES_MAX) throw new Malformed('a chunk has too many shapes');
  const lengths = Array.from({ length: shapeCount }, () => input.varint());
  const places = lengths.map((length) => {
    const start = bytes.length - input.remaining;
    input.bytes(length);
    return { start, end: start + length };
  });
  const planes = input.bytes(rowCount * planesOf(shapeCount));
  letters.at = bytes.length - input.remaining;
  const rowsOf = rowsByShape(planes, rowCount, shapeCount);
  const shapes = places.map((place, shape) => ({
    ...place,
    columns: [] as Column[],
    rows: rowsOf[shape]!,
  }));
  openColumns(streams, shapes);

  const cursor = starts.slice();
  for (const { start, end, columns, rows } of shapes) {
    const to: Rows = { target, cursor, rows };
    let from = start;
    for (const column of columns) {
      let mark = from;
      while (bytes[mark] !== MARK) mark += 1;
      putPiece(bytes, from, mark - from, to);
      putValues(column, to);
      from = mark + 1;
    }
    putPiece(bytes, from, end - from, to);
  }
  for (let row = 0; row < rowCount; row += 1) {
    if (cursor[row] !== starts[row + 1]) throw new Malformed('a row has another length');
  }
}

/** The rows of each shape, in order. */
function rowsByShape(planes: Buffer, rowCount: number, shapeCount: number): Int32Array[] {
  const shapeOf = new Uint16Array(rowCount);
  const counts = new Int32Array(shapeCount);
  for (let row = 0; row < rowCount; row += 1) {
    const shape = shapeCount > 256 ? planes[row]! | (planes[rowCount + row]! << 8) : planes[row]!;
    if (shape >= shapeCount) throw new Malformed('a row has a shape that its chunk has not');
    shapeOf[row] = shape;
    counts[shape]! += 1;
  }
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let row = 0; row < rowCount; row += 1) {
    const shape = shapeOf[row]!;
    rows[shape]![counts[shape]!] = row;
    counts[shape]! += 1;
  }
  return rows;
}

/** Find where the values of each column begin, in the order in which they were written. */
function openColumns(streams: Streams, shapes: readonly Shape[]): void {
  const { bytes } = streams.letters;
  const tokenCounts = shapes.map(({ start, end }) => countMarks(bytes, start, end));
  const most = tokenCounts.reduce((count, tokens) => Math.max(count, tokens), 0);
  for (let position = 0; position < most; position += 1) {
    for (const [index, { columns, rows }] of shapes.entries()) {
      if (position < tokenCounts[index]!) columns.push(openColumn(streams, rows.length));
    }
  }
}

function countMarks(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === MARK) count += 1;
  return count;
}

function openColumn({ letters, digits, steps, packed }: Streams, rowCount: number): Column {
  const { bytes } = letters;
  const kind = bytes[letters.at] ?? -1;
  letters.at += 1;
  switch (kind) {
    case KIND.CONSTANT: {
      const at = skipValues(letters, 1);
      return { kind, bytes, at, width: letters.at - 1 - at, first: 0 };
    }
    case KIND.TEXT:
      return { kind, bytes, at: skipValues(letters, rowCount), width: 0, first: 0 };
    case KIND.DIGITS:
      return { kind, bytes: digits.bytes, at: skipValues(digits, rowCount), width: 0, first: 0 };
    case KIND.FIXED_TEXT: {
      const width = takeVarint(letters);
      return { kind, bytes, at: skip(letters, width * rowCount), width, first: 0 };
    }
    case KIND.FIXED_DIGITS: {
      const width = takeVarint(letters);
      return { kind, bytes: digits.bytes, at: skip(digits, width * rowCount), width, first: 0 };
    }
    case KIND.FIXED_HEX: {
      const width = takeVarint(letters);
      const at = skip(packed, Math.ceil((width * rowCount) / 2)) * 2;
      return { kind, bytes: packed.bytes, at, width, first: 0 };
    }
    case KIND.STEPS: {
      const first = takeVarint(letters);
      const at = skip(steps, Math.max(0, rowCount - 1));
      return { kind, bytes: steps.bytes, at, width: 0, first };
    }
    default:
      throw new Malformed(`a column has kind ${kind}, which does not exist`);
  }
}

function takeVarint(stream: Stream): number {
  const small = stream.bytes[stream.at] ?? 0x80;
  if (small < 0x80) {
    stream.at += 1;
    return small;
  }
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

/** Pass over values that end with a newline; where they began. */
function skipValues(stream: Stream, count: number): number {
  const { bytes, at: from } = stream;
  let at = from;
  for (let left = count; left > 0; left -= 1) {
    while (at < bytes.length && bytes[at] !== NEWLINE) at += 1;
    if (at === bytes.length) throw new Malformed('a value does not end');
    at += 1;
  }
  stream.at = at;
  return from;
}

/** The same bytes into every row. */
function putPiece(bytes: Buffer, from: number, length: number, to: Rows): void {
  if (length === 0) return;
  const { target, cursor, rows } = to;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const at = cursor[row]!;
    for (let byte = 0; byte < length; byte += 1) target[at + byte] = bytes[from + byte]!;
    cursor[row] = at + length;
  }
}

function putValues(column: Column, to: Rows): void {
  switch (column.kind) {
    case KIND.CONSTANT:
      putPiece(column.bytes, column.at, column.width, to);
      break;
    case KIND.TEXT:
    case KIND.DIGITS:
      putEnded(column, to);
      break;
    case KIND.FIXED_HEX:
      putHex(column, to);
      break;
    case KIND.STEPS:
      putSteps(column, to);
      break;
    default:
      putPlanes(column, to);
  }
}

function putEnded({ bytes, at }: Column, { target, cursor, rows }: Rows): void {
  let from = at;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    let next = cursor[row]!;
    // Each value was seen to end.
    for (let byte = bytes[from]!; byte !== NEWLINE; byte = bytes[from]!) {
      target[next] = byte;
      next += 1;
      from += 1;
    }
    from += 1;
    cursor[row] = next;
  }
}

function putPlanes(column: Column, { target, cursor, rows }: Rows): void {
  const { bytes, at, width } = column;
  const count = rows.length;
  for (let plane = 0; plane < width; plane += 1) {
    const from = at + plane * count;
    for (let index = 0; index < count; index += 1) {
      target[cursor[rows[index]!]! + plane] = bytes[from + index]!;
    }
  }
  for (let index = 0; index < count; index += 1) cursor[rows[index]!]! += width;
}

function putHex(column: Column, { target, cursor, rows }: Rows): void {
  const { bytes, width } = column;
  let half = column.at;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const at = cursor[row]!;
    for (let digit = 0; digit < width; digit += 1) {
      const pair = bytes[half >> 1]!;
      target[at + digit] = HEX[(half & 1) === 0 ? pair & 15 : pair >> 4]!;
      half += 1;
    }
    cursor[row] = at + width;
  }
}

function putSteps(column: Column, { target, cursor, rows }: Rows): void {
  const { bytes, at } = column;
  let value = column.first;
  for (let index = 0; index < rows.length; index += 1) {
    if (index > 0) {
      const step = bytes[at + index - 1]!;
      value += (step & 1) === 0 ? step >> 1 : -((step + 1) >> 1);
      if (value < 0) throw new Malformed('a number falls below 0');
    }
    const row = rows[index]!;
    cursor[row] = putNumber(value, target, cursor[row]!);
  }
}

function putNumber(value: number, target: Buffer, at: number): number {
  const end = at + digitCountOf(value);
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
