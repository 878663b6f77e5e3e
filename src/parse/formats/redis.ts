/** Redis and Valkey: `98738:M 30 May 12:23:52.442 * text`, `[2932] 31 May 04:32:08 # text`, `30 May 10:05:20 . text`. */

import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  DOT,
  digitsEnd,
  HASH,
  isDigit,
  isUpper,
  SPACE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { DEBUG, INFO, TRACE, WARN } from '../level.ts';
import { monthAt } from '../stamp-parts.ts';

export const redis: Format = {
  name: 'redis',
  about: 'Redis and Valkey: [pid:role] dd Mon hh:mm:ss sign text',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    let at = start;
    const isBracketed = bytes[at] === BRACKET_OPEN;
    const numberStart = isBracketed ? at + 1 : at;
    const numberEnd = digitsEnd(bytes, numberStart, end);
    if (numberEnd === numberStart) return false;
    const sign = bytes[numberEnd]!;
    if (isBracketed ? sign === BRACKET_CLOSE : sign === COLON && isUpper(bytes[numberEnd + 1]!)) {
      at = numberEnd + (isBracketed ? 2 : 3);
    } else if (isBracketed) {
      return false;
    }
    if (!isDayOfMonth(bytes, at)) return false;
    const stampEnd = draft.readStamp(at, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE || bytes[stampEnd + 2] !== SPACE) return false;
    // Node-RED: `30 Nov 10:30:00 - [info] text`.
    if (at === start && bytes[stampEnd + 1] === DASH && bytes[stampEnd + 3] === BRACKET_OPEN)
      return false;
    draft.level = levelOfSign(bytes[stampEnd + 1]!);
    if (draft.level === LEVEL_NONE) return false;
    if (at > start) draft.value(known.pid, numberStart, numberEnd);
    if (!isBracketed && at > start) draft.text(known.role, numberEnd + 1, numberEnd + 2);
    draft.messageStart = Math.min(end, stampEnd + 3);
    return true;
  },
};

function isDayOfMonth(bytes: Uint8Array, at: number): boolean {
  const dayEnd = at + (isDigit(bytes[at + 1]!) ? 2 : 1);
  return isDigit(bytes[at]!) && bytes[dayEnd] === SPACE && monthAt(bytes, dayEnd + 1) > 0;
}

function levelOfSign(sign: number): LevelCode {
  switch (sign) {
    case DOT:
      return DEBUG;
    case DASH:
      return TRACE;
    case 42:
      return INFO;
    case HASH:
      return WARN;
    default:
      return LEVEL_NONE;
  }
}
