/** Headers that stand in one bracket, with the level in them: those of Tornado and Jupyter, Passenger, Ray, Chromium and Electron. */
import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DOT,
  digitsEnd,
  isDigit,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
  twoDigits,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfLetter, levelWordAt, TRACE } from '../level.ts';
import { takeCaller } from './caller.ts';
import { wordEnd } from './text-items.ts';

/**
 * `[I 2026-11-30 10:30:00.123 ServerApp] text`, `[E 261130 10:30:00 web:2246] text`, `[W 10:30:00.123 NotebookApp] text`; with blanks
 * inside and a colon behind, `[ N 2026-11-30 10:30:00.1234 12/T1 age/Core.cpp:1340 ]: text`, it is Passenger's.
 */
export const tornado: Format = {
  name: 'tornado',
  about: 'Tornado, Jupyter and Luigi: the letter of the level, stamp and caller in one bracket',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    const letterAt = bytes[start + 1] === SPACE ? start + 2 : start + 1;
    if (bytes[start] !== BRACKET_OPEN || bytes[letterAt + 1] !== SPACE) return false;
    const level = levelOfLetter(bytes[letterAt]!);
    if (level === LEVEL_NONE) return false;
    const stampEnd = draft.readStamp(letterAt + 2, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE) return false;
    draft.level = level;
    if (letterAt > start + 1) return readPassenger(draft, stampEnd + 1, end);
    return takeCaller(draft, stampEnd + 1, end);
  },
};

/** Behind Passenger's stamp: `12/T1 age/Core.cpp:1340 ]: text`. */
function readPassenger(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const pidEnd = digitsEnd(bytes, at, end);
  const threadEnd = wordEnd(bytes, pidEnd, end);
  if (pidEnd === at || bytes[pidEnd] !== SLASH || bytes[threadEnd] !== SPACE) return false;
  draft.value(known.pid, at, pidEnd);
  draft.text(known.thread, pidEnd + 1, threadEnd);
  if (!takeCaller(draft, threadEnd + 1, end)) return false;
  if (bytes[draft.messageStart] === COLON) {
    draft.messageStart = Math.min(end, skipBlanks(bytes, draft.messageStart + 1, end));
  }
  return true;
}

/** `[2026-11-30 10:30:00,123 E 12 13] (raylet) file.cc:12: text`. */
export const ray: Format = {
  name: 'ray',
  about: "Ray's own parts: stamp, the letter of the level, process and thread in one bracket",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (bytes[start] !== BRACKET_OPEN || !isDigit(bytes[start + 1]!)) return false;
    const stampEnd = draft.readStamp(start + 1, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE || bytes[stampEnd + 2] !== SPACE) return false;
    const level = levelOfLetter(bytes[stampEnd + 1]!);
    const pidAt = stampEnd + 3;
    const pidEnd = digitsEnd(bytes, pidAt, end);
    const threadEnd = digitsEnd(bytes, pidEnd + 1, end);
    if (level === LEVEL_NONE || pidEnd === pidAt || bytes[pidEnd] !== SPACE) return false;
    if (threadEnd === pidEnd + 1 || bytes[threadEnd] !== BRACKET_CLOSE) return false;
    draft.level = level;
    draft.value(known.pid, pidAt, pidEnd);
    draft.value(known.thread, pidEnd + 1, threadEnd);
    draft.messageStart = Math.min(end, skipBlanks(bytes, threadEnd + 1, end));
    return true;
  },
};

/** Behind the process and the thread, where they are printed, and the day: `103000.123456`. */
const CLOCK_DIGITS = 6;
const FRACTION_DIGITS_MAX = 6;

/** `[12:34:1130/103000.123456:ERROR:gpu_init.cc(523)] text`, without process and thread, with `file.cc:523`. */
export const chromium: Format = {
  name: 'chromium',
  about: 'Chromium, Electron and what else is built with its base',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (bytes[start] !== BRACKET_OPEN) return false;
    const firstAt = start + 1;
    const firstEnd = digitsEnd(bytes, firstAt, end);
    const stampEnd = readStamp(draft, firstAt, end);
    if (stampEnd >= 0) return readLevelAndCaller(draft, stampEnd, end);
    if (firstEnd === firstAt || bytes[firstEnd] !== COLON) return false;
    const threadEnd = digitsEnd(bytes, firstEnd + 1, end);
    if (threadEnd === firstEnd + 1 || bytes[threadEnd] !== COLON) return false;
    const behindEnd = readStamp(draft, threadEnd + 1, end);
    if (behindEnd < 0) return false;
    draft.value(known.pid, firstAt, firstEnd);
    draft.value(known.thread, firstEnd + 1, threadEnd);
    return readLevelAndCaller(draft, behindEnd, end);
  },
};

/** `1130/103000.123456:`; returns where the level begins, or -1. */
function readStamp(draft: Draft, at: number, end: number): number {
  const { bytes, calendar } = draft;
  const clockAt = at + 5;
  const clockEnd = clockAt + CLOCK_DIGITS;
  if (clockEnd >= end || bytes[at + 4] !== SLASH || bytes[clockEnd] !== DOT) return -1;
  const fractionEnd = digitsEnd(bytes, clockEnd + 1, end);
  const fractionDigits = fractionEnd - clockEnd - 1;
  if (fractionDigits === 0 || fractionDigits > FRACTION_DIGITS_MAX || bytes[fractionEnd] !== COLON)
    return -1;
  const [month, day] = [twoDigits(bytes, at), twoDigits(bytes, at + 2)];
  const hour = twoDigits(bytes, clockAt);
  const minute = twoDigits(bytes, clockAt + 2);
  const second = twoDigits(bytes, clockAt + 4);
  const isTime = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
  if (!isTime) return -1;
  let fraction = 0;
  for (let digit = 0; digit < FRACTION_DIGITS_MAX; digit += 1) {
    fraction = fraction * 10 + (digit < fractionDigits ? bytes[clockEnd + 1 + digit]! - 48 : 0);
  }
  calendar.secondOfDay = hour * 3600 + minute * 60 + second;
  calendar.microsecond = fraction;
  calendar.offsetSeconds = Number.NaN;
  calendar.stampZone = null;
  if (!calendar.resolveYearless(month, day)) return -1;
  draft.takeStamp();
  return fractionEnd + 1;
}

function readLevelAndCaller(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  let levelEnd = at;
  let level: LevelCode = TRACE;
  if (startsWith(bytes, at, 'VERBOSE')) {
    levelEnd = digitsEnd(bytes, at + 'VERBOSE'.length, end);
  } else {
    const word = levelWordAt(bytes, at, end, false);
    if (word < 0) return false;
    level = (word & 7) as LevelCode;
    levelEnd = at + (word >> 3);
  }
  if (bytes[levelEnd] !== COLON) return false;
  draft.level = level;
  return takeCaller(draft, levelEnd + 1, end);
}
