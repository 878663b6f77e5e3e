/**
 * Lines that must be made anew before they are parsed: with terminal colours, in Latin-1, in UTF-16.
 *
 * The made text is appended to the columns' bytes; the original bytes stay where they are. A made text is at most
 * three bytes for two of UTF-16, two for one of Latin-1, and never longer than a coloured one.
 */
import { BRACKET_OPEN, ESCAPE, findByte } from './bytes.ts';
import type { Draft } from './draft.ts';
import { wideText } from './wide-text.ts';

export type Encoding = 'utf-8' | 'latin1' | 'utf-16le' | 'utf-16be';

/** Append the line as UTF-8 without colours; returns where it starts, it ends at `columns.bytesLength`. */
export function makeLine(draft: Draft, start: number, end: number, encoding: Encoding): number {
  let from = start;
  let to = end;
  if (encoding !== 'utf-8') {
    from =
      encoding === 'latin1'
        ? makeLatin1(draft, start, end)
        : makeUtf16(draft, start, end, encoding);
    to = draft.columns.bytesLength;
    if (findByte(draft.bytes, ESCAPE, from, to) < 0) return from;
  }
  return makePlain(draft, from, to);
}

/** Append [start, end) without terminal escapes (CSI `ESC [ … letter`, OSC `ESC ] … BEL`, two-byte ones). */
export function makePlain(draft: Draft, start: number, end: number): number {
  const made = draft.reserve(end - start);
  const { bytes } = draft;
  let to = made;
  let from = start;
  while (from < end) {
    if (bytes[from] === ESCAPE) {
      from = escapeEnd(bytes, from, end);
      continue;
    }
    bytes[to] = bytes[from]!;
    to += 1;
    from += 1;
  }
  draft.made(to);
  return made;
}

/** Longest escape sequence; a longer one is text. */
const ESCAPE_LENGTH_MAX = 64;

/** Position behind the terminal escape at `at`. */
export function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  const kind = bytes[at + 1];
  const limit = Math.min(end, at + ESCAPE_LENGTH_MAX);
  if (at + 1 >= end) return end;
  if (kind === BRACKET_OPEN) {
    for (let position = at + 2; position < limit; position += 1) {
      const byte = bytes[position]!;
      if (byte >= 64 && byte < 127) return position + 1;
      if (byte < 32) return position;
    }
    return at + 2;
  }
  if (kind === 93) {
    for (let position = at + 2; position < limit; position += 1) {
      if (bytes[position] === 7) return position + 1;
      if (bytes[position] === ESCAPE) return Math.min(end, position + 2);
    }
  }
  return at + 2;
}

function makeLatin1(draft: Draft, start: number, end: number): number {
  const made = draft.reserve((end - start) * 2);
  const { bytes } = draft;
  let to = made;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from]!;
    if (byte < 0x80) {
      bytes[to] = byte;
      to += 1;
    } else {
      bytes[to] = 0xc0 | (byte >> 6);
      bytes[to + 1] = 0x80 | (byte & 63);
      to += 2;
    }
  }
  draft.made(to);
  return made;
}

function makeUtf16(draft: Draft, start: number, end: number, encoding: Encoding): number {
  const text = wideText(draft.bytes.subarray(start, end), encoding);
  const made = draft.reserve(text.length * 3);
  draft.made(made + draft.bytes.write(text, made, 'utf8'));
  return made;
}
