/**
 * The part of an access log's line behind its stamp: quoted request, status, bytes, referer, agent, and what operators add.
 */
import { FIELD } from '../../model/entry-columns.ts';
import { DASH, digitsEnd, isDigit, QUOTE, SPACE, skipBlanks } from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import { deriveSeverity } from '../role-taker.ts';
import { stringEnd } from './json-text.ts';

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

/** Two quoted texts are referer and agent; a third that looks like addresses is the forwarded list; a last number is a time. */
export function readRest(draft: Draft, from: number, end: number): void {
  const { bytes, known } = draft;
  let position = skipBlanks(bytes, from, end);
  let quoted = 0;
  while (position < end) {
    if (bytes[position] === QUOTE) {
      const close = quoteEnd(draft, position + 1, end);
      if (close < 0) return;
      quoted += 1;
      const isDash = close === position + 2 && bytes[position + 1] === DASH;
      if (!isDash && quoted <= 3) {
        const key = quoted === 1 ? known.referer : quoted === 2 ? known.userAgent : known.forwarded;
        if (quoted < 3 || isDigit(bytes[position + 1]!)) draft.text(key, position + 1, close);
      }
      position = skipBlanks(bytes, close + 1, end);
      continue;
    }
    let wordEnd = position;
    while (wordEnd < end && bytes[wordEnd] !== SPACE) wordEnd += 1;
    if (quoted > 0 && isDigit(bytes[position]!) && wordEnd >= end) {
      addDuration(draft, position, wordEnd);
    }
    position = skipBlanks(bytes, wordEnd, end);
  }
}

function addDuration(draft: Draft, start: number, end: number): void {
  const { bytes, known } = draft;
  const isMs = bytes[end - 2] === 109 && bytes[end - 1] === 115;
  const numberEnd = isMs ? end - 2 : end;
  if (kindOf(bytes, start, numberEnd) === 1) {
    draft.value(isMs ? known.durationMs : known.duration, start, numberEnd);
  }
}

/** Position of the closing quote; a quote behind a backslash does not close. */
function quoteEnd(draft: Draft, at: number, end: number): number {
  return stringEnd(draft.bytes, draft.view, at, end);
}
