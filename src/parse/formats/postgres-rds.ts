/** PostgreSQL's header on Amazon RDS and Aurora, `%t:%r:%u@%d:[%p]:`: `2026-11-30 10:30:00 UTC:10.0.0.1(5432):user@db:[12]:ERROR:  text`. */
import {
  AT_SIGN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  digitsEnd,
  findByte,
  PAREN_OPEN,
  SPACE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Layout } from '../layout.ts';
import { readLevelItem } from './text-level.ts';

/** Longest client, user and database. */
const ORIGIN_LENGTH_MAX = 256;

/** Read the header at `at` (behind the stamp); returns where the level ends, or -1 and nothing was written. */
export function readRds(draft: Draft, layout: Layout, at: number, end: number): number {
  const { fieldCount } = draft.columns;
  const levelAt = takeRdsOrigin(draft, at, end);
  const levelEnd = levelAt < 0 ? -1 : readLevelItem(draft, layout, levelAt, end);
  if (levelEnd < 0) draft.columns.fieldCount = fieldCount;
  return levelEnd;
}

/** Take client, user, database and pid from `:client(port):user@database:[pid]:` at `at`; returns where the level begins, or -1. */
function takeRdsOrigin(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  if (bytes[at] !== COLON) return -1;
  const limit = Math.min(end, at + ORIGIN_LENGTH_MAX);
  const open = findByte(bytes, BRACKET_OPEN, at, limit);
  if (open < 0 || bytes[open - 1] !== COLON || findByte(bytes, SPACE, at, open) >= 0) return -1;
  const pidEnd = digitsEnd(bytes, open + 1, end);
  const sign = findByte(bytes, AT_SIGN, at, open);
  if (pidEnd === open + 1 || bytes[pidEnd] !== BRACKET_CLOSE || bytes[pidEnd + 1] !== COLON)
    return -1;
  if (sign < 0) return -1;
  let userAt = sign;
  while (userAt > at + 1 && bytes[userAt - 1] !== COLON) userAt -= 1;
  const clientEnd = userAt - 1;
  const port = findByte(bytes, PAREN_OPEN, at + 1, clientEnd);
  const addressEnd = port < 0 ? clientEnd : port;
  if (addressEnd > at + 1) draft.text(known.client, at + 1, addressEnd);
  if (sign > userAt) draft.text(known.user, userAt, sign);
  if (open - 1 > sign + 1) draft.text(known.database, sign + 1, open - 1);
  draft.value(known.pid, open + 1, pidEnd);
  return pidEnd + 2;
}
