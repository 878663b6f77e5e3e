/**
 * Text lines whose stamp stands behind a short prefix: a file, a pid, a host, a level.
 *
 * Almost any text has a number somewhere that could be a time, so what stands before it decides whether it is one.
 */
import { FLAG } from '../../model/entry-columns.ts';
import { LEVEL_NONE } from '../../model/level.ts';
import {
  ASTERISK,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  findByte,
  GREATER,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  LESS,
  PAREN_OPEN,
  PIPE,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Layout } from '../layout.ts';
import { levelOfLetter, levelWordAt } from '../level.ts';
import { monthAt } from '../stamp-parts.ts';
import { hasField } from './text-fields.ts';
import { readLevelItem } from './text-level.ts';
import { finishHeader, readStampAt, skipIndent, takePayload } from './text-start.ts';

/** How far into a line a stamp is looked for behind a prefix. */
const PREFIX_LENGTH_MAX = 160;
/** `last run at 2026-11-20 10:30:00 took 5 s` is a text that speaks of a time, not a text behind a prefix. */
const PROSE_WORDS_MIN = 2;
/** Seconds since 1970. */
const EPOCH_DIGITS_MIN = 10;

/** `nova-api.log 2017-05-16 00:00:00.008 25746 INFO …`, `98738:M 30 May 12:23:52.442 * …`, `[1234] 2024/01/15 …`. */
export function parsePrefixed(draft: Draft, layout: Layout, start: number, end: number): boolean {
  const { bytes } = draft;
  const limit = Math.min(end, start + PREFIX_LENGTH_MAX);
  const first = skipIndent(bytes, start, end);
  // A whole object is JSON's, wherever its stamp stands; one that was cut off keeps at least that.
  if (bytes[first] === BRACE_OPEN && bytes[end - 1] === BRACE_CLOSE) return false;
  if (isBlank(bytes[first]!) || readStampAt(draft, first, end) >= 0) return false;
  if (readBehindName(draft, first, end)) return true;
  for (let position = first + 1; position < limit; position += 1) {
    if (BOUNDARY[bytes[position - 1]!] === 0 || !canBeginStamp(bytes[position]!)) continue;
    const stampEnd = draft.readStamp(position, end);
    if (stampEnd < 0) continue;
    const next = bytes[stampEnd]!;
    if (stampEnd < end && (isLetter(next) || isDigit(next) || next === 95)) continue;
    if (!isStampBehind(draft, start, position)) {
      draft.reset(start, end);
      continue;
    }
    layout.countLine();
    const isClosed = next === BRACKET_CLOSE || next === QUOTE || next === 41 || next === 62;
    finishHeader(draft, layout, isClosed && stampEnd < end ? stampEnd + 1 : stampEnd, end);
    readPrefix(draft, layout, first, position);
    const hasText = draft.messageStart < draft.messageEnd;
    const isMember =
      bytes[position - 1] === QUOTE && findByte(bytes, BRACE_OPEN, first, position) >= 0;
    const wordsMin = hasText && !isMember ? PROSE_WORDS_MIN : 1;
    // apt: `Start-Date: 2026-11-30  10:30:00`, and no text behind it.
    const isLabelled = !hasText && bytes[trimEnd(bytes, first, position) - 1] === COLON;
    if (isLabelled || wordCount(bytes, first, position, hasText) >= wordsMin) {
      draft.messageStart = first;
      draft.messageEnd = end;
    }
    return true;
  }
  return false;
}

/** `shop-1  | {"level":"info",…}`, `[pod/shop] level=info …`: a line of another format behind the name of a container. */
function readBehindName(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const isGroup = bytes[at] === BRACKET_OPEN;
  const nameStart = isGroup ? at + 1 : at;
  const limit = Math.min(end, at + PREFIX_LENGTH_MAX);
  let nameEnd = nameStart;
  while (nameEnd < limit && bytes[nameEnd]! > SPACE && bytes[nameEnd] !== BRACKET_CLOSE) {
    nameEnd += 1;
  }
  const sign = skipBlanks(bytes, nameEnd, limit);
  if (bytes[sign] !== (isGroup ? BRACKET_CLOSE : PIPE) || !isBlank(bytes[sign + 1]!)) return false;
  if (!takePayload(draft, skipBlanks(bytes, sign + 1, end))) return false;
  if (!hasField(draft, known.component)) draft.text(known.component, nameStart, nameEnd);
  return true;
}

/**
 * Whether the stamp just read may stand behind the prefix [start, at). Not a time alone that is the rest of something: of a date
 * that no calendar has (`2026-13-01 10:00:00`), of more numbers (`1:10:30:00`). Not an epoch number behind words: in a text it is an id.
 */
function isStampBehind(draft: Draft, start: number, at: number): boolean {
  const { bytes, calendar } = draft;
  if ((calendar.flags & FLAG.DATE_ASSUMED) !== 0) return !isDateLike(bytes, start, at);
  const digitCount = digitsEnd(bytes, at, at + EPOCH_DIGITS_MIN) - at;
  return (
    digitCount < EPOCH_DIGITS_MIN || isCompactDate(bytes, at) || !isBehindWords(bytes, start, at)
  );
}

/** `20240115103000` has fourteen digits, epoch numbers have ten, thirteen, …. */
function isCompactDate(bytes: Uint8Array, at: number): boolean {
  const digitCount = digitsEnd(bytes, at, at + 18) - at;
  return digitCount === 14 || digitCount === 17;
}

/** Whether what stands before `at` looks like a date, or like numbers that go on at `at`. */
function isDateLike(bytes: Uint8Array, start: number, at: number): boolean {
  const last = bytes[at - 1]!;
  if (last === COLON) return isDigit(bytes[at - 2]!);
  let wordAt = at - 1;
  while (wordAt > start && isBlank(bytes[wordAt]!)) wordAt -= 1;
  const wordEnd = wordAt + 1;
  let signs = 0;
  while (wordAt >= start && (isDigit(bytes[wordAt]!) || isDateSign(bytes[wordAt]!))) {
    if (!isDigit(bytes[wordAt]!)) signs += 1;
    wordAt -= 1;
  }
  if (wordEnd - wordAt < 2 || (wordAt >= start && !isBlank(bytes[wordAt]!) && signs > 0)) {
    return false;
  }
  if (signs > 0) return signs === 2;
  while (wordAt > start && isBlank(bytes[wordAt]!)) wordAt -= 1;
  return wordAt - 2 >= start && monthAt(bytes, wordAt - 2) > 0;
}

function isDateSign(byte: number): boolean {
  return byte === DASH || byte === SLASH || byte === DOT;
}

/** Whether words stand before `at`. One is the program's name where brackets follow: `4961:signal-handler (1496141561) `. */
function isBehindWords(bytes: Uint8Array, start: number, at: number): boolean {
  const last = bytes[at - 1]!;
  const isEnclosed = (last === PAREN_OPEN || last === BRACKET_OPEN) && isBlank(bytes[at - 2]!);
  const end = isEnclosed ? at - 2 : at;
  let hasLetter = false;
  for (let position = start; position < end; position += 1) {
    if (isBlank(bytes[position]!) && isEnclosed) return true;
    if (isLetter(bytes[position]!)) hasLetter = true;
  }
  return hasLetter && !isEnclosed;
}

/**
 * Words of letters, some of them small, in [start, end): a text has them, names mostly have signs and digits as well. A
 * word with a colon counts where no text follows, in which it would be a name.
 */
function wordCount(bytes: Uint8Array, start: number, end: number, hasText: boolean): number {
  let count = 0;
  for (let position = start; position < end; position += 1) {
    const from = position;
    let hasSmall = false;
    for (; position < end && isLetter(bytes[position]!); position += 1) {
      if (!isUpper(bytes[position]!)) hasSmall = true;
    }
    const before = from === start ? SPACE : bytes[from - 1]!;
    const behind = bytes[position]!;
    const isWhole =
      (isBlank(before) || before === PAREN_OPEN) &&
      (isBlank(behind) || (behind === COLON && !hasText));
    if (isWhole && hasSmall && position > from + 1) count += 1;
  }
  return count;
}

/** Bytes behind which a stamp may begin inside a line. */
const BOUNDARY = new Uint8Array(256);
for (const sign of ' \t[(<|=",;:>{') BOUNDARY[sign.charCodeAt(0)] = 1;

function canBeginStamp(byte: number): boolean {
  return isDigit(byte) || (isUpper(byte) && MONTH_OR_DAY.includes(byte));
}

/** First letters of the names of months and days. */
const MONTH_OR_DAY = [...'JFMASONDTW'].map((letter) => letter.charCodeAt(0));

/** What the prefix says: a number alone is the pid; a level counts where none stands behind the stamp. */
function readPrefix(draft: Draft, layout: Layout, start: number, end: number): void {
  const { bytes } = draft;
  const at = bytes[start] === BRACKET_OPEN ? start + 1 : start;
  const numberEnd = digitsEnd(bytes, at, end);
  const sign = bytes[numberEnd];
  const isClosed = at === start ? sign === SPACE || sign === COLON : sign === BRACKET_CLOSE;
  if (numberEnd > at && isClosed && numberEnd + 3 > end) {
    draft.value(draft.known.pid, at, numberEnd);
  }
  readContainer(draft, start, end);
  if (draft.level === LEVEL_NONE) readPrefixLevel(draft, layout, start, end);
}

/** Docker Compose and pm2: `web-1  | 2026-…`, `0|api      | 2026-…`. */
function readContainer(draft: Draft, start: number, end: number): void {
  const { bytes, known } = draft;
  let nameEnd = start;
  while (nameEnd < end && bytes[nameEnd]! > SPACE) nameEnd += 1;
  const sign = skipBlanks(bytes, nameEnd, end);
  const isName = bytes[sign] === PIPE && skipBlanks(bytes, sign + 1, end) === end;
  if (isName && !hasField(draft, known.component)) draft.text(known.component, start, nameEnd);
}

/** A level in the prefix, where none stands behind the stamp: `Thread-12::DEBUG::2014-…`. */
function readPrefixLevel(draft: Draft, layout: Layout, start: number, end: number): void {
  const { bytes } = draft;
  // Murmur: `<W>2026-…`.
  if (bytes[start] === LESS && bytes[start + 2] === GREATER && end === start + 3) {
    const level = levelOfLetter(bytes[start + 1]!);
    if (level !== LEVEL_NONE) draft.level = level;
    return;
  }
  // qBittorrent: `(W) 2026-…`, where N is normal.
  if (bytes[start] === PAREN_OPEN && bytes[start + 2] === 41 && end === start + 4) {
    const level = levelOfLetter(bytes[start + 1]!);
    if (level !== LEVEL_NONE) draft.level = level;
    return;
  }
  // Zigbee2MQTT: `Zigbee2MQTT:info  2026-…`; Couchbase: `[ns_server:info,2026-…,ns_1@…]text`.
  const nameAt = bytes[start] === BRACKET_OPEN ? start + 1 : start;
  const nameEnd = findByte(bytes, COLON, nameAt, end) + 1;
  const word = nameEnd > nameAt + 1 ? levelWordAt(bytes, nameEnd, end, false) : -1;
  const behind = nameEnd + (word >> 3);
  const levelEnd = bytes[behind] === COMMA && nameAt > start ? behind + 1 : behind;
  if (word >= 0 && skipBlanks(bytes, levelEnd, end) === end) {
    draft.level = word & 7;
    draft.text(draft.known.component, nameAt, nameEnd - 1);
    return;
  }
  for (let position = start; position < end; position += 1) {
    if (position > start && BOUNDARY[bytes[position - 1]!] === 0) continue;
    const isMark =
      bytes[position] === BRACKET_OPEN ||
      isUpper(bytes[position]!) ||
      // PrestaShop: `*ERROR* `.
      (bytes[position] === ASTERISK && position === start);
    if (isMark && readLevelItem(draft, layout, position, end) >= 0) return;
  }
}
