/**
 * Facility and severity as syslog daemons print them into the line: `daemon.info` (BusyBox, OpenWrt, rsyslog's `pri-text`),
 * `<auth.err>` and `<4.3>` (FreeBSD's `-v`), or the severity alone before the program (F5's `err tmm[123]: text`).
 */
import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  findByte,
  GREATER,
  isAlphanumeric,
  isDigit,
  isLetter,
  isUpper,
  LESS,
  PAREN_CLOSE,
  PAREN_OPEN,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { levelOfSyslog, levelWordAt } from '../level.ts';
import { pidEnd } from './syslog-program.ts';

const FACILITIES = new Set(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  ),
);
const FACILITY_LENGTH_MAX = 8;
const FACILITY_NUMBER_DIGITS_MAX = 2;
/** Of `program[pid]:`. */
const PROGRAM_LENGTH_MAX = 64;

/** Take facility and severity at `at`; returns where they end, or -1 and nothing was written. */
export function takeFacility(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const isMarked = bytes[at] === LESS;
  const from = isMarked ? at + 1 : at;
  if (isUpper(bytes[from]!)) return -1;
  const dot = facilityEnd(bytes, from, end);
  if (dot < 0) return -1;
  const isNumber = isMarked && isDigit(bytes[from]!);
  const word = isNumber ? severityNumber(bytes[dot + 1]!) : levelWordAt(bytes, dot + 1, end, false);
  if (word < 0) return -1;
  const stop = dot + 1 + (word >> 3);
  if (isMarked ? bytes[stop] !== GREATER : bytes[stop] !== SPACE) return -1;
  if (draft.level === LEVEL_NONE) draft.level = word & 7;
  draft.text(draft.known.facility, from, dot);
  return isMarked ? stop + 1 : stop;
}

/** Take a severity that stands alone before `program[pid]:`; returns where it ends, or -1. */
export function takeSeverity(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const word = isUpper(bytes[at]!) ? -1 : levelWordAt(bytes, at, end, false);
  const stop = at + (word >> 3);
  if (word < 0 || bytes[stop] !== SPACE) return -1;
  const limit = Math.min(end, stop + 1 + PROGRAM_LENGTH_MAX);
  const open = findByte(bytes, BRACKET_OPEN, stop + 1, limit);
  if (open < 0 || findByte(bytes, SPACE, stop + 1, open) >= 0) return -1;
  const close = digitsEnd(bytes, open + 1, end);
  if (close === open + 1 || bytes[close] !== BRACKET_CLOSE || bytes[close + 1] !== COLON) return -1;
  if (draft.level === LEVEL_NONE) draft.level = word & 7;
  return stop;
}

/** unbound's own log, `unbound[12:0] notice: text`: takes program, pid and severity; returns where the text begins, or -1. */
export function takeProgramAndSeverity(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const limit = Math.min(end, at + PROGRAM_LENGTH_MAX);
  const open = findByte(bytes, BRACKET_OPEN, at, limit);
  if (open <= at || findByte(bytes, SPACE, at, open) >= 0) return -1;
  const close = pidEnd(bytes, open + 1, end);
  if (close < 0 || bytes[close + 1] !== SPACE) return -1;
  const levelEnd = takeLabel(draft, close + 2, end);
  if (levelEnd < 0) return -1;
  draft.text(known.component, at, open);
  draft.value(known.pid, open + 1, close);
  return levelEnd;
}

/** Pacemaker's `pacemaker-controld  [12] (do_state_transition) \terror: text`, as above. */
export function takePacemaker(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const limit = Math.min(end, at + PROGRAM_LENGTH_MAX);
  const nameEnd = findByte(bytes, SPACE, at, limit);
  const open = nameEnd < 0 ? -1 : skipBlanks(bytes, nameEnd, limit);
  if (open < 0 || bytes[open] !== BRACKET_OPEN) return -1;
  const close = digitsEnd(bytes, open + 1, end);
  if (bytes[close] !== BRACKET_CLOSE || bytes[close + 1] !== SPACE) return -1;
  const isCalled = bytes[close + 2] === PAREN_OPEN;
  const callEnd = isCalled ? findByte(bytes, PAREN_CLOSE, close + 2, end) : -1;
  if (callEnd < 0) return -1;
  const textAt = takeLabel(draft, skipBlanks(bytes, callEnd + 1, end), end);
  if (textAt < 0) return -1;
  draft.text(known.component, at, nameEnd);
  draft.value(known.pid, open + 1, close);
  draft.text(known.function, close + 3, callEnd);
  return textAt;
}

/**
 * The level that a program prints into a file of its own, which has no hosts: Dovecot's `Nov 30 10:30:00 imap-login: Error: text`. With one
 * capital letter; returns where the text begins, or -1. In lines of a syslog daemon such a word is the message's.
 */
export function takeOwnLabel(draft: Draft, at: number, end: number): number {
  const isName = isUpper(draft.bytes[at]!) && !isUpper(draft.bytes[at + 1]!);
  return isName ? takeLabel(draft, at, end) : -1;
}

/** MikroTik's topics at `at`, `system,error,critical text`, as above: the first of them is the component, the gravest the level. */
export function takeTopics(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let comma = at;
  while (comma < end && (isLetter(bytes[comma]!) || bytes[comma] === DASH)) comma += 1;
  if (comma === at || bytes[comma] !== COMMA || isUpper(bytes[at]!)) return -1;
  const levelBefore = draft.level;
  const stop = readTopics(draft, at, end);
  const hasLevel = stop >= 0 && draft.level !== LEVEL_NONE;
  if (!hasLevel || levelBefore !== LEVEL_NONE) draft.level = levelBefore;
  if (!hasLevel) return -1;
  draft.text(draft.known.component, at, comma);
  return skipBlanks(bytes, stop, end);
}

/** MikroTik's topics from `at` on, behind a first one: `info,account `, `error,critical `. The gravest of them counts. */
export function readTopics(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let level: number = LEVEL_NONE;
  let position = at;
  for (;;) {
    const word = levelWordAt(bytes, position, end, false);
    while (position < end && (isLetter(bytes[position]!) || isDigit(bytes[position]!)))
      position += 1;
    if (word >= 0 && (level === LEVEL_NONE || (word & 7) > level)) level = word & 7;
    if (bytes[position] !== COMMA || position >= end) break;
    position += 1;
  }
  if (bytes[position] !== SPACE) return -1;
  draft.level = level as LevelCode;
  return position;
}

/** `error: `: returns where the text behind it begins, or -1. */
function takeLabel(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const word = levelWordAt(bytes, at, end, false);
  const stop = at + (word >> 3);
  if (word < 0 || bytes[stop] !== COLON) return -1;
  if (draft.level === LEVEL_NONE) draft.level = word & 7;
  return Math.min(end, skipBlanks(bytes, stop + 1, end));
}

/** Position of the dot behind a facility's name, or its number; -1 where there is none. */
function facilityEnd(bytes: Buffer, at: number, end: number): number {
  const limit = Math.min(end, at + FACILITY_LENGTH_MAX + 1);
  let dot = at;
  while (dot < limit && isAlphanumeric(bytes[dot]!)) dot += 1;
  if (dot === at || bytes[dot] !== DOT) return -1;
  if (isDigit(bytes[at]!)) return dot - at <= FACILITY_NUMBER_DIGITS_MAX ? dot : -1;
  return FACILITIES.has(bytes.toString('latin1', at, dot)) ? dot : -1;
}

/** As `levelWordAt` gives it: the level of one digit. */
function severityNumber(digit: number): number {
  const severity = digit - 48;
  return severity >= 0 && severity <= 7 ? levelOfSyslog(severity) + 8 : -1;
}
