/**
 * The parts that all text lines share: where the stamp is read, how the header behind it is finished.
 */
import { FLAG } from '../../model/entry-columns.ts';
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  digitsEnd,
  findByte,
  GREATER,
  isAlphanumeric,
  isBlank,
  isDigit,
  isLetter,
  LESS,
  LETTER_T,
  PAREN_OPEN,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
  ZERO,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { json } from './json.ts';
import { logfmt } from './logfmt.ts';
import { readPayload } from './payload.ts';
import { isLogfmtStart } from './syslog-quick.ts';
import { readHeader } from './text-header.ts';
import { takeTrailingLogger, takeTrailingObject } from './text-tail.ts';

/** Blanks before a header, as right-aligned levels have. More are an indentation. */
const INDENT_MAX = 2;

/** A file that is written to has a line of this hour. */
const ELAPSED_US_MIN = 3_600_000_000;

const LETTER_L = 76;
/** Where ISO 8601 has its `T`. */
const T_AT = 10;

/** Longest list of what else Samba prints in the bracket of its stamp. */
const DETAIL_LENGTH_MAX = 160;

/** Read a stamp at `at`, perhaps in brackets or quotes; returns where the header goes on, or -1. */
export function readStampAt(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const opened = isOpening(bytes[at]!);
  const stampEnd = draft.readStamp(opened ? at + 1 : at, end);
  if (stampEnd < 0) return -1;
  const next = bytes[stampEnd]!;
  if (stampEnd >= end) return end;
  if (opened && (next === BRACKET_CLOSE || next === 41 || next === QUOTE || next === 62))
    return stampEnd + 1;
  if (bytes[at] === LESS && next === SPACE) {
    const nameEnd = zoneNameEnd(bytes, stampEnd, end);
    if (nameEnd > 0) return nameEnd;
  }
  if (bytes[at] === BRACKET_OPEN && next === SPACE && isDigit(bytes[stampEnd + 1]!)) {
    // Pi-hole's process: `[2026-11-30 10:30:00.123 12M] `.
    let stop = stampEnd + 1;
    while (stop < end && (isAlphanumeric(bytes[stop]!) || bytes[stop] === SLASH)) stop += 1;
    if (bytes[stop] === BRACKET_CLOSE) {
      draft.text(draft.known.thread, stampEnd + 1, stop);
      return stop + 1;
    }
  }
  if (opened && next === COMMA) {
    // Samba's level of detail: `[2026/11/19 10:00:01,  2] `.
    const detail = skipBlanks(bytes, stampEnd + 1, end);
    const detailEnd = digitsEnd(bytes, detail, end);
    if (detailEnd > detail && bytes[detailEnd] === BRACKET_CLOSE) return detailEnd + 1;
    if (startsWith(bytes, detailEnd, ', pid=')) {
      // With `debug pid`: `,  2, pid=12, effective(0, 0), real(0, 0)] `.
      const close = findByte(
        bytes,
        BRACKET_CLOSE,
        detailEnd,
        Math.min(end, detailEnd + DETAIL_LENGTH_MAX),
      );
      if (close > 0) return close + 1;
    }
  }
  // Tomcat in Artifactory says so that the stamp is local: `2026-11-30T10:30:00.123L [tomct] `.
  if (next === LETTER_L && bytes[stampEnd + 1] === SPACE && bytes[at + T_AT] === LETTER_T) {
    return stampEnd + 1;
  }
  // A stamp is followed by a sign or a blank, not by more of a word or number.
  return isLetter(next) || isDigit(next) || next === 95 ? -1 : stampEnd;
}

/** Longest name of a zone: `Central European Standard Time`. */
const ZONE_NAME_LENGTH_MAX = 48;

/** WebLogic on newer Javas: `<Nov 30, 2026, 10:30:00,123 AM Coordinated Universal Time> `; where it goes on, or -1. */
function zoneNameEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + ZONE_NAME_LENGTH_MAX);
  let position = at;
  while (position < limit && (isLetter(bytes[position]!) || bytes[position] === SPACE)) {
    position += 1;
  }
  return bytes[position] === GREATER ? position + 1 : -1;
}

/** The same for a stamp that ends with its minutes, where the log has such. */
export function readMinutesAt(draft: Draft, layout: Layout, at: number, end: number): number {
  if (!layout.mayTakeMinutes) return -1;
  const { calendar, timestampUs, flags } = draft;
  calendar.takesMinutes = true;
  calendar.isToMinute = false;
  const stampEnd = readStampAt(draft, at, end);
  calendar.takesMinutes = false;
  if (stampEnd >= 0 && calendar.isToMinute && isMinuteStamp(draft, layout, at, stampEnd, end))
    return stampEnd;
  draft.timestampUs = timestampUs;
  draft.flags = flags;
  return -1;
}

/**
 * Whether the stamp just read at `at` says enough: a date with a year or the name of a month, or a time whose hour has two digits or a
 * half of the day, before a text.
 */
function isMinuteStamp(
  draft: Draft,
  layout: Layout,
  at: number,
  stampEnd: number,
  end: number,
): boolean {
  const { bytes, calendar } = draft;
  const first = isOpening(bytes[at]!) ? at + 1 : at;
  if ((calendar.flags & FLAG.DATE_ASSUMED) === 0) {
    const isDate = (calendar.flags & FLAG.YEAR_ASSUMED) === 0 || hasLetter(bytes, first);
    return isDate && digitsEnd(bytes, first, end) - first !== 6 && layout.takes(OPEN.MINUTES);
  }
  // `00:05 linked`, long before the file was written: minutes and seconds since something began.
  const isElapsed =
    layout.learning &&
    bytes[first] === ZERO &&
    bytes[first + 1] === ZERO &&
    calendar.us < calendar.fileTimeMs * 1000 - ELAPSED_US_MIN;
  const hasText = stampEnd < end && isBlank(bytes[stampEnd]!);
  // zerolog's console: `9:05AM INF text`.
  const isWhole = bytes[first + 2] === COLON || isLetter(bytes[stampEnd - 1]!);
  return hasText && !isElapsed && isWhole && layout.takes(OPEN.LONE_MINUTES);
}

/** Whether the date at `at` has the name of its month: `30 Nov`, `30-Nov`, `Nov 30`. */
function hasLetter(bytes: Uint8Array, at: number): boolean {
  return isLetter(bytes[at]!) || isLetter(bytes[at + 2]!) || isLetter(bytes[at + 3]!);
}

export function finishHeader(draft: Draft, layout: Layout, at: number, end: number): void {
  draft.messageEnd = end;
  readHeader(draft, layout, at, end);
  finishMessage(draft);
}

/** What stands behind the message is taken off, once it is known where the message begins. */
export function finishMessage(draft: Draft): void {
  if (draft.messageStart > draft.messageEnd) draft.messageStart = draft.messageEnd;
  if (draft.level === LEVEL_NONE) {
    takePayload(draft, draft.messageStart);
    return;
  }
  const last = draft.bytes[draft.messageEnd - 1]!;
  if (last === 41) takeTrailingLogger(draft);
  else if (last === 125) takeTrailingObject(draft);
}

/**
 * What stands at `at` may be a whole line of another format, to which `docker logs -t` or `kubectl logs --timestamps` added a time: an
 * object, or pairs. Whether it is.
 */
export function takePayload(draft: Draft, at: number): boolean {
  const { bytes, messageEnd } = draft;
  const isObject = bytes[at] === BRACE_OPEN && bytes[messageEnd - 1] === BRACE_CLOSE;
  if (!isObject && !isLogfmtStart(bytes, at)) return false;
  return at + 4 < messageEnd && readPayload(draft, isObject ? OBJECT : PAIRS, at, messageEnd);
}

const OBJECT = [json];
const PAIRS = [logfmt];

export function skipIndent(bytes: Uint8Array, start: number, end: number): number {
  const at = skipBlanks(bytes, start, Math.min(end, start + INDENT_MAX));
  return isBlank(bytes[at]!) ? start : at;
}

export function isOpening(byte: number): boolean {
  return (
    byte === BRACKET_OPEN ||
    byte === PAREN_OPEN ||
    byte === QUOTE ||
    byte === LESS ||
    byte === BRACE_OPEN
  );
}
