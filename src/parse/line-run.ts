/**
 * Many lines of one format in a row, without the record reader between them.
 *
 * Formats that have `quick` read a line of their usual shape from its first byte to its newline; each such line begins
 * a record, and all of them but the last are whole, because another one follows. So their rows are written at once, and
 * the last is left to the record reader, as is every line that `quick` declines.
 */

import { severityOf } from '../model/level.ts';
import { RETURN, SPACE } from './bytes.ts';
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';
import { newlineFrom } from './words.ts';

/** First byte of a UTF-8 byte order mark. */
const BYTE_ORDER_MARK = 0xef;

/** Rows reserved at a time. */
const ROWS_MAX = 512;

export type RunRequest = Readonly<{
  /** The lines are in [start, end); the last one may be cut there. */
  start: number;
  end: number;
  formatId: number;
  /** Add it to a position for the offset in the file. */
  offsetDelta: number;
  /** Number of the line at `start`. */
  line: number;
  /** Index of the row that the first record gets; rows before it are not touched. */
  firstRow: number;
  linesMax: number;
}>;

export class LineRun {
  readonly #draft: Draft;
  /** Rows written by the last `read`. They are not counted yet. */
  rowCount = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Read lines until one is not of the usual shape; returns where the first line without a row begins. */
  read(format: Format, request: RunRequest): number {
    const draft = this.#draft;
    const { columns, calendar } = draft;
    const { end, offsetDelta, firstRow, formatId } = request;
    const linesMax = Math.min(request.linesMax, ROWS_MAX);
    columns.reserveRows(linesMax + 2);
    const { timestampUs, level, severity, flags, offset, line, rawStart, rawLength } = columns;
    const { originLength, messageStart, messageLength, fieldEnd } = columns;
    const isLocal = !calendar.zone.isUtc;
    const quick = format.quick !== undefined;
    let position = request.start;
    let lineNumber = request.line;
    let row = firstRow;
    let lastStart = position;
    let fieldCount = columns.fieldCount;
    let bytesLength = columns.bytesLength;
    const rowLimit = firstRow + linesMax;
    while (row < rowLimit) {
      const first = draft.bytes[position]!;
      // Such lines may go on with the record before them.
      if (first <= SPACE || first === BYTE_ORDER_MARK) break;
      draft.begin(position, position);
      const next = quick
        ? format.quick!(draft, position, end)
        : readLine(draft, format, position, end);
      // Coloured messages are made plain by the record reader.
      if (next < 0 || draft.hasColour) {
        draft.reset(position, position);
        break;
      }
      fieldCount = draft.fieldsFrom;
      bytesLength = draft.bytesFrom;
      if (isLocal && draft.hasStamp) calendar.accept();
      timestampUs[row] = draft.timestampUs;
      level[row] = draft.level;
      severity[row] = draft.severity >= 0 ? draft.severity : severityOf(draft.level);
      flags[row] = draft.flags;
      offset[row] = position + offsetDelta;
      line[row] = lineNumber;
      rawStart[row] = position;
      rawLength[row] = next - position;
      originLength[row] = next - position;
      messageStart[row] = draft.messageStart;
      messageLength[row] = draft.messageEnd - draft.messageStart;
      fieldEnd[row] = columns.fieldCount;
      lastStart = position;
      lineNumber += 1;
      row += 1;
      position = next;
    }
    // The last line may have more lines behind it: it is read again.
    this.rowCount = Math.max(0, row - firstRow - 1);
    if (row > firstRow) {
      columns.fieldCount = fieldCount;
      columns.bytesLength = bytesLength;
    }
    columns.format.fill(formatId, firstRow, firstRow + this.rowCount);
    return lastStart;
  }
}

/** Whether lines of this format may be read in runs: whether one begins a record is told by the line alone. */
export function canRun(format: Format | undefined): boolean {
  return format !== undefined && format.continues === undefined;
}

/** Read the line that begins at `start` if it fits; returns the position behind its newline, or -1. */
function readLine(draft: Draft, format: Format, start: number, end: number): number {
  const { bytes } = draft;
  const newline = newlineFrom(bytes, draft.view, start, end);
  if (newline < 0) return -1;
  const lineEnd = bytes[newline - 1] === RETURN ? newline - 1 : newline;
  draft.messageEnd = lineEnd;
  return format.parse(draft, start, lineEnd) ? newline + 1 : -1;
}
