/**
 * A column of integers as bytes, and back, all of it or a range.
 *
 * `constant`: every value is `base`. `offset`: value = base + step × stored. `delta`: value = the one before
 * + base + step × stored; it restarts at given rows, whose values are kept elsewhere (theirs here is 0), so that a chunk
 * is decoded without those before it. `exact`: doubles as they are, for ranges that no integer arithmetic holds.
 * Stored numbers are `width` bytes wide and split into planes (all lowest bytes, then the next …), because planes
 * compress better and decode faster than varints.
 *
 * Invariant: decode(encode(x)) = x for every safe integer.
 */
import { assert } from '../base/assert.ts';
import { type ByteReader, Malformed } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export const TRANSFORM = { CONSTANT: 0, OFFSET: 1, DELTA: 2, EXACT: 3 } as const;

export type ColumnHead = Readonly<{
  transform: number;
  /** Bytes of a stored number, 0 to 8. */
  width: number;
  base: number;
  step: number;
}>;

export type EncodedColumn = Readonly<{ head: ColumnHead; payload: Uint8Array }>;

export type ColumnNumbers = Float64Array | Int32Array | Uint16Array | Uint8Array;

/** Stored numbers are kept below this, so that sums stay exact in a double. */
const SPAN_MAX = 2 ** 52;
const NO_BYTES = new Uint8Array(0);

const ROW_0 = new Int32Array(1);

export type ColumnOptions = Readonly<{
  /** For columns that mostly grow by little: ascending rows at which it restarts, row 0 first. */
  restarts?: Int32Array;
  /** Larger units to try, largest first. */
  steps?: readonly number[];
}>;

/** Keeps its buffers for the next column. */
export class ColumnEncoder {
  #stored = new Float64Array(0);
  #whole = new Uint32Array(0);
  #payload = new Uint8Array(0);

  /** The payload is valid until the next call. */
  encode(values: ColumnNumbers, count: number, options: ColumnOptions = {}): EncodedColumn {
    assert(count > 0, 'a column has a value');
    if (values instanceof Uint8Array) return encodeBytes(values.subarray(0, count));
    // One kind of array from here on: loops over several kinds take twice as long.
    const stored = this.#fill(values, count);
    if (isConstant(stored, count)) return constant(values[0]!);
    const { restarts, steps = [] } = options;
    const range =
      restarts === undefined ? rangeOf(stored, 0, count) : subtractBefore(stored, count, restarts);
    if (!(range.max - range.min < SPAN_MAX && Math.abs(range.min) < SPAN_MAX * 2)) {
      return exact(values, count);
    }
    const base = range.min;
    const step = this.#stepOf(count, { base, steps, restarts });
    const width = widthOf((range.max - base) / step);
    // A restart is stored as 0, which is `base`.
    if (restarts !== undefined) for (const row of restarts) this.#stored[row] = base;
    const transform = restarts === undefined ? TRANSFORM.OFFSET : TRANSFORM.DELTA;
    return {
      head: { transform, width, base, step },
      payload: this.#planes(count, { base, step, width }),
    };
  }

  #fill(values: ColumnNumbers, count: number): Float64Array {
    if (this.#stored.length < count) this.#stored = new Float64Array(count * 2);
    this.#stored.set(values.length === count ? values : values.subarray(0, count));
    return this.#stored;
  }

  #stepOf(
    count: number,
    options: Readonly<{ base: number; steps: readonly number[]; restarts: Int32Array | undefined }>,
  ): number {
    const { base, steps, restarts = ROW_0 } = options;
    const first = options.restarts === undefined ? 0 : 1;
    return (
      steps.find((step) =>
        restarts.every((start, index) =>
          isMultiple(
            this.#stored,
            { from: start + first, until: restarts[index + 1] ?? count },
            { base, step },
          ),
        ),
      ) ?? 1
    );
  }

  #planes(
    count: number,
    scale: Readonly<{ base: number; step: number; width: number }>,
  ): Uint8Array {
    const { base, step, width } = scale;
    const stored = this.#stored;
    if (this.#payload.length < count * width) this.#payload = new Uint8Array(count * width * 2);
    if (this.#whole.length < count) this.#whole = new Uint32Array(count * 2);
    const payload = this.#payload.subarray(0, count * width);
    const whole = this.#whole;
    const divide = step !== 1;
    for (let row = 0; row < count; row += 1) {
      const value = stored[row]! - base;
      const scaled = divide ? value / step : value;
      whole[row] = width <= 4 ? scaled : scaled % 2 ** 32;
    }
    writePlanes(whole, payload, { at: 0, count, width: Math.min(width, 4) });
    if (width > 4) {
      for (let row = 0; row < count; row += 1) whole[row] = (stored[row]! - base) / step / 2 ** 32;
      writePlanes(whole, payload, { at: count * 4, count, width: width - 4 });
    }
    return payload;
  }
}

/** Bytes that `count` values take with this head. */
export function payloadLengthOf(head: ColumnHead, count: number): number {
  switch (head.transform) {
    case TRANSFORM.CONSTANT:
      return 0;
    case TRANSFORM.OFFSET:
    case TRANSFORM.DELTA:
      if (head.width > 8) throw new Malformed('a column is too wide');
      return head.width * count;
    case TRANSFORM.EXACT:
      return count * 8;
    default:
      throw new Malformed(`a column has the unknown transform ${head.transform}`);
  }
}

export type StoredColumn = Readonly<{ head: ColumnHead; payload: Uint8Array; count: number }>;

/** Decode rows `[from, until)` to the start of `target`. `from` is a restart and `first` its value where the column has restarts. */
export function decodeColumn(
  column: StoredColumn,
  range: Readonly<{ from: number; until: number; first: number }>,
  target: Float64Array,
): void {
  const { head, payload, count } = column;
  const { from, until, first } = range;
  const { transform, base, step, width } = head;
  if (payload.length !== payloadLengthOf(head, count))
    throw new Malformed('a column has the wrong length');
  if (transform === TRANSFORM.CONSTANT) {
    target.fill(base, 0, until - from);
    return;
  }
  if (transform === TRANSFORM.EXACT) {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    for (let row = from; row < until; row += 1) target[row - from] = view.getFloat64(row * 8, true);
    return;
  }
  fillStored(payload, { count, width, from, until }, target);
  if (transform === TRANSFORM.OFFSET) {
    for (let at = 0; at < until - from; at += 1) target[at] = base + step * target[at]!;
    return;
  }
  let value = first;
  target[0] = value;
  for (let at = 1; at < until - from; at += 1) {
    value += base + step * target[at]!;
    target[at] = value;
  }
}

/** Stored numbers as they are. */
function fillStored(
  payload: Uint8Array,
  place: Readonly<{ count: number; width: number; from: number; until: number }>,
  target: Float64Array,
): void {
  const { count, width, from, until } = place;
  target.fill(0, 0, until - from);
  let scale = 1;
  for (let plane = 0; plane < width; plane += 1) {
    const at = plane * count;
    for (let row = from; row < until; row += 1) target[row - from]! += payload[at + row]! * scale;
    scale *= 256;
  }
}

export function writeColumnHead(out: ByteWriter, head: ColumnHead): void {
  out.u8(head.transform);
  out.u8(head.width);
  out.f64(head.base);
  out.f64(head.step);
}

export function readColumnHead(input: ByteReader): ColumnHead {
  return {
    transform: input.u8(),
    width: input.u8(),
    base: input.f64(),
    step: input.f64(),
  };
}

/** A column with its head, in the middle of other bytes. `first` is its value at row 0, the only restart it may have. */
export function writeColumn(out: ByteWriter, encoded: EncodedColumn, first: number): void {
  writeColumnHead(out, encoded.head);
  if (encoded.head.transform === TRANSFORM.DELTA) out.f64(first);
  out.bytes(encoded.payload);
}

export function readColumn(input: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const head = readColumnHead(input);
  const first = head.transform === TRANSFORM.DELTA ? input.f64() : 0;
  const payload = input.bytes(payloadLengthOf(head, count));
  const values = new Float64Array(count);
  decodeColumn({ head, payload, count }, { from: 0, until: count, first }, values);
  return values;
}

/** Whole numbers 0 … 2³² - 1 as planes of `width` bytes; for span lengths and other small columns. */
export function writePlanes(
  stored: Uint32Array | Uint16Array,
  target: Uint8Array,
  place: Readonly<{ at: number; count: number; width: number }>,
): void {
  const { at, count, width } = place;
  for (let plane = 0; plane < width; plane += 1) {
    const from = at + plane * count;
    const shift = plane * 8;
    for (let row = 0; row < count; row += 1) target[from + row] = stored[row]! >>> shift;
  }
}

/** How many bytes hold a whole number. */
export function widthOf(value: number): number {
  let width = 0;
  for (let rest = value; rest >= 1; rest /= 256) width += 1;
  return width;
}

function constant(base: number): EncodedColumn {
  return {
    head: { transform: TRANSFORM.CONSTANT, width: 0, base, step: 1 },
    payload: NO_BYTES,
  };
}

function encodeBytes(values: Uint8Array): EncodedColumn {
  const first = values[0]!;
  let row = 1;
  while (row < values.length && values[row] === first) row += 1;
  if (row === values.length) return constant(first);
  return {
    head: { transform: TRANSFORM.OFFSET, width: 1, base: 0, step: 1 },
    payload: values,
  };
}

function isConstant(stored: Float64Array, count: number): boolean {
  const first = stored[0]!;
  for (let row = 1; row < count; row += 1) if (stored[row] !== first) return false;
  return true;
}

/** Values become differences from the row before; those at restarts count for nothing. */
function subtractBefore(
  stored: Float64Array,
  count: number,
  restarts: Int32Array,
): { min: number; max: number } {
  for (let row = count - 1; row > 0; row -= 1) stored[row] = stored[row]! - stored[row - 1]!;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < restarts.length; index += 1) {
    const range = rangeOf(stored, restarts[index]! + 1, restarts[index + 1] ?? count);
    min = Math.min(min, range.min);
    max = Math.max(max, range.max);
  }
  return min > max ? { min: 0, max: 0 } : { min, max };
}

function rangeOf(stored: Float64Array, from: number, until: number): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = from; row < until; row += 1) {
    const value = stored[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function isMultiple(
  stored: Float64Array,
  range: Readonly<{ from: number; until: number }>,
  of: Readonly<{ base: number; step: number }>,
): boolean {
  const { base, step } = of;
  for (let row = range.from; row < range.until; row += 1) {
    const value = stored[row]! - base;
    if (Math.floor(value / step) * step !== value) return false;
  }
  return true;
}

/** The inverse of `writePlanes`. */
export function readPlanes(
  payload: Uint8Array,
  target: Uint32Array | Int32Array,
  place: Readonly<{ at: number; count: number; width: number }>,
): void {
  const { at, count, width } = place;
  if (width === 1) {
    for (let row = 0; row < count; row += 1) target[row] = payload[at + row]!;
    return;
  }
  if (width === 2) {
    const second = at + count;
    for (let row = 0; row < count; row += 1) {
      target[row] = payload[at + row]! | (payload[second + row]! << 8);
    }
    return;
  }
  target.fill(0, 0, count);
  for (let plane = 0; plane < width; plane += 1) {
    const from = at + plane * count;
    const shift = plane * 8;
    for (let row = 0; row < count; row += 1)
      target[row] = target[row]! | (payload[from + row]! << shift);
  }
}

function exact(values: ColumnNumbers, count: number): EncodedColumn {
  const doubles = new Float64Array(values.subarray(0, count));
  return {
    head: { transform: TRANSFORM.EXACT, width: 8, base: 0, step: 1 },
    payload: new Uint8Array(doubles.buffer),
  };
}
