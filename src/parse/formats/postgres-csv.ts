/**
 * PostgreSQL's csvlog: a table without a header, whose columns are fixed. Texts are quoted and may run over several lines. Greenplum has other
 * columns before the severity.
 *
 * `2026-11-19 10:00:01.250 UTC,"postgres","shop",12345,"10.0.0.5:51234",63a1b2c3.3039,1,"SELECT",2026-11-19 09:58:00 UTC,3/42,0,ERROR,42P01,"text",…`
 */
import { COMMA, NEWLINE, QUOTE, startsWith } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';

/** Version 9.0 has 23 columns, version 14 has 26. */
const COLUMNS_MIN = 23;
const COLUMNS_MAX = 32;
const SEVERITY = 11;
/** Greenplum prints more of its segment before it; state and message follow in both. */
const GREENPLUM_SEVERITY = 16;

const cellStart = new Int32Array(COLUMNS_MAX);
const cellEnd = new Int32Array(COLUMNS_MAX);

/** The format of one file: it remembers whether the record under way has an open quote. */
export function postgresCsvFormat(): Format {
  let recordAt = -1;
  let lineAt = -1;
  let lineCount = 0;
  let isOpen = false;
  return {
    name: 'postgres:csv',
    about: "PostgreSQL's csvlog, and Greenplum's",
    parse: (draft, start, end) => readRow(draft, start, end, false),
    continues(bytes: Uint8Array, recordStart: number, start: number, end: number): boolean {
      // Where only its first line was seen, another record may stand there by now.
      if (recordStart !== recordAt || start !== lineAt || lineCount < 2) {
        recordAt = recordStart;
        lineCount = 1;
        isOpen = hasOpenQuote(bytes, recordStart, start, false);
      }
      const continued = isOpen;
      lineCount += 1;
      if (continued) isOpen = hasOpenQuote(bytes, start, end, true);
      lineAt = nextLine(bytes, end);
      return continued;
    },
    parseRecord: (draft, start, end) => readRow(draft, start, end, true),
  };
}

function nextLine(bytes: Uint8Array, end: number): number {
  return bytes[end] === NEWLINE ? end + 1 : end + 2;
}

function hasOpenQuote(bytes: Uint8Array, start: number, end: number, before: boolean): boolean {
  let isOpen = before;
  for (let position = start; position < end; position += 1) {
    if (bytes[position] === QUOTE) isOpen = !isOpen;
  }
  return isOpen;
}

/** Read a row; `isWhole`: it must be complete. Else its last text may go on in the next line. */
function readRow(draft: Draft, start: number, end: number, isWhole: boolean): boolean {
  const { bytes, known } = draft;
  const stampEnd = draft.readStamp(start, end);
  if (stampEnd < 0 || bytes[stampEnd] !== COMMA) return false;
  const count = splitCells(bytes, stampEnd + 1, end);
  const isOfGreenplum = isGreenplum(bytes, count);
  const severity = isOfGreenplum ? GREENPLUM_SEVERITY : SEVERITY;
  const state = severity + 1;
  const message = severity + 2;
  if (count < (isWhole ? COLUMNS_MIN : message + 1)) return false;
  const isCut = cellEnd[count - 1] === end && bytes[end - 1] !== QUOTE;
  if (!isWhole && count < COLUMNS_MIN && !isCut) return false;
  const severityAt = cellStart[severity]!;
  const word = levelWordAt(bytes, severityAt, cellEnd[severity]!, true);
  if (word < 0 || severityAt + (word >> 3) !== cellEnd[severity]!) return false;
  if (cellEnd[state]! - cellStart[state]! !== 5) return false;
  draft.level = word & 7;
  draft.text(known.user, cellStart[1]!, cellEnd[1]!);
  draft.text(known.database, cellStart[2]!, cellEnd[2]!);
  draft.value(known.pid, cellStart[3]! + (isOfGreenplum ? 1 : 0), cellEnd[3]!);
  takeMessage(draft, cellStart[message]!, cellEnd[message]!);
  draft.text(known.stateCode, cellStart[state]!, cellEnd[state]!);
  if (!isOfGreenplum) readSession(draft);
  readBehindMessage(draft, message, count);
  draft.messageIsTail = false;
  return true;
}

/** Where it comes from, named as in PostgreSQL's jsonlog. */
function readSession(draft: Draft): void {
  const { known } = draft;
  addCell(draft, known.remoteHost, 4);
  addCell(draft, known.sessionId, 5);
  addCell(draft, known.ps, 7);
}

/** Detail, hint, the statement and who sent it: in both the same number of columns behind the message. */
const BEHIND_MESSAGE = [
  ['detail', 1],
  ['hint', 2],
  ['internalQuery', 3],
  ['context', 5],
  ['statement', 6],
  ['applicationName', 9],
  ['backendType', 10],
  ['queryId', 12],
] as const;

function readBehindMessage(draft: Draft, message: number, count: number): void {
  for (const [name, distance] of BEHIND_MESSAGE) {
    const column = message + distance;
    if (column < count) addCell(draft, draft.known[name], column);
  }
}

/** Whether the row is Greenplum's, whose fourth and fifth columns are `p12345,th-1234`. */
function isGreenplum(bytes: Uint8Array, count: number): boolean {
  const thread = cellStart[4]!;
  return (
    count > GREENPLUM_SEVERITY &&
    startsWith(bytes, thread, 'th') &&
    bytes[cellStart[3]!] === LETTER_P
  );
}

const LETTER_P = 112;

/** Cells from the second column on, without their quotes; the first is the stamp. Returns how many there are with it. */
function splitCells(bytes: Uint8Array, at: number, end: number): number {
  let count = 1;
  let position = at;
  while (count < COLUMNS_MAX) {
    const isQuoted = bytes[position] === QUOTE && position < end;
    const from = isQuoted ? position + 1 : position;
    let stop = from;
    while (stop < end && (isQuoted || bytes[stop] !== COMMA)) {
      if (isQuoted && bytes[stop] === QUOTE) {
        if (bytes[stop + 1] !== QUOTE) break;
        stop += 1;
      }
      stop += 1;
    }
    stop = Math.min(stop, end);
    cellStart[count] = from;
    cellEnd[count] = stop;
    count += 1;
    position = isQuoted ? stop + 1 : stop;
    if (position >= end || bytes[position] !== COMMA) return count;
    position += 1;
  }
  return count;
}

function addCell(draft: Draft, key: number, column: number): void {
  const [start, end] = [cellStart[column]!, cellEnd[column]!];
  if (!hasDoubledQuote(draft.bytes, start, end)) draft.text(key, start, end);
  else {
    const made = makePlain(draft, start, end);
    draft.text(key, made, draft.columns.bytesLength);
  }
}

function takeMessage(draft: Draft, start: number, end: number): void {
  draft.messageStart = start;
  draft.messageEnd = end;
  if (!hasDoubledQuote(draft.bytes, start, end)) return;
  draft.messageStart = makePlain(draft, start, end);
  draft.messageEnd = draft.columns.bytesLength;
}

/** The text of a cell, in which quotes are doubled. Returns where it begins; it ends where all bytes do. */
function makePlain(draft: Draft, start: number, end: number): number {
  const made = draft.reserve(end - start);
  const { bytes } = draft;
  let to = made;
  for (let from = start; from < end; from += 1) {
    bytes[to] = bytes[from]!;
    to += 1;
    if (bytes[from] === QUOTE) from += 1;
  }
  draft.made(to);
  return made;
}

function hasDoubledQuote(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) {
    if (bytes[position] === QUOTE) return true;
  }
  return false;
}
