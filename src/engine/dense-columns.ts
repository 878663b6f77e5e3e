/**
 * Where the pieces and the values of a dense chunk are, before any text is put together; see `dense-text.ts`.
 *
 * A chunk may have as many shapes as rows, and a dozen columns in each: they are numbered, and what is known of them is kept
 * in arrays, not in objects of their own.
 * What is read has passed its checksum. Bytes that make no sense all the same throw `Malformed`.
 */
import { ByteReader, Malformed } from './byte-reader.ts';
import { KIND, MARK, NEWLINE, planesOf, SHAPES_MAX } from './dense-text-format.ts';

/** The streams of a chunk, decompressed. */
export type DenseStreams = Readonly<{
  letters: Buffer;
  digits: Buffer;
  steps: Buffer;
  packed: Buffer;
}>;

export class DenseColumns {
  readonly streams: DenseStreams;
  readonly shapeCount: number;
  /** Of each shape: its text with a mark for each value, `letters[start, end)`. */
  readonly shapeStart: Int32Array;
  readonly shapeEnd: Int32Array;
  /** Rows by shape, ascending in each: those of shape n are `rows[rowsFrom[n], rowsFrom[n + 1])`. */
  readonly rows: Int32Array;
  readonly rowsFrom: Int32Array;
  /** The columns of shape n, in the order of its marks, are those from `columnsFrom[n]` to before `columnsFrom[n + 1]`. */
  readonly columnsFrom: Int32Array;
  readonly kind: Uint8Array;
  /** Where the values of each column begin in the stream of its kind, and end. */
  readonly at: Int32Array;
  readonly end: Int32Array;
  /** Bytes of each value, where all have the same. */
  readonly width: Int32Array;
  /** Of steps: the first number. */
  readonly first: Float64Array;

  /** Throws `Malformed`. */
  constructor(streams: DenseStreams, rowCount: number) {
    this.streams = streams;
    const { letters } = streams;
    const input = new ByteReader(letters);
    const shapeCount = input.count(1);
    if (shapeCount > SHAPES_MAX) throw new Malformed('a chunk has too many shapes');
    this.shapeCount = shapeCount;
    this.shapeStart = new Int32Array(shapeCount);
    this.shapeEnd = new Int32Array(shapeCount);
    for (let shape = 0; shape < shapeCount; shape += 1) this.shapeEnd[shape] = input.count(1);
    this.columnsFrom = new Int32Array(shapeCount + 1);
    for (let shape = 0; shape < shapeCount; shape += 1) {
      const start = letters.length - input.remaining;
      const end = start + input.bytes(this.shapeEnd[shape]!).length;
      this.shapeStart[shape] = start;
      this.shapeEnd[shape] = end;
      this.columnsFrom[shape + 1] = this.columnsFrom[shape]! + countMarks(letters, start, end);
    }
    const planes = input.bytes(rowCount * planesOf(shapeCount));
    this.rowsFrom = new Int32Array(shapeCount + 1);
    this.rows = rowsByShape(planes, rowCount, this.rowsFrom);
    const columnCount = this.columnsFrom[shapeCount]!;
    this.kind = new Uint8Array(columnCount);
    this.at = new Int32Array(columnCount);
    this.end = new Int32Array(columnCount);
    this.width = new Int32Array(columnCount);
    this.first = new Float64Array(columnCount);
    this.#open(letters.length - input.remaining);
  }

  rowCountOf(shape: number): number {
    return this.rowsFrom[shape + 1]! - this.rowsFrom[shape]!;
  }

  /** The stream that the values of a column are in. */
  streamOf(column: number): Buffer {
    const { letters, digits, steps, packed } = this.streams;
    switch (this.kind[column]) {
      case KIND.DIGITS:
      case KIND.FIXED_DIGITS:
        return digits;
      case KIND.STEPS:
        return steps;
      case KIND.FIXED_HEX:
        return packed;
      default:
        return letters;
    }
  }

  /** Find the columns, in the order in which they were written: all first ones, all second ones, and so on. */
  #open(valuesAt: number): void {
    const { columnsFrom, shapeCount, streams } = this;
    const ends = new StreamEnds(streams, valuesAt);
    let unfinished = new Int32Array(shapeCount).map((_, shape) => shape);
    for (let position = 0; unfinished.length > 0; position += 1) {
      let count = 0;
      for (let index = 0; index < unfinished.length; index += 1) {
        const shape = unfinished[index]!;
        const column = columnsFrom[shape]! + position;
        if (column === columnsFrom[shape + 1]) continue;
        this.#openColumn(column, this.rowCountOf(shape), ends);
        unfinished[count] = shape;
        count += 1;
      }
      unfinished = unfinished.subarray(0, count);
    }
  }

  #openColumn(
    column: number,
    rowCount: number,
    { letters, digits, steps, packed }: StreamEnds,
  ): void {
    const kind = letters.byte();
    this.kind[column] = kind;
    switch (kind) {
      case KIND.CONSTANT:
        this.at[column] = letters.passValues(1);
        // Without the newline that ends it.
        this.end[column] = letters.at - 1;
        return;
      case KIND.TEXT:
        this.at[column] = letters.passValues(rowCount);
        this.end[column] = letters.at;
        return;
      case KIND.DIGITS:
        this.at[column] = digits.passValues(rowCount);
        this.end[column] = digits.at;
        return;
      case KIND.STEPS:
        this.first[column] = letters.varint();
        this.at[column] = steps.pass(Math.max(0, rowCount - 1));
        this.end[column] = steps.at;
        return;
      case KIND.FIXED_TEXT:
      case KIND.FIXED_DIGITS:
      case KIND.FIXED_HEX: {
        const width = letters.varint();
        const stream =
          kind === KIND.FIXED_TEXT ? letters : kind === KIND.FIXED_HEX ? packed : digits;
        const bytes =
          kind === KIND.FIXED_HEX ? Math.ceil((width * rowCount) / 2) : width * rowCount;
        this.width[column] = width;
        this.at[column] = stream.pass(bytes);
        this.end[column] = stream.at;
        return;
      }
      default:
        throw new Malformed(`a column has kind ${kind}, which does not exist`);
    }
  }
}

/** How far each stream of a chunk has been read. */
class StreamEnds {
  readonly letters: StreamEnd;
  readonly digits: StreamEnd;
  readonly steps: StreamEnd;
  readonly packed: StreamEnd;

  constructor({ letters, digits, steps, packed }: DenseStreams, lettersAt: number) {
    this.letters = new StreamEnd(letters, lettersAt);
    this.digits = new StreamEnd(digits, 0);
    this.steps = new StreamEnd(steps, 0);
    this.packed = new StreamEnd(packed, 0);
  }
}

class StreamEnd {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Not a kind of column where there is none. */
  byte(): number {
    const { at, bytes } = this;
    this.at = at + 1;
    return at < bytes.length ? bytes[at]! : 0xff;
  }

  varint(): number {
    const small = this.at < this.bytes.length ? this.bytes[this.at]! : 0x80;
    if (small < 0x80) {
      this.at += 1;
      return small;
    }
    const input = new ByteReader(this.bytes.subarray(this.at));
    const value = input.varint();
    this.at += input.position;
    return value;
  }

  /** Pass over bytes; where they began. */
  pass(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from) throw new Malformed('a column runs over its end');
    this.at = from + count;
    return from;
  }

  /** Pass over values that end with a newline; where they began. */
  passValues(count: number): number {
    const { bytes, at: from } = this;
    const { length } = bytes;
    let at = from;
    for (let left = count; left > 0; left -= 1) {
      while (at < length && bytes[at] !== NEWLINE) at += 1;
      if (at === length) throw new Malformed('a value does not end');
      at += 1;
    }
    this.at = at;
    return from;
  }
}

function countMarks(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === MARK) count += 1;
  return count;
}

/** The rows of all shapes, one shape after the other; `from` is told where those of each begin. */
function rowsByShape(planes: Buffer, rowCount: number, from: Int32Array): Int32Array {
  const shapeCount = from.length - 1;
  const shapeOf = new Uint16Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const shape = shapeCount > 256 ? planes[row]! | (planes[rowCount + row]! << 8) : planes[row]!;
    if (shape >= shapeCount) throw new Malformed('a row has a shape that its chunk has not');
    shapeOf[row] = shape;
    from[shape + 1]! += 1;
  }
  for (let shape = 0; shape < shapeCount; shape += 1) from[shape + 1]! += from[shape]!;
  const next = from.slice();
  const rows = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const shape = shapeOf[row]!;
    rows[next[shape]!] = row;
    next[shape]! += 1;
  }
  return rows;
}
