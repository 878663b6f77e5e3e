/**
 * Byte classes and small readers over `Uint8Array`, for parsers that make no string per line.
 *
 * All of them may look a few bytes past `end`: `EntryColumns.bytes` has slack behind it, and a line's region
 * ends in a newline or in zeros, which belong to no class here.
 */

export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const ESCAPE = 27;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const PERCENT = 37;
export const APOSTROPHE = 39;
export const PAREN_OPEN = 40;
export const PAREN_CLOSE = 41;
export const ASTERISK = 42;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const DOT = 46;
export const SLASH = 47;
export const ZERO = 48;
export const COLON = 58;
export const SEMICOLON = 59;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const AT_SIGN = 64;
/** Between the date and the time of ISO 8601. */
export const LETTER_T = 84;
export const BRACKET_OPEN = 91;
export const BACKSLASH = 92;
export const BRACKET_CLOSE = 93;
export const UNDERSCORE = 95;
export const BRACE_OPEN = 123;
export const PIPE = 124;
export const BRACE_CLOSE = 125;
/** The first byte beyond ASCII. */
export const NOT_ASCII = 128;

export function isDigit(byte: number): boolean {
  return (byte - ZERO) >>> 0 < 10;
}

export function isUpper(byte: number): boolean {
  return (byte - 65) >>> 0 < 26;
}

export function isLetter(byte: number): boolean {
  return ((byte | 32) - 97) >>> 0 < 26;
}

export function isAlphanumeric(byte: number): boolean {
  return isDigit(byte) || isLetter(byte);
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Two digits as a number, or -1. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at]! - ZERO) | 0;
  const ones = (bytes[at + 1]! - ZERO) | 0;
  return tens >>> 0 < 10 && ones >>> 0 < 10 ? tens * 10 + ones : -1;
}

/** Four digits as a number, or -1. */
export function fourDigits(bytes: Uint8Array, at: number): number {
  const high = twoDigits(bytes, at);
  const low = twoDigits(bytes, at + 2);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

/** Where the run of digits that begins at `at` ends. */
export function digitsEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && isDigit(bytes[position]!)) position += 1;
  return position;
}

/** First position at or after `at` that is neither space nor tab. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && isBlank(bytes[position]!)) position += 1;
  return position;
}

/** End of the text [start, end) without its trailing blanks. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = end;
  while (position > start && isBlank(bytes[position - 1]!)) position -= 1;
  return position;
}

/** Position of `byte` in [at, end), or -1. For short distances; `Buffer.indexOf` wins above about 80 bytes. */
export function findByte(bytes: Uint8Array, byte: number, at: number, end: number): number {
  for (let position = at; position < end; position += 1) {
    if (bytes[position] === byte) return position;
  }
  return -1;
}

/** Position of `text` (ASCII) in [at, end), or -1. */
export function findText(bytes: Uint8Array, text: string, at: number, end: number): number {
  const first = text.charCodeAt(0);
  for (let position = at; position + text.length <= end; position += 1) {
    if (bytes[position] === first && startsWith(bytes, position, text)) return position;
  }
  return -1;
}

/** Whether `text` (ASCII) stands at `at`. */
export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
