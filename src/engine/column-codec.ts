/**
 * A column of integers as bytes, and back.
 *
 * `constant`: every value is `base`. `offset`: value = base + step × stored. `delta`: value = the one before
 * + base + step × stored (before the first: 0 and `base` belongs to the differences, so the first value is stored in
 * `first`). `exact`: doubles as they are, for ranges no integer arithmetic holds.
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
  first: number;
  base: number;
  step: number;
}>;

export type EncodedColumn = Readonly<{ head: ColumnHead; payload: Uint8Array }>;

export type ColumnNumbers = Float64Array | Int32Array | Uint16Array | Uint8Array;

/** Stored numbers are kept below this, so that sums stay exact in a double. */
const SPAN_MAX = 2 ** 52;
const NO_BYTES = new Uint8Array(0);

/** Keeps its buffers for the next column. */
export class ColumnEncoder {
  #stored = new Float64Array(0);
  #whole = new Uint32Array(0);
  #payload = new Uint8Array(0);

  /**
   * The payload is valid until the next call. `delta` suits columns that mostly grow by little.
   * `steps`: larger units to try, largest first.
   */
  encode(
    values: ColumnNumbers,
    count: number,
    options: Readonly<{ delta?: boolean; steps?: readonly number[] }> = {},
  ): EncodedColumn {
    assert(count > 0, 'a column has a value');
    const first = values[0]!;
    if (isConstant(values, count)) {
      return {
        head: { transform: TRANSFORM.CONSTANT, width: 0, first, base: first, step: 1 },
        payload: NO_BYTES,
      };
    }
    if (values instanceof Uint8Array) {
      const head = { transform: TRANSFORM.OFFSET, width: 1, first: 0, base: 0, step: 1 };
      return { head, payload: values.subarray(0, count) };
    }
    const delta = options.delta ?? false;
    const storedCount = this.#fillStored(values, count, delta);
    const stored = this.#stored;
    const range = rangeOf(stored, storedCount);
    if (!(range.max - range.min < SPAN_MAX && Math.abs(range.min) < SPAN_MAX * 2)) {
      return exact(values, count, first);
    }
    const base = range.min;
    const step = stepOf(stored, storedCount, { base, steps: options.steps ?? [] });
    const width = widthOf((range.max - base) / step);
    const transform = delta ? TRANSFORM.DELTA : TRANSFORM.OFFSET;
    return {
      head: { transform, width, first: delta ? first : 0, base, step },
      payload: this.#planes(storedCount, { base, step, width }),
    };
  }

  #fillStored(values: ColumnNumbers, count: number, delta: boolean): number {
    if (this.#stored.length < count) this.#stored = new Float64Array(count * 2);
    const stored = this.#stored;
    if (!delta) {
      for (let row = 0; row < count; row += 1) stored[row] = values[row]!;
      return count;
    }
    for (let row = 1; row < count; row += 1) stored[row - 1] = values[row]! - values[row - 1]!;
    return count - 1;
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
      return head.width * (head.transform === TRANSFORM.DELTA ? count - 1 : count);
    case TRANSFORM.EXACT:
      return count * 8;
    default:
      throw new Malformed(`a column has the unknown transform ${head.transform}`);
  }
}

export function decodeColumn(
  head: ColumnHead,
  payload: Uint8Array,
  count: number,
): Float64Array<ArrayBuffer> {
  if (payload.length !== payloadLengthOf(head, count) || head.width > 8) {
    throw new Malformed('a column has the wrong length');
  }
  const values = new Float64Array(count);
  const { transform, first, base, step } = head;
  if (transform === TRANSFORM.CONSTANT) return values.fill(base);
  if (transform === TRANSFORM.EXACT) {
    new Uint8Array(values.buffer).set(payload);
    return values;
  }
  if (transform === TRANSFORM.OFFSET) {
    const stored = fromPlanes(payload, count);
    for (let row = 0; row < count; row += 1) values[row] = base + step * stored[row]!;
    return values;
  }
  const stored = fromPlanes(payload, count - 1);
  let value = first;
  values[0] = value;
  for (let row = 1; row < count; row += 1) {
    value += base + step * stored[row - 1]!;
    values[row] = value;
  }
  return values;
}

export function writeColumnHead(out: ByteWriter, head: ColumnHead): void {
  out.u8(head.transform);
  out.u8(head.width);
  out.f64(head.first);
  out.f64(head.base);
  out.f64(head.step);
}

export function readColumnHead(input: ByteReader): ColumnHead {
  return {
    transform: input.u8(),
    width: input.u8(),
    first: input.f64(),
    base: input.f64(),
    step: input.f64(),
  };
}

/** A column with its head, in the middle of other bytes. */
export function writeColumn(out: ByteWriter, encoded: EncodedColumn): void {
  writeColumnHead(out, encoded.head);
  out.bytes(encoded.payload);
}

export function readColumn(input: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const head = readColumnHead(input);
  return decodeColumn(head, input.bytes(payloadLengthOf(head, count)), count);
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

function isConstant(values: ColumnNumbers, count: number): boolean {
  const first = values[0]!;
  for (let row = 1; row < count; row += 1) if (values[row] !== first) return false;
  return true;
}

function rangeOf(stored: Float64Array, count: number): { min: number; max: number } {
  let min = stored[0]!;
  let max = min;
  for (let row = 1; row < count; row += 1) {
    const value = stored[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function stepOf(
  stored: Float64Array,
  count: number,
  options: Readonly<{ base: number; steps: readonly number[] }>,
): number {
  for (const step of options.steps)
    if (isMultiple(stored, count, { base: options.base, step })) return step;
  return 1;
}

function isMultiple(
  stored: Float64Array,
  count: number,
  of: Readonly<{ base: number; step: number }>,
): boolean {
  const { base, step } = of;
  for (let row = 0; row < count; row += 1) {
    const value = stored[row]! - base;
    if (Math.floor(value / step) * step !== value) return false;
  }
  return true;
}

function fromPlanes(payload: Uint8Array, count: number): Uint32Array | Float64Array {
  const width = count === 0 ? 0 : payload.length / count;
  const low = new Uint32Array(count);
  readPlanes(payload, low, { at: 0, count, width: Math.min(4, width) });
  if (width <= 4) return low;
  const high = new Uint32Array(count);
  readPlanes(payload, high, { at: count * 4, count, width: width - 4 });
  const values = new Float64Array(count);
  for (let row = 0; row < count; row += 1) values[row] = high[row]! * 2 ** 32 + low[row]!;
  return values;
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

function exact(values: ColumnNumbers, count: number, first: number): EncodedColumn {
  const doubles = new Float64Array(values.subarray(0, count));
  return {
    head: { transform: TRANSFORM.EXACT, width: 8, first, base: 0, step: 1 },
    payload: new Uint8Array(doubles.buffer),
  };
}
