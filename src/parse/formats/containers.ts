/**
 * Container runtimes: CRI (`2022-01-28T16:04:05.413656027Z stdout F text`) and Docker's json-file
 * (`{"log":"text\n","stream":"stdout","time":"…"}`). What the container printed is read as a line of its own.
 *
 * A line cut by the runtime (CRI's `P`) is put together again, and the lines of a stack trace are joined, as long as
 * they stand next to each other: an entry's bytes are one piece of the file.
 */
import { BACKSLASH, isDigit, NEWLINE, RETURN, SPACE, startsWith, TAB } from '../bytes.ts';
import { isFrame, isThrowable } from '../continuation.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { parseJson } from './json.ts';
import { readPayload } from './payload.ts';

const LETTER_F = 70;
const LETTER_P = 80;
/** Longest stamp of a CRI line. */
const STAMP_LENGTH_MAX = 40;
const DOCKER_START = '{"log":"';

/** Where the parts of a CRI line are; set by `findCri`. */
let criStreamAt = 0;
let criTag = 0;
let criTextAt = 0;

/** Whether a CRI line stands at `start`. */
function findCri(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isDigit(bytes[start]!) || bytes[start + 4] !== 45 || bytes[start + 10] !== 84) return false;
  const limit = Math.min(end, start + STAMP_LENGTH_MAX);
  let position = start + 19;
  while (position < limit && bytes[position] !== SPACE) position += 1;
  criStreamAt = position + 1;
  if (!startsWith(bytes, criStreamAt, 'std')) return false;
  const streamEnd = criStreamAt + 6;
  criTag = bytes[streamEnd + 1]!;
  if (bytes[streamEnd] !== SPACE || (criTag !== LETTER_F && criTag !== LETTER_P)) return false;
  criTextAt = Math.min(end, streamEnd + 3);
  return streamEnd + 2 >= end || bytes[streamEnd + 2] === SPACE;
}

/** CRI as containerd and CRI-O write it; `payloads` are the formats of what containers print. */
export function criFormat(payloads: readonly Format[]): Format {
  return {
    name: 'cri',
    about: 'Kubernetes container logs (containerd, CRI-O): stamp, stream, tag, text',
    parse(draft: Draft, start: number, end: number): boolean {
      const { bytes, known } = draft;
      if (!findCri(bytes, start, end)) return false;
      const streamAt = criStreamAt;
      const textAt = criTextAt;
      if (draft.readStamp(start, end) !== streamAt - 1) return false;
      draft.text(known.stream, streamAt, streamAt + 6);
      readPayload(draft, payloads, textAt, end);
      // The lines behind have headers of their own.
      draft.messageIsTail = false;
      return true;
    },
    continues(bytes: Uint8Array, recordStart: number, start: number, end: number): boolean {
      if (!findCri(bytes, start, end)) return false;
      const stream = bytes[criStreamAt + 3];
      const textAt = criTextAt;
      let previous = start - 2;
      while (previous > recordStart && bytes[previous - 1] !== NEWLINE) previous -= 1;
      if (!findCri(bytes, previous, start - 1) || bytes[criStreamAt + 3] !== stream) return false;
      return criTag === LETTER_P || isContinuation(bytes, textAt, end);
    },
    parseRecord(draft: Draft, start: number, end: number): boolean {
      return joinCri(draft, payloads, start, end);
    },
  };
}

function isContinuation(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (start >= end) return false;
  return (
    first === SPACE || first === TAB || isFrame(bytes, start, end) || isThrowable(bytes, start, end)
  );
}

/** One text of the texts of all lines: cut lines are closed up, others divided by newlines. */
function joinCri(draft: Draft, payloads: readonly Format[], start: number, end: number): boolean {
  const made = draft.reserve(end - start);
  const { bytes, known } = draft;
  let to = made;
  let isCut = true;
  for (let position = start; position < end; ) {
    const next = lineEnd(bytes, position, end);
    const stop = contentEnd(bytes, position, next);
    if (!findCri(bytes, position, stop)) return false;
    if (!isCut) {
      bytes[to] = NEWLINE;
      to += 1;
    }
    isCut = criTag === LETTER_P;
    bytes.copyWithin(to, criTextAt, stop);
    to += stop - criTextAt;
    position = next + 1;
  }
  draft.made(to);
  findCri(bytes, start, lineEnd(bytes, start, end));
  const streamAt = criStreamAt;
  if (draft.readStamp(start, streamAt) < 0) return false;
  draft.text(known.stream, streamAt, streamAt + 6);
  readJoined(draft, payloads, made, to);
  return true;
}

/** Read a joined text: whole if it is one object, else by its first line, the others behind it. */
function readJoined(draft: Draft, payloads: readonly Format[], start: number, end: number): void {
  const firstEnd = lineEnd(draft.bytes, start, end);
  if (firstEnd === end || !readPayload(draft, payloads, start, end)) {
    readPayload(draft, payloads, start, firstEnd);
    if (draft.messageEnd === firstEnd) draft.messageEnd = end;
  }
}

export function dockerFormat(payloads: readonly Format[]): Format {
  return {
    name: 'docker',
    about: "Docker's json-file logs",
    parse(draft: Draft, start: number, end: number): boolean {
      if (!startsWith(draft.bytes, start, DOCKER_START) || !parseJson(draft, start, end))
        return false;
      readPayload(draft, payloads, draft.messageStart, draft.messageEnd);
      draft.messageIsTail = false;
      return true;
    },
    continues(bytes: Uint8Array, recordStart: number, start: number, end: number): boolean {
      if (!startsWith(bytes, start, DOCKER_START) || bytes[start - 2] !== 125) return false;
      const textAt = start + DOCKER_START.length;
      const isTab = bytes[textAt] === BACKSLASH && bytes[textAt + 1] === 116;
      if (recordStart >= start || !(isTab || isContinuation(bytes, textAt, end))) return false;
      let previous = start - 2;
      while (previous > recordStart && bytes[previous - 1] !== NEWLINE) previous -= 1;
      return dockerStream(bytes, previous, start - 1) === dockerStream(bytes, start, end);
    },
    parseRecord(draft: Draft, start: number, end: number): boolean {
      return joinDocker(draft, payloads, start, end);
    },
  };
}

/** Stream and time, which stand behind the text, are within so many bytes of the line's end. */
const DOCKER_END_MAX = 128;
const DOCKER_STREAM = '"stream":"std';

/** The letter that tells the stream of a line apart: `stdout`, `stderr`; 0 where it is not found. */
function dockerStream(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.max(start, end - DOCKER_END_MAX);
  for (let position = end - DOCKER_STREAM.length; position >= limit; position -= 1) {
    if (bytes[position] === 34 && startsWith(bytes, position, DOCKER_STREAM))
      return bytes[position + DOCKER_STREAM.length]!;
  }
  return 0;
}

/** Lines of one joined record; the reader's own bound is on lines, too. */
const spans: number[] = [];

function joinDocker(
  draft: Draft,
  payloads: readonly Format[],
  start: number,
  end: number,
): boolean {
  spans.length = 0;
  let length = 0;
  const firstEnd = lineEnd(draft.bytes, start, end);
  for (let position = firstEnd + 1; position < end; ) {
    const next = lineEnd(draft.bytes, position, end);
    if (!parseJson(draft, position, contentEnd(draft.bytes, position, next))) return false;
    spans.push(draft.messageStart, draft.messageEnd);
    length += draft.messageEnd - draft.messageStart + 1;
    position = next + 1;
  }
  draft.columns.fieldCount = draft.fieldsFrom;
  draft.begin(start, end);
  if (!parseJson(draft, start, contentEnd(draft.bytes, start, firstEnd))) return false;
  const { messageStart, messageEnd } = draft;
  const made = draft.reserve(messageEnd - messageStart + length);
  const { bytes } = draft;
  bytes.copyWithin(made, messageStart, messageEnd);
  let to = made + messageEnd - messageStart;
  for (let index = 0; index < spans.length; index += 2) {
    bytes[to] = NEWLINE;
    bytes.copyWithin(to + 1, spans[index]!, spans[index + 1]!);
    to += 1 + spans[index + 1]! - spans[index]!;
  }
  draft.made(to);
  readJoined(draft, payloads, made, to);
  return true;
}

function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== NEWLINE) position += 1;
  return position;
}

function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}
