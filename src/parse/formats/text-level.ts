/**
 * A level as one piece of a text header: `INFO`, `[warn ]`, `<error>`, `core:error`, `app.ERROR`, `daemon.err`, `NOTICE[1638]`, `[I]`.
 *
 * Capital letters make a level of any level word; in small letters it needs a sign around it (brackets, a colon, a
 * tab), or a file that has one in every line (`Layout`).
 */
import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  digitsEnd,
  findByte,
  GREATER,
  HASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  NOT_ASCII,
  PAREN_CLOSE,
  PAREN_OPEN,
  PIPE,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
  TAB,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import {
  DEBUG,
  ERROR,
  INFO,
  levelOffsetEnd,
  levelOfLetter,
  levelOfSyslog,
  levelWithOffset,
  levelWordAt,
} from '../level.ts';
import { nativeLevelAt } from '../level-native.ts';
import { readTopics, takeFacility } from './syslog-severity.ts';
import { closerOf, wordEnd as endOfWord, groupClose, LOOK, lookOf } from './text-items.ts';

/** PostgreSQL's kinds of line that are no level by themselves; all of them are information. */
const POSTGRES_WORDS = [
  'LOG',
  'STATEMENT',
  'HINT',
  'DETAIL',
  'CONTEXT',
  'QUERY',
  'LOCATION',
  'NOTICE',
];

/** Longest channel of Monolog. */
const CHANNEL_LENGTH_MAX = 64;

/** Longest group that can hold a level. */
const LEVEL_GROUP_MAX = 40;

/** Read a level that begins at `at` into the draft; returns where it ends (a closing bracket included), or -1. */
export function readLevelItem(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  const first = bytes[at]!;
  if (isLetter(first)) return readLevelWord(draft, layout, at, end);
  if (closerOf(first) !== 0) return readLevelGroup(draft, at, end);
  if (first >= NOT_ASCII) {
    const word = nativeLevelAt(bytes, at, end);
    if (word >= 0) draft.level = word & 7;
    return word < 0 ? -1 : at + (word >> 3);
  }
  // GitHub Actions and Azure Pipelines: `##[error]text`.
  if (first === HASH && bytes[at + 1] === HASH && bytes[at + 2] === BRACKET_OPEN) {
    return readLevelGroup(draft, at + 2, end);
  }
  if (first === 42 && isUpper(bytes[at + 1]!)) {
    const word = levelWordAt(bytes, at + 1, end, false);
    const wordEnd = at + 1 + (word >> 3);
    if (word < 0 || bytes[wordEnd] !== 42) return -1;
    draft.level = word & 7;
    return wordEnd + 1;
  }
  return -1;
}

function readLevelWord(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  // A column of its own may have the words that are levels only there: `| SUCCESS  |`.
  const isColumn = bytes[at - 1] === SPACE && bytes[at - 2] === PIPE && isUpper(bytes[at + 1]!);
  const word = levelWordAt(bytes, at, end, isColumn && columnEnds(bytes, at, end));
  if (word < 0) {
    if (isDotnetFailure(bytes, at, end)) {
      draft.level = ERROR;
      return at + FAIL.length - 1;
    }
    const channelEnd = readChannelLevel(draft, at, end);
    if (channelEnd >= 0) return channelEnd;
    const postgresEnd = readPostgresWord(draft, at, end);
    if (postgresEnd >= 0) return postgresEnd;
    const esxiEnd = readEsxi(draft, at, end);
    return esxiEnd >= 0 ? esxiEnd : takeFacility(draft, at, end);
  }
  const wordEnd = at + (word >> 3);
  const next = wordEnd < end ? bytes[wordEnd]! : SPACE;
  if (!LEVEL_CLOSER[next]) return readLevelWithOffset(draft, word, at, end);
  // `ERROR-17: text` is another thing.
  if (next === DASH && (word & 7) === DEBUG && isDigit(bytes[wordEnd + 1]!)) {
    return readLevelWithOffset(draft, word, at, end);
  }
  if (next === DASH && wordEnd + 1 < end && isLetter(bytes[wordEnd + 1]!)) return -1;
  const isCapital = isUpper(bytes[at + 1]!);
  const isClosed = isSpaceClosed(bytes, wordEnd, end) || isProgram(bytes, wordEnd + 1, end);
  if (!isCapital && bytes[at - 1] === COMMA) return readTopics(draft, at, end);
  if (!isCapital && next === SPACE && !isClosed) {
    if (!layout.takes(OPEN.BARE_LEVEL)) return -1;
  }
  if (next === COMMA && !isCapital) return -1;
  draft.level = word & 7;
  return wordEnd;
}

/** slog's `ERROR+4 `, `DEBUG-4 `. */
function readLevelWithOffset(draft: Draft, word: number, at: number, end: number): number {
  const { bytes } = draft;
  const wordEnd = at + (word >> 3);
  const stop = levelOffsetEnd(bytes, wordEnd, end);
  if (stop === wordEnd || bytes[stop] !== SPACE || !isUpper(bytes[at + 1]!)) return -1;
  draft.level = levelWithOffset(word & 7, bytes, wordEnd, stop);
  return stop;
}

/** .NET's console logger behind a time: whether `fail: Name.Space.Class[13]` stands at `at`. */
function isDotnetFailure(bytes: Uint8Array, at: number, end: number): boolean {
  if (!startsWith(bytes, at, FAIL)) return false;
  const stop = endOfWord(bytes, at + FAIL.length, end);
  const isNumbered = bytes[stop - 1] === BRACKET_CLOSE && isDigit(bytes[stop - 2]!);
  return isNumbered && lookOf(bytes, at + FAIL.length, stop) === LOOK.DOTTED;
}

const FAIL = 'fail: ';

/** Whether VMware's `hostd[2100547] [` stands at `at`: what is before it belongs to the header. */
function isProgram(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = endOfWord(bytes, at, end);
  if (bytes[stop - 1] !== BRACKET_CLOSE || bytes[stop + 1] !== BRACKET_OPEN) return false;
  return lookOf(bytes, at, stop) === LOOK.DOTTED;
}

/** Whether nothing but blanks stands between the word at `at` and a `|`. */
function columnEnds(bytes: Uint8Array, at: number, end: number): boolean {
  return bytes[skipBlanks(bytes, endOfWord(bytes, at, end), end)] === PIPE;
}

/** What PHP prints of errors that are not called by a level, with the colon behind. */
const PHP_KINDS: readonly (readonly [string, LevelCode])[] = [
  ['Parse error:', ERROR],
  ['Recoverable fatal error:', ERROR],
  ['Deprecated:', INFO],
  ['Strict Standards:', INFO],
];

/** Monolog's `app.ERROR:`, PHP's `PHP Warning:`. */
function readChannelLevel(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let position = at;
  const limit = Math.min(end, at + CHANNEL_LENGTH_MAX);
  while (
    position < limit &&
    (isLetter(bytes[position]!) ||
      isDigit(bytes[position]!) ||
      bytes[position] === 95 ||
      bytes[position] === DASH)
  ) {
    position += 1;
  }
  const isPhp = bytes[position] === SPACE && position === at + 3 && startsWith(bytes, at, 'PHP ');
  if (bytes[position] !== 46 && !isPhp) return -1;
  const levelAt = position + 1;
  if (!isUpper(bytes[levelAt]!)) return -1;
  for (const [kind, level] of isPhp ? PHP_KINDS : []) {
    if (!startsWith(bytes, levelAt, kind)) continue;
    draft.level = level;
    draft.text(draft.known.component, at, position);
    return levelAt + kind.length - 1;
  }
  const word = levelWordAt(bytes, levelAt, end, false);
  if (word < 0) return -1;
  let levelEnd = levelAt + (word >> 3);
  if (isPhp && startsWith(bytes, levelEnd, ' error')) levelEnd += ' error'.length;
  if (bytes[levelEnd] !== COLON || (!isPhp && !isUpper(bytes[levelAt + 1]!))) return -1;
  draft.level = word & 7;
  draft.text(draft.known.component, at, position);
  return levelEnd;
}

/** Two spaces, or a space and a bracket, a dash or a colon, close a level in small letters. */
function isSpaceClosed(bytes: Uint8Array, at: number, end: number): boolean {
  const next = bytes[at + 1]!;
  if (at + 1 >= end) return false;
  if (next === DASH || next === PIPE || next === COLON) return isBlank(bytes[at + 2]!);
  return next === SPACE || next === BRACKET_OPEN;
}

const LEVEL_CLOSER: boolean[] = new Array(256).fill(false);
for (const sign of [SPACE, TAB, COLON, BRACKET_CLOSE, BRACKET_OPEN, PIPE, COMMA, DASH, SLASH]) {
  LEVEL_CLOSER[sign] = true;
}
for (const sign of [PAREN_OPEN, PAREN_CLOSE, GREATER, 125, 42, 59, 61]) LEVEL_CLOSER[sign] = true;

/** ESXi 8's `Er(163) `: the first letters of the severity, and a syslog priority. */
function readEsxi(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  if (bytes[at + 2] !== PAREN_OPEN || !isUpper(bytes[at]!)) return -1;
  const close = digitsEnd(bytes, at + 3, end);
  const digits = close - at - 3;
  if (digits < 2 || digits > 3 || bytes[close] !== PAREN_CLOSE || bytes[close + 1] !== SPACE)
    return -1;
  const severity = ESXI_STARTS.indexOf(bytes.toString('latin1', at, at + 2));
  const isPriority = (Number(bytes.toString('latin1', at + 3, close)) & 7) === severity;
  // Those of a virtual machine count otherwise: `In(05)`.
  if (severity < 0 || (!isPriority && bytes[at + 3] !== 48)) return -1;
  draft.level = levelOfSyslog(severity);
  return close + 1;
}

/** By syslog's severity. */
const ESXI_STARTS = ['Em', 'Al', 'Cr', 'Er', 'Wa', 'No', 'In', 'Db'];

/** `LOG:  `, `STATEMENT:  `: capital letters, a colon and two spaces. */
function readPostgresWord(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  if (!isUpper(bytes[at]!) || !isUpper(bytes[at + 1]!)) return -1;
  let wordEnd = at;
  while (wordEnd < end && isUpper(bytes[wordEnd]!)) wordEnd += 1;
  if (isDigit(bytes[wordEnd]!) && wordEnd === at + 3) return readStunnel(draft, at, wordEnd);
  // NestJS: `LOG [Context] text`.
  const isNest =
    bytes[wordEnd] === SPACE && bytes[wordEnd + 1] === BRACKET_OPEN && wordEnd === at + 3;
  const isPostgres =
    bytes[wordEnd] === COLON && bytes[wordEnd + 1] === SPACE && bytes[wordEnd + 2] === SPACE;
  // PgBouncer: `[pid] LOG text`.
  const isBouncer =
    bytes[wordEnd] === SPACE && bytes[at - 1] === SPACE && bytes[at - 2] === BRACKET_CLOSE;
  if (!isNest && !isPostgres && !(isBouncer && wordEnd === at + 3)) return -1;
  if (!isPostgresWord(bytes, at, wordEnd)) return -1;
  draft.level = INFO;
  return wordEnd;
}

/** Whether [at, wordEnd) is one of PostgreSQL's kinds of line that is no level. */
export function isPostgresWord(bytes: Uint8Array, at: number, wordEnd: number): boolean {
  const length = wordEnd - at;
  for (const word of POSTGRES_WORDS) {
    if (word.length === length && startsWith(bytes, at, word)) return true;
  }
  return false;
}

/** stunnel's `LOG3[…]`: a syslog severity behind the word. */
function readStunnel(draft: Draft, at: number, wordEnd: number): number {
  const { bytes } = draft;
  const severity = bytes[wordEnd]! - 48;
  if (bytes[wordEnd + 1] !== BRACKET_OPEN || severity > 7) return -1;
  if (bytes.toString('latin1', at, wordEnd) !== 'LOG') return -1;
  draft.level = levelOfSyslog(severity);
  return wordEnd + 1;
}

/** `[INFO ]`, `(warn)`, `<error>`, `[core:error]`, `[:error]`, `[I]`, `[Note]`, `[audit.INFO]`. */
function readLevelGroup(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const close = groupClose(bytes, at, Math.min(end, at + LEVEL_GROUP_MAX));
  if (close < 0) return -1;
  let start = skipBlanks(bytes, at + 1, close);
  let stop = close;
  while (stop > start && isBlank(bytes[stop - 1]!)) stop -= 1;
  if (stop === start + 1) return readLetter(draft, start, close);
  if (bytes[start + 1] === PIPE) return readForeman(draft, start, close);
  const moduleEnd = lastColon(bytes, start, stop);
  if (moduleEnd >= 0) {
    const key = bytes[moduleEnd] === SLASH ? draft.known.thread : draft.known.component;
    if (moduleEnd > start) draft.text(key, start, moduleEnd);
    start = moduleEnd + 1;
  }
  const word = levelWordAt(bytes, start, stop, false);
  if (word >= 0 && start + (word >> 3) === stop) {
    draft.level = word & 7;
    return close + 1;
  }
  if (isNote(bytes, start, stop)) {
    draft.level = INFO;
    return close + 1;
  }
  if (moduleEnd > at + 1) draft.columns.fieldCount -= 1;
  return -1;
}

function readLetter(draft: Draft, at: number, close: number): number {
  const letter = draft.bytes[at]!;
  const level = isUpper(letter) ? levelOfLetter(letter) : LEVEL_NONE;
  if (level === LEVEL_NONE) return -1;
  draft.level = letter === LETTER_C && isEspTag(draft.bytes, close + 1) ? INFO : level;
  return close + 1;
}

/** Foreman's `[E|app|0a1b2c3d] `: the letter, the logger and the request, which may be missing. */
function readForeman(draft: Draft, at: number, close: number): number {
  const { bytes, known } = draft;
  const loggerEnd = findByte(bytes, PIPE, at + 2, close);
  const level = isUpper(bytes[at]!) ? levelOfLetter(bytes[at]!) : LEVEL_NONE;
  if (level === LEVEL_NONE || loggerEnd < 0) return -1;
  draft.level = level;
  draft.text(known.component, at + 2, loggerEnd);
  draft.text(known.requestId, loggerEnd + 1, close);
  return close + 1;
}

const LETTER_C = 67;
/** Longest name of a component of ESPHome, with its line. */
const ESP_TAG_LENGTH_MAX = 64;

/** ESPHome's `[C][api:139]: ` tells of the configuration: whether such a tag stands at `at`. */
function isEspTag(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== BRACKET_OPEN) return false;
  const close = groupClose(bytes, at, at + ESP_TAG_LENGTH_MAX);
  return close > 0 && isDigit(bytes[close - 1]!) && bytes[close + 1] === COLON;
}

/** MySQL's `[Note]` and `[System]`. */
function isNote(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length !== 4 && length !== 6) return false;
  const word = bytes.toString('latin1', start, end);
  return word === 'Note' || word === 'NOTE' || word === 'System';
}

/** The colon (stop, slash) before the last word of `module:level` or `thread/LEVEL`; -1 where there is none. */
function lastColon(bytes: Uint8Array, start: number, end: number): number {
  for (let position = end - 1; position >= start; position -= 1) {
    const byte = bytes[position]!;
    if (byte === COLON || byte === 46 || byte === SLASH) return position;
    if (!isLetter(byte) && !isDigit(byte)) return -1;
  }
  return -1;
}
