/**
 * The record that is open, and the row made of it.
 *
 * The row is written when the first line is parsed and stands behind the counted ones until `finish`; `drop` takes it
 * out again, because a line of the next region may belong to the record.
 */
import { isUtf8 } from 'node:buffer';
import { FLAG } from '../model/entry-columns.ts';
import { severityOf } from '../model/level.ts';
import { ESCAPE, NEWLINE, RETURN, skipBlanks } from './bytes.ts';
import { markLength } from './detect.ts';
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';
import { makeLine, makePlain } from './line-text.ts';
import type { Lines } from './lines.ts';

/** What is open: nothing, a record that fits a format, one that fits none, the rest of one that became too long. */
export const OPEN = { NONE: 0, FORMAT: 1, PLAIN: 2, REST: 3 } as const;

export class OpenRecord {
  readonly #draft: Draft;
  readonly #lines: Lines;
  readonly #plainId: number;
  kind: number = OPEN.NONE;
  /** Null: it fits none. */
  format: Format | null = null;
  /** Position of its first byte, end of its first line, number of that line, lines so far. */
  start = 0;
  firstEnd = 0;
  line = 0;
  lineCount = 0;
  #formatId = 0;
  #fieldsFrom = 0;
  #fieldsTo = 0;
  /** The texts made for it. */
  #bytesFrom = 0;
  #bytesTo = 0;
  #messageStart = 0;
  #messageEnd = 0;
  /** Whether the message ends where the first line ends, so that further lines simply lengthen it. */
  #isTail = true;
  /** Time and level of the last record, for the rest of one that became too long. */
  #lastUs = Number.NaN;
  #lastLevel = 0;
  #lastSeverity = 0;
  #lastFlags = 0;

  constructor(draft: Draft, lines: Lines, plainId: number) {
    this.#draft = draft;
    this.#lines = lines;
    this.#plainId = plainId;
  }

  /**
   * Open a record whose first line [start, next) is in the draft. `format`: the one that fits it, null for none; `madeFrom`: where
   * the texts made for it begin.
   */
  begin(
    format: Format | null,
    formatId: number,
    first: Readonly<{ start: number; next: number; line: number; madeFrom: number }>,
  ): void {
    if (this.#draft.hasStamp) this.#draft.calendar.accept();
    this.kind = format === null ? OPEN.PLAIN : OPEN.FORMAT;
    this.format = format;
    this.#writeRow(format === null ? this.#plainId : formatId, first);
  }

  /** Open a record that goes on with the one before: it has its time and level. */
  beginRest(start: number, next: number, line: number): void {
    const draft = this.#draft;
    const madeFrom = draft.columns.bytesLength;
    draft.begin(start, this.#lines.contentEnd(start, next));
    draft.timestampUs = this.#lastUs;
    draft.level = this.#lastLevel;
    draft.severity = this.#lastSeverity;
    draft.flags = this.#lastFlags;
    draft.messageIsTail = !this.#lines.mustBeMade(start, next);
    this.kind = OPEN.REST;
    this.format = null;
    this.#writeRow(this.#plainId, { start, next, line, madeFrom });
  }

  /** Write the row; it is not counted before `finish`. */
  #writeRow(
    formatId: number,
    first: Readonly<{ start: number; next: number; line: number; madeFrom: number }>,
  ): void {
    const draft = this.#draft;
    const { columns } = draft;
    if (draft.hasColour) {
      draft.messageStart = makePlain(draft, draft.messageStart, draft.messageEnd);
      draft.messageEnd = columns.bytesLength;
    }
    columns.reserveRows(1);
    const row = columns.count;
    const { start, next, line } = first;
    this.#lastUs = draft.timestampUs;
    this.#lastLevel = draft.level;
    this.#lastFlags = draft.flags;
    this.#lastSeverity = draft.severity >= 0 ? draft.severity : severityOf(draft.level);
    columns.timestampUs[row] = draft.timestampUs;
    columns.level[row] = draft.level;
    columns.severity[row] = this.#lastSeverity;
    columns.flags[row] = draft.flags;
    columns.format[row] = formatId;
    this.#formatId = formatId;
    columns.offset[row] = start + this.#lines.offsetDelta;
    columns.line[row] = line;
    columns.rawStart[row] = start;
    this.start = start;
    this.firstEnd = next;
    this.line = line;
    this.lineCount = 1;
    this.#fieldsFrom = draft.fieldsFrom;
    this.#fieldsTo = columns.fieldCount;
    this.#bytesFrom = first.madeFrom;
    this.#bytesTo = columns.bytesLength;
    this.#messageStart = draft.messageStart;
    this.#messageEnd = draft.messageEnd;
    const isReturned = draft.bytes[next - 2] === RETURN;
    this.#isTail = draft.messageIsTail && !draft.hasColour && !isReturned;
  }

  /** Whether finishing it writes to the draft or behind the bytes: it has several lines to join. */
  get needsDraft(): boolean {
    if (this.kind === OPEN.NONE || this.lineCount === 1) return false;
    const { parseRecord, divide } = this.format ?? {};
    return !this.#isTail || parseRecord !== undefined || divide !== undefined;
  }

  /** Complete and count the row, which ends at `recordEnd`. */
  finish(recordEnd: number): void {
    if (this.kind === OPEN.NONE || this.#finishParts(recordEnd)) return;
    const { columns } = this.#draft;
    const row = columns.count;
    const length = recordEnd - this.start;
    if (this.lineCount > 1) this.#joinLines(recordEnd);
    columns.rawLength[row] = length;
    columns.originLength[row] = length;
    columns.messageStart[row] = this.#messageStart;
    columns.messageLength[row] = this.#messageEnd - this.#messageStart;
    columns.fieldEnd[row] = this.#fieldsTo;
    this.#count(row, this.start, recordEnd);
    this.kind = OPEN.NONE;
  }

  /** The row of [start, end) is complete. */
  #count(row: number, start: number, end: number): void {
    const { columns } = this.#draft;
    if (!this.#lines.isValid && !isUtf8(columns.bytes.subarray(start, end))) {
      columns.flags[row] = columns.flags[row]! | FLAG.INVALID_UTF8;
    }
    columns.count = row + 1;
  }

  /** Make an entry of each record in it, where the format says that there are several; false where it cannot tell. */
  #finishParts(recordEnd: number): boolean {
    const { format } = this;
    if (this.lineCount === 1 || format?.divide === undefined) return false;
    const draft = this.#draft;
    const textEnd = this.#textEnd(recordEnd);
    const parts = format.divide(draft, this.start, textEnd);
    if (parts.length === 0) return false;
    const { start: recordStart, line: recordLine } = this;
    draft.columns.fieldCount = this.#fieldsFrom;
    for (const [index, part] of parts.entries()) {
      const end = parts[index + 1]?.start ?? recordEnd;
      draft.begin(recordStart, textEnd);
      if (format.parsePart?.(draft, index, recordStart, textEnd) !== true) {
        const lineEnd = this.#lines.contentEnd(part.start, this.#lines.lineEnd(part.start));
        draft.reset(part.start, lineEnd);
        format.parse(draft, part.start, lineEnd);
      }
      this.#addPart({ start: part.start, end, line: recordLine + part.line });
    }
    this.kind = OPEN.NONE;
    return true;
  }

  /** The row of what is in the draft: whole at once. */
  #addPart({ start, end, line }: Readonly<{ start: number; end: number; line: number }>): void {
    const draft = this.#draft;
    const { columns } = draft;
    if (draft.hasStamp) draft.calendar.accept();
    this.#writeRow(this.#formatId, { start, next: end, line, madeFrom: draft.bytesFrom });
    const row = columns.count;
    columns.rawLength[row] = end - start;
    columns.originLength[row] = end - start;
    columns.messageStart[row] = draft.messageStart;
    columns.messageLength[row] = draft.messageEnd - draft.messageStart;
    columns.fieldEnd[row] = columns.fieldCount;
    this.#count(row, start, end);
  }

  /** Take the row out of the columns again; its bytes, too, if nothing lies behind them. It stays known as open. */
  drop(): void {
    if (this.kind === OPEN.NONE) return;
    const { columns } = this.#draft;
    columns.fieldCount = this.#fieldsFrom;
    if (columns.bytesLength !== this.#bytesTo) return;
    const isLast = this.#bytesFrom === this.#lines.end;
    columns.bytesLength = isLast ? this.start : this.#bytesFrom;
  }

  /** The message of a record of several lines: the rest of the lines behind what the first line gave. */
  #joinLines(recordEnd: number): void {
    const draft = this.#draft;
    const { columns } = draft;
    const end = this.#textEnd(recordEnd);
    const { format, firstEnd } = this;
    if (format?.parseRecord !== undefined && this.#parseAgain(format, end)) return;
    if (end <= firstEnd) return;
    if (this.#isTail) {
      // A header alone on its line: the message begins with the next one.
      if (this.#messageStart === this.#messageEnd) {
        this.#messageStart = skipBlanks(draft.bytes, firstEnd, end);
      }
      this.#messageEnd = end;
      return;
    }
    const firstLength = this.#messageEnd - this.#messageStart;
    const made = draft.reserve((firstLength + 1 + (end - firstEnd)) * 3);
    draft.bytes.copyWithin(made, this.#messageStart, this.#messageEnd);
    draft.bytes[made + firstLength] = NEWLINE;
    draft.made(made + firstLength + 1);
    this.#makeLines(firstEnd, end);
    this.#messageStart = made;
    this.#messageEnd = columns.bytesLength;
  }

  /** Append the lines [start, end) as they are read one by one, with a newline between each two. */
  #makeLines(start: number, end: number): void {
    const draft = this.#draft;
    const lines = this.#lines;
    for (let position = start; position < end; ) {
      const next = Math.min(end, lines.lineEnd(position));
      makeLine(draft, position, Math.min(end, lines.contentEnd(position, next)), lines.encoding);
      if (next < end) {
        const to = draft.reserve(1);
        draft.bytes[to] = NEWLINE;
        draft.made(to + 1);
      }
      position = next;
    }
  }

  /** The record up to `end` as a format reads it that wants all of it: made anew where its lines are. */
  #plainText(end: number): Readonly<{ start: number; end: number }> {
    const draft = this.#draft;
    const { bytes } = draft;
    const lines = this.#lines;
    const isUtf8Text = lines.encoding === 'utf-8';
    const isFirst = this.start + lines.offsetDelta === 0;
    const start = this.start + (isUtf8Text && isFirst ? markLength(bytes, this.start) : 0);
    const isReturned = bytes[this.firstEnd - 2] === RETURN;
    const hasColour = bytes.subarray(start, end).indexOf(ESCAPE) >= 0;
    if (isUtf8Text && !isReturned && !hasColour) return { start, end };
    const made = draft.reserve((end - start) * 3);
    this.#makeLines(start, end);
    return { start: made, end: draft.columns.bytesLength };
  }

  /** Let the format read the whole record; false where it declines, and the row is as before. */
  #parseAgain(format: Format, end: number): boolean {
    const draft = this.#draft;
    const { columns } = draft;
    const fieldsTo = columns.fieldCount;
    const bytesTo = columns.bytesLength;
    const text = this.#plainText(end);
    draft.begin(text.start, text.end);
    if (!format.parseRecord!(draft, text.start, text.end)) {
      columns.fieldCount = fieldsTo;
      columns.bytesLength = bytesTo;
      return false;
    }
    const row = columns.count;
    // The fields of the first line are replaced by those of the whole record.
    const count = columns.fieldCount - fieldsTo;
    const from = this.#fieldsFrom;
    columns.fieldKey.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldStart.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldLength.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldKind.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldCount = from + count;
    this.#fieldsTo = from + count;
    if (draft.hasStamp) draft.calendar.accept();
    columns.timestampUs[row] = draft.timestampUs;
    columns.level[row] = draft.level;
    columns.severity[row] = draft.severity >= 0 ? draft.severity : severityOf(draft.level);
    columns.flags[row] = draft.flags;
    this.#messageStart = draft.messageStart;
    this.#messageEnd = draft.messageEnd;
    return true;
  }

  /** End of the record's text: without the newlines and empty lines at its end. */
  #textEnd(recordEnd: number): number {
    const { bytes } = this.#draft;
    let end = recordEnd;
    while (end > this.firstEnd && (bytes[end - 1] === NEWLINE || bytes[end - 1] === RETURN))
      end -= 1;
    return end;
  }
}
