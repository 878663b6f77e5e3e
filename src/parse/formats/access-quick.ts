/**
 * Lines of access logs in their most usual shape in one go: `client - user [stamp] "request" status bytes`, perhaps with
 * `"referer" "agent"` behind it.
 *
 * Accepts only what `access.ts` reads in the same way, so it saves time and decides nothing.
 */
import { FIELD } from '../../model/entry-columns.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  DASH,
  isDigit,
  isUpper,
  NEWLINE,
  QUOTE,
  RETURN,
  SLASH,
  SPACE,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import { deriveSeverity } from '../role-taker.ts';
import { newlineFrom, stringStopInLine } from '../words.ts';
import { readRest, STAMP_AT_MAX, splitRequest } from './access-request.ts';

/** Bytes of a client or user: all but blanks, quotes and the bracket that may begin a stamp. */
const WORD = new Uint8Array(256).fill(1, SPACE + 1);
WORD[QUOTE] = 0;
WORD[BRACKET_OPEN] = 0;

export function readAccessQuickly(draft: Draft, start: number, end: number): number {
  const { bytes, view, known } = draft;
  let position = start;
  // Mostly an address; a level and a logger before it are left to the other reader.
  if (isUpper(bytes[start]!)) return -1;
  while (WORD[bytes[position]!] !== 0) position += 1;
  const clientEnd = position;
  if (bytes[clientEnd] !== SPACE || bytes[clientEnd + 1] !== DASH || bytes[clientEnd + 2] !== SPACE)
    return -1;
  const userStart = clientEnd + 3;
  position = userStart;
  while (WORD[bytes[position]!] !== 0) position += 1;
  const userEnd = position;
  const stampAt = userEnd + 1;
  if (
    userEnd === userStart ||
    clientEnd === start ||
    bytes[userEnd] !== SPACE ||
    bytes[stampAt] !== BRACKET_OPEN ||
    bytes[stampAt + 3] !== SLASH ||
    bytes[stampAt + 7] !== SLASH ||
    bytes[clientEnd - 1] === COMMA ||
    stampAt - start >= STAMP_AT_MAX
  )
    return -1;
  position = draft.readStamp(stampAt + 1, end);
  if (position < 0 || bytes[position] !== BRACKET_CLOSE) return -1;
  if (bytes[position + 1] !== SPACE || bytes[position + 2] !== QUOTE) return -1;
  if (clientEnd > start + 1 || bytes[start] !== DASH) draft.text(known.client, start, clientEnd);
  if (userEnd > userStart + 1 || bytes[userStart] !== DASH)
    draft.text(known.user, userStart, userEnd);

  const requestStart = position + 3;
  const requestEnd = stringStopInLine(view, requestStart, end);
  if (requestEnd >= end || bytes[requestEnd] !== QUOTE || bytes[requestEnd + 1] !== SPACE)
    return -1;
  draft.messageStart = requestStart;
  draft.messageEnd = requestEnd;
  draft.messageIsTail = false;
  splitRequest(draft, requestStart, requestEnd);

  const statusStart = requestEnd + 2;
  const sizeStart = statusStart + 4;
  if (
    !isDigit(bytes[statusStart]!) ||
    !isDigit(bytes[statusStart + 1]!) ||
    !isDigit(bytes[statusStart + 2]!) ||
    bytes[statusStart + 3] !== SPACE
  )
    return -1;
  draft.field(known.status, statusStart, statusStart + 3, FIELD.NUMBER);
  if (bytes[statusStart]! > 51) deriveSeverity(draft, statusStart, statusStart + 3);
  position = sizeStart;
  if (bytes[position] === DASH) {
    position += 1;
  } else {
    while (isDigit(bytes[position]!)) position += 1;
    if (position === sizeStart) return -1;
    draft.field(known.bytes, sizeStart, position, kindOf(bytes, sizeStart, position));
  }
  return readEnd(draft, position, end);
}

/** What stands behind the size: nothing, referer and agent, or more than that. Returns the position behind the newline. */
function readEnd(draft: Draft, at: number, end: number): number {
  const { bytes, view, known } = draft;
  if (bytes[at] === NEWLINE) return at < end ? at + 1 : -1;
  if (bytes[at] !== SPACE) return -1;
  const refererEnd = bytes[at + 1] === QUOTE ? stringStopInLine(view, at + 2, end) : end;
  if (
    refererEnd < end &&
    bytes[refererEnd] === QUOTE &&
    bytes[refererEnd + 1] === SPACE &&
    bytes[refererEnd + 2] === QUOTE
  ) {
    const agentStart = refererEnd + 3;
    const agentEnd = stringStopInLine(view, agentStart, end);
    if (agentEnd < end - 1 && bytes[agentEnd] === QUOTE && bytes[agentEnd + 1] === NEWLINE) {
      addText(draft, known.referer, at + 2, refererEnd);
      addText(draft, known.userAgent, agentStart, agentEnd);
      return agentEnd + 2;
    }
  }
  const newline = newlineFrom(bytes, view, at, end);
  if (newline < 0) return -1;
  readRest(draft, at, bytes[newline - 1] === RETURN ? newline - 1 : newline);
  return newline + 1;
}

/** A dash stands for nothing. */
function addText(draft: Draft, key: number, start: number, end: number): void {
  if (end > start + 1 || draft.bytes[start] !== DASH) draft.text(key, start, end);
}
