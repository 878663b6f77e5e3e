/** Puts rows into span classes and writes their gaps, chunk by chunk; see `span-format.ts`. */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteWriter } from './byte-writer.ts';
import { widthOf, writePlanes } from './column-codec.ts';
import { gapCountOf, type SpanClass } from './span-format.ts';

/** A class while its segment is written. */
type OpenClass = SpanClass & {
  readonly id: number;
  readonly gapCount: number;
  /** Gaps of the rows of this chunk, row after row. */
  gaps: Int32Array;
  rowCount: number;
  /** Place among the classes of this chunk, or -1. */
  placeInChunk: number;
};

const GAPS_INITIAL = 256;
const ROWS_INITIAL = 1024;

export class SpanWriter {
  readonly #classes: OpenClass[] = [];
  readonly #byShape = new Map<number, OpenClass[]>();
  #last: OpenClass | undefined;
  #chunkClasses: OpenClass[] = [];
  #rowClass = new Uint16Array(ROWS_INITIAL);
  #rowCount = 0;

  /** Take the next row of the chunk. */
  add(columns: EntryColumns, row: number, lead: number): void {
    const spanClass = this.#fit(columns, row, lead);
    if (spanClass.placeInChunk < 0) {
      spanClass.placeInChunk = this.#chunkClasses.length;
      this.#chunkClasses.push(spanClass);
    }
    spanClass.rowCount += 1;
    const at = this.#rowCount;
    if (at === this.#rowClass.length) {
      const larger = new Uint16Array(at * 2);
      larger.set(this.#rowClass);
      this.#rowClass = larger;
    }
    this.#rowClass[at] = spanClass.placeInChunk;
    this.#rowCount = at + 1;
  }

  /** Write the rows since the last call. */
  endChunk(out: ByteWriter): void {
    const classes = this.#chunkClasses;
    out.varint(classes.length);
    for (const spanClass of classes) out.varint(spanClass.id);
    if (classes.length > 1) {
      const width = widthOf(classes.length - 1);
      const places = new Uint8Array(this.#rowCount * width);
      writePlanes(this.#rowClass, places, { at: 0, count: this.#rowCount, width });
      out.bytes(places);
    }
    for (const spanClass of classes) {
      writeGaps(spanClass, out);
      spanClass.rowCount = 0;
      spanClass.placeInChunk = -1;
    }
    this.#chunkClasses = [];
    this.#rowCount = 0;
  }

  /** Write the classes of the whole segment; `localKey` numbers the keys as the segment does. */
  writeClasses(out: ByteWriter, localKey: (keyId: number) => number): void {
    out.varint(this.#classes.length);
    for (const { keys, kinds, made, order } of this.#classes) {
      out.varint(keys.length);
      for (let field = 0; field < keys.length; field += 1) {
        out.varint(localKey(keys[field]!));
        out.u8(kinds[field]!);
      }
      out.bytes(made);
      out.varint(order.length);
      for (const boundary of order) out.varint(boundary);
    }
  }

  #fit(columns: EntryColumns, row: number, lead: number): OpenClass {
    const last = this.#last;
    if (last !== undefined && hasItems(last, columns, row) && pushGaps(last, columns, row, lead)) {
      return last;
    }
    const shape = shapeOf(columns, row);
    let alike = this.#byShape.get(shape);
    if (alike === undefined) {
      alike = [];
      this.#byShape.set(shape, alike);
    }
    for (const known of alike) {
      if (hasItems(known, columns, row) && pushGaps(known, columns, row, lead)) {
        this.#last = known;
        return known;
      }
    }
    const opened = openClass(columns, row, this.#classes.length);
    this.#classes.push(opened);
    alike.push(opened);
    pushGaps(opened, columns, row, lead);
    this.#last = opened;
    return opened;
  }
}

/** A number that is the same for rows with the same items. */
function shapeOf(columns: EntryColumns, row: number): number {
  const { fieldKey, fieldKind } = columns;
  const last = columns.fieldEnd[row]!;
  let shape = 17;
  for (let field = columns.fieldFirst(row); field < last; field += 1) {
    shape = (Math.imul(shape, 31) + fieldKey[field]! * 8 + fieldKind[field]!) | 0;
  }
  return shape;
}

/** Whether a row has the keys, kinds and made texts of a class. */
function hasItems(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  const first = columns.fieldFirst(row);
  const { keys, kinds, made } = spanClass;
  const count = keys.length;
  if (columns.fieldEnd[row]! - first !== count) return false;
  const { fieldKey, fieldKind, fieldStart, fieldLength } = columns;
  const rawStart = columns.rawStart[row]!;
  const rawEnd = rawStart + columns.rawLength[row]!;
  for (let item = 0; item < count; item += 1) {
    const field = first + item;
    if (fieldKey[field] !== keys[item] || fieldKind[field] !== kinds[item]) return false;
    const start = fieldStart[field]!;
    const isMade = start < rawStart || start + fieldLength[field]! > rawEnd;
    if (isMade !== (made[item] === 1)) return false;
  }
  const start = columns.messageStart[row]!;
  const isMade = start < rawStart || start + columns.messageLength[row]! > rawEnd;
  return isMade === (made[count] === 1);
}

/** Append a row's gaps to its class; false, and nothing done, where its boundaries lie in another order. */
function pushGaps(spanClass: OpenClass, columns: EntryColumns, row: number, lead: number): boolean {
  const { gapCount, order, made, rowCount } = spanClass;
  let at = rowCount * gapCount;
  if (at + gapCount > spanClass.gaps.length) {
    const larger = new Int32Array((at + gapCount) * 2);
    larger.set(spanClass.gaps);
    spanClass.gaps = larger;
  }
  const { gaps } = spanClass;
  const { fieldStart, fieldLength } = columns;
  const first = columns.fieldFirst(row);
  const message = made.length - 1;
  const messageStart = columns.messageStart[row]!;
  const messageLength = columns.messageLength[row]!;
  let place = columns.rawStart[row]!;
  const rawEnd = place + columns.rawLength[row]!;
  gaps[at++] = lead;
  for (let index = 0; index < order.length; index += 1) {
    const boundary = order[index]!;
    const item = boundary >> 1;
    let here = item === message ? messageStart : fieldStart[first + item]!;
    if (boundary & 1) here += item === message ? messageLength : fieldLength[first + item]!;
    const gap = here - place;
    if (gap < 0) return false;
    gaps[at++] = gap;
    place = here;
  }
  gaps[at++] = rawEnd - place;
  if (gapCount > order.length + 2) {
    for (let item = 0; item < message; item += 1) {
      if (made[item] === 1) gaps[at++] = fieldLength[first + item]!;
    }
    if (made[message] === 1) gaps[at++] = messageLength;
  }
  return true;
}

function openClass(columns: EntryColumns, row: number, id: number): OpenClass {
  const first = columns.fieldFirst(row);
  const last = columns.fieldEnd[row]!;
  const rawStart = columns.rawStart[row]!;
  const rawEnd = rawStart + columns.rawLength[row]!;
  const made = new Uint8Array(last - first + 1);
  const boundaries: { boundary: number; place: number }[] = [];
  const addItem = (item: number, start: number, length: number): void => {
    if (start < rawStart || start + length > rawEnd) {
      made[item] = 1;
      return;
    }
    boundaries.push({ boundary: 2 * item, place: start });
    boundaries.push({ boundary: 2 * item + 1, place: start + length });
  };
  for (let field = first; field < last; field += 1) {
    addItem(field - first, columns.fieldStart[field]!, columns.fieldLength[field]!);
  }
  addItem(last - first, columns.messageStart[row]!, columns.messageLength[row]!);
  boundaries.sort((a, b) => a.place - b.place || a.boundary - b.boundary);
  const spanClass: SpanClass = {
    keys: columns.fieldKey.slice(first, last),
    kinds: columns.fieldKind.slice(first, last),
    made,
    order: Int32Array.from(boundaries, ({ boundary }) => boundary),
  };
  return {
    ...spanClass,
    id,
    gapCount: gapCountOf(spanClass),
    gaps: new Int32Array(GAPS_INITIAL),
    rowCount: 0,
    placeInChunk: -1,
  };
}

/** Each column of gaps: its width in bytes, its smallest value, then what the rows add to that. */
function writeGaps(spanClass: OpenClass, out: ByteWriter): void {
  const { gaps, gapCount, rowCount } = spanClass;
  const column = new Uint32Array(rowCount);
  for (let gap = 0; gap < gapCount; gap += 1) {
    let min = gaps[gap]!;
    let max = min;
    for (let row = 0, at = gap; row < rowCount; row += 1, at += gapCount) {
      const value = gaps[at]!;
      column[row] = value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const width = widthOf(max - min);
    out.u8(width);
    out.varint(min);
    if (width === 0) continue;
    for (let row = 0; row < rowCount; row += 1) column[row] = column[row]! - min;
    const planes = new Uint8Array(rowCount * width);
    writePlanes(column, planes, { at: 0, count: rowCount, width });
    out.bytes(planes);
  }
}
