/**
 * HAProxy's lines about requests and connections, inside syslog: `10.0.1.2:33317 [19/Nov/2026:10:00:01.655] front back/srv 10/0/30/69/109 200 2750
 * - - ---- 1/1/1/1/0 0/0 {…} "GET /index.html HTTP/1.1"`.
 *
 * The whole stays the message: what else it tells, such as who broke off, is looked for by its signs. With five times it is HTTP, with
 * three TCP, which has neither status nor request; with none it is an error, `front/1: SSL handshake failure`.
 */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  digitsEnd,
  findByte,
  isDigit,
  PLUS,
  QUOTE,
  SLASH,
  SPACE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { deriveSeverity } from '../role-taker.ts';
import { splitRequest } from './access-request.ts';

/** Longest address with its port. */
const CLIENT_LENGTH_MAX = 56;
const TILDE = 126;
const HTTP_SLASHES = 4;
const TCP_SLASHES = 2;

/** Whether `address:port [dd/Mon/yyyy:` stands at `at`. */
export function isHaproxyStart(bytes: Uint8Array, at: number): boolean {
  const limit = at + CLIENT_LENGTH_MAX;
  let position = at;
  while (position < limit && bytes[position]! > SPACE) position += 1;
  return (
    bytes[position] === SPACE &&
    bytes[position + 1] === BRACKET_OPEN &&
    bytes[position + 4] === SLASH &&
    bytes[position + 8] === SLASH &&
    isDigit(bytes[position - 1]!)
  );
}

/** Add the fields of such a message. */
export function readHaproxy(draft: Draft, at: number, end: number): void {
  const { bytes, known } = draft;
  const clientEnd = wordEnd(bytes, at, end);
  let port = clientEnd;
  while (port > at && isDigit(bytes[port - 1]!)) port -= 1;
  draft.text(known.client, at, bytes[port - 1] === COLON ? port - 1 : clientEnd);
  const close = findByte(bytes, BRACKET_CLOSE, clientEnd, end);
  if (close < 0 || bytes[close + 1] !== SPACE) return;
  const frontAt = close + 2;
  const frontEnd = wordEnd(bytes, frontAt, end);
  if (bytes[frontEnd - 1] === COLON) return;
  const backAt = frontEnd + 1;
  const backEnd = wordEnd(bytes, backAt, end);
  const slash = findByte(bytes, SLASH, backAt, backEnd);
  const timesAt = backEnd + 1;
  const timesEnd = wordEnd(bytes, timesAt, end);
  const slashes = slashCount(bytes, timesAt, timesEnd);
  if (slash < 0 || (slashes !== HTTP_SLASHES && slashes !== TCP_SLASHES)) return;
  draft.text(known.frontend, frontAt, bytes[frontEnd - 1] === TILDE ? frontEnd - 1 : frontEnd);
  draft.text(known.backend, backAt, slash);
  draft.text(known.server, slash + 1, backEnd);
  let totalAt = timesEnd;
  while (bytes[totalAt - 1] !== SLASH) totalAt -= 1;
  if (bytes[totalAt] === PLUS) totalAt += 1;
  draft.value(known.durationMs, totalAt, timesEnd);
  const sizeAt = slashes === HTTP_SLASHES ? readStatus(draft, timesEnd + 1, end) : timesEnd + 1;
  const sizeEnd = digitsEnd(bytes, bytes[sizeAt] === PLUS ? sizeAt + 1 : sizeAt, end);
  draft.value(known.bytes, bytes[sizeAt] === PLUS ? sizeAt + 1 : sizeAt, sizeEnd);
  const quote = slashes === HTTP_SLASHES ? findByte(bytes, QUOTE, sizeEnd, end) : -1;
  if (quote < 0) return;
  const requestEnd = findByte(bytes, QUOTE, quote + 1, end);
  splitRequest(draft, quote + 1, requestEnd < 0 ? end : requestEnd);
}

/** Returns where the bytes that were sent stand. */
function readStatus(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const statusEnd = digitsEnd(bytes, at, end);
  // `-1`: nothing was answered.
  if (statusEnd !== at + 3) return wordEnd(bytes, at, end) + 1;
  draft.value(known.status, at, statusEnd);
  if (draft.level === LEVEL_NONE) deriveSeverity(draft, at, statusEnd);
  return statusEnd + 1;
}

function slashCount(bytes: Uint8Array, at: number, end: number): number {
  let count = 0;
  for (let position = at; position < end; position += 1) {
    const byte = bytes[position]!;
    if (byte === SLASH) count += 1;
    else if (!isDigit(byte) && byte !== DASH && byte !== PLUS) return -1;
  }
  return count;
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== SPACE) position += 1;
  return position;
}
