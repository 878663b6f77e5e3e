/**
 * The region of bytes being read: where its lines end, and which of them must be made anew before they are parsed.
 *
 * It lies in the columns' bytes; positions are those of the columns.
 */
import { isUtf8 } from 'node:buffer';
import type { EntryColumns } from '../model/entry-columns.ts';
import { ESCAPE, NEWLINE, RETURN } from './bytes.ts';
import type { Encoding } from './line-text.ts';
import { isWide, wideContentEnd, wideLineEnd } from './wide-text.ts';

export type Region = Readonly<{
  columns: EntryColumns;
  start: number;
  end: number;
  /** Offset in the file of `start`, and number of the line that begins there. */
  offsetBytes: number;
  line: number;
  /** Bytes from `start` that were looked at with the region before: the record left open. */
  seenBytes: number;
}>;

export class Lines {
  readonly encoding: Encoding;
  readonly isWide: boolean;
  columns: EntryColumns;
  start = 0;
  end = 0;
  /** Add it to a position for the offset in the file. */
  offsetDelta = 0;
  /** Whether all bytes of the region are valid UTF-8, or are not meant to be. */
  isValid = true;
  /** Position of the next terminal escape, if it was looked up for a line at or before it. */
  #nextEscape = -1;

  constructor(columns: EntryColumns, encoding: Encoding) {
    this.columns = columns;
    this.encoding = encoding;
    this.isWide = isWide(encoding);
  }

  begin(region: Region): void {
    const { columns, start, end } = region;
    this.columns = columns;
    this.start = start;
    this.end = end;
    this.offsetDelta = region.offsetBytes - start;
    this.isValid = this.encoding !== 'utf-8' || isUtf8(columns.bytes.subarray(start, end));
    this.#nextEscape = -1;
  }

  /** Position behind the newline of the line that begins at `start`. */
  lineEnd(start: number): number {
    if (this.isWide) return wideLineEnd(this.columns.bytes, start, this.end, this.encoding);
    const found = this.columns.bytes.indexOf(NEWLINE, start);
    return found < 0 || found >= this.end ? this.end : found + 1;
  }

  /** `findLineEnds` for lines whose newlines are no single bytes. */
  findWideEnds(start: number, ends: Int32Array, countMax: number): number {
    let position = start;
    let count = 0;
    for (; count < countMax && position < this.end; count += 1) {
      position = this.lineEnd(position);
      ends[count] = position;
    }
    return count;
  }

  /** End of the line's text, where `next` is the position behind its newline. */
  contentEnd(start: number, next: number): number {
    const { bytes } = this.columns;
    if (this.isWide) return wideContentEnd(bytes, start, next, this.encoding);
    let end = next;
    if (end > start && bytes[end - 1] === NEWLINE) end -= 1;
    if (end > start && bytes[end - 1] === RETURN) end -= 1;
    return end;
  }

  /** Whether the line must be made anew: it has colours, or another encoding. */
  mustBeMade(start: number, end: number): boolean {
    if (this.encoding !== 'utf-8') {
      if (this.encoding !== 'latin1') return true;
      const { bytes } = this.columns;
      for (let position = start; position < end; position += 1) {
        if (bytes[position]! >= 0x80) return true;
      }
    }
    return this.escapeFrom(start) < end;
  }

  /** Position of the first terminal escape at or behind `start`; beyond every position where there is none. */
  escapeFrom(start: number): number {
    if (this.#nextEscape < start) {
      // Not past the region: behind it lie the bytes of other files.
      const found = this.columns.bytes.subarray(start, this.end).indexOf(ESCAPE);
      this.#nextEscape = found < 0 ? Number.MAX_SAFE_INTEGER : start + found;
    }
    return this.#nextEscape;
  }
}

/**
 * Fill `ends` with the positions behind the next newlines of [start, end), at most `countMax`; the last line may have
 * none. Returns how many. A loop of its own, because the search is a call out of JavaScript that is only cheap in code
 * fully optimised.
 */
export function findLineEnds(
  bytes: Buffer,
  start: number,
  end: number,
  ends: Int32Array,
  countMax: number,
): number {
  let position = start;
  let count = 0;
  while (count < countMax && position < end) {
    const found = bytes.indexOf(NEWLINE, position);
    position = found < 0 || found >= end ? end : found + 1;
    ends[count] = position;
    count += 1;
  }
  return count;
}
