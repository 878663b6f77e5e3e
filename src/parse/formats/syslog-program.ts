/** The program of a syslog line: `sshd[1234]: `, `kernel: `, `com.apple.cts[43]: `, `Microsoft Word[14463]: `. */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  EQUALS,
  isAlphanumeric,
  isUpper,
  PAREN_CLOSE,
  PAREN_OPEN,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { levelWordAt } from '../level.ts';

/** Longest program name looked through for its colon; RFC 3164 says 32, real ones are longer. */
export const PROGRAM_LENGTH_MAX = 64;

/** Closing bracket of a pid (`1234`, or `-`, or `pid.thread`), or -1. */
export function pidEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + 24);
  for (let position = at; position < limit; position += 1) {
    const byte = bytes[position]!;
    if (byte === BRACKET_CLOSE) return position > at ? position : -1;
    if (!isAlphanumeric(byte) && byte !== DASH && byte !== 46 && byte !== COLON) return -1;
  }
  return -1;
}

/** Read `program[pid]: `, also a program of several words with a pid. Returns where the message begins, or -1. */
export function readProgram(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const limit = Math.min(end, at + PROGRAM_LENGTH_MAX);
  if (at >= end || !(isAlphanumeric(bytes[at]!) || bytes[at] === 95 || bytes[at] === SLASH)) {
    if (bytes[at] !== PAREN_OPEN) return -1;
  }
  let spaces = 0;
  for (let position = at; position < limit; position += 1) {
    const byte = bytes[position]!;
    if (byte === COLON) {
      const next = bytes[position + 1]!;
      if (position + 1 < end && next !== SPACE && next !== 9) continue;
      if (spaces > 0) return -1;
      draft.text(known.component, at, position);
      return skipBlanks(bytes, position + 1, end);
    }
    if (byte === BRACKET_OPEN) {
      const close = pidEnd(bytes, position + 1, end);
      if (close < 0) return -1;
      const isDone = bytes[close + 1] === COLON;
      if (bytes[close + 1] === PAREN_OPEN) {
        // MIT Kerberos: `krb5kdc[12](info): text`.
        const word = levelWordAt(bytes, close + 2, end, false);
        const levelEnd = close + 2 + (word >> 3);
        if (word < 0 || bytes[levelEnd] !== PAREN_CLOSE || bytes[levelEnd + 1] !== COLON) return -1;
        if (draft.level === LEVEL_NONE) draft.level = word & 7;
        draft.text(known.component, at, position);
        draft.value(known.pid, position + 1, close);
        return skipBlanks(bytes, levelEnd + 2, end);
      }
      if (!isDone && (spaces > 0 || bytes[close + 1] !== SPACE)) return -1;
      draft.text(known.component, at, position);
      draft.value(known.pid, position + 1, close);
      return skipBlanks(bytes, close + (isDone ? 2 : 1), end);
    }
    if (byte === SPACE) {
      // `sogod [26818]: `
      const close = bytes[position + 1] === BRACKET_OPEN ? pidEnd(bytes, position + 2, end) : -1;
      if (close >= 0 && bytes[close + 1] === COLON) {
        draft.text(known.component, at, position);
        draft.value(known.pid, position + 2, close);
        return skipBlanks(bytes, close + 2, end);
      }
      spaces += 1;
      // "Microsoft Word[14463]:": each word of a name begins in upper case.
      if (spaces > 2 || !isUpper(bytes[at]!) || !isUpper(bytes[position + 1]!)) return -1;
    } else if (byte < SPACE || byte === QUOTE || byte === EQUALS) {
      return -1;
    } else if (byte === PAREN_CLOSE && bytes[position + 1] === SPACE) {
      return -1;
    }
  }
  return -1;
}
