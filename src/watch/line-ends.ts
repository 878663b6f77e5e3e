/** Where lines end and text begins, for each encoding. */

import { endOfNuls, HOLE_BYTES_MIN } from '../base/nul-holes.ts';
import type { Encoding } from './generation.ts';

const NEWLINE = 10;

export type Range = Readonly<{ from: number; to: number; offsetBytes: number }>;

/**
 * Index behind the last newline in `bytes[from, to)`, or -1. `offsetBytes` is the file offset of index 0: the
 * units of UTF-16 begin at even offsets.
 */
export function endOfLastLine(bytes: Buffer, encoding: Encoding, range: Range): number {
  const { from, to, offsetBytes } = range;
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') {
    const index = to > from ? bytes.lastIndexOf(NEWLINE, to - 1) : -1;
    return index < from ? -1 : index + 1;
  }
  const low = encoding === 'utf-16le' ? 0 : 1;
  for (let unit = to - 2 - ((offsetBytes + to) & 1); unit >= from; unit -= 2) {
    if (bytes[unit + low] === NEWLINE && bytes[unit + 1 - low] === 0) return unit + 2;
  }
  return -1;
}

/** Index behind the first newline in `bytes[from, to)`, or -1. */
export function endOfFirstLine(bytes: Buffer, encoding: Encoding, range: Range): number {
  const { from, to, offsetBytes } = range;
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') {
    const index = bytes.indexOf(NEWLINE, from);
    return index < 0 || index >= to ? -1 : index + 1;
  }
  const low = encoding === 'utf-16le' ? 0 : 1;
  for (let unit = from + ((offsetBytes + from) & 1); unit + 1 < to; unit += 2) {
    if (bytes[unit + low] === NEWLINE && bytes[unit + 1 - low] === 0) return unit + 2;
  }
  return -1;
}

/** The longest cut not behind `end` that splits no character of the encoding. */
export function cutBefore(bytes: Buffer, encoding: Encoding, range: Range): number {
  const { from, to, offsetBytes } = range;
  if (encoding === 'latin1') return to;
  if (encoding !== 'utf-8') return to - ((offsetBytes + to) & 1);
  let cut = to;
  // A character has at most three continuation bytes; more of them is not UTF-8 and is cut anywhere.
  while (cut > from && to - cut < 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return ((bytes[cut] ?? 0) & 0xc0) === 0x80 ? to : cut;
}

/** Index of the first of the NULs that `bytes[from, to)` ends with, or `to`. */
export function startOfLastNuls(bytes: Buffer, from: number, to: number): number {
  let index = to;
  while (index > from && bytes[index - 1] === 0) index -= 1;
  return index;
}

/** The first hole at the beginning of a line in `bytes[from, to)`, `from` being one; undefined if there is none. */
export function findHole(
  bytes: Buffer,
  from: number,
  to: number,
): Readonly<{ start: number; end: number }> | undefined {
  let index = bytes.indexOf(0, from);
  while (index >= 0 && index < to) {
    const end = endOfNuls(bytes, index, to);
    const atLineStart = index === from || bytes[index - 1] === NEWLINE;
    if (atLineStart && end - index >= HOLE_BYTES_MIN) return { start: index, end };
    index = bytes.indexOf(0, end);
  }
  return undefined;
}
