/**
 * Level words, numbers and letters of all the formats, as level codes.
 *
 * A word counts only where a format says a level stands; nothing here looks for levels inside a message.
 */

import { LEVEL_NONE, type LevelCode } from '../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  digitsEnd,
  isBlank,
  isLetter,
  isUpper,
  PLUS,
  SPACE,
  skipBlanks,
} from './bytes.ts';

export const TRACE: LevelCode = 0;
export const DEBUG: LevelCode = 1;
export const INFO: LevelCode = 2;
export const WARN: LevelCode = 3;
export const ERROR: LevelCode = 4;
export const FATAL: LevelCode = 5;

const WORDS: readonly (readonly [LevelCode, string])[] = [
  [TRACE, 'trace trc trce trac finest finer silly sill verbose verb vrb ddebug subdebug all'],
  [DEBUG, 'debug dbg debg debu dbug fine debug1 debug2 debug3 debug4 debug5'],
  [
    INFO,
    'info information informational inf infos informazioni notice note http log stats statement hint detail context location query config success passed command audit',
  ],
  [WARN, 'warn warning wrn warnin warnung avertissement advertencia avviso avvertenza varning'],
  [
    ERROR,
    'error err eror erro severe failure fail schwerwiegend fehler grave erreur errore allvarlig',
  ],
  [
    FATAL,
    'fatal ftl fata critical crit crt criti alert emerg emergency panic dpanic pani disaster',
  ],
];

/** Words that are levels only where a field or a format's table says so: in a text header they are ordinary words. */
const FIELD_ONLY = new Set(
  'all config query success passed command audit fail failure http stats statement hint detail context location log note disaster'.split(
    ' ',
  ),
);

const WORD_LENGTH_MAX = 13;

/**
 * The words by their first three letters: an open table from the packed letters to the first word that begins so, and
 * from each word to the next. Lengths, codes and texts in arrays of their own.
 */
const START_SLOTS = 1024;
const startKeys = new Int32Array(START_SLOTS);
const startWords = new Int16Array(START_SLOTS).fill(-1);
const wordTexts: string[] = [];
const wordCodes: number[] = [];
const wordNext: number[] = [];
const wordFieldOnly: boolean[] = [];
for (const [code, words] of WORDS) {
  for (const word of words.split(' ')) {
    const key = startKey(word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2));
    const slot = slotOf(key);
    wordNext.push(startWords[slot]!);
    startKeys[slot] = key;
    startWords[slot] = wordTexts.length;
    wordTexts.push(word);
    wordCodes.push(code);
    wordFieldOnly.push(FIELD_ONLY.has(word));
  }
}

/** The slot of three letters, taken or free. */
function slotOf(key: number): number {
  let slot = (Math.imul(key, 0x9e3779b1) >>> 16) & (START_SLOTS - 1);
  while (startWords[slot]! >= 0 && startKeys[slot] !== key) slot = (slot + 1) & (START_SLOTS - 1);
  return slot;
}

/** Which first letters can begin a level; most words are turned away by one load. */
const CAN_START = new Uint8Array(256);
for (const word of wordTexts) {
  CAN_START[word.charCodeAt(0)] = 1;
  CAN_START[word.charCodeAt(0) - 32] = 1;
}

function startKey(one: number, two: number, three: number): number {
  return (one << 16) | (two << 8) | three;
}

/**
 * The level word at `at`, as `code + 8 * length`; -1 where there is none. The word must end there (no letter, digit
 * or underscore behind it). `inField`: also words that are levels only in a field of that name.
 */
export function levelWordAt(bytes: Uint8Array, at: number, end: number, inField: boolean): number {
  if (CAN_START[bytes[at]!] === 0 || at + 2 >= end) return -1;
  const key = startKey(bytes[at]! | 32, bytes[at + 1]! | 32, bytes[at + 2]! | 32);
  let index = startWords[slotOf(key)]!;
  if (index < 0) return -1;
  let wordEnd = at + 3;
  const limit = Math.min(end, at + WORD_LENGTH_MAX + 1);
  while (wordEnd < limit && isWordByte(bytes[wordEnd]!)) wordEnd += 1;
  const length = wordEnd - at;
  for (; index >= 0; index = wordNext[index]!) {
    const word = wordTexts[index]!;
    if (word.length !== length || (wordFieldOnly[index]! && !inField)) continue;
    if (sameWord(bytes, at, word)) return wordCodes[index]! + 8 * length;
  }
  return -1;
}

function isWordByte(byte: number): boolean {
  return isLetter(byte) || byte === 95 || (byte >= 48 && byte < 58);
}

function sameWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let index = 3; index < word.length; index += 1) {
    const byte = bytes[at + index]!;
    if ((byte >= 64 ? byte | 32 : byte) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** A bracket before a level, such as a thread: `[http-nio-8080-exec-1]`. */
const GROUP_LENGTH_MAX = 64;

/**
 * Whether a header with a level stands at `at`, where syslog has its host: `ERROR text`, `INFO: text`, `[warn] text`, `[main] WARN
 * text`. In capitals, where no bracket is around it: a host may be called debug.
 */
export function hasLevelHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== BRACKET_OPEN) return isLevelInCapitals(bytes, at, end);
  let close = at + 1;
  const limit = Math.min(end, at + GROUP_LENGTH_MAX);
  while (close < limit && bytes[close] !== BRACKET_CLOSE) close += 1;
  if (bytes[close] !== BRACKET_CLOSE) return false;
  const wordAt = skipBlanks(bytes, at + 1, close);
  const word = levelWordAt(bytes, wordAt, close, false);
  if (word >= 0 && skipBlanks(bytes, wordAt + (word >> 3), close) === close) return true;
  return isLevelInCapitals(bytes, skipBlanks(bytes, close + 1, end), end);
}

function isLevelInCapitals(bytes: Uint8Array, at: number, end: number): boolean {
  if (!isUpper(bytes[at]!) || !isUpper(bytes[at + 1]!)) return false;
  const word = levelWordAt(bytes, at, end, false);
  if (word < 0) return false;
  const behind = at + (word >> 3);
  const next = bytes[behind]!;
  return behind === end || isBlank(next) || (next === COLON && bytes[behind + 1] === SPACE);
}

/** Go's slog names a level of a program's own by what it adds to the one below: end of the `+4` or `-4` at `at`; `at` itself without one. */
export function levelOffsetEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== PLUS && bytes[at] !== DASH) return at;
  const stop = digitsEnd(bytes, at + 1, Math.min(end, at + 1 + OFFSET_DIGITS_MAX));
  return stop > at + 1 ? stop : at;
}

const OFFSET_DIGITS_MAX = 3;

/** The level with the offset [at, stop) behind it: `ERROR+4` is fatal, `DEBUG-4` trace. */
export function levelWithOffset(
  level: LevelCode,
  bytes: Uint8Array,
  at: number,
  stop: number,
): LevelCode {
  if (level === DEBUG && bytes[at] === DASH) return TRACE;
  const isFar = stop > at + 2 || bytes[at + 1]! >= FOUR;
  return level === ERROR && bytes[at] === PLUS && isFar ? FATAL : level;
}

const FOUR = 52;

/** One letter as glog, Android, Rails, MongoDB and others print it; `LEVEL_NONE` for any other. */
export function levelOfLetter(byte: number): LevelCode {
  switch (byte) {
    case 84: // T
    case 86: // V
      return TRACE;
    case 68: // D
      return DEBUG;
    case 73: // I
    case 78: // N
      return INFO;
    case 87: // W
      return WARN;
    case 69: // E
      return ERROR;
    case 70: // F
    case 67: // C
    case 65: // A
      return FATAL;
    default:
      return LEVEL_NONE;
  }
}

/** Severity of a syslog PRI, 0 emergency to 7 debug. */
export function levelOfSyslog(severity: number): LevelCode {
  if (severity <= 2) return FATAL;
  if (severity === 3) return ERROR;
  if (severity === 4) return WARN;
  return severity <= 6 ? INFO : DEBUG;
}

/** What an event of Windows has: 1 critical, 2 error, 3 warning, 4 information, 5 verbose; 0 is written whatever is asked for. */
export function levelOfWindows(value: number): LevelCode {
  if (value === 0) return INFO;
  return value >= 1 && value <= 5 ? FATAL + 1 - value : LEVEL_NONE;
}

/** A number in a level field: pino and bunyan count 10 to 60, others are syslog severities. */
export function levelOfNumber(value: number): LevelCode {
  if (value >= 0 && value <= 7) return levelOfSyslog(value);
  if (value < 10 || value > 69) return LEVEL_NONE;
  return Math.floor(value / 10) - 1;
}
