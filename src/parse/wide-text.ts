/**
 * UTF-16: where its lines end, and what they are in UTF-8. A newline is a unit of two bytes, and one of its bytes alone
 * is a part of other characters. Positions given here begin a unit.
 */
import { NEWLINE, RETURN } from './bytes.ts';
import type { Encoding } from './line-text.ts';

const UNIT_BYTES = 2;
const BYTE_ORDER_MARK = '\ufeff';

export function isWide(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

/** Position behind the first newline of [start, end); `end` where there is none. */
export function wideLineEnd(bytes: Buffer, start: number, end: number, encoding: Encoding): number {
  const low = encoding === 'utf-16le' ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; ) {
    const unit = at - low;
    if ((unit - start) % UNIT_BYTES === 0 && unit >= start && bytes[unit + 1 - low] === 0) {
      return unit + UNIT_BYTES;
    }
    at = bytes.indexOf(NEWLINE, at + 1);
  }
  return end;
}

/** Position behind the last newline of [start, end), -1 where there is none. */
export function lastWideLineEnd(
  bytes: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
): number {
  const low = encoding === 'utf-16le' ? 0 : 1;
  const first = end - ((end - start) % UNIT_BYTES) - UNIT_BYTES;
  for (let unit = first; unit >= start; unit -= UNIT_BYTES) {
    if (bytes[unit + low] === NEWLINE && bytes[unit + 1 - low] === 0) return unit + UNIT_BYTES;
  }
  return -1;
}

/** `end` without the newline, or the return and newline, in front of it. */
export function wideContentEnd(
  bytes: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
): number {
  const low = encoding === 'utf-16le' ? 0 : 1;
  const isUnit = (at: number, byte: number): boolean =>
    at >= start && bytes[at + low] === byte && bytes[at + 1 - low] === 0;
  let content = end;
  if (isUnit(content - UNIT_BYTES, NEWLINE)) content -= UNIT_BYTES;
  if (isUnit(content - UNIT_BYTES, RETURN)) content -= UNIT_BYTES;
  return content;
}

/** The text without the mark that may begin a file. A byte that is left over at the end is no character. */
export function wideText(bytes: Buffer, encoding: Encoding): string {
  const copy = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % UNIT_BYTES)));
  if (encoding === 'utf-16be') copy.swap16();
  const text = copy.toString('utf16le');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
