/**
 * Android's logcat: `03-17 16:13:38.811  1702  2395 D WindowManager: text` (threadtime), `D/Tag( 1234): text` (brief), the
 * same behind a stamp (time), with or without the year.
 */

import { LEVEL_NONE } from '../../model/level.ts';
import {
  COLON,
  digitsEnd,
  isDigit,
  isUpper,
  PAREN_CLOSE,
  PAREN_OPEN,
  SLASH,
  SPACE,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfLetter } from '../level.ts';

/** Longest tag looked through for its end. */
const TAG_LENGTH_MAX = 96;

export const android: Format = {
  name: 'android',
  about: "Android's logcat (threadtime, time, brief)",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    if (isUpper(bytes[start]!)) return bytes[start + 1] === SLASH && readBrief(draft, start, end);
    if (!isDigit(bytes[start]!)) return false;
    const isShort = bytes[start + 2] === 45 && bytes[start + 5] === SPACE;
    if (!isShort && (bytes[start + 4] !== 45 || bytes[start + 10] !== SPACE)) return false;
    const stampEnd = draft.readStamp(start, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE) return false;
    const at = skipBlanks(bytes, stampEnd, end);
    if (isUpper(bytes[at]!)) return bytes[at + 1] === SLASH && readBrief(draft, at, end);
    return readThreadTime(draft, at, end);
  },
};

/** ` 1702  2395 D WindowManager: text` */
function readThreadTime(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const pidEnd = digitsEnd(bytes, at, end);
  if (pidEnd === at || bytes[pidEnd] !== SPACE) return false;
  const threadAt = skipBlanks(bytes, pidEnd, end);
  const threadEnd = digitsEnd(bytes, threadAt, end);
  const levelAt = threadEnd + 1;
  if (threadEnd === threadAt || bytes[threadEnd] !== SPACE || bytes[levelAt + 1] !== SPACE)
    return false;
  draft.level = isUpper(bytes[levelAt]!) ? levelOfLetter(bytes[levelAt]!) : LEVEL_NONE;
  if (draft.level === LEVEL_NONE) return false;
  const tagAt = skipBlanks(bytes, levelAt + 1, end);
  const limit = Math.min(end, tagAt + TAG_LENGTH_MAX);
  let colon = tagAt;
  while (
    colon < limit &&
    (bytes[colon] !== COLON || (bytes[colon + 1] !== SPACE && colon + 1 < end))
  )
    colon += 1;
  draft.value(known.pid, at, pidEnd);
  draft.value(known.thread, threadAt, threadEnd);
  if (colon >= limit) {
    draft.messageStart = tagAt;
    return true;
  }
  draft.text(known.component, tagAt, trimEnd(bytes, tagAt, colon));
  draft.messageStart = Math.min(end, skipBlanks(bytes, colon + 1, end));
  return true;
}

/** `D/Tag( 1234): text` */
function readBrief(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  draft.level = levelOfLetter(bytes[at]!);
  if (draft.level === LEVEL_NONE) return false;
  const limit = Math.min(end, at + TAG_LENGTH_MAX);
  let open = at + 2;
  while (open < limit && bytes[open] !== PAREN_OPEN) open += 1;
  const pidAt = skipBlanks(bytes, open + 1, end);
  const pidEnd = digitsEnd(bytes, pidAt, end);
  if (open >= limit || pidEnd === pidAt) return false;
  if (bytes[pidEnd] !== PAREN_CLOSE || bytes[pidEnd + 1] !== COLON) return false;
  draft.text(known.component, at + 2, trimEnd(bytes, at + 2, open));
  draft.value(known.pid, pidAt, pidEnd);
  draft.messageStart = Math.min(end, skipBlanks(bytes, pidEnd + 2, end));
  return true;
}
