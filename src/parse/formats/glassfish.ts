/**
 * The server log of GlassFish and Payara, in both its layouts. The message may have many lines; a sign closes it.
 *
 * `[2026-11-19T10:00:01.250+0000] [Payara 5] [INFO] [NCLS-1] [javax.x] [tid: _ThreadID=1 _ThreadName=main] … [[` and the text, `]]`
 * `[#|2026-11-19T10:00:01.250+0000|INFO|glassfish 4.1|javax.x|_ThreadID=1;_ThreadName=main;|text|#]`
 */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  DASH,
  findByte,
  findText,
  isDigit,
  isUpper,
  PIPE,
  SEMICOLON,
  SPACE,
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';

const UNIFORM = '[#|';
const UNIFORM_END = '|#]';
const TEXT = ' [[';
const TEXT_END = ']]';
const THREAD = '_ThreadName=';
/** Product, level, message's id, logger. */
const GROUPS = 4;
/** Longest header of a record. */
const HEADER_LENGTH_MAX = 1024;

export const glassfish: Format = {
  name: 'java:glassfish',
  about: 'The server log of GlassFish and Payara',
  parse: readRecord,
  continues(bytes: Uint8Array, recordStart: number, start: number): boolean {
    let last = start - 1;
    while (last > recordStart && bytes[last]! <= SPACE) last -= 1;
    const end = startsWith(bytes, recordStart, UNIFORM) ? UNIFORM_END : TEXT_END;
    return !startsWith(bytes, last - end.length + 1, end);
  },
  parseRecord: readRecord,
};

function readRecord(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  if (bytes[start] !== BRACKET_OPEN) return false;
  if (startsWith(bytes, start, UNIFORM)) return readUniform(draft, start + UNIFORM.length, end);
  if (!isDigit(bytes[start + 1]!) || bytes[start + 5] !== DASH) return false;
  const limit = Math.min(end, start + HEADER_LENGTH_MAX);
  const textAt = findText(bytes, TEXT, start, limit);
  if (textAt < 0 || findText(bytes, THREAD, start, textAt) < 0) return false;
  const stampEnd = draft.readStamp(start + 1, end);
  if (stampEnd < 0 || bytes[stampEnd] !== BRACKET_CLOSE) return false;
  let position = stampEnd;
  for (let group = 0; group < GROUPS; group += 1) {
    if (bytes[position + 1] !== SPACE || bytes[position + 2] !== BRACKET_OPEN) return false;
    const from = position + 3;
    position = findByte(bytes, BRACKET_CLOSE, from, textAt);
    if (position < 0) return false;
    takePart(draft, group, from, position);
  }
  takeThread(draft, position, textAt);
  takeText(draft, textAt + TEXT.length, end, TEXT_END);
  return draft.level !== LEVEL_NONE;
}

function readUniform(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  let position = draft.readStamp(at, end);
  if (position < 0 || bytes[position] !== PIPE) return false;
  // Level and product stand the other way round here.
  for (const part of [1, 0, 3, THREAD_PART]) {
    const from = position + 1;
    position = findByte(bytes, PIPE, from, end);
    if (position < 0) return false;
    if (part === THREAD_PART) takeThread(draft, from, position);
    else takePart(draft, part, from, position);
  }
  takeText(draft, position + 1, end, UNIFORM_END);
  return draft.level !== LEVEL_NONE;
}

const THREAD_PART = 4;

function takePart(draft: Draft, part: number, from: number, to: number): void {
  const { bytes, known } = draft;
  if (part === 0) draft.text(known.product, from, to);
  else if (part === 2) draft.text(known.messageId, from, to);
  else if (part === 3) draft.text(known.component, from, to);
  else {
    const word = isUpper(bytes[from]!) ? levelWordAt(bytes, from, to, true) : -1;
    // CONFIG is a level here, as FINE is.
    if (word >= 0 && from + (word >> 3) === to) draft.level = word & 7;
  }
}

/** The name of the thread among the pairs in [from, to). */
function takeThread(draft: Draft, from: number, to: number): void {
  const { bytes, known } = draft;
  const at = findText(bytes, THREAD, from, to);
  if (at < 0) return;
  const nameAt = at + THREAD.length;
  let nameEnd = nameAt;
  while (nameEnd < to && bytes[nameEnd] !== BRACKET_CLOSE && bytes[nameEnd] !== SEMICOLON) {
    nameEnd += 1;
  }
  draft.text(known.thread, nameAt, nameEnd);
}

/** The message in [from, end), without the sign that closes it. */
function takeText(draft: Draft, from: number, end: number, closing: string): void {
  const { bytes } = draft;
  let at = from;
  while (at < end && bytes[at]! <= SPACE) at += 1;
  let stop = end;
  while (stop > at && bytes[stop - 1]! <= SPACE) stop -= 1;
  const isClosed = stop - closing.length >= at && startsWith(bytes, stop - closing.length, closing);
  if (isClosed) stop -= closing.length;
  while (stop > at && bytes[stop - 1]! <= SPACE) stop -= 1;
  draft.messageStart = at;
  draft.messageEnd = stop;
  draft.messageIsTail = !isClosed;
}
