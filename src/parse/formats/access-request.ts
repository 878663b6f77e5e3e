/**
 * The part of an access log's line behind its stamp: quoted request, status, bytes, referer, agent, and what operators add.
 */
import { FIELD } from '../../model/entry-columns.ts';
import { DASH, digitsEnd, EQUALS, isDigit, QUOTE, SPACE, skipBlanks } from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import { deriveSeverity } from '../role-taker.ts';
import { stringEnd } from './json-text.ts';
import { addPairs, isPair } from './logfmt.ts';

/** How far into a line the stamp may begin: a virtual host, a list of addresses, a user name. */
export const STAMP_AT_MAX = 512;

/** `"GET /path HTTP/1.1" 200 1234 "referer" "agent" …` */
export function readRequest(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const close = quoteEnd(draft, at + 1, end);
  if (close < 0) return false;
  draft.messageStart = at + 1;
  draft.messageEnd = close;
  draft.messageIsTail = false;
  splitRequest(draft, at + 1, close);
  let position = skipBlanks(bytes, close + 1, end);
  const statusEnd = digitsEnd(bytes, position, end);
  if (statusEnd - position === 3) {
    draft.field(known.status, position, statusEnd, FIELD.NUMBER);
    deriveSeverity(draft, position, statusEnd);
    position = skipBlanks(bytes, statusEnd, end);
    const sizeEnd = digitsEnd(bytes, position, end);
    if (sizeEnd > position && (sizeEnd >= end || bytes[sizeEnd] === SPACE)) {
      draft.value(known.bytes, position, sizeEnd);
      position = sizeEnd;
    } else if (bytes[position] === DASH) {
      position += 1;
    }
  }
  readRest(draft, position, end);
  return true;
}

export function splitRequest(draft: Draft, start: number, end: number): void {
  const { bytes, known } = draft;
  let position = start;
  while (position < end && bytes[position]! >= 65 && bytes[position]! <= 90) position += 1;
  if (position === start || bytes[position] !== SPACE || position >= end) return;
  const pathStart = position + 1;
  let pathEnd = end;
  let protocol = end - 1;
  while (protocol > pathStart && bytes[protocol] !== SPACE) protocol -= 1;
  if (protocol > pathStart && isProtocol(bytes, protocol + 1)) pathEnd = protocol;
  draft.text(known.method, start, position);
  draft.text(known.path, pathStart, pathEnd);
  if (pathEnd < end) draft.text(known.protocol, pathEnd + 1, end);
}

function isProtocol(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 72 && bytes[at + 1] === 84 && bytes[at + 2] === 84 && bytes[at + 3] === 80;
}

/**
 * Two quoted texts are referer and agent; a third that looks like addresses is the forwarded list; a last number is a time; pairs have
 * their names. What is none of these is one text, the field `rest`: whatever a line says can be looked for.
 */
export function readRest(draft: Draft, from: number, end: number): void {
  const { bytes, known } = draft;
  let position = skipBlanks(bytes, from, end);
  let quotedCount = 0;
  let restStart = -1;
  let restEnd = end;
  while (position < end) {
    const isQuoted = bytes[position] === QUOTE;
    const stop = isQuoted ? quoteEnd(draft, position + 1, end) + 1 : wordEnd(draft, position, end);
    if (stop === 0) {
      if (restStart < 0) restStart = position;
      restEnd = end;
      break;
    }
    if (isQuoted) quotedCount += 1;
    const isKnown = isQuoted
      ? readQuoted(draft, quotedCount, position + 1, stop - 1)
      : readWord(draft, position, stop, quotedCount > 0 && stop >= end);
    if (!isKnown) {
      if (restStart < 0) restStart = position;
      restEnd = stop;
    }
    position = skipBlanks(bytes, stop, end);
  }
  if (restStart >= 0) draft.text(known.rest, restStart, restEnd);
}

/** Whether the quoted text [start, end) is known by its place; a dash stands for nothing. */
function readQuoted(draft: Draft, place: number, start: number, end: number): boolean {
  const { bytes, known } = draft;
  if (end === start + 1 && bytes[start] === DASH) return true;
  if (place > 3 || (place === 3 && !isDigit(bytes[start]!))) return false;
  const key = place === 1 ? known.referer : place === 2 ? known.userAgent : known.forwarded;
  draft.text(key, start, end);
  return true;
}

/** Whether [start, stop) is a pair, a time at the end of the line, or nothing. */
function readWord(draft: Draft, start: number, stop: number, mayBeTime: boolean): boolean {
  const { bytes } = draft;
  if (stop === start + 1 && bytes[start] === DASH) return true;
  if (mayBeTime && isDigit(bytes[start]!)) return addDuration(draft, start, stop);
  return isPair(bytes, start, stop) && addPairs(draft, start, stop) === 0;
}

/** End of a word, or of a pair whose value is quoted: `uct="0.001"`. */
function wordEnd(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let position = at;
  while (position < end && bytes[position] !== SPACE) {
    if (bytes[position] === EQUALS && bytes[position + 1] === QUOTE) {
      const close = quoteEnd(draft, position + 2, end);
      if (close >= 0) return close + 1;
    }
    position += 1;
  }
  return position;
}

function addDuration(draft: Draft, start: number, end: number): boolean {
  const { bytes, known } = draft;
  const isMs = bytes[end - 2] === 109 && bytes[end - 1] === 115;
  const numberEnd = isMs ? end - 2 : end;
  if (kindOf(bytes, start, numberEnd) !== 1) return false;
  draft.value(isMs ? known.durationMs : known.duration, start, numberEnd);
  return true;
}

/** Position of the closing quote; a quote behind a backslash does not close. */
function quoteEnd(draft: Draft, at: number, end: number): number {
  return stringEnd(draft.bytes, draft.view, at, end);
}
