/**
 * Pieces of the header of a text line: separators, bracketed groups, words, and what a word looks like.
 *
 * A header is what stands between the stamp and the message. Nothing here decides; `text-header.ts` does.
 */
import {
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  GREATER,
  isAlphanumeric,
  isBlank,
  isDigit,
  isLetter,
  LESS,
  PAREN_CLOSE,
  PAREN_OPEN,
  PIPE,
  SEMICOLON,
  SPACE,
  TAB,
} from '../bytes.ts';

/** Pieces of a header, before and behind the level. The richest known layouts have five. */
export const ITEMS_MAX = 6;

/** Longest bracketed group taken for a part of the header. */
const GROUP_LENGTH_MAX = 256;
/** Longest word taken for a logger, program or file. */
export const WORD_LENGTH_MAX = 160;

/** The separators crossed by `skipSeparators`, as bits. */
export const CROSSED = {
  BLANK: 1,
  COLON: 2,
  DASH: 4,
  PIPE: 8,
  TAB: 16,
  PADDING: 32,
  OTHER: 64,
} as const;

/** What the last `skipSeparators` crossed. */
export let crossed = 0;

/**
 * Skip blanks and separators: `:`, `,`, `;`, `|`, `]`, `>`, and dashes that stand alone. A dash with a word right
 * behind it begins something (`-1`, `--flag`).
 */
export function skipSeparators(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  crossed = 0;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === SPACE) {
      if (bytes[position + 1] === SPACE) crossed |= CROSSED.PADDING;
      crossed |= CROSSED.BLANK;
    } else if (byte === TAB) crossed |= CROSSED.TAB;
    else if (byte === COLON) crossed |= CROSSED.COLON;
    else if (byte === PIPE) crossed |= CROSSED.PIPE;
    else if (byte === COMMA || byte === SEMICOLON || byte === BRACKET_CLOSE || byte === GREATER) {
      crossed |= CROSSED.OTHER;
    } else if (byte === DASH) {
      const runEnd = dashesEnd(bytes, position, end);
      const next = bytes[runEnd]!;
      if (next === GREATER && isBlank(bytes[runEnd + 1]!) && runEnd === position + 1) {
        // ClamAV's arrow: `stamp -> text`.
        crossed |= CROSSED.OTHER;
        position = runEnd + 1;
        continue;
      }
      if (runEnd < end && !isBlank(next) && next !== COLON && next !== BRACKET_OPEN) break;
      // `--- [main]` and `-- : text` are signs of a header, `--- SIGCHLD` is text.
      if (runEnd - position > 1 && !isSignBehind(bytes, runEnd, end)) break;
      crossed |= CROSSED.DASH;
      position = runEnd;
      continue;
    } else break;
    position += 1;
  }
  return position;
}

function isSignBehind(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  while (position < end && isBlank(bytes[position]!)) position += 1;
  return bytes[position] === BRACKET_OPEN || bytes[position] === COLON;
}

function dashesEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] === DASH) position += 1;
  return position;
}

/** The byte that closes a group opened by `open`, or 0. */
export function closerOf(open: number): number {
  switch (open) {
    case BRACKET_OPEN:
      return BRACKET_CLOSE;
    case PAREN_OPEN:
      return PAREN_CLOSE;
    case LESS:
      return GREATER;
    case BRACE_OPEN:
      return 125;
    default:
      return 0;
  }
}

/** Position of the byte that closes the group at `at` (nesting counted), or -1. */
export function groupClose(bytes: Uint8Array, at: number, end: number): number {
  const open = bytes[at]!;
  const close = closerOf(open);
  const limit = Math.min(end, at + GROUP_LENGTH_MAX);
  let depth = 0;
  for (let position = at; position < limit; position += 1) {
    const byte = bytes[position]!;
    if (byte === open) depth += 1;
    else if (byte === close) {
      depth -= 1;
      if (depth === 0) return position;
    }
  }
  return -1;
}

/** End of the word at `at`: up to a blank or a `|`. */
export function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + WORD_LENGTH_MAX);
  let position = at;
  while (position < limit && bytes[position]! > SPACE && bytes[position] !== PIPE) position += 1;
  return position;
}

/** What a word looks like. */
export const LOOK = { NONE: 0, NUMBER: 1, PLAIN: 2, DOTTED: 3 } as const;

/**
 * A number; a plain identifier (`myapp`, `my-app`); a dotted one: with a sign that texts rarely have inside a word
 * (`a.b.C`, `mod::fn`, `pkg/file.go`, `Outer$Inner`, `name@host`, `proc[12]`); or none of these.
 */
export function lookOf(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || CAN_BEGIN[bytes[start]!] === 0) return LOOK.NONE;
  const last = end - 1;
  let kinds = 0;
  for (let position = start; position < last; position += 1) {
    const kind = KIND[bytes[position]!]!;
    if (kind === 0) return LOOK.NONE;
    kinds |= kind;
  }
  const lastKind = KIND[bytes[last]!]!;
  // A final stop or comma ends a sentence, not a name.
  if (lastKind === 0 || (lastKind === KIND_SIGN && !isNameEnd(bytes[last]!))) return LOOK.NONE;
  if ((kinds & KIND_SIGN) !== 0) return LOOK.DOTTED;
  return (kinds | lastKind) === KIND_DIGIT ? LOOK.NUMBER : LOOK.PLAIN;
}

/** Scala's objects end in `$`; brackets close. */
function isNameEnd(byte: number): boolean {
  return byte === BRACKET_CLOSE || byte === PAREN_CLOSE || byte === GREATER || byte === 36;
}

const KIND_LETTER = 1;
const KIND_DIGIT = 2;
const KIND_SIGN = 4;
/** What a byte is inside a name; 0 for what no name has. */
const KIND = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  if (isDigit(byte)) KIND[byte] = KIND_DIGIT;
  else if (isLetter(byte) || byte === 95 || byte === DASH || byte >= 0x80) KIND[byte] = KIND_LETTER;
}
for (const sign of '.:/$#@[]()<>+*~&') KIND[sign.charCodeAt(0)] = KIND_SIGN;

/** What a name may begin with: letters, digits, `_ . / $ <`. */
const CAN_BEGIN = new Uint8Array(256);
for (let byte = 0; byte < 128; byte += 1) if (isAlphanumeric(byte)) CAN_BEGIN[byte] = 1;
for (const sign of '_./$<') CAN_BEGIN[sign.charCodeAt(0)] = 1;

/** Dots in [start, end). */
export function dotCount(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let position = start; position < end; position += 1) if (bytes[position] === 46) count += 1;
  return count;
}

export function hasBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) {
    if (isBlank(bytes[position]!)) return true;
  }
  return false;
}
