/**
 * A span class while its segment is written, and the rows of the chunk at hand that are of it; see `span-format.ts`.
 *
 * Price of a row: about 3 ns for each start or end of a field. Rows of which the items do not overlap, nearly all,
 * go the short way: one step for an item.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { gapCountOf, type SpanClass } from './span-format.ts';

const GAPS_INITIAL = 256;
const STARTS_INITIAL = 16;
const NEWLINE = 10;

export type OpenClass = SpanClass & {
  readonly id: number;
  readonly gapCount: number;
  readonly madeCount: number;
  /** Items in the order of their place, where none is made and none overlaps another; null: that is not so. */
  readonly items: Int32Array | null;
  /** Gaps of the rows of this chunk, row after row. */
  gaps: Int32Array;
  /** Where in the head their original bytes begin and end. */
  starts: Int32Array;
  ends: Int32Array;
  rowCount: number;
  /** Place among the classes of this chunk, or -1. */
  placeInChunk: number;
};

/** Append a row to a class, if it is of that class. */
export function takes(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  return hasItems(spanClass, columns, row) && pushRow(spanClass, columns, row);
}

/** Append a row to a class; false, and nothing done, where its boundaries lie in another order. */
export function pushRow(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  const { rowCount, gapCount } = spanClass;
  if ((rowCount + 1) * gapCount > spanClass.gaps.length) {
    spanClass.gaps = grown(spanClass.gaps, (rowCount + 1) * gapCount * 2);
  }
  if (rowCount === spanClass.starts.length) {
    spanClass.starts = grown(spanClass.starts, rowCount * 2);
    spanClass.ends = grown(spanClass.ends, rowCount * 2);
  }
  return spanClass.items === null
    ? pushBoundaries(spanClass, columns, row)
    : pushItems(spanClass, spanClass.items, columns, row);
}

/** Of the row that was put into the class last. */
export function madeLengthOf({ gaps, gapCount, madeCount, rowCount }: OpenClass): number {
  let length = 0;
  const trail = (rowCount + 1) * gapCount - 1;
  for (let gap = trail - madeCount; gap < trail; gap += 1) length += gaps[gap]!;
  return length;
}

/** Open a class for rows like this one. */
export function openClass(columns: EntryColumns, row: number, id: number): OpenClass {
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
  const madeCount = made.reduce((sum, isMade) => sum + isMade, 0);
  return {
    ...spanClass,
    id,
    gapCount: gapCountOf(spanClass),
    madeCount,
    items: madeCount === 0 ? itemsInOrder(spanClass.order) : null,
    gaps: new Int32Array(GAPS_INITIAL),
    starts: new Int32Array(STARTS_INITIAL),
    ends: new Int32Array(STARTS_INITIAL),
    rowCount: 0,
    placeInChunk: -1,
  };
}

/** The items, if each ends before the next begins. */
function itemsInOrder(order: Int32Array): Int32Array | null {
  const items = new Int32Array(order.length / 2);
  for (let index = 0; index < order.length; index += 2) {
    const start = order[index]!;
    if ((start & 1) !== 0 || order[index + 1] !== start + 1) return null;
    items[index >> 1] = start >> 1;
  }
  return items;
}

/** Whether a row has the keys, kinds and made texts of a class; that nothing is made is left to `pushItems`. */
function hasItems(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  const first = columns.fieldFirst(row);
  const { keys, kinds } = spanClass;
  const count = keys.length;
  if (columns.fieldEnd[row]! - first !== count) return false;
  const { fieldKey, fieldKind } = columns;
  for (let item = 0; item < count; item += 1) {
    const field = first + item;
    if (fieldKey[field] !== keys[item] || fieldKind[field] !== kinds[item]) return false;
  }
  return spanClass.items !== null || hasMade(spanClass, columns, row);
}

function hasMade({ made }: OpenClass, columns: EntryColumns, row: number): boolean {
  const { fieldStart, fieldLength } = columns;
  const first = columns.fieldFirst(row);
  const count = made.length - 1;
  const rawStart = columns.rawStart[row]!;
  const rawEnd = rawStart + columns.rawLength[row]!;
  for (let item = 0; item < count; item += 1) {
    const start = fieldStart[first + item]!;
    const isMade = start < rawStart || start + fieldLength[first + item]! > rawEnd;
    if (isMade !== (made[item] === 1)) return false;
  }
  const start = columns.messageStart[row]!;
  const isMade = start < rawStart || start + columns.messageLength[row]! > rawEnd;
  return isMade === (made[count] === 1);
}

/** The short way. A gap below zero: the order is another, or something is made. */
function pushItems(
  spanClass: OpenClass,
  items: Int32Array,
  columns: EntryColumns,
  row: number,
): boolean {
  const { gapCount, rowCount, gaps } = spanClass;
  const { fieldStart, fieldLength } = columns;
  const first = columns.fieldFirst(row);
  const message = items.length - 1;
  const rawStart = columns.rawStart[row]!;
  const rawEnd = rawStart + columns.rawLength[row]!;
  let at = rowCount * gapCount;
  let place = rawStart;
  let signs = 0;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]!;
    const isMessage = item === message;
    const start = isMessage ? columns.messageStart[row]! : fieldStart[first + item]!;
    const length = isMessage ? columns.messageLength[row]! : fieldLength[first + item]!;
    const gap = start - place;
    signs |= gap;
    gaps[at] = gap;
    gaps[at + 1] = length;
    at += 2;
    place = start + length;
  }
  const rest = rawEnd - place;
  if ((signs | rest) < 0) return false;
  gaps[at] = rest;
  // The newline behind is kept where nothing comes between: then rows that lie together are copied together.
  const hasTrail = rawEnd < columns.bytesLength && columns.bytes[rawEnd] === NEWLINE;
  gaps[at + 1] = hasTrail ? 1 : 0;
  spanClass.starts[rowCount] = rawStart;
  spanClass.ends[rowCount] = rawEnd;
  return true;
}

/** Any row: boundary by boundary. */
function pushBoundaries(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  const { gapCount, order, made, rowCount, gaps } = spanClass;
  const { fieldStart, fieldLength } = columns;
  const first = columns.fieldFirst(row);
  const message = made.length - 1;
  const messageStart = columns.messageStart[row]!;
  const messageLength = columns.messageLength[row]!;
  let at = rowCount * gapCount;
  let place = columns.rawStart[row]!;
  spanClass.starts[rowCount] = place;
  const rawEnd = place + columns.rawLength[row]!;
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
  spanClass.ends[rowCount] = rawEnd;
  if (spanClass.madeCount > 0) {
    for (let item = 0; item < message; item += 1) {
      if (made[item] === 1) gaps[at++] = fieldLength[first + item]!;
    }
    if (made[message] === 1) gaps[at++] = messageLength;
  }
  const hasTrail =
    spanClass.madeCount === 0 && rawEnd < columns.bytesLength && columns.bytes[rawEnd] === NEWLINE;
  gaps[at] = hasTrail ? 1 : 0;
  return true;
}

function grown(numbers: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(numbers);
  return larger;
}
