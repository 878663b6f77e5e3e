/**
 * Text lines with a stamp or a level: log4j, logback, Python logging, Go, Rust, Ruby, PHP, .NET, databases, ….
 *
 * Not one pattern per product: the stamp is found first (at the start, in brackets, behind a level or a short
 * prefix), then `text-header.ts` reads what stands between it and the message.
 */

import { FLAG } from '../../model/entry-columns.ts';
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  findText,
  HASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  LESS,
  PIPE,
  RETURN,
  SPACE,
  skipBlanks,
  TAB,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import type { Layout } from '../layout.ts';
import { hasLevelHeader, levelOfLetter, levelWordAt } from '../level.ts';
import { monthAt } from '../stamp-parts.ts';
import { newlineFrom } from '../words.ts';
import { readBehindLevel } from './text-behind.ts';
import { groupClose, LOOK, lookOf, wordEnd } from './text-items.ts';
import { readLevelItem } from './text-level.ts';
import { parsePrefixed } from './text-prefix.ts';
import { readQuickHeader, readQuickText } from './text-quick.ts';
import {
  finishHeader,
  finishMessage,
  isOpening,
  readMinutesAt,
  readStampAt,
  skipIndent,
} from './text-start.ts';
import { takeTrailingPairs } from './text-tail.ts';
import { readNpm, readWrapper } from './tools.ts';

/** The text formats of one file; they share what is learned about its layout. */
export function textFormats(layout: Layout): readonly Format[] {
  return [
    {
      name: 'text',
      about: 'A stamp, then level, thread and logger in any usual order, then the message',
      parse: (draft, start, end) => parseStamped(draft, layout, start, end),
      quick: (draft, start, end) => readStampedQuickly(draft, layout, start, end),
    },
    {
      name: 'text:level',
      about: 'A level first, then perhaps a stamp and a logger, then the message',
      parse: (draft, start, end) => parseLevelFirst(draft, layout, start, end),
    },
    {
      name: 'text:prefix',
      about: 'A short prefix (file, pid, host), then a stamp, level and logger, then the message',
      parse: (draft, start, end) => parsePrefixed(draft, layout, start, end),
    },
  ];
}

function parseStamped(draft: Draft, layout: Layout, start: number, end: number): boolean {
  const { bytes } = draft;
  const at = skipIndent(bytes, start, end);
  const first = bytes[at]!;
  if (!isDigit(first) && !isLetter(first) && !isOpening(first) && first !== 64 && first !== 42)
    return false;
  // Cisco marks a clock that is not set with an asterisk.
  let stampEnd = readStampAt(draft, first === 42 ? at + 1 : at, end);
  if (stampEnd < 0) stampEnd = readMinutesAt(draft, layout, at, end);
  else if (!layout.isAlone && isOfSyslog(draft, start, stampEnd, end)) return false;
  if (stampEnd < 0) return false;
  layout.countLine();
  finishHeader(draft, layout, stampEnd, end);
  return true;
}

/**
 * Whether the stamp [at, stampEnd) is syslog's own, `Mmm dd hh:mm:ss`. Nothing in such a line but a level keeps it from being syslog's,
 * so that a log which began otherwise is read no worse from where it becomes one.
 */
function isOfSyslog(draft: Draft, at: number, stampEnd: number, end: number): boolean {
  const { bytes } = draft;
  if ((draft.flags & FLAG.YEAR_ASSUMED) === 0 || monthAt(bytes, at) === 0) return false;
  const behind = bytes[stampEnd] === COLON ? stampEnd + 1 : stampEnd;
  return bytes[behind] === SPACE && !hasLevelHeader(bytes, skipBlanks(bytes, behind, end), end);
}

/** As `parseStamped`, for a line whose end is not known yet. */
function readStampedQuickly(draft: Draft, layout: Layout, start: number, end: number): number {
  const { bytes, view } = draft;
  const first = bytes[start]!;
  if (!isDigit(first) && first !== BRACKET_OPEN && !isLetter(first)) return -1;
  let stampEnd = readStampAt(draft, start, end);
  if (stampEnd < 0) stampEnd = readMinutesAt(draft, layout, start, end);
  else if (!layout.isAlone && isOfSyslog(draft, start, stampEnd, end)) return -1;
  if (stampEnd < 0) return -1;
  const hasHeader =
    readQuickHeader(draft, layout, stampEnd, end) || readQuickText(draft, stampEnd, end);
  const newline = newlineFrom(bytes, view, hasHeader ? draft.messageStart : stampEnd, end);
  if (newline < 0) return -1;
  const lineEnd = bytes[newline - 1] === RETURN ? newline - 1 : newline;
  if (!hasHeader) {
    finishHeader(draft, layout, stampEnd, lineEnd);
  } else {
    // At the end of a line a header looks different.
    if (draft.messageStart >= lineEnd) return -1;
    draft.messageEnd = lineEnd;
    finishMessage(draft);
  }
  return newline + 1;
}

/**
 * `INFO:app:text`, `[warn] text`, `WARN: [Jul  2 05:05:24.643] text`, `[notice] 2024-01-20T13:54:06Z text`,
 * `E [08/Jun/2013:11:28:58 -0700] text`, `info: Name[0]`, `INFO 2024-01-15 10:30:00,123 module text`.
 */
function parseLevelFirst(draft: Draft, layout: Layout, start: number, end: number): boolean {
  const { bytes } = draft;
  const at = skipIndent(bytes, start, end);
  if (readWrapper(draft, layout, at, end) || readNpm(draft, layout, at, end)) return true;
  if (isUpper(bytes[at]!) && bytes[at + 1] === COMMA && bytes[at + 2] === SPACE) {
    return parseRuby(draft, layout, at, end);
  }
  let levelEnd = readFirstLevel(draft, layout, at, end);
  if (levelEnd < 0) levelEnd = readThreadAndLevel(draft, layout, at, end);
  if (levelEnd < 0) return false;
  const wordEnds = levelEnd;
  let position = levelEnd;
  while (position < end && isBehindLevel(bytes[position]!)) position += 1;
  if (position >= end) return false;
  if (bytes[position] === DASH && isBlank(bytes[position + 1]!)) {
    position = skipBlanks(bytes, position + 1, end);
  }
  let stampEnd = readStampAt(draft, position, end);
  if (stampEnd < 0) stampEnd = readMinutesAt(draft, layout, position, end);
  if (stampEnd < 0 && bytes[position] === BRACKET_OPEN) {
    // Cassandra: `INFO  [main] 2026-11-19 10:00:01,250 File.java:89 - text`.
    const close = groupClose(bytes, position, end);
    stampEnd = close < 0 ? -1 : readStampAt(draft, skipBlanks(bytes, close + 1, end), end);
    if (stampEnd >= 0) draft.text(draft.known.thread, position + 1, close);
  }
  layout.countLine();
  if (stampEnd < 0) {
    if (levelEnd === at + 1) return false;
    draft.flags = FLAG.TIMESTAMP_NONE;
    draft.timestampUs = Number.NaN;
  } else {
    levelEnd = stampEnd;
  }
  if (stampEnd >= 0 && isTerminalStamp(bytes, wordEnds, position)) {
    draft.messageStart = skipBlanks(bytes, levelEnd, end);
    draft.messageEnd = end;
    takeTrailingPairs(draft, draft.messageStart, end);
    return true;
  }
  draft.messageStart = readBehindLevel(draft, layout, levelEnd, end);
  finishMessage(draft);
  return true;
}

/** Whether the stamp at `at` is printed as logrus, log15 and geth do on a terminal: `INFO[2026-11-30T10:30:00Z]`, `INFO [11-30|10:30:00]`. */
function isTerminalStamp(bytes: Uint8Array, levelEnd: number, at: number): boolean {
  if (bytes[at] !== BRACKET_OPEN || !isLetter(bytes[levelEnd - 1]!)) return false;
  return at === levelEnd || bytes[at + 6] === PIPE;
}

/**
 * SLF4J's simple logger: `[main] INFO a.b.Logger - text`; log4j and log4net before they are set up: `12 [main] INFO Logger - text`; linkerd:
 * `[     0.001234s]  INFO …`. Returns the end of the level, or -1 and nothing was written.
 */
function readThreadAndLevel(draft: Draft, layout: Layout, start: number, end: number): number {
  const { bytes, known } = draft;
  const uptimeEnd = readUptime(bytes, start, end);
  if (uptimeEnd > start) {
    const hasThread = bytes[start] !== BRACKET_OPEN;
    const threadAt = skipBlanks(bytes, uptimeEnd, end);
    const threadEnd = hasThread ? groupClose(bytes, threadAt, end) + 1 : uptimeEnd;
    const word = skipBlanks(bytes, threadEnd, end);
    if (threadEnd === 0 || word === threadEnd || !hasLevelHeader(bytes, word, end)) return -1;
    if (hasThread && findText(bytes, ' - ', word, Math.min(end, word + LOGGER_LENGTH_MAX)) < 0) {
      return -1;
    }
    const levelEnd = readLevelItem(draft, layout, word, end);
    if (levelEnd < 0) return -1;
    draft.text(
      known.uptime,
      hasThread ? start : skipBlanks(bytes, start + 1, end),
      hasThread ? uptimeEnd : uptimeEnd - 1,
    );
    if (hasThread) draft.text(known.thread, threadAt + 1, threadEnd - 1);
    return levelEnd;
  }
  const at = start;
  if (bytes[at] !== BRACKET_OPEN) return -1;
  const close = groupClose(bytes, at, end);
  if (close < 0 || bytes[close + 1] !== SPACE || !isUpper(bytes[close + 3]!)) return -1;
  const levelAt = close + 2;
  const word = isUpper(bytes[levelAt]!) ? levelWordAt(bytes, levelAt, end, false) : -1;
  if (word < 0 || bytes[levelAt + (word >> 3)] !== SPACE) return -1;
  const nameAt = levelAt + (word >> 3) + 1;
  const nameEnd = wordEnd(bytes, nameAt, end);
  const isClosed = bytes[nameEnd + 1] === DASH && bytes[nameEnd + 2] === SPACE;
  if (!isClosed || lookOf(bytes, nameAt, nameEnd) !== LOOK.DOTTED) return -1;
  const levelEnd = readLevelItem(draft, layout, levelAt, end);
  if (levelEnd >= 0) draft.text(known.thread, at + 1, close);
  return levelEnd;
}

/** Milliseconds before a thread in brackets, or `[     0.001234s]`: where they end, or `start`. */
function readUptime(bytes: Uint8Array, start: number, end: number): number {
  if (isDigit(bytes[start]!)) {
    const numberEnd = digitsEnd(bytes, start, end);
    const isUptime = numberEnd < start + UPTIME_DIGITS_MAX && bytes[numberEnd] === SPACE;
    return isUptime && bytes[skipBlanks(bytes, numberEnd, end)] === BRACKET_OPEN
      ? numberEnd
      : start;
  }
  if (bytes[start] !== BRACKET_OPEN) return start;
  const secondsAt = skipBlanks(bytes, start + 1, end);
  const secondsEnd = digitsEnd(bytes, secondsAt, end);
  const fractionEnd = digitsEnd(bytes, secondsEnd + 1, end);
  const isUptime =
    secondsEnd > secondsAt && bytes[secondsEnd] === DOT && fractionEnd > secondsEnd + 1;
  return isUptime && bytes[fractionEnd] === 115 && bytes[fractionEnd + 1] === BRACKET_CLOSE
    ? fractionEnd + 2
    : start;
}

/** Longest level and logger before their dash. */
const LOGGER_LENGTH_MAX = 200;
/** Milliseconds of an uptime, fewer than those since 1970 have. */
const UPTIME_DIGITS_MAX = 10;

function isBehindLevel(byte: number): boolean {
  return isBlank(byte) || byte === COLON || byte === COMMA;
}

/** Ruby's logger: `I, [2024-01-15T10:30:00.123456 #1234]  INFO -- program: text`. */
function parseRuby(draft: Draft, layout: Layout, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const level = levelOfLetter(bytes[at]!);
  if (level === LEVEL_NONE || bytes[at + 3] !== BRACKET_OPEN) return false;
  const stampEnd = draft.readStamp(at + 4, end);
  if (stampEnd < 0) return false;
  const pidAt = bytes[stampEnd] === SPACE && bytes[stampEnd + 1] === HASH ? stampEnd + 2 : stampEnd;
  const pidEnd = digitsEnd(bytes, pidAt, end);
  if (bytes[pidEnd] !== BRACKET_CLOSE) return false;
  draft.value(known.pid, pidAt, pidEnd);
  layout.countLine();
  const word = skipBlanks(bytes, pidEnd + 1, end);
  let dashes = word;
  while (dashes < end && isLetter(bytes[dashes]!)) dashes += 1;
  dashes = skipBlanks(bytes, dashes, end);
  draft.level = level;
  draft.messageStart = Math.min(end, word);
  if (bytes[dashes] !== DASH || bytes[dashes + 1] !== DASH) return true;
  const nameAt = skipBlanks(bytes, dashes + 2, end);
  let colon = nameAt;
  while (colon < end && bytes[colon] !== COLON) colon += 1;
  if (colon >= end) return true;
  draft.text(known.component, nameAt, colon);
  draft.messageStart = Math.min(end, skipBlanks(bytes, colon + 1, end));
  return true;
}

/** A level that begins a line: in capitals or brackets, or in small letters with a colon. Not the `Error:` of an exception. */
function readFirstLevel(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  if (isLetter(bytes[at]!)) {
    if (isUpper(bytes[at]!) && bytes[at + 1] === SPACE && bytes[at + 2] === BRACKET_OPEN) {
      // CUPS: the letter counts if a stamp follows.
      draft.level = levelOfLetter(bytes[at]!);
      return draft.level === LEVEL_NONE ? -1 : at + 1;
    }
    if (isUpper(bytes[at]!) && bytes[at + 1] === BRACKET_OPEN && bytes[at + 12] === PIPE) {
      // Tendermint: `I[2026-11-30|10:30:00.123] text     key=value`.
      draft.level = levelOfLetter(bytes[at]!);
      return draft.level === LEVEL_NONE ? -1 : at + 1;
    }
    const word = levelWordAt(bytes, at, end, false);
    if (word < 0) return -1;
    const length = word >> 3;
    const next = at + length < end ? bytes[at + length]! : SPACE;
    const isCapital = isUpper(bytes[at]!);
    if (isCapital && !isUpper(bytes[at + 1]!)) return -1;
    // `panic: ` begins the trace of a Go program.
    if (bytes[at] === 112) return -1;
    if (!isCapital && next !== COLON && next !== TAB) return -1;
  } else if (bytes[at] !== BRACKET_OPEN && bytes[at] !== LESS) {
    return -1;
  }
  return readLevelItem(draft, layout, at, end);
}
