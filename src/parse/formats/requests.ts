/**
 * Request logs that are not in Common Log Format: uWSGI, Squid, Gin, and load balancers that print a request in quotes.
 *
 * `[pid: 1|app: 0|req: 1/1] 127.0.0.1 () {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] POST /x => generated 47 bytes …`
 * `1386543323.000      4 91.188.124.227 TCP_DENIED/403 4099 GET http://host/ - HIER_NONE/- text/html`
 * `[GIN] 2026/11/30 - 10:30:00 | 200 |     12.3ms |    127.0.0.1 | GET      "/path"`
 * `https 2018-07-02T22:23:00.186641Z app/name 192.168.131.39:2817 … 200 200 34 366 "GET https://host/ HTTP/1.1" "curl" …`
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  DOT,
  digitsEnd,
  findByte,
  findText,
  isDigit,
  isLetter,
  isUpper,
  PAREN_OPEN,
  PIPE,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { deriveSeverity } from '../role-taker.ts';
import { splitRequest } from './access-request.ts';
import { stringEnd } from './json-text.ts';

const PID = '[pid: ';
const GENERATED = ' => generated ';
/** How far into a line of uWSGI its stamp may begin. */
const STAMP_AT_MAX = 256;

export const uwsgi: Format = {
  name: 'uwsgi',
  about: "uWSGI's request log",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (!startsWith(bytes, start, PID)) return false;
    const pidEnd = digitsEnd(bytes, start + PID.length, end);
    draft.value(known.pid, start + PID.length, pidEnd);
    let position = pidEnd;
    while (position < end && bytes[position] !== BRACKET_CLOSE) position += 1;
    const clientAt = skipBlanks(bytes, position + 1, end);
    const clientEnd = wordEnd(bytes, clientAt, end);
    draft.text(known.client, clientAt, clientEnd);
    const limit = Math.min(end, clientEnd + STAMP_AT_MAX);
    position = clientEnd;
    while (
      position < limit &&
      (bytes[position] !== BRACKET_OPEN || !isLetter(bytes[position + 1]!))
    )
      position += 1;
    const stampEnd = draft.readStamp(position + 1, end);
    if (stampEnd < 0 || bytes[stampEnd] !== BRACKET_CLOSE) return false;
    const messageAt = skipBlanks(bytes, stampEnd + 1, end);
    const generated = findText(bytes, GENERATED, messageAt, end);
    const hasResult = generated >= 0;
    draft.messageStart = Math.min(end, messageAt);
    draft.messageEnd = hasResult ? generated : end;
    draft.messageIsTail = !hasResult;
    const methodEnd = wordEnd(bytes, messageAt, draft.messageEnd);
    draft.text(known.method, messageAt, methodEnd);
    draft.text(known.path, Math.min(methodEnd + 1, draft.messageEnd), draft.messageEnd);
    if (hasResult) readUwsgiResult(draft, generated + GENERATED.length, end);
    return true;
  },
};

/** `47 bytes in 129 msecs (HTTP/1.1 200) …` */
function readUwsgiResult(draft: Draft, at: number, end: number): void {
  const { bytes, known } = draft;
  const sizeEnd = digitsEnd(bytes, at, end);
  draft.value(known.bytes, at, sizeEnd);
  const open = findByte(bytes, PAREN_OPEN, sizeEnd, end);
  if (open < 0) return;
  const protocolEnd = wordEnd(bytes, open + 1, end);
  draft.text(known.protocol, open + 1, protocolEnd);
  const statusEnd = digitsEnd(bytes, protocolEnd + 1, end);
  draft.value(known.status, protocolEnd + 1, statusEnd);
  deriveSeverity(draft, protocolEnd + 1, statusEnd);
}

export const squid: Format = {
  name: 'squid',
  about: "Squid's native access log",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (!isDigit(bytes[start]!) || bytes[start + 10] !== DOT || bytes[start + 14] !== SPACE)
      return false;
    const stampEnd = draft.readStamp(start, end);
    if (stampEnd !== start + 14) return false;
    const durationAt = skipBlanks(bytes, stampEnd, end);
    const durationEnd = digitsEnd(
      bytes,
      bytes[durationAt] === DASH ? durationAt + 1 : durationAt,
      end,
    );
    const clientAt = skipBlanks(bytes, durationEnd, end);
    const clientEnd = wordEnd(bytes, clientAt, end);
    const resultAt = clientEnd + 1;
    const resultEnd = wordEnd(bytes, resultAt, end);
    let slash = resultAt;
    while (slash < resultEnd && bytes[slash] !== SLASH) slash += 1;
    const statusEnd = digitsEnd(bytes, slash + 1, end);
    if (durationEnd === durationAt || statusEnd !== slash + 4 || statusEnd !== resultEnd)
      return false;
    const sizeEnd = digitsEnd(bytes, resultEnd + 1, end);
    const methodAt = sizeEnd + 1;
    const methodEnd = wordEnd(bytes, methodAt, end);
    const urlEnd = wordEnd(bytes, methodEnd + 1, end);
    if (methodEnd >= end) return false;
    draft.value(known.durationMs, durationAt, durationEnd);
    draft.text(known.client, clientAt, clientEnd);
    draft.text(known.result, resultAt, slash);
    draft.value(known.status, slash + 1, statusEnd);
    draft.value(known.bytes, resultEnd + 1, sizeEnd);
    draft.text(known.method, methodAt, methodEnd);
    draft.text(known.path, methodEnd + 1, urlEnd);
    const userEnd = wordEnd(bytes, urlEnd + 1, end);
    if (!isDash(bytes, urlEnd + 1, userEnd)) draft.text(known.user, urlEnd + 1, userEnd);
    addRest(draft, userEnd, end);
    deriveSeverity(draft, slash + 1, statusEnd);
    draft.messageStart = methodAt;
    draft.messageEnd = urlEnd;
    draft.messageIsTail = false;
    return true;
  },
};

/** Words of a load balancer's line before its quoted request. */
const BALANCER_WORDS_MAX = 16;

export const balancer: Format = {
  name: 'balancer',
  about: 'Load balancers with an ISO stamp and a quoted request (AWS ELB and ALB)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    let at = start;
    if (isLetter(bytes[at]!)) at = wordEnd(bytes, at, end) + 1;
    if (at - start > 8 || !isDigit(bytes[at]!) || bytes[at + 10] !== 84) return false;
    const stampEnd = draft.readStamp(at, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE || bytes[stampEnd + 1] === BRACKET_OPEN) {
      return false;
    }
    let position = stampEnd + 1;
    let client = -1;
    for (let word = 0; word < BALANCER_WORDS_MAX; word += 1) {
      if (bytes[position] === QUOTE) break;
      // An access log, to which a time was added before.
      if (bytes[position] === BRACKET_OPEN) return false;
      const stop = wordEnd(bytes, position, end);
      if (word === 1) {
        client = position;
        draft.text(known.client, position, portStart(bytes, position, stop));
      }
      if (word === 0) draft.text(known.server, position, stop);
      if (word === BALANCER_TARGET && !isDash(bytes, position, stop)) {
        draft.text(known.backend, position, stop);
      }
      if (word === BALANCER_STATUS && digitsEnd(bytes, position, stop) === stop) {
        draft.value(known.status, position, stop);
        deriveSeverity(draft, position, stop);
      }
      if (word === BALANCER_SENT && digitsEnd(bytes, position, stop) === stop) {
        draft.value(known.bytes, position, stop);
      }
      position = stop + 1;
    }
    if (client < 0 || bytes[position] !== QUOTE || !isUpper(bytes[position + 1]!)) return false;
    return readBalanced(draft, position, end);
  },
};

/** Of a balancer's words behind its stamp: whom it asked, what it answered with, and how many bytes it sent. */
const BALANCER_TARGET = 2;
const BALANCER_STATUS = 6;
const BALANCER_SENT = 9;

/** The quoted request and the agent behind it. */
function readBalanced(draft: Draft, at: number, end: number): boolean {
  const { bytes, known, view } = draft;
  const close = stringEnd(bytes, view, at + 1, end);
  if (close < 0) return false;
  draft.messageStart = at + 1;
  draft.messageEnd = close;
  draft.messageIsTail = false;
  splitRequest(draft, at + 1, close);
  const hasAgent = bytes[close + 1] === SPACE && bytes[close + 2] === QUOTE && close + 2 < end;
  const agentEnd = hasAgent ? stringEnd(bytes, view, close + 3, end) : -1;
  if (agentEnd > 0 && !isDash(bytes, close + 3, agentEnd)) {
    draft.text(known.userAgent, close + 3, agentEnd);
  }
  addRest(draft, Math.max(close, agentEnd) + 1, end);
  return true;
}

/** What stands from `at` on, whatever it is: it can be looked for. */
function addRest(draft: Draft, at: number, end: number): void {
  const { bytes, known } = draft;
  const start = skipBlanks(bytes, at, end);
  const stop = trimEnd(bytes, start, end);
  if (!isDash(bytes, start, stop)) draft.text(known.rest, start, stop);
}

function isDash(bytes: Uint8Array, start: number, end: number): boolean {
  return end === start + 1 && bytes[start] === DASH;
}

const GIN = '[GIN] ';

export const gin: Format = {
  name: 'gin',
  about: 'Request logs in columns: stamp, status, duration, client, method, path (Gin, Fiber)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    const stampEnd = draft.readStamp(
      startsWith(bytes, start, GIN) ? start + GIN.length : start,
      end,
    );
    if (stampEnd < 0 || !startsWith(bytes, stampEnd, ' | ')) return false;
    const statusAt = stampEnd + 3;
    const statusEnd = digitsEnd(bytes, statusAt, end);
    if (statusEnd !== statusAt + 3 || !startsWith(bytes, statusEnd, ' | ')) return false;
    const durationAt = skipBlanks(bytes, statusEnd + 3, end);
    const durationEnd = findByte(bytes, PIPE, durationAt, end);
    const clientAt = skipBlanks(bytes, durationEnd + 1, end);
    const clientEnd = durationEnd < 0 ? -1 : findByte(bytes, PIPE, clientAt, end);
    if (clientEnd < 0 || !isDigit(bytes[durationAt]!)) return false;
    const methodAt = skipBlanks(bytes, clientEnd + 1, end);
    const methodEnd = wordEnd(bytes, methodAt, end);
    if (!isUpper(bytes[methodAt]!) || methodEnd >= end) return false;
    draft.value(known.status, statusAt, statusEnd);
    draft.text(known.duration, durationAt, trimEnd(bytes, durationAt, durationEnd));
    draft.text(known.client, clientAt, trimEnd(bytes, clientAt, clientEnd));
    draft.text(known.method, methodAt, methodEnd);
    let pathAt = skipBlanks(bytes, methodEnd, end);
    if (bytes[pathAt] === PIPE) pathAt = skipBlanks(bytes, pathAt + 1, end);
    const isQuoted = bytes[pathAt] === QUOTE;
    const pathEnd = isQuoted
      ? findByte(bytes, QUOTE, pathAt + 1, end)
      : wordEnd(bytes, pathAt, end);
    if (pathEnd > pathAt) draft.text(known.path, isQuoted ? pathAt + 1 : pathAt, pathEnd);
    deriveSeverity(draft, statusAt, statusEnd);
    draft.messageStart = methodAt;
    return true;
  },
};

/** The end of an address without its port. */
function portStart(bytes: Uint8Array, start: number, end: number): number {
  let position = end;
  while (position > start && isDigit(bytes[position - 1]!)) position -= 1;
  return position > start + 1 && bytes[position - 1] === COLON ? position - 1 : end;
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== SPACE) position += 1;
  return position;
}
