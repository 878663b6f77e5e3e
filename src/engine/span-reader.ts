/** Turns span classes and gaps back into the spans of `EntryColumns`; see `span-format.ts`. */
import type { EntryColumns } from '../model/entry-columns.ts';
import { type ByteReader, Malformed } from './byte-reader.ts';
import { readPlanes, widthOf } from './column-codec.ts';
import { gapCountOf, type SpanClass } from './span-format.ts';

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

/** A class in one chunk: its gaps, one column after another. */
type ChunkClass = { readonly spanClass: SpanClass; readonly gaps: Int32Array[]; next: number };

/** Fill the spans of `rowCount` rows into `columns`, whose text is `bytes[0, bytesLength)`. Returns where the last text ends. */
export function readSpans(
  input: ByteReader,
  columns: EntryColumns,
  layout: Readonly<{ classes: readonly SpanClass[]; rowCount: number }>,
): number {
  const { classes, rowCount } = layout;
  const used: SpanClass[] = [];
  const usedCount = input.count(1);
  for (let index = 0; index < usedCount; index += 1) {
    const spanClass = classes[input.varint()];
    if (spanClass === undefined) throw new Malformed('a chunk names a span class it has not');
    used.push(spanClass);
  }
  const rowClass = new Uint32Array(rowCount);
  if (usedCount > 1) {
    const width = widthOf(usedCount - 1);
    readPlanes(input.bytes(rowCount * width), rowClass, { at: 0, count: rowCount, width });
  }
  const sizes = new Uint32Array(usedCount);
  for (let row = 0; row < rowCount; row += 1) sizes[rowClass[row]!]! += 1;
  const chunkClasses = used.map((spanClass, index) => ({
    spanClass,
    gaps: readGaps(input, gapCountOf(spanClass), sizes[index]!),
    next: 0,
  }));

  let fieldCount = 0;
  for (let index = 0; index < usedCount; index += 1) {
    fieldCount += sizes[index]! * used[index]!.keys.length;
  }
  columns.reserveRows(rowCount);
  columns.reserveFields(fieldCount);
  let end = 0;
  let field = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const chunkClass = chunkClasses[rowClass[row]!];
    if (chunkClass === undefined) throw new Malformed('a row names a span class its chunk has not');
    end = placeRow(chunkClass, columns, { row, field, end });
    field = columns.fieldEnd[row]!;
  }
  columns.fieldCount = field;
  return end;
}

/** Place one row whose text begins at `end`; returns where it ends. */
function placeRow(
  chunkClass: ChunkClass,
  columns: EntryColumns,
  from: Readonly<{ row: number; field: number; end: number }>,
): number {
  const { keys, kinds, made, order } = chunkClass.spanClass;
  const { gaps, next } = chunkClass;
  const { row, field } = from;
  const { fieldStart, fieldLength, fieldKey, fieldKind } = columns;
  const message = keys.length;
  chunkClass.next = next + 1;

  let place = from.end + gaps[0]![next]!;
  columns.rawStart[row] = place;
  let gap = 1;
  for (let index = 0; index < order.length; index += 1) {
    const boundary = order[index]!;
    const item = boundary >> 1;
    place += gaps[gap++]![next]!;
    if ((boundary & 1) === 0) {
      if (item === message) columns.messageStart[row] = place;
      else fieldStart[field + item] = place;
    } else if (item === message) {
      columns.messageLength[row] = place - columns.messageStart[row]!;
    } else {
      fieldLength[field + item] = place - fieldStart[field + item]!;
    }
  }
  place += gaps[gap++]![next]!;
  columns.rawLength[row] = place - columns.rawStart[row]!;
  for (let item = 0; item <= message; item += 1) {
    if (made[item] !== 1) continue;
    const length = gaps[gap++]![next]!;
    if (item === message) {
      columns.messageStart[row] = place;
      columns.messageLength[row] = length;
    } else {
      fieldStart[field + item] = place;
      fieldLength[field + item] = length;
    }
    place += length;
  }
  for (let item = 0; item < message; item += 1) {
    fieldKey[field + item] = keys[item]!;
    fieldKind[field + item] = kinds[item]!;
  }
  columns.fieldEnd[row] = field + message;
  return place;
}

function readGaps(input: ByteReader, gapCount: number, rowCount: number): Int32Array[] {
  const gaps: Int32Array[] = [];
  for (let gap = 0; gap < gapCount; gap += 1) {
    const column = new Int32Array(rowCount);
    const width = input.u8();
    const min = input.varint();
    if (width > 4) throw new Malformed('a gap is wider than a text can be');
    if (width === 0) {
      column.fill(min);
    } else {
      readPlanes(input.bytes(rowCount * width), column, { at: 0, count: rowCount, width });
      for (let row = 0; row < rowCount; row += 1) column[row] = column[row]! + min;
    }
    gaps.push(column);
  }
  return gaps;
}
