/** Puts rows into span classes and writes their gaps, chunk by chunk; see `span-format.ts`. */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteWriter } from './byte-writer.ts';
import { widthOf, writePlanes } from './column-codec.ts';
import { GAP, gapCountOf, type SpanClass } from './span-format.ts';

/** A class while its segment is written. */
type OpenClass = SpanClass & {
  readonly id: number;
  readonly gapCount: number;
  readonly madeCount: number;
  /** Gaps of the rows of this chunk, row after row. */
  gaps: Int32Array;
  /** Where in the head their original bytes begin and end. */
  starts: Int32Array;
  ends: Int32Array;
  rowCount: number;
  /** Place among the classes of this chunk, or -1. */
  placeInChunk: number;
};

/** Original bytes and trail of a row in the head; valid until the next. */
export type PlacedRow = Readonly<{ start: number; end: number; hasMade: boolean }>;

const RECENT_SLOTS = 64;
const GAPS_INITIAL = 256;
const STARTS_INITIAL = 16;
const NEWLINE = 10;
/** Longer texts are not searched for their terminator: it costs a nanosecond a byte, and their length a byte at most. */
const TERMINATED_BYTES_MAX = 24;
const ROWS_INITIAL = 1024;

export class SpanWriter {
  readonly #classes: OpenClass[] = [];
  readonly #byShape = new Map<number, OpenClass[]>();
  /** Classes met lately, by something cheap: lines of one format alternate between a few. */
  readonly #recent: (OpenClass | undefined)[] = new Array(RECENT_SLOTS).fill(undefined);
  #chunkClasses: OpenClass[] = [];
  #rowClass = new Uint16Array(ROWS_INITIAL);
  #rowLength = new Uint32Array(ROWS_INITIAL);
  #rowCount = 0;
  readonly #placed = { start: 0, end: 0, hasMade: false };

  /** Take the next row of the chunk. Tells what of the head makes its text, but for the made texts. */
  add(columns: EntryColumns, row: number): PlacedRow {
    const spanClass = this.#fit(columns, row);
    if (spanClass.placeInChunk < 0) {
      spanClass.placeInChunk = this.#chunkClasses.length;
      this.#chunkClasses.push(spanClass);
    }
    const { rowCount, gapCount, gaps } = spanClass;
    const at = this.#rowCount;
    if (at === this.#rowClass.length) this.#grow();
    const placed = this.#placed;
    placed.start = spanClass.starts[rowCount]!;
    placed.end = spanClass.ends[rowCount]! + gaps[(rowCount + 1) * gapCount - 1]!;
    placed.hasMade = spanClass.madeCount > 0;
    this.#rowClass[at] = spanClass.placeInChunk;
    this.#rowLength[at] = placed.end - placed.start + madeLengthOf(spanClass);
    this.#rowCount = at + 1;
    spanClass.rowCount = rowCount + 1;
    return placed;
  }

  /** Write the rows since the last call; `bytes` is the head they came from. */
  endChunk(out: ByteWriter, bytes: Uint8Array): void {
    const classes = this.#chunkClasses;
    writeNumbers(out, this.#rowLength, this.#rowCount);
    out.varint(classes.length);
    for (const spanClass of classes) out.varint(spanClass.id);
    if (classes.length > 1) {
      const width = widthOf(classes.length - 1);
      const places = new Uint8Array(this.#rowCount * width);
      writePlanes(this.#rowClass, places, { at: 0, count: this.#rowCount, width });
      out.bytes(places);
    }
    for (const spanClass of classes) {
      writeGaps(spanClass, bytes, out);
      spanClass.rowCount = 0;
      spanClass.placeInChunk = -1;
    }
    this.#chunkClasses = [];
    this.#rowCount = 0;
  }

  /** Key ids of the fields of the chunk's rows, some perhaps twice. */
  *keysInChunk(): Generator<number> {
    for (const { keys } of this.#chunkClasses) yield* keys;
  }

  /** Length of the text of a row of the chunk, until the next chunk begins. */
  rowLength(index: number): number {
    return this.#rowLength[index]!;
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

  #fit(columns: EntryColumns, row: number): OpenClass {
    const end = columns.fieldEnd[row]!;
    const count = end - columns.fieldFirst(row);
    const slot = (count * 7 + (count === 0 ? 0 : columns.fieldKey[end - 1]!)) % RECENT_SLOTS;
    const recent = this.#recent[slot];
    if (recent !== undefined && takes(recent, columns, row)) return recent;
    const spanClass = this.#find(columns, row);
    this.#recent[slot] = spanClass;
    return spanClass;
  }

  #grow(): void {
    const rowClass = new Uint16Array(this.#rowClass.length * 2);
    rowClass.set(this.#rowClass);
    this.#rowClass = rowClass;
    const rowLength = new Uint32Array(this.#rowLength.length * 2);
    rowLength.set(this.#rowLength);
    this.#rowLength = rowLength;
  }

  #find(columns: EntryColumns, row: number): OpenClass {
    const shape = shapeOf(columns, row);
    let alike = this.#byShape.get(shape);
    if (alike === undefined) {
      alike = [];
      this.#byShape.set(shape, alike);
    }
    for (const known of alike) if (takes(known, columns, row)) return known;
    const opened = openClass(columns, row, this.#classes.length);
    this.#classes.push(opened);
    alike.push(opened);
    pushGaps(opened, columns, row);
    return opened;
  }
}

/** Append a row to a class, if it is of that class. */
function takes(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  return hasItems(spanClass, columns, row) && pushGaps(spanClass, columns, row);
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
function pushGaps(spanClass: OpenClass, columns: EntryColumns, row: number): boolean {
  const { gapCount, order, made, rowCount } = spanClass;
  let at = rowCount * gapCount;
  if (at + gapCount > spanClass.gaps.length) {
    spanClass.gaps = grown(spanClass.gaps, (at + gapCount) * 2);
  }
  if (rowCount === spanClass.starts.length) {
    spanClass.starts = grown(spanClass.starts, rowCount * 2);
    spanClass.ends = grown(spanClass.ends, rowCount * 2);
  }
  const { gaps } = spanClass;
  const { fieldStart, fieldLength } = columns;
  const first = columns.fieldFirst(row);
  const message = made.length - 1;
  const messageStart = columns.messageStart[row]!;
  const messageLength = columns.messageLength[row]!;
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
  // The newline behind is kept where nothing comes between: then rows that lie together are copied together.
  const hasTrail =
    spanClass.madeCount === 0 && rawEnd < columns.bytesLength && columns.bytes[rawEnd] === NEWLINE;
  gaps[at] = hasTrail ? 1 : 0;
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
    madeCount: made.reduce((sum, isMade) => sum + isMade, 0),
    gaps: new Int32Array(GAPS_INITIAL),
    starts: new Int32Array(STARTS_INITIAL),
    ends: new Int32Array(STARTS_INITIAL),
    rowCount: 0,
    placeInChunk: -1,
  };
}

/** Of the row that was put into the class last. */
function madeLengthOf({ gaps, gapCount, madeCount, rowCount }: OpenClass): number {
  let length = 0;
  const trail = (rowCount + 1) * gapCount - 1;
  for (let gap = trail - madeCount; gap < trail; gap += 1) length += gaps[gap]!;
  return length;
}

/** Columns of gaps, each in the cheapest of its forms. */
function writeGaps(spanClass: OpenClass, bytes: Uint8Array, out: ByteWriter): void {
  const { gaps, gapCount, rowCount, order } = spanClass;
  const rest = restColumn(spanClass);
  const column = new Uint32Array(rowCount);
  const places = spanClass.starts.slice(0, rowCount);
  for (let gap = 0; gap < gapCount; gap += 1) {
    for (let row = 0, at = gap; row < rowCount; row += 1, at += gapCount) column[row] = gaps[at]!;
    const isText = gap > 0 && gap < order.length && isEndOf(order[gap]!, order[gap - 1]!);
    const terminator =
      isText && gap !== rest ? terminatorOf(spanClass, bytes, { column, places }) : -1;
    if (gap === rest) {
      out.u8(GAP.REST);
    } else if (terminator >= 0) {
      out.u8(GAP.TERMINATED);
      out.u8(terminator);
    } else {
      writeNumbers(out, column, rowCount);
    }
    for (let row = 0; row < rowCount; row += 1) places[row] = places[row]! + column[row]!;
  }
}

/** The last column that varies: the row's length says what it is. -1 where none varies. */
function restColumn({ gaps, gapCount, rowCount }: OpenClass): number {
  for (let gap = gapCount - 1; gap >= 0; gap -= 1) {
    for (let row = 1; row < rowCount; row += 1) {
      if (gaps[row * gapCount + gap] !== gaps[gap]) return gap;
    }
  }
  return -1;
}

/** Whether two boundaries enclose one item and nothing else. */
function isEndOf(boundary: number, before: number): boolean {
  return (boundary & 1) === 1 && boundary === before + 1;
}

/** The byte at which a text ends in every row, and that is in none of them; -1 where there is none. */
function terminatorOf(
  { ends, rowCount }: OpenClass,
  bytes: Uint8Array,
  texts: Readonly<{ column: Uint32Array; places: Int32Array }>,
): number {
  const { column, places } = texts;
  let total = 0;
  let varies = false;
  for (let row = 0; row < rowCount; row += 1) {
    total += column[row]!;
    varies ||= column[row] !== column[0];
  }
  if (!varies || total > rowCount * TERMINATED_BYTES_MAX) return -1;
  const terminator = bytes[places[0]! + column[0]!]!;
  for (let row = 0; row < rowCount; row += 1) {
    const end = places[row]! + column[row]!;
    // It must be one of the original bytes: what lies behind them need not be in the text.
    if (end >= ends[row]! || bytes[end] !== terminator) return -1;
    for (let at = places[row]!; at < end; at += 1) if (bytes[at] === terminator) return -1;
  }
  return terminator;
}

/** Whole numbers below 2³²: a width, the smallest, and what each has more than that. */
function writeNumbers(out: ByteWriter, numbers: Uint32Array, count: number): void {
  let min = numbers[0]!;
  let max = min;
  for (let row = 1; row < count; row += 1) {
    const value = numbers[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const width = widthOf(max - min);
  out.u8(width);
  out.varint(min);
  if (width === 0) return;
  const more = min === 0 ? numbers : numbers.subarray(0, count).map((value) => value - min);
  const planes = new Uint8Array(count * width);
  writePlanes(more, planes, { at: 0, count, width });
  out.bytes(planes);
}

function grown(numbers: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(numbers);
  return larger;
}
