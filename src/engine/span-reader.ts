/**
 * Span classes and gaps back to the spans of `EntryColumns`; see `span-format.ts`.
 *
 * A `SpanTable` knows where the text of each row begins and places any row by itself: a search that wants three rows of a
 * chunk pays for three.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { readPlanes, widthOf } from './column-codec.ts';
import { GAP, gapCountOf, type SpanClass } from './span-format.ts';

/** `keyOf` gives this process's id of a key that the segment numbers. */
export function readSpanClasses(
  input: ByteReader,
  keyOf: (localKey: number) => number,
): SpanClass[] {
  const classes: SpanClass[] = [];
  const classCount = input.count(3);
  for (let id = 0; id < classCount; id += 1) {
    const fieldCount = input.count(2);
    const keys = new Int32Array(fieldCount);
    const kinds = new Uint8Array(fieldCount);
    for (let field = 0; field < fieldCount; field += 1) {
      keys[field] = keyOf(input.varint());
      kinds[field] = input.u8();
    }
    const made = Uint8Array.from(input.bytes(fieldCount + 1));
    const order = new Int32Array(input.count(1));
    for (let index = 0; index < order.length; index += 1) {
      const boundary = input.varint();
      if (boundary >> 1 > fieldCount) throw new Malformed('a span class names an item it has not');
      order[index] = boundary;
    }
    classes.push({ keys, kinds, made, order });
  }
  return classes;
}

/** A column of gaps: its form, and its planes or what stands for them. */
type GapColumn = Readonly<{
  form: number;
  /** The constant, the smallest value, or the terminator. */
  value: number;
  /** Where its planes begin in the bytes of the table. */
  at: number;
}>;

type ChunkClass = Readonly<{
  spanClass: SpanClass;
  rowCount: number;
  columns: readonly GapColumn[];
}>;

/** Memory that is used for one table after the other. */
export class SpanScratch {
  #rowCount = 0;
  starts = new Int32Array(1);
  lengths = new Uint32Array(0);
  rowClass = new Uint32Array(0);
  rank = new Int32Array(0);

  /** Room for so many rows. */
  reserve(rowCount: number): void {
    if (rowCount <= this.#rowCount) return;
    this.#rowCount = rowCount;
    this.starts = new Int32Array(rowCount + 1);
    this.lengths = new Uint32Array(rowCount);
    this.rowClass = new Uint32Array(rowCount);
    this.rank = new Int32Array(rowCount);
  }
}

/** Valid as long as its bytes and its scratch are not used for another. */
export class SpanTable {
  /** Where the text of each row begins, and where the last one ends. */
  readonly starts: Int32Array;
  /** Where the table ends in its bytes. */
  readonly end: number;
  readonly #bytes: Uint8Array;
  readonly #rowClass: Uint32Array;
  /** Place of each row among the rows of its class. */
  readonly #rank: Int32Array;
  readonly #classes: readonly ChunkClass[];

  private constructor(
    from: Readonly<{ bytes: Uint8Array; end: number; starts: Int32Array }>,
    rows: SpanScratch,
    classes: readonly ChunkClass[],
  ) {
    this.#bytes = from.bytes;
    this.end = from.end;
    this.starts = from.starts;
    this.#rowClass = rows.rowClass;
    this.#rank = rows.rank;
    this.#classes = classes;
  }

  /** The table that `bytes` begin with. Throws `Malformed`. */
  static read(
    bytes: Uint8Array,
    layout: Readonly<{ classes: readonly SpanClass[]; rowCount: number; textLength: number }>,
    scratch: SpanScratch,
  ): SpanTable {
    const { classes, rowCount } = layout;
    const input = new ByteReader(bytes);
    scratch.reserve(rowCount);
    const starts = readStarts(input, { bytes, rowCount, scratch });
    if (starts[rowCount] !== layout.textLength) {
      throw new Malformed('the texts of a chunk do not add up');
    }
    const used: SpanClass[] = [];
    const usedCount = input.count(1);
    for (let index = 0; index < usedCount; index += 1) {
      const spanClass = classes[input.varint()];
      if (spanClass === undefined) throw new Malformed('a chunk names a span class it has not');
      used.push(spanClass);
    }
    const { rowClass, rank } = scratch;
    if (usedCount > 1) {
      const width = widthOf(usedCount - 1);
      const at = input.skip(rowCount * width);
      readPlanes(bytes, rowClass, { at, count: rowCount, width });
    } else {
      rowClass.fill(0, 0, rowCount);
    }
    const sizes = new Int32Array(usedCount);
    for (let row = 0; row < rowCount; row += 1) {
      const index = rowClass[row]!;
      if (index >= usedCount) throw new Malformed('a row names a span class its chunk has not');
      rank[row] = sizes[index]!;
      sizes[index]! += 1;
    }
    const chunkClasses = used.map((spanClass, index) => readClass(input, spanClass, sizes[index]!));
    return new SpanTable({ bytes, end: input.position, starts }, scratch, chunkClasses);
  }

  /** Set the spans of one row. Rows come in ascending order; the spans of those passed over are not valid. */
  place(columns: EntryColumns, row: number): void {
    const { spanClass, columns: gapColumns, rowCount } = this.#classes[this.#rowClass[row]!]!;
    const bytes = this.#bytes;
    const rank = this.#rank[row]!;
    const { keys, kinds, made, order } = spanClass;
    const message = keys.length;
    columns.reserveFields(message);
    const { fieldStart, fieldLength, fieldKey, fieldKind } = columns;
    const field = columns.fieldCount;
    // Where its fields begin, also if the row before was passed over.
    if (row > 0) columns.fieldEnd[row - 1] = field;
    const start = this.starts[row]!;
    const end = this.starts[row + 1]!;
    const gapAt = (gap: number, place: number): number => {
      const column = gapColumns[gap]!;
      const { form, value } = column;
      if (form === GAP.CONSTANT) return value;
      if (form === GAP.TERMINATED) return distanceTo(value, columns.bytes, { place, end });
      if (form === GAP.REST) return restOf(gapColumns, gap, end - place);
      let stored = 0;
      for (let plane = 0; plane < form; plane += 1) {
        stored |= bytes[column.at + plane * rowCount + rank]! << (8 * plane);
      }
      return stored + value;
    };

    let place = start;
    columns.rawStart[row] = place;
    for (let index = 0; index < order.length; index += 1) {
      const boundary = order[index]!;
      const item = boundary >> 1;
      place += gapAt(index, place);
      if ((boundary & 1) === 0) {
        if (item === message) columns.messageStart[row] = place;
        else fieldStart[field + item] = place;
      } else if (item === message) {
        columns.messageLength[row] = place - columns.messageStart[row]!;
      } else {
        fieldLength[field + item] = place - fieldStart[field + item]!;
      }
    }
    let gap = order.length;
    place += gapAt(gap, place);
    columns.rawLength[row] = place - start;
    for (let item = 0; item <= message; item += 1) {
      if (made[item] !== 1) continue;
      gap += 1;
      const length = gapAt(gap, place);
      if (item === message) {
        columns.messageStart[row] = place;
        columns.messageLength[row] = length;
      } else {
        fieldStart[field + item] = place;
        fieldLength[field + item] = length;
      }
      place += length;
    }
    if (place + gapAt(gap + 1, place) !== end)
      throw new Malformed('the gaps of a row do not add up');
    for (let item = 0; item < message; item += 1) {
      fieldKey[field + item] = keys[item]!;
      fieldKind[field + item] = kinds[item]!;
    }
    columns.fieldCount = field + message;
    columns.fieldEnd[row] = field + message;
  }
}

function readStarts(
  input: ByteReader,
  {
    bytes,
    rowCount,
    scratch,
  }: Readonly<{ bytes: Uint8Array; rowCount: number; scratch: SpanScratch }>,
): Int32Array {
  const { form, value, at } = readNumbers(input, rowCount);
  if (form > GAP.WIDTH_MAX) throw new Malformed('the lengths of a chunk are no numbers');
  const { lengths } = scratch;
  if (form > 0) readPlanes(bytes, lengths, { at, count: rowCount, width: form });
  else lengths.fill(0, 0, rowCount);
  const starts = scratch.starts.subarray(0, rowCount + 1);
  let start = 0;
  for (let row = 0; row < rowCount; row += 1) {
    start += lengths[row]! + value;
    starts[row + 1] = start;
  }
  return starts;
}

function readClass(input: ByteReader, spanClass: SpanClass, rowCount: number): ChunkClass {
  const columns: GapColumn[] = [];
  for (let gap = gapCountOf(spanClass); gap > 0; gap -= 1) {
    columns.push(readNumbers(input, rowCount));
  }
  return { spanClass, rowCount, columns };
}

function readNumbers(input: ByteReader, count: number): GapColumn {
  const form = input.u8();
  if (form > GAP.REST) throw new Malformed('a gap has an unknown form');
  const value = form === GAP.REST ? 0 : form === GAP.TERMINATED ? input.u8() : input.varint();
  const at = input.skip(form > GAP.WIDTH_MAX ? 0 : count * form);
  return { form, value, at };
}

function distanceTo(
  terminator: number,
  bytes: Uint8Array,
  within: Readonly<{ place: number; end: number }>,
): number {
  const { place, end } = within;
  let at = place;
  while (at < end && bytes[at] !== terminator) at += 1;
  return at - place;
}

/** All columns behind the rest are constant. */
function restOf(columns: readonly GapColumn[], gap: number, left: number): number {
  let rest = left;
  for (let later = gap + 1; later < columns.length; later += 1) rest -= columns[later]!.value;
  return rest;
}
