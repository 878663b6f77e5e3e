/**
 * klog and glog (Kubernetes, many C++ and Go programs): `I0507 12:04:17.597069       1 file.go:169] message`. PyTorch puts it in a bracket,
 * CockroachDB prints the year with two digits and no bracket, Abseil seconds since 1970 where it does not know the zone.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  digitsEnd,
  findByte,
  SPACE,
  skipBlanks,
  startsWith,
  twoDigits,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfLetter } from '../level.ts';
import { readTime } from '../stamp-parts.ts';
import { takeCaller } from './caller.ts';
import { wordEnd } from './text-items.ts';

/** Instead of a date and the hours and minutes. */
const EPOCH_MARK = '0000 00:00:';
/** What PyTorch's distributed programs print before the bracket: `[rank0]:`. */
const RANK = '[rank';
/** CockroachDB's mark of a line in which data is enclosed by `‹` and `›`. */
const REDACTABLE = '\u00e2\u008b\u00ae';

export const klog: Format = {
  name: 'klog',
  about: 'klog and glog (Kubernetes components, C++ programs)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    const at = letterAt(bytes, start, end);
    if (at + 20 > end || !isLevelLetter(bytes[at]!)) return false;
    const dateEnd = digitsEnd(bytes, at + 1, end);
    const dateLength = dateEnd - at - 1;
    if (dateLength !== 4 && dateLength !== 6 && dateLength !== 8) return false;
    if (bytes[dateEnd] !== SPACE) return false;
    const timeEnd = readTimeOfDay(draft, at + 1, dateEnd, end);
    if (timeEnd < 0 || bytes[timeEnd] !== SPACE) return false;
    const threadStart = skipBlanks(bytes, timeEnd, end);
    const threadEnd = digitsEnd(bytes, threadStart, end);
    const callerStart = skipBlanks(bytes, threadEnd, end);
    draft.level = levelOfLetter(bytes[at]!);
    if (threadEnd > threadStart) draft.value(draft.known.thread, threadStart, threadEnd);
    if (dateLength === 6) return readCockroach(draft, callerStart, end);
    return takeCaller(draft, callerStart, end);
  },
};

/** Where the letter of the level stands: at once, or in PyTorch's bracket. */
function letterAt(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== BRACKET_OPEN) return start;
  if (!startsWith(bytes, start, RANK)) return start + 1;
  const close = digitsEnd(bytes, start + RANK.length, end);
  const isRank = bytes[close] === BRACKET_CLOSE && bytes[close + 1] === COLON;
  return isRank && bytes[close + 2] === BRACKET_OPEN ? close + 3 : start;
}

/** Read date and time; returns where they end, or -1. */
function readTimeOfDay(draft: Draft, dateAt: number, dateEnd: number, end: number): number {
  const { bytes, calendar } = draft;
  if (startsWith(bytes, dateAt, EPOCH_MARK)) {
    return draft.readStamp(dateAt + EPOCH_MARK.length, end);
  }
  const timeEnd = readTime(calendar, bytes, dateEnd + 1, end);
  if (timeEnd < 0) return -1;
  const month = twoDigits(bytes, dateEnd - 4);
  const day = twoDigits(bytes, dateEnd - 2);
  const century = dateEnd - dateAt === 6 ? 20 : twoDigits(bytes, dateAt);
  const isKnown =
    dateEnd - dateAt === 4
      ? calendar.resolveYearless(month, day)
      : calendar.resolve(century * 100 + twoDigits(bytes, dateEnd - 6), month, day);
  if (!isKnown) return -1;
  draft.takeStamp();
  return timeEnd;
}

/** CockroachDB behind the thread: `server/node.go:464 ⋮ [n1,client=…] 23  text`, before 20.1 without mark and number. */
function readCockroach(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const callerEnd = wordEnd(bytes, at, end);
  const colon = findByte(bytes, COLON, at, callerEnd);
  if (colon < 0 || digitsEnd(bytes, colon + 1, callerEnd) !== callerEnd) return false;
  draft.text(known.component, at, colon);
  draft.value(known.line, colon + 1, callerEnd);
  let position = skipBlanks(bytes, callerEnd, end);
  const isMarked = startsWith(bytes, position, REDACTABLE);
  if (isMarked) position = skipBlanks(bytes, position + REDACTABLE.length, end);
  const close =
    bytes[position] === BRACKET_OPEN ? findByte(bytes, BRACKET_CLOSE, position, end) : -1;
  if (close >= 0) {
    draft.text(known.context, position + 1, close);
    position = skipBlanks(bytes, close + 1, end);
    const numberEnd = digitsEnd(bytes, position, end);
    if (isMarked && bytes[numberEnd] === SPACE) position = skipBlanks(bytes, numberEnd, end);
  }
  draft.messageStart = Math.min(end, position);
  return true;
}

function isLevelLetter(byte: number): boolean {
  return byte === 73 || byte === 87 || byte === 69 || byte === 70 || byte === 68;
}
