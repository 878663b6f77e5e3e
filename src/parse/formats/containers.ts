/**
 * Container runtimes: CRI (`2022-01-28T16:04:05.413656027Z stdout F text`) and Docker's json-file
 * (`{"log":"text\n","stream":"stdout","time":"…"}`). What the container printed is read as a line of its own.
 *
 * A line cut by the runtime (CRI's `P`, Docker's 16 KiB) is put together again, and the lines of a stack trace are joined, each
 * with those of its own stream (`interleaved.ts`). An entry's original bytes are one piece of the file: where lines of the two streams
 * alternate, they reach to the first line of the next entry.
 */
import {
  BACKSLASH,
  COMMA,
  ESCAPE,
  findByte,
  isDigit,
  NEWLINE,
  QUOTE,
  SPACE,
  startsWith,
  TAB,
  twoDigits,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format, RecordPart } from '../format.ts';
import { makePlain } from '../line-text.ts';
import { Block, contentEnd, found, lineEnd } from './interleaved.ts';
import { parseJson } from './json.ts';
import { readPayload } from './payload.ts';

const LETTER_F = 70;
const LETTER_P = 80;
/** Longest stamp of a CRI line. */
const STAMP_LENGTH_MAX = 40;

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
  if (!startsWith(bytes, criStreamAt, 'stdout') && !startsWith(bytes, criStreamAt, 'stderr')) {
    return false;
  }
  const streamEnd = criStreamAt + 6;
  criTag = bytes[streamEnd + 1]!;
  if (bytes[streamEnd] !== SPACE || (criTag !== LETTER_F && criTag !== LETTER_P)) return false;
  criTextAt = Math.min(end, streamEnd + 3);
  return streamEnd + 2 >= end || bytes[streamEnd + 2] === SPACE;
}

function readCriLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (!findCri(bytes, start, end)) return false;
  found.stream = bytes[criStreamAt + 3]!;
  found.textAt = criTextAt;
  found.textEnd = end;
  found.isIndented = bytes[criTextAt] === SPACE || bytes[criTextAt] === TAB;
  found.isCut = criTag === LETTER_P;
  found.ms = msOfDay(bytes, start);
  return true;
}

/** CRI as containerd and CRI-O write it; `payloads` are the formats of what containers print. */
export function criFormat(payloads: readonly Format[]): Format {
  const block = new Block(readCriLine);
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
    continues: (bytes, recordStart, start, end) => block.continues(bytes, recordStart, start, end),
    divide: (draft, start, end) => divided(block, draft, start, end),
    parsePart: (draft, part, start, end) => joinCri(draft, payloads, { block, part, start, end }),
  };
}

type Part = Readonly<{ block: Block; part: number; start: number; end: number }>;

function divided(block: Block, draft: Draft, start: number, end: number): RecordPart[] {
  const count = block.divide(draft.bytes, start, end);
  return Array.from({ length: count }, (_, part) => {
    const line = block.firstLine[part]!;
    return { line, start: block.lineStart[line]! };
  });
}

/** One text of the texts of a record's lines: cut lines are closed up, others divided by newlines. */
function joinCri(
  draft: Draft,
  payloads: readonly Format[],
  { block, part, start, end }: Part,
): boolean {
  const made = draft.reserve(end - start);
  const { bytes, known } = draft;
  let to = made;
  let isCut = true;
  for (let line = block.firstLine[part]!; line < block.lineCount; line += 1) {
    if (block.recordOf[line] !== part) continue;
    const at = block.lineStart[line]!;
    const stop = contentEnd(bytes, at, lineEnd(bytes, at, end));
    if (!findCri(bytes, at, stop)) return false;
    if (!isCut) {
      bytes[to] = NEWLINE;
      to += 1;
    }
    isCut = criTag === LETTER_P;
    bytes.copyWithin(to, criTextAt, stop);
    to += stop - criTextAt;
  }
  draft.made(to);
  const first = block.lineStart[block.firstLine[part]!]!;
  findCri(bytes, first, lineEnd(bytes, first, end));
  const streamAt = criStreamAt;
  if (draft.readStamp(first, streamAt) < 0) return false;
  draft.text(known.stream, streamAt, streamAt + 6);
  readJoined(draft, payloads, made, to);
  return true;
}

/** Read a joined text: whole if it is one object, else by its first line, the others behind it. */
function readJoined(draft: Draft, payloads: readonly Format[], start: number, end: number): void {
  let from = start;
  let to = end;
  if (findByte(draft.bytes, ESCAPE, start, end) >= 0) {
    from = makePlain(draft, start, end);
    to = draft.columns.bytesLength;
  }
  const firstEnd = lineEnd(draft.bytes, from, to);
  if (firstEnd === to || !readPayload(draft, payloads, from, to)) {
    readPayload(draft, payloads, from, firstEnd);
    if (draft.messageEnd === firstEnd) draft.messageEnd = to;
  }
}

const DOCKER_START = '{"log":"';
const DOCKER_STREAM = '"stream":"std';
const DOCKER_TIME = '"time":"';
/** Stream and time, which stand behind the text, are within so many bytes of the line's end. */
const DOCKER_END_MAX = 1024;
/** Docker cuts longer lines of a program into pieces of so many bytes. */
const DOCKER_PIECE_BYTES = 16 * 1024;

export function dockerFormat(payloads: readonly Format[]): Format {
  const block = new Block(readDockerLine);
  return {
    name: 'docker',
    about: "Docker's json-file logs",
    parse(draft: Draft, start: number, end: number): boolean {
      if (!startsWith(draft.bytes, start, DOCKER_START) || !parseJson(draft, start, end))
        return false;
      if (draft.hasColour) {
        draft.messageStart = makePlain(draft, draft.messageStart, draft.messageEnd);
        draft.messageEnd = draft.columns.bytesLength;
        draft.hasColour = false;
      }
      readPayload(draft, payloads, draft.messageStart, draft.messageEnd);
      draft.messageIsTail = false;
      return true;
    },
    continues: (bytes, recordStart, start, end) => block.continues(bytes, recordStart, start, end),
    divide: (draft, start, end) => divided(block, draft, start, end),
    parsePart: (draft, part, start, end) =>
      joinDocker(draft, payloads, { block, part, start, end }),
  };
}

function readDockerLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (!startsWith(bytes, start, DOCKER_START) || bytes[end - 1] !== 125) return false;
  const limit = Math.max(start, end - DOCKER_END_MAX);
  let position = end - DOCKER_STREAM.length;
  found.ms = 0;
  for (; position >= limit; position -= 1) {
    if (bytes[position] !== QUOTE) continue;
    if (startsWith(bytes, position, DOCKER_TIME)) {
      found.ms = msOfDay(bytes, position + DOCKER_TIME.length);
    } else if (startsWith(bytes, position, DOCKER_STREAM)) break;
  }
  if (position < limit) return false;
  found.stream = bytes[position + DOCKER_STREAM.length]!;
  found.textAt = start + DOCKER_START.length;
  const isBehind = bytes[position - 1] === COMMA && bytes[position - 2] === QUOTE;
  let textEnd = isBehind ? position - 2 : position;
  const isWhole = bytes[textEnd - 1] === 110 && bytes[textEnd - 2] === BACKSLASH;
  if (isWhole) textEnd -= 2;
  found.textEnd = textEnd;
  const first = bytes[found.textAt];
  found.isIndented = first === SPACE || (first === BACKSLASH && bytes[found.textAt + 1] === 116);
  found.isCut = !isWhole && isBehind && end - start >= DOCKER_PIECE_BYTES;
  return true;
}

/** Where the texts of a record's lines lie, and whether the next one follows without a newline. */
const spans: { start: number; end: number; isCut: boolean }[] = [];

function joinDocker(
  draft: Draft,
  payloads: readonly Format[],
  { block, part, start, end }: Part,
): boolean {
  spans.length = 0;
  let length = 0;
  const firstLine = block.firstLine[part]!;
  // The first line is read last: what it says besides the text is the record's.
  for (let line = block.lineCount - 1; line >= firstLine; line -= 1) {
    if (block.recordOf[line] !== part) continue;
    const at = block.lineStart[line]!;
    const stop = contentEnd(draft.bytes, at, lineEnd(draft.bytes, at, end));
    readDockerLine(draft.bytes, at, stop);
    const { isCut } = found;
    draft.columns.fieldCount = draft.fieldsFrom;
    draft.begin(at, stop);
    if (!parseJson(draft, at, stop)) return false;
    spans.push({ start: draft.messageStart, end: draft.messageEnd, isCut });
    length += draft.messageEnd - draft.messageStart + 1;
  }
  const made = draft.reserve(Math.max(length, end - start));
  const { bytes } = draft;
  let to = made;
  for (let index = spans.length - 1; index >= 0; index -= 1) {
    const span = spans[index]!;
    bytes.copyWithin(to, span.start, span.end);
    to += span.end - span.start;
    if (index === 0 || span.isCut) continue;
    bytes[to] = NEWLINE;
    to += 1;
  }
  draft.made(to);
  readJoined(draft, payloads, made, to);
  return true;
}

/** Of a stamp `2026-11-19T10:00:01.250…`; 0 where there is none. */
function msOfDay(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at + 11);
  const minute = twoDigits(bytes, at + 14);
  const second = twoDigits(bytes, at + 17);
  if (hour < 0 || minute < 0 || second < 0) return 0;
  let ms = ((hour * 60 + minute) * 60 + second) * 1000;
  for (let index = 1, unit = 100; index <= 3 && isDigit(bytes[at + 19 + index]!); index += 1) {
    ms += (bytes[at + 19 + index]! - 48) * unit;
    unit /= 10;
  }
  return ms;
}
