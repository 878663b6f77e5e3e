/**
 * Spring Boot's groups behind the dashes: `--- [shop] [nio-8080-exec-2] [4bf9…-00f0…] c.e.Orders : text`: application, thread
 * and trace, of which the first or the last may be missing; and `[shop,4bf9…,00f0…] 1 --- [thread]` of Spring Cloud Sleuth.
 */
import {
  BRACKET_OPEN,
  COMMA,
  DASH,
  digitsEnd,
  findByte,
  SPACE,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { groupClose } from './text-items.ts';

/** A trace has 64 or 128 bits. */
const TRACE_DIGITS: ReadonlySet<number> = new Set([16, 32]);
const SPAN_DIGITS = 16;

/** Of the groups behind three dashes the first opens at `at`. Returns the end of the last one; -1: there is one alone, or none. */
export function readSpringGroups(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const isBehindDashes = bytes[at - 2] === DASH && bytes[at - 3] === DASH && bytes[at - 4] === DASH;
  if (bytes[at] !== BRACKET_OPEN || !isBehindDashes) return -1;
  const first = groupClose(bytes, at, end);
  const second = closeOfNext(bytes, first, end);
  if (second < 0) return -1;
  if (readTrace(draft, first + BETWEEN, second)) {
    readThread(draft, at + 1, first);
    return second + 1;
  }
  readApplication(draft, at + 1, first);
  readThread(draft, first + BETWEEN, second);
  const third = closeOfNext(bytes, second, end);
  return (third >= 0 && readTrace(draft, second + BETWEEN, third) ? third : second) + 1;
}

/** Whether the group [from, close) is `shop,4bf9…,00f0…` before `1 ---`, which then is read. */
export function readSleuthGroup(draft: Draft, from: number, close: number, end: number): boolean {
  const { bytes } = draft;
  const numberEnd = digitsEnd(bytes, close + 2, end);
  const isBefore =
    bytes[close + 1] === SPACE &&
    numberEnd > close + 2 &&
    bytes[numberEnd] === SPACE &&
    bytes[numberEnd + 1] === DASH &&
    bytes[numberEnd + 2] === DASH;
  if (isBefore) readApplication(draft, from, close);
  return isBefore;
}

/** From a closing bracket to what is in the next group: `] [`. */
const BETWEEN = 3;

/** Where the group behind the one that closes at `close` is closed; -1: there is none. */
function closeOfNext(bytes: Uint8Array, close: number, end: number): number {
  if (close < 0 || bytes[close + 1] !== SPACE || bytes[close + 2] !== BRACKET_OPEN) return -1;
  return groupClose(bytes, close + 2, end);
}

/** Padded to the left, or cut. */
function readThread(draft: Draft, from: number, close: number): void {
  const start = skipBlanks(draft.bytes, from, close);
  draft.text(draft.known.thread, start, trimEnd(draft.bytes, start, close));
}

/** `shop`, `shop,4bf9…,00f0…`, `shop,,`; with anything else behind the comma all of it is the name. */
function readApplication(draft: Draft, from: number, close: number): void {
  const { bytes } = draft;
  const comma = findByte(bytes, COMMA, from, close);
  const isTraced = comma >= 0 && (bytes[comma + 1] === COMMA || readTrace(draft, comma + 1, close));
  draft.text(draft.known.application, from, isTraced ? comma : trimEnd(bytes, from, close));
}

/** `4bf9…-00f0…`; blanks where there is no trace. Returns whether the group is one of these. */
function readTrace(draft: Draft, from: number, close: number): boolean {
  const { bytes, known } = draft;
  const start = skipBlanks(bytes, from, close);
  const to = trimEnd(bytes, start, close);
  if (start === to) return true;
  const traceEnd = hexEnd(bytes, start, to);
  if (!TRACE_DIGITS.has(traceEnd - start)) return false;
  const hasSpan = bytes[traceEnd] === DASH || bytes[traceEnd] === COMMA;
  const spanEnd = hasSpan ? hexEnd(bytes, traceEnd + 1, to) : traceEnd;
  if (hasSpan && spanEnd - traceEnd - 1 !== SPAN_DIGITS) return false;
  draft.text(known.traceId, start, traceEnd);
  if (hasSpan) draft.text(known.spanId, traceEnd + 1, spanEnd);
  return true;
}

function hexEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && HEX[bytes[position]!] === 1) position += 1;
  return position;
}

const HEX = new Uint8Array(256);
for (const sign of '0123456789abcdefABCDEF') HEX[sign.charCodeAt(0)] = 1;
