/**
 * Access logs of web servers: Common and Combined Log Format and what people make of them.
 *
 * The anchor is the stamp `[10/Oct/2000:13:55:36 -0700]`. Before it stand client, identity and user, perhaps
 * behind a virtual host or with a list of forwarded addresses; behind it the quoted request, status, bytes,
 * referer, user agent, and whatever the operator added (times, upstreams, ids). The message is the request.
 * Mostly no level is printed: severity follows from the status.
 */
import { FLAG } from '../../model/entry-columns.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  isDigit,
  isUpper,
  LESS,
  LETTER_T,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import { barePythonColon } from '../continuation.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';
import { monthAt } from '../stamp-parts.ts';
import { readAccessQuickly } from './access-quick.ts';
import { readRequest, STAMP_AT_MAX } from './access-request.ts';
import { readS3 } from './access-s3.ts';

/** Words before the stamp that are looked at. */
const WORDS_MAX = 8;
/** Owner and bucket. */
const S3_WORDS = 2;

export const access: Format = {
  name: 'access',
  about:
    'Access logs in Common or Combined Log Format and their variants (Apache, nginx, Traefik, …)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (isBehindSyslog(bytes, start, end)) return false;
    // Flask's server, through Python's logging: `INFO:werkzeug:127.0.0.1 - - [30/Nov/2026 …`.
    const colon = barePythonColon(bytes, start, end);
    if (colon < 0) return readLine(draft, start, end);
    if (!readLine(draft, colon + 1, end)) return false;
    const word = levelWordAt(bytes, start, end, false);
    draft.level = word & 7;
    draft.severity = -1;
    draft.flags &= ~FLAG.SEVERITY_DERIVED;
    draft.text(known.component, start + (word >> 3) + 1, colon);
    return true;
  },
  quick: readAccessQuickly,
};

function readLine(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  const stampAt = findStamp(bytes, start, end);
  if (stampAt < 0) return readStampFirst(draft, start, end);
  const stampEnd = draft.readStamp(stampAt + 1, end);
  if (stampEnd < 0 || bytes[stampEnd] !== BRACKET_CLOSE) return false;
  if (!readClient(draft, start, stampAt)) return false;
  const requestAt = skipBlanks(bytes, stampEnd + 1, end);
  if (isIsoStamp(bytes, stampAt) && !isMethodAt(bytes, requestAt)) return false;
  if (bytes[requestAt] !== QUOTE || requestAt >= end) {
    if (clientWords === S3_WORDS && readS3(draft, start, requestAt, end)) return true;
    return (
      bytes[stampAt + 12] === COLON && clientWords !== 1 && readUnquoted(draft, requestAt, end)
    );
  }
  return readRequest(draft, requestAt, end);
}

/**
 * Whether the header of a syslog daemon stands at `start`, `Nov  9 10:00:01 host nginx: ` or one with an ISO stamp: the line is syslog's, which
 * knows what such a message is.
 */
function isBehindSyslog(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === LESS) return true;
  const isOwn = bytes[start + 9] === COLON && bytes[start + 12] === COLON;
  if (isOwn && monthAt(bytes, start) > 0) return true;
  if (bytes[start + 13] !== COLON || bytes[start + 10] !== LETTER_T) return false;
  const limit = Math.min(end, start + STAMP_AT_MAX);
  for (let position = start; position < limit; position += 1) {
    if (bytes[position] === SPACE && bytes[position - 1] === COLON) return true;
    if (bytes[position] === SPACE && bytes[position + 1] === BRACKET_OPEN) return false;
  }
  return false;
}

/** Whether `address - user [dd/Mon/yyyy:` stands at `at`: what a web server sends to a syslog daemon. */
export function isAccessStart(bytes: Uint8Array, at: number): boolean {
  let position = at;
  const limit = at + STAMP_AT_MAX;
  while (position < limit && bytes[position]! > SPACE) position += 1;
  if (bytes[position + 1] !== DASH || bytes[position + 2] !== SPACE) return false;
  position += 3;
  while (position < limit && bytes[position]! > SPACE) position += 1;
  return (
    bytes[position + 1] === BRACKET_OPEN &&
    bytes[position + 4] === SLASH &&
    bytes[position + 8] === SLASH
  );
}

/** Envoy: `[2026-11-19T10:00:01.250Z] "GET /path HTTP/1.1" 200 …`. */
function readStampFirst(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  if (bytes[start] !== BRACKET_OPEN) return readPhpFpm(draft, start, end);
  if (bytes[start + 5] !== DASH) return false;
  const stampEnd = draft.readStamp(start + 1, end);
  if (stampEnd < 0 || bytes[stampEnd] !== BRACKET_CLOSE) return false;
  const requestAt = skipBlanks(bytes, stampEnd + 1, end);
  return isMethodAt(bytes, requestAt) && readRequest(draft, requestAt, end);
}

/** php-fpm: `127.0.0.1 -  19/Nov/2026:10:00:01 +0100 "GET /index.php" 200`, the user before the stamp mostly missing. */
function readPhpFpm(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  const limit = Math.min(end - PHP_STAMP_LENGTH, start + STAMP_AT_MAX);
  let clientEnd = start;
  while (clientEnd < limit && bytes[clientEnd] !== SPACE) clientEnd += 1;
  if (bytes[clientEnd + 1] !== DASH || bytes[clientEnd + 2] !== SPACE) return false;
  let userEnd = clientEnd + 3;
  while (userEnd < limit && bytes[userEnd] !== SPACE) userEnd += 1;
  const stampAt = userEnd + 1;
  if (!isSlashStamp(bytes, stampAt)) return false;
  const stampEnd = draft.readStamp(stampAt, end);
  if (stampEnd < 0 || bytes[stampEnd] !== SPACE || !isMethodAt(bytes, stampEnd + 1)) return false;
  return readClient(draft, start, stampAt) && readRequest(draft, stampEnd + 1, end);
}

const PHP_STAMP_LENGTH = 26;

/** Whether `dd/Mon/yyyy:` may stand at `at`. */
function isSlashStamp(bytes: Uint8Array, at: number): boolean {
  return (
    isDigit(bytes[at]!) &&
    bytes[at + 2] === SLASH &&
    bytes[at + 6] === SLASH &&
    bytes[at + 11] === COLON
  );
}

/** A quoted request: with a stamp that any log may have in brackets, it alone makes an access log. */
function isMethodAt(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== QUOTE) return false;
  return isUpper(bytes[at + 1]!) && isUpper(bytes[at + 2]!) && isUpper(bytes[at + 3]!);
}

/** Whether `yyyy-mm-ddT` stands behind the bracket at `at`: nginx's `$time_iso8601`. */
function isIsoStamp(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 5] === DASH && bytes[at + 8] === DASH && bytes[at + 11] === LETTER_T;
}

/** Position of a bracket with `dd/Mon/yyyy:` or, not at the start, an ISO stamp behind it. */
function findStamp(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end - 22, start + STAMP_AT_MAX);
  for (let position = start; position < limit; position += 1) {
    if (bytes[position] !== BRACKET_OPEN) continue;
    const hasSlashes = bytes[position + 3] === SLASH && bytes[position + 7] === SLASH;
    if (hasSlashes && isDigit(bytes[position + 2]!)) return position;
    if (position > start && isIsoStamp(bytes, position)) return position;
  }
  return -1;
}

/** Words before the stamp of the line read last. */
let clientWords = 0;
const wordStart = new Int32Array(WORDS_MAX);
const wordStop = new Int32Array(WORDS_MAX);

/** `client identity user`, `vhost client …`, `client, forwarded, … identity user`, or nothing at all. */
function readClient(draft: Draft, start: number, end: number): boolean {
  if (readUsualClient(draft, start, end)) return true;
  const { bytes, known } = draft;
  let count = 0;
  let position = start;
  let listEnd = -1;
  while (position < end && count < WORDS_MAX) {
    if (bytes[position] === SPACE) {
      position += 1;
      continue;
    }
    const from = position;
    while (position < end && bytes[position] !== SPACE) position += 1;
    if (bytes[from] === QUOTE) return false;
    if (count > 0 && bytes[wordStop[count - 1]! - 1] === COMMA) {
      listEnd = count;
      wordStop[count - 1] = position;
      continue;
    }
    wordStart[count] = from;
    wordStop[count] = position;
    count += 1;
  }
  clientWords = count;
  if (count === 0) return true;
  let client = 0;
  if (count >= 2 && listEnd < 0) {
    if (!isAddress(bytes, 0) && isAddress(bytes, 1)) client = 1;
  }
  if (client === 1) draft.text(known.vhost, wordStart[0]!, wordStop[0]!);
  addWord(draft, known.client, client);
  if (count > client + 1) {
    addWord(draft, known.user, count - 1);
    if (count > client + 2) addWord(draft, known.ident, count - 2);
  }
  return true;
}

/** `client - user `, as nearly all lines have it. */
function readUsualClient(draft: Draft, start: number, end: number): boolean {
  const { bytes, known } = draft;
  let clientEnd = start;
  while (clientEnd < end && bytes[clientEnd] !== SPACE) clientEnd += 1;
  if (bytes[clientEnd + 1] !== DASH || bytes[clientEnd + 2] !== SPACE || bytes[start] === QUOTE)
    return false;
  const userStart = clientEnd + 3;
  let userEnd = userStart;
  while (userEnd < end && bytes[userEnd] !== SPACE) userEnd += 1;
  if (userEnd + 1 !== end || userEnd === userStart || bytes[clientEnd - 1] === COMMA) return false;
  clientWords = 3;
  if (clientEnd > start + 1 || bytes[start] !== DASH) draft.text(known.client, start, clientEnd);
  if (userEnd > userStart + 1 || bytes[userStart] !== DASH)
    draft.text(known.user, userStart, userEnd);
  return true;
}

/** An IPv4 or IPv6 address, by its signs only. */
function isAddress(bytes: Uint8Array, word: number): boolean {
  let dots = 0;
  let colons = 0;
  for (let position = wordStart[word]!; position < wordStop[word]!; position += 1) {
    const byte = bytes[position]!;
    if (byte === 46) dots += 1;
    else if (byte === 58) colons += 1;
    else if (!isDigit(byte) && !((byte | 32) >= 97 && (byte | 32) <= 102)) return false;
  }
  return dots === 3 || colons >= 2;
}

function addWord(draft: Draft, keyId: number, word: number): void {
  const start = wordStart[word]!;
  const end = wordStop[word]!;
  if (end === start + 1 && draft.bytes[start] === DASH) return;
  draft.text(keyId, start, end);
}

/** Servers that print the request without quotes: the rest of the line is the message. */
function readUnquoted(draft: Draft, at: number, end: number): boolean {
  if (at >= end) return false;
  const { bytes } = draft;
  // The error log of 389 Directory Server: `[stamp] - ERR - main - text`.
  if (bytes[at] === DASH && bytes[at + 1] === SPACE) return false;
  // Names may stand between the stamp and the request.
  for (let position = at; position + 4 < end; position += 1) {
    if (bytes[position] !== QUOTE) continue;
    if (
      isUpper(bytes[position + 1]!) &&
      isUpper(bytes[position + 2]!) &&
      isUpper(bytes[position + 3]!)
    ) {
      return readRequest(draft, position, end);
    }
    break;
  }
  draft.messageStart = at;
  draft.messageEnd = end;
  return (draft.flags & FLAG.TIMESTAMP_NONE) === 0;
}
