/**
 * The header PostgreSQL prints by default and as Debian sets it up, read in one go: ` [pid] LEVEL:  ` and ` [pid] user@database LEVEL:  `.
 * It accepts only what `text-header.ts` would read the same way, and declines everything else.
 */
import type { LevelCode } from '../../model/level.ts';
import {
  AT_SIGN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  isAlphanumeric,
  isDigit,
  isUpper,
  SPACE,
  UNDERSCORE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { INFO, levelWordAt } from '../level.ts';
import { isPostgresWord } from './text-level.ts';

/** Digits of a process id; the kernel's largest has seven. */
const PID_LENGTH_MAX = 10;
/** PostgreSQL cuts names at 63 bytes. */
const NAME_LENGTH_MAX = 63;

/** Read the header at `at` (behind the stamp); returns where the level ends, or -1 and nothing was written. */
export function readQuickPostgres(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  if (bytes[at] !== SPACE || bytes[at + 1] !== BRACKET_OPEN) return -1;
  // With fields before it the number may be something else.
  if (draft.columns.fieldCount > draft.fieldsFrom) return -1;
  const pidStart = at + 2;
  let position = pidStart;
  while (isDigit(bytes[position]!)) position += 1;
  const pidEnd = position;
  if (pidEnd === pidStart || pidEnd - pidStart > PID_LENGTH_MAX) return -1;
  if (bytes[pidEnd] !== BRACKET_CLOSE || bytes[pidEnd + 1] !== SPACE) return -1;
  position += 2;
  const userStart = position;
  let sign = userStart;
  if (!isUpper(bytes[userStart]!)) {
    sign = nameEnd(bytes, userStart);
    if (bytes[sign] !== AT_SIGN || sign === userStart || bytes[userStart] === DASH) return -1;
    position = nameEnd(bytes, sign + 1);
    if (bytes[position] !== SPACE || position === sign + 1) return -1;
    position += 1;
  }
  const databaseEnd = position - 1;
  const levelEnd = capitalsEnd(bytes, position);
  if (bytes[levelEnd] !== COLON || bytes[levelEnd + 1] !== SPACE || bytes[levelEnd + 2] !== SPACE)
    return -1;
  const level = levelOf(draft, position, levelEnd, end);
  if (level < 0) return -1;
  draft.level = level;
  draft.value(known.pid, pidStart, pidEnd);
  if (sign > userStart) {
    draft.text(known.user, userStart, sign);
    draft.text(known.database, sign + 1, databaseEnd);
  }
  return levelEnd;
}

/** -1 where [at, wordEnd) is no level. */
function levelOf(draft: Draft, at: number, wordEnd: number, end: number): LevelCode | -1 {
  const { bytes } = draft;
  if (isPostgresWord(bytes, at, wordEnd)) return INFO;
  const word = levelWordAt(bytes, at, end, false);
  return word >= 0 && at + (word >> 3) === wordEnd ? word & 7 : -1;
}

function nameEnd(bytes: Uint8Array, at: number): number {
  const limit = at + NAME_LENGTH_MAX;
  let position = at;
  while (position < limit && isNameByte(bytes[position]!)) position += 1;
  return position;
}

function isNameByte(byte: number): boolean {
  return isAlphanumeric(byte) || byte === UNDERSCORE || byte === DASH;
}

function capitalsEnd(bytes: Uint8Array, at: number): number {
  let position = at;
  while (isUpper(bytes[position]!)) position += 1;
  return position;
}
