/** Puts rows into span classes and writes their gaps, chunk by chunk; see `span-format.ts`. */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteWriter } from './byte-writer.ts';
import { widthOf } from './column-codec.ts';
import { GapWriter, writeNumbers } from './gap-writer.ts';
import { madeLengthOf, type OpenClass, openClass, pushRow, takes } from './open-class.ts';

/** Original bytes and trail of a row in the head; valid until the next. */
export type PlacedRow = Readonly<{ start: number; end: number; hasMade: boolean }>;

const RECENT_SLOTS = 64;
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
  readonly #gapWriter = new GapWriter();
  readonly #placed = { start: 0, end: 0, hasMade: false };

  /** Forget the classes of a segment that is written. */
  clear(): void {
    this.#classes.length = 0;
    this.#byShape.clear();
    this.#recent.fill(undefined);
    this.#chunkClasses.length = 0;
    this.#rowCount = 0;
  }

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
      out.planes(this.#rowClass, { count: this.#rowCount, base: 0, width });
    }
    for (const spanClass of classes) {
      this.#gapWriter.write(spanClass, bytes, out);
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
    pushRow(opened, columns, row);
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
