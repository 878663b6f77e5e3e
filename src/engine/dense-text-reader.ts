/**
 * Puts the text of a dense chunk together again, all of it or some of its rows; see `dense-text.ts`.
 *
 * Column by column: for each shape, each of its pieces and values is written into all of its rows before the next one is.
 * What is read has passed its checksum. Bytes that make no sense all the same throw `Malformed`: every row has to end
 * where the next one begins, and a write beyond the end of the buffer does nothing.
 */
import { ByteReader, Malformed } from './byte-reader.ts';
import { ReadScratch } from './byte-source.ts';
import { DenseColumns } from './dense-columns.ts';
import { type DenseScreen, markRows } from './dense-screen.ts';
import { EXACT_DIGITS_MAX, FORM, KIND, MARK, NEWLINE, stepOf } from './dense-text-format.ts';
import type { Decompressor } from './zstd.ts';

const ZERO = 0x30;
const HEX = Buffer.from('0123456789abcdef');
/** Whole numbers below this are divided as 32-bit ones. */
const SMALL = 0x7fff_ffff;
/** A stream that claims more than this is damage, not a request for memory. */
const STREAM_BYTES_MAX = 1024 * 1024 * 1024;

/** Rows of a chunk whose text is wanted. */
export type WantedRows = {
  /** Ascending. */
  readonly rows: Int32Array;
  /** How many of them; what lies behind is not valid. */
  count: number;
};

/** Where the text of one shape goes. */
type Target = Readonly<{
  target: Buffer;
  /** The next byte of each row of the chunk. */
  cursor: Int32Array;
  /** Rows to write. */
  rows: Int32Array;
  /** Where each of them is among the rows of the shape. */
  picks: Int32Array;
  /** Rows of the shape. */
  rowCount: number;
}>;

/** Belongs to one thread; its memory is used for one chunk after the other. */
export class DenseTextReader {
  readonly #decompressor: Decompressor;
  readonly #scratch = [new ReadScratch(), new ReadScratch(), new ReadScratch()];

  constructor(decompressor: Decompressor) {
    this.#decompressor = decompressor;
  }

  /** What is stored of a chunk of `rowCount` rows, taken apart; valid until the next call. Throws `Malformed`. */
  open(stored: Buffer, rowCount: number): DenseText {
    const input = new ByteReader(stored);
    const form = input.u8();
    if (form === FORM.PLAIN) {
      const frame = input.bytes(input.count(1));
      return new DenseText(rowCount, { frame, decompressor: this.#decompressor });
    }
    if (form !== FORM.SHAPED) throw new Malformed(`a text has form ${form}, which does not exist`);
    const [letters, digits, steps] = this.#scratch.map((scratch) => this.#stream(input, scratch));
    const packed = input.bytes(input.remaining);
    const streams = { letters: letters!, digits: digits!, steps: steps!, packed };
    return new DenseText(rowCount, new DenseColumns(streams, rowCount));
  }

  #stream(input: ByteReader, scratch: ReadScratch): Buffer {
    const length = input.varint();
    const stored = input.count(1);
    if (length > STREAM_BYTES_MAX) throw new Malformed('a stream claims too much');
    const bytes = scratch.take(length + 1).subarray(0, length + 1);
    if (length > 0) {
      this.#decompressor.decompress(input.bytes(stored), bytes, { at: 0, length });
    }
    return bytes.subarray(0, length);
  }
}

/** A text that has no shapes. */
type PlainText = Readonly<{ frame: Buffer; decompressor: Decompressor }>;

/** The text of one chunk before it is put together. */
export class DenseText {
  readonly #rowCount: number;
  readonly #parts: PlainText | DenseColumns;

  constructor(rowCount: number, parts: PlainText | DenseColumns) {
    this.#rowCount = rowCount;
    this.#parts = parts;
  }

  /** Leave out of `wanted` the rows that shapes and values rule out. */
  narrow(wanted: WantedRows, screen: DenseScreen): void {
    const parts = this.#parts;
    if ('frame' in parts) return;
    const mayMatch = new Uint8Array(this.#rowCount);
    markRows(screen, parts, mayMatch);
    const { rows } = wanted;
    let count = 0;
    for (let index = 0; index < wanted.count; index += 1) {
      const row = rows[index]!;
      if (mayMatch[row] === 0) continue;
      rows[count] = row;
      count += 1;
    }
    wanted.count = count;
  }

  /** Write rows to where they belong in `target`: `starts` are the beginnings of all, and the end. Throws `Malformed`. */
  put(target: Buffer, starts: Int32Array, wanted: Readonly<WantedRows> | null): void {
    const parts = this.#parts;
    if ('frame' in parts) {
      const length = starts[this.#rowCount]!;
      // Of nothing there is no frame.
      if (length === 0 && parts.frame.length === 0) return;
      parts.decompressor.decompress(parts.frame, target, { at: 0, length });
      return;
    }
    const isWanted = wanted === null ? null : flagsOf(wanted, this.#rowCount);
    const cursor = starts.slice();
    const rows = new Int32Array(this.#rowCount);
    const picks = new Int32Array(this.#rowCount);
    for (let shape = 0; shape < parts.shapeCount; shape += 1) {
      const count = pickRows(parts, { shape, isWanted }, { rows, picks });
      if (count === 0) continue;
      const to = { target, cursor, rows: rows.subarray(0, count), picks };
      putShape(parts, shape, { ...to, rowCount: parts.rowCountOf(shape) });
      for (const row of to.rows) {
        if (cursor[row] !== starts[row + 1]) throw new Malformed('a row has another length');
      }
    }
  }
}

function flagsOf({ rows, count }: WantedRows, rowCount: number): Uint8Array {
  const flags = new Uint8Array(rowCount);
  for (let index = 0; index < count; index += 1) flags[rows[index]!] = 1;
  return flags;
}

/** Rows of a shape that are wanted (null: all), and where they are among its rows; how many there are. */
function pickRows(
  { rows: all, rowsFrom }: DenseColumns,
  { shape, isWanted }: Readonly<{ shape: number; isWanted: Uint8Array | null }>,
  { rows, picks }: Readonly<{ rows: Int32Array; picks: Int32Array }>,
): number {
  const from = rowsFrom[shape]!;
  const until = rowsFrom[shape + 1]!;
  let count = 0;
  for (let index = from; index < until; index += 1) {
    const row = all[index]!;
    if (isWanted !== null && isWanted[row] === 0) continue;
    rows[count] = row;
    picks[count] = index - from;
    count += 1;
  }
  return count;
}

function putShape(chunk: DenseColumns, shape: number, to: Target): void {
  const { columnsFrom, shapeEnd, shapeStart, streams } = chunk;
  const { letters } = streams;
  let from = shapeStart[shape]!;
  const columnsEnd = columnsFrom[shape + 1]!;
  for (let column = columnsFrom[shape]!; column < columnsEnd; column += 1) {
    let mark = from;
    while (letters[mark] !== MARK) mark += 1;
    putPiece(letters, from, mark - from, to);
    putValues(chunk, column, to);
    from = mark + 1;
  }
  putPiece(letters, from, shapeEnd[shape]! - from, to);
}

/** The same bytes into every row. */
function putPiece(bytes: Buffer, from: number, length: number, to: Target): void {
  if (length === 0) return;
  const { target, cursor, rows } = to;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const at = cursor[row]!;
    for (let byte = 0; byte < length; byte += 1) target[at + byte] = bytes[from + byte]!;
    cursor[row] = at + length;
  }
}

function putValues(chunk: DenseColumns, column: number, to: Target): void {
  const at = chunk.at[column]!;
  const width = chunk.width[column]!;
  const bytes = chunk.streamOf(column);
  switch (chunk.kind[column]) {
    case KIND.CONSTANT:
      putPiece(bytes, at, chunk.end[column]! - at, to);
      break;
    case KIND.TEXT:
    case KIND.DIGITS:
      putEnded(bytes, at, to);
      break;
    case KIND.FIXED_HEX:
      putHex(bytes, { at, width }, to);
      break;
    case KIND.STEPS:
      putSteps(bytes, { at, first: chunk.first[column]! }, to);
      break;
    default:
      putPlanes(bytes, { at, width }, to);
  }
}

function putEnded(bytes: Buffer, at: number, { target, cursor, rows, picks }: Target): void {
  let from = at;
  let passed = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    // Each value was seen to end.
    for (const pick = picks[index]!; passed < pick; passed += 1) {
      while (bytes[from] !== NEWLINE) from += 1;
      from += 1;
    }
    passed += 1;
    let next = cursor[row]!;
    for (let byte = bytes[from]!; byte !== NEWLINE; byte = bytes[from]!) {
      target[next] = byte;
      next += 1;
      from += 1;
    }
    from += 1;
    cursor[row] = next;
  }
}

function putPlanes(
  bytes: Buffer,
  { at, width }: Readonly<{ at: number; width: number }>,
  { target, cursor, rows, picks, rowCount }: Target,
): void {
  const count = rows.length;
  for (let plane = 0; plane < width; plane += 1) {
    const from = at + plane * rowCount;
    for (let index = 0; index < count; index += 1) {
      target[cursor[rows[index]!]! + plane] = bytes[from + picks[index]!]!;
    }
  }
  for (let index = 0; index < count; index += 1) cursor[rows[index]!]! += width;
}

function putHex(
  bytes: Buffer,
  { at: start, width }: Readonly<{ at: number; width: number }>,
  { target, cursor, rows, picks }: Target,
): void {
  for (let index = 0; index < rows.length; index += 1) {
    let half = start * 2 + picks[index]! * width;
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

function putSteps(
  bytes: Buffer,
  { at, first }: Readonly<{ at: number; first: number }>,
  { target, cursor, rows, picks }: Target,
): void {
  let value = first;
  let passed = 0;
  for (let index = 0; index < rows.length; index += 1) {
    for (const pick = picks[index]!; passed < pick; passed += 1) {
      value += stepOf(bytes[at + passed]!);
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
