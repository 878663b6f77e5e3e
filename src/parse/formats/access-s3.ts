/**
 * Amazon S3's access logs: `owner bucket [stamp] address requester request-id operation key "request" status error bytes …`.
 *
 * What access logs have before their stamp stands behind it here, so that the owner would be the client.
 */
import { DASH, DOT, digitsEnd, isUpper, QUOTE, SPACE, UNDERSCORE } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { deriveSeverity } from '../role-taker.ts';
import { readRest, splitRequest } from './access-request.ts';
import { stringEnd } from './json-text.ts';

/** Address, requester, request's id, operation, key. */
const WORDS = 5;
const ADDRESS = 0;
const REQUESTER = 1;
const REQUEST_ID = 2;
const OPERATION = 3;

const wordStart = new Int32Array(WORDS);
const wordStop = new Int32Array(WORDS);

/** Read what stands behind the stamp of an S3 line, `start` being the line's; false, and nothing was written, for any other. */
export function readS3(draft: Draft, start: number, at: number, end: number): boolean {
  const { bytes, known, view } = draft;
  let position = at;
  for (let word = 0; word < WORDS; word += 1) {
    wordStart[word] = position;
    while (position < end && bytes[position]! > SPACE && bytes[position] !== QUOTE) position += 1;
    if (bytes[position] !== SPACE || position === wordStart[word]) return false;
    wordStop[word] = position;
    position += 1;
  }
  if (bytes[position] !== QUOTE || !isOperation(bytes)) return false;
  const close = stringEnd(bytes, view, position + 1, end);
  if (close < 0) return false;
  draft.columns.fieldCount = draft.fieldsFrom;
  const ownerEnd = bytes.indexOf(SPACE, start);
  const bucketEnd = bytes.indexOf(SPACE, ownerEnd + 1);
  draft.text(known.vhost, ownerEnd + 1, bucketEnd);
  addWord(draft, known.client, ADDRESS);
  addWord(draft, known.user, REQUESTER);
  addWord(draft, known.requestId, REQUEST_ID);
  draft.messageStart = position + 1;
  draft.messageEnd = close;
  draft.messageIsTail = false;
  splitRequest(draft, position + 1, close);
  readRest(draft, readResult(draft, close + 1, end), end);
  return true;
}

/** `REST.GET.OBJECT`, `WEBSITE.GET.OBJECT`, `BATCH.DELETE.OBJECT`. */
function isOperation(bytes: Uint8Array): boolean {
  let dots = 0;
  for (let position = wordStart[OPERATION]!; position < wordStop[OPERATION]!; position += 1) {
    if (bytes[position] === DOT) dots += 1;
    else if (!isUpper(bytes[position]!) && bytes[position] !== UNDERSCORE) return false;
  }
  return dots >= 1;
}

function addWord(draft: Draft, keyId: number, word: number): void {
  const start = wordStart[word]!;
  const end = wordStop[word]!;
  if (end > start + 1 || draft.bytes[start] !== DASH) draft.text(keyId, start, end);
}

/** ` 404 NoSuchKey 277 `: status, the error's code and the bytes that were sent; returns where these end. */
function readResult(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const statusEnd = digitsEnd(bytes, at + 1, end);
  if (statusEnd !== at + 4 || bytes[statusEnd] !== SPACE) return at;
  draft.value(known.status, at + 1, statusEnd);
  deriveSeverity(draft, at + 1, statusEnd);
  const codeAt = statusEnd + 1;
  let codeEnd = codeAt;
  while (codeEnd < end && bytes[codeEnd]! > SPACE) codeEnd += 1;
  if (bytes[codeAt] !== DASH) draft.text(known.errorCode, codeAt, codeEnd);
  const sizeEnd = digitsEnd(bytes, codeEnd + 1, end);
  draft.value(known.bytes, codeEnd + 1, sizeEnd);
  return sizeEnd;
}
