/**
 * MySQL's and MariaDB's slow query log: a block of `#` lines, `SET timestamp=…;`, then the statement.
 *
 * A block begins at `# Time:`, or at `# User@Host:` where the server left the time out because it had not changed.
 * The message is the statement; the numbers of the block are fields. `SET timestamp` is the absolute time.
 */
import {
  AT_SIGN,
  COLON,
  digitsEnd,
  HASH,
  NEWLINE,
  RETURN,
  SPACE,
  skipBlanks,
  startsWith,
  trimEnd,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';

const TIME = '# Time: ';
const USER = '# User@Host: ';
const SET_TIMESTAMP = 'SET timestamp=';
const USE = 'use ';
/** MariaDB's plan, a table of several such lines: one field. */
const EXPLAIN = '# explain: ';
/** In the place of a statement. */
const COMMAND = '# administrator command: ';
const COMMENT = '# ';

export const mysqlSlow: Format = {
  name: 'mysql:slow',
  about: "MySQL's and MariaDB's slow query log",
  parse(draft: Draft, start: number, end: number): boolean {
    if (draft.bytes[start] !== HASH) return false;
    if (startsWith(draft.bytes, start, TIME)) return draft.readStamp(start + TIME.length, end) >= 0;
    return startsWith(draft.bytes, start, USER);
  },
  continues(bytes: Uint8Array, recordStart: number, start: number): boolean {
    if (bytes[start] === HASH) {
      if (startsWith(bytes, start, TIME)) return false;
      if (startsWith(bytes, start, USER)) {
        return (
          startsWith(bytes, recordStart, TIME) && lineEnd(bytes, recordStart, start) === start - 1
        );
      }
    }
    return true;
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    let messageAt = -1;
    let planAt = -1;
    let planEnd = -1;
    for (let position = start; position < end; ) {
      const next = lineEnd(bytes, position, end);
      const stop = next > position && bytes[next - 1] === RETURN ? next - 1 : next;
      if (bytes[position] === HASH && messageAt < 0) {
        if (startsWith(bytes, position, COMMAND)) messageAt = position + COMMENT.length;
        else if (startsWith(bytes, position, EXPLAIN)) {
          if (planAt < 0) planAt = position;
          planEnd = stop;
        } else readHeaderLine(draft, position, stop);
      } else if (startsWith(bytes, position, SET_TIMESTAMP) && messageAt < 0) {
        draft.readStamp(
          position + SET_TIMESTAMP.length,
          digitsEnd(bytes, position + SET_TIMESTAMP.length, stop),
        );
      } else if (messageAt < 0 && isUse(bytes, position, stop)) {
        draft.text(draft.known.database, position + USE.length, stop - 1);
      } else if (messageAt < 0) messageAt = position;
      position = next + 1;
    }
    if (planAt >= 0) readPlan(draft, planAt, planEnd);
    draft.messageStart = messageAt < 0 ? end : messageAt;
    draft.messageEnd = end;
    return true;
  },
};

function readPlan(draft: Draft, start: number, end: number): void {
  const nameEnd = start + EXPLAIN.length - ': '.length;
  const entry = draft.keys.find(draft, start + COMMENT.length, nameEnd, -1);
  if (entry >= 0) draft.text(draft.keys.ids[entry]!, start + EXPLAIN.length, end);
}

function isUse(bytes: Uint8Array, start: number, end: number): boolean {
  return startsWith(bytes, start, USE) && bytes[end - 1] === 59;
}

function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== NEWLINE) position += 1;
  return position;
}

/** `# Time: …`, `# User@Host: name[name] @ host [address]  Id: 7`, `# Query_time: 2.0  Lock_time: 0.0 …`. */
function readHeaderLine(draft: Draft, start: number, end: number): void {
  const { bytes, keys, known } = draft;
  if (startsWith(bytes, start, TIME)) {
    draft.readStamp(start + TIME.length, end);
    return;
  }
  let position = start + 2;
  if (startsWith(bytes, start, USER)) {
    const userAt = start + USER.length;
    let userEnd = userAt;
    while (userEnd < end && bytes[userEnd] !== 91 && bytes[userEnd] !== SPACE) userEnd += 1;
    draft.text(known.user, userAt, userEnd);
    position = userEnd;
    while (position < end && bytes[position] !== AT_SIGN) position += 1;
    const hostAt = skipBlanks(bytes, position + 1, end);
    while (position < end && bytes[position] !== 91) position += 1;
    const addressAt = position + 1;
    const hostEnd = trimEnd(bytes, hostAt, position);
    while (position < end && bytes[position] !== 93) position += 1;
    if (addressAt < position) draft.text(known.client, addressAt, position);
    else draft.text(known.client, hostAt, hostEnd);
    position += 1;
  }
  while (position < end) {
    position = skipBlanks(bytes, position, end);
    const keyAt = position;
    while (position < end && bytes[position] !== COLON && bytes[position] !== SPACE) position += 1;
    if (bytes[position] !== COLON || position >= end) return;
    const keyEnd = position;
    const valueAt = position + 1 + (bytes[position + 1] === SPACE ? 1 : 0);
    position = valueAt;
    while (position < end && bytes[position] !== SPACE) position += 1;
    const entry = keys.find(draft, keyAt, keyEnd, -1);
    if (entry >= 0 && position > valueAt && keyEnd > keyAt) {
      draft.field(keys.ids[entry]!, valueAt, position, kindOf(bytes, valueAt, position));
    }
  }
}
