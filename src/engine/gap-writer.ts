/** Writes the gaps of the rows of a class, column by column, each in the cheapest of its forms; see `span-format.ts`. */
import type { ByteWriter } from './byte-writer.ts';
import { widthOf } from './column-codec.ts';
import type { OpenClass } from './open-class.ts';
import { GAP } from './span-format.ts';

/** Longer texts are not searched for their terminator: it costs a nanosecond a byte, and their length a byte at most. */
const TERMINATED_BYTES_MAX = 24;

const ROWS_INITIAL = 1024;

export class GapWriter {
  #column = new Uint32Array(ROWS_INITIAL);
  /** Where the gap at hand begins in each row, but for the gaps that are the same in all rows. */
  #places = new Int32Array(ROWS_INITIAL);

  write(spanClass: OpenClass, bytes: Uint8Array, out: ByteWriter): void {
    const { gaps, gapCount, rowCount, order, starts } = spanClass;
    if (rowCount > this.#column.length) {
      this.#column = new Uint32Array(rowCount * 2);
      this.#places = new Int32Array(rowCount * 2);
    }
    const column = this.#column;
    const places = this.#places;
    const rest = restColumn(spanClass);
    for (let row = 0; row < rowCount; row += 1) places[row] = starts[row]!;
    let constant = 0;
    for (let gap = 0; gap < gapCount; gap += 1) {
      const first = gaps[gap]!;
      let min = first;
      let max = first;
      for (let row = 0, at = gap; row < rowCount; row += 1, at += gapCount) {
        const value = gaps[at]!;
        column[row] = value;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      if (min === max) {
        writeForm(out, { width: 0, min });
        constant += first;
        continue;
      }
      const isText = gap > 0 && gap < order.length && isEndOf(order[gap]!, order[gap - 1]!);
      const texts = { column, places, constant };
      const terminator = isText && gap !== rest ? terminatorOf(spanClass, bytes, texts) : -1;
      if (gap === rest) {
        out.u8(GAP.REST);
      } else if (terminator >= 0) {
        out.u8(GAP.TERMINATED);
        out.u8(terminator);
      } else {
        const width = widthOf(max - min);
        writeForm(out, { width, min });
        out.planes(column, { count: rowCount, base: min, width });
      }
      for (let row = 0; row < rowCount; row += 1) places[row] = places[row]! + column[row]!;
    }
  }
}

/** Whole numbers below 2³²: a width, the smallest, and what each has more than that. */
export function writeNumbers(out: ByteWriter, numbers: Uint32Array, count: number): void {
  let min = numbers[0]!;
  let max = min;
  for (let row = 1; row < count; row += 1) {
    const value = numbers[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const width = widthOf(max - min);
  writeForm(out, { width, min });
  out.planes(numbers, { count, base: min, width });
}

function writeForm(out: ByteWriter, form: Readonly<{ width: number; min: number }>): void {
  out.u8(form.width);
  out.varint(form.min);
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
  texts: Readonly<{ column: Uint32Array; places: Int32Array; constant: number }>,
): number {
  const { column, places, constant } = texts;
  const terminator = bytes[places[0]! + constant + column[0]!]!;
  let total = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const end = places[row]! + constant + column[row]!;
    // It must be one of the original bytes: what lies behind them need not be in the text.
    if (end >= ends[row]! || bytes[end] !== terminator) return -1;
    total += column[row]!;
  }
  if (total > rowCount * TERMINATED_BYTES_MAX) return -1;
  for (let row = 0; row < rowCount; row += 1) {
    const start = places[row]! + constant;
    const end = start + column[row]!;
    for (let at = start; at < end; at += 1) if (bytes[at] === terminator) return -1;
  }
  return terminator;
}
