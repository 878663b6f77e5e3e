/**
 * The kernel's ring buffer as `dmesg` prints it: `[12345.678901] usb 1-1: text`, `<6>[    0.000000] text`.
 *
 * The number counts seconds since boot, so there is no stamp; it is kept as `uptime`. `dmesg -T` and journald print real
 * stamps and are read as text and syslog. `dmesg -x` prints facility and severity before it.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DOT,
  digitsEnd,
  GREATER,
  isAlphanumeric,
  LESS,
  PAREN_CLOSE,
  PAREN_OPEN,
  SPACE,
  skipBlanks,
  startsWith,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { ERROR, INFO, levelOfSyslog, levelWordAt, WARN } from '../level.ts';

/** The JVM's unified log with uptime only: `[0.005s][info][gc] text`. */
export const jvm: Format = {
  name: 'jvm',
  about: "The JVM's unified log with the time since it began",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (bytes[start] !== BRACKET_OPEN) return false;
    const secondsEnd = digitsEnd(bytes, start + 1, end);
    if (secondsEnd === start + 1 || (bytes[secondsEnd] !== DOT && bytes[secondsEnd] !== COMMA))
      return false;
    const numberEnd = digitsEnd(bytes, secondsEnd + 1, end);
    if (bytes[numberEnd] !== 115 || bytes[numberEnd + 1] !== BRACKET_CLOSE) return false;
    let at = numberEnd + 2;
    draft.value(known.uptime, start + 1, numberEnd);
    for (let group = 0; group < 3 && bytes[at] === BRACKET_OPEN; group += 1) {
      let close = at + 1;
      while (close < end && bytes[close] !== BRACKET_CLOSE) close += 1;
      if (close >= end) break;
      const textEnd = trimEnd(bytes, at + 1, close);
      const word = levelWordAt(bytes, at + 1, textEnd, false);
      if (word >= 0 && at + 1 + (word >> 3) === textEnd) draft.level = word & 7;
      else draft.text(known.component, at + 1, textEnd);
      at = close + 1;
    }
    draft.messageStart = Math.min(end, skipBlanks(bytes, at, end));
    return true;
  },
};

export const kernel: Format = {
  name: 'kernel',
  about: 'dmesg: seconds since boot in brackets, then the message',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    let at = readDecoded(draft, start, end);
    const isDecoded = at > start;
    if (bytes[at] === LESS) {
      const close = digitsEnd(bytes, at + 1, Math.min(end, at + 4));
      if (bytes[close] !== GREATER || close === at + 1) return false;
      draft.level = levelOfSyslog(Number(bytes.toString('latin1', at + 1, close)) & 7);
      at = close + 1;
    }
    if (bytes[at] !== BRACKET_OPEN) return false;
    const stampEnd = isDecoded ? draft.readStamp(at + 1, end) : -1;
    if (stampEnd >= 0 && bytes[stampEnd] === BRACKET_CLOSE) {
      draft.messageStart = Math.min(end, skipBlanks(bytes, stampEnd + 1, end));
      return true;
    }
    const numberAt = skipBlanks(bytes, at + 1, end);
    const secondsEnd = digitsEnd(bytes, numberAt, end);
    if (secondsEnd === numberAt || secondsEnd - numberAt > 9 || bytes[secondsEnd] !== DOT)
      return false;
    const numberEnd = digitsEnd(bytes, secondsEnd + 1, end);
    if (bytes[numberEnd] !== BRACKET_CLOSE) return false;
    if (numberEnd - secondsEnd !== 7 && !readXorgMark(draft, numberEnd + 2, end)) return false;
    if (bytes[numberEnd + 1] !== SPACE && numberEnd + 1 < end) return false;
    draft.value(known.uptime, numberAt, numberEnd);
    draft.messageStart = Math.min(end, skipBlanks(bytes, numberEnd + 1, end));
    return true;
  },
};

/** What X servers print behind seconds to three digits, and its level: `[    12.345] (EE) text`. False where no such mark stands at `at`. */
function readXorgMark(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  if (at + 4 > end || bytes[at] !== PAREN_OPEN || bytes[at + 3] !== PAREN_CLOSE) return false;
  const mark = bytes[at + 1]!;
  if (bytes[at + 2] !== mark && !startsWith(bytes, at, '(NI)')) return false;
  draft.level = mark === LETTER_E ? ERROR : mark === LETTER_W ? WARN : INFO;
  return true;
}

const LETTER_E = 69;
const LETTER_W = 87;

/** Longest names of facility and severity, padded. */
const DECODED_LENGTH_MAX = 24;

/** `kern  :err   : `, as `dmesg -x` prints it; returns where the bracket stands, or `start` where there is none such. */
function readDecoded(draft: Draft, start: number, end: number): number {
  const { bytes } = draft;
  const limit = Math.min(end, start + DECODED_LENGTH_MAX);
  let facilityEnd = start;
  while (facilityEnd < limit && isAlphanumeric(bytes[facilityEnd]!)) facilityEnd += 1;
  const colon = skipBlanks(bytes, facilityEnd, limit);
  if (facilityEnd === start || bytes[colon] !== COLON) return start;
  const word = levelWordAt(bytes, colon + 1, limit, false);
  if (word < 0) return start;
  const second = skipBlanks(bytes, colon + 1 + (word >> 3), limit);
  const bracket = skipBlanks(bytes, second + 1, end);
  if (bytes[second] !== COLON || bytes[bracket] !== BRACKET_OPEN) return start;
  draft.level = word & 7;
  draft.text(draft.known.facility, start, facilityEnd);
  return bracket;
}
