/** What stands around a single letter, which decides whether it is a level. */
import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  findByte,
  isDigit,
  isLetter,
  isUpper,
  PIPE,
  SPACE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { ERROR, INFO, levelOfLetter } from '../level.ts';
import { LOOK, lookOf, wordEnd } from './text-items.ts';

/**
 * Whether what stands around the letter at `at` makes a level of it: GlusterFS's `] E [socket.c:3389:client] `, or TensorFlow's caller,
 * `I tensorflow/core/util.cc:12] `.
 */
export function isLetterBefore(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at + 2] === BRACKET_OPEN) {
    return bytes[at - 1] === SPACE && bytes[at - 2] === BRACKET_CLOSE;
  }
  const stop = wordEnd(bytes, at + 2, end);
  return (
    bytes[stop - 1] === BRACKET_CLOSE &&
    isDigit(bytes[stop - 2]!) &&
    findByte(bytes, COLON, at + 2, stop) > 0 &&
    findByte(bytes, BRACKET_OPEN, at + 2, stop) < 0
  );
}

/** Its letters: audit, configuration, what the program printed, and those that all use. */
export function levelOfWebSphere(letter: number): LevelCode {
  if (letter === 65 || letter === 67 || letter === 79) return INFO;
  return letter === 82 ? ERROR : levelOfLetter(letter);
}

/**
 * QuestDB's `E i.q.Engine text`, where A is advisory; SAP HANA's `e Basis   File.cpp(00012) : text`. Only where nearly all lines of the file have
 * such a letter. Returns its end, or -1.
 */
export function readBareLetter(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  const letter = bytes[at]!;
  if (bytes[at + 1] !== SPACE || at + 2 >= end || !isLetter(bytes[at + 2]!)) return -1;
  const level = letter === LETTER_A ? INFO : levelOfLetter(letter & ~32);
  if (!isLetter(letter) || level === LEVEL_NONE || letter === SMALL_A) return -1;
  if (!layout.takes(OPEN.BARE_LETTER)) return -1;
  draft.level = level;
  return at + 1;
}

const LETTER_A = 65;
const SMALL_A = 97;

/** `santad: `: a program behind the letter. */
export function isWordWithColon(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = wordEnd(bytes, at, end);
  return bytes[stop - 1] === COLON && lookOf(bytes, at, stop - 1) >= LOOK.PLAIN;
}

/** `CONTROL`, `NETWORK`, `-`: MongoDB's component behind its letter. */
export function isCapitalWord(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  while (position < end && bytes[position]! > SPACE) {
    const byte = bytes[position]!;
    if (byte === PIPE) break;
    if (!isUpper(byte) && byte !== 95 && byte !== DASH && !isDigit(byte)) return false;
    position += 1;
  }
  return position > at + 1 || bytes[at] === DASH || bytes[at] === PIPE;
}
