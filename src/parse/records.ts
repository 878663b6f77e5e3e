/**
 * From lines to records to rows: which line begins an entry, which ones belong to it, and the row made of them.
 *
 * The reader works in place: the region it reads already lies in the columns' bytes, and the row of a record is
 * written when its first line is parsed. The last record of a region stays open (its row is not counted yet)
 * and `dropOpen` takes it out again, because a later line may belong to it.
 *
 * A record ends at the next line that begins one, or at `RECORD_LINES_MAX` or `RECORD_BYTES_MAX`; the rest of a
 * longer one becomes further entries with the same time and level.
 */
import { isUtf8 } from 'node:buffer';
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';
import { severityOf } from '../model/level.ts';
import { ESCAPE, NEWLINE, RETURN, SPACE, TAB } from './bytes.ts';
import { Trace } from './continuation.ts';
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';
import { type Encoding, makeLine, makePlain } from './line-text.ts';

/** Lines of one entry. A thread dump of a large program has about this many. */
export const RECORD_LINES_MAX = 1000;
/** Bytes of one entry, so that one mad record cannot fill the head. */
export const RECORD_BYTES_MAX = 256 * 1024;

/** How the lines that fit no format are taken: as the rest of the record before them, or as entries of their own. */
export type Framing = 'joined' | 'free';

/** What the open record is: none, one that fits a format, one that fits none, the rest of one that became too long. */
const OPEN = { NONE: 0, FORMAT: 1, PLAIN: 2, REST: 3 } as const;
/** Instead of the number of a format: the line fits none; the line goes on with a record that became too long. */
const FORMAT_PLAIN = -1;
const FORMAT_REST = -2;

/** Lines whose ends are looked up at a time. */
const LINES_PER_SCAN = 1024;

/** Records after which the format that began most of them is tried first. */
const RANK_STARTS = 512;

export class RecordReader {
  readonly #draft: Draft;
  readonly #trace = new Trace();
  /** Whether `#trace` knows the open record's first line; most records have no other. */
  #traceIsBegun = false;
  readonly #plainId: number;
  readonly #joinsLines: boolean;
  #columns: EntryColumns;
  #formats: Format[] = [];
  #formatIds: number[] = [];
  #framing: Framing = 'free';
  encoding: Encoding = 'utf-8';
  /** How many records began with each format since the last ranking, and how many in all. */
  #starts: number[] = [];
  #startCount = 0;

  /** The open record. Its row stands behind the counted ones. */
  #open: number = OPEN.NONE;
  #openFormat: Format | null = null;
  #openStart = 0;
  #openFirstEnd = 0;
  #openLine = 0;
  #openLineCount = 0;
  #openFieldsFrom = 0;
  #openFieldsTo = 0;
  #openBytesFrom = 0;
  #openBytesTo = 0;
  #openMessageStart = 0;
  #openMessageEnd = 0;
  #openIsTail = true;
  /** Where the texts made for the line parsed last begin. */
  #madeFrom = 0;
  /** Time and level of the last record, for the rest of one that became too long. */
  #lastUs = Number.NaN;
  #lastLevel = 0;
  #lastSeverity = 0;
  #lastFlags = 0;
  /** Of the region being read. */
  #regionStart = 0;
  #regionEnd = 0;
  #regionOffset = 0;
  #regionIsValid = true;
  readonly #lineEnds = new Int32Array(LINES_PER_SCAN);
  #nextEscape = -1;
  #nextLine = 0;

  constructor(draft: Draft, options: Readonly<{ plainId: number; joinsLines: boolean }>) {
    this.#draft = draft;
    this.#columns = draft.columns;
    this.#plainId = options.plainId;
    this.#joinsLines = options.joinsLines;
  }

  /** Read with these formats, in this order, from now on. */
  use(formats: readonly Format[], formatIds: readonly number[], framing: Framing): void {
    this.#formats = [...formats];
    this.#formatIds = [...formatIds];
    this.#framing = framing;
    this.#starts = formats.map(() => 0);
    this.#startCount = 0;
  }

  /** The format tried first. */
  get first(): Format | null {
    return this.#formats[0] ?? null;
  }

  get isOpen(): boolean {
    return this.#open !== OPEN.NONE;
  }

  /** Position in the columns' bytes of the open record, and number of its first line. */
  get openStart(): number {
    return this.#openStart;
  }

  get openLine(): number {
    return this.#openLine;
  }

  /** Number of the line behind the region read last. */
  get nextLine(): number {
    return this.#nextLine;
  }

  /**
   * Read the whole lines of a region. `seenBytes` from its start are the open record of the region before, already
   * looked at. Afterwards the last record is open.
   */
  read(region: Region): void {
    const columns = region.columns;
    this.#columns = columns;
    this.#draft.attach(columns);
    this.#nextEscape = -1;
    this.#regionStart = region.start;
    this.#regionEnd = region.end;
    this.#regionOffset = region.offsetBytes;
    const isUnicode = this.encoding === 'utf-8';
    this.#regionIsValid = !isUnicode || isUtf8(columns.bytes.subarray(region.start, region.end));
    let position = region.start;
    let line = region.line;
    if (region.seenBytes > 0) {
      const lineCount = this.#openLineCount;
      const traceState = this.#trace.state;
      const traceIsBegun = this.#traceIsBegun;
      const rescans = this.#resume(line);
      position = rescans ? this.#lineEnd(position) : position + region.seenBytes;
      line += rescans ? 1 : lineCount;
      if (!rescans) {
        this.#openLineCount = lineCount;
        this.#trace.state = traceState;
        this.#traceIsBegun = traceIsBegun;
      }
    } else {
      this.#open = OPEN.NONE;
    }
    while (position < region.end) {
      const count = findLineEnds(this.#draft.bytes, position, region.end, this.#lineEnds);
      for (let index = 0; index < count; index += 1) {
        const next = this.#lineEnds[index]!;
        this.#takeLine(position, next, line);
        position = next;
        line += 1;
      }
    }
    this.#nextLine = line;
  }

  /** Close the open record: no line will follow. */
  close(): void {
    if (this.#open === OPEN.NONE) return;
    this.#finish(this.#regionEnd);
    this.#open = OPEN.NONE;
  }

  /** Take the open record's row out of the columns again; its bytes, too, if nothing lies behind them. */
  dropOpen(): void {
    if (this.#open === OPEN.NONE) return;
    const columns = this.#columns;
    columns.fieldCount = this.#openFieldsFrom;
    if (columns.bytesLength !== this.#openBytesTo) return;
    const isLast = this.#openBytesFrom === this.#regionEnd;
    columns.bytesLength = isLast ? this.#openStart : this.#openBytesFrom;
  }

  /** Parse the first line of the open record again. Returns whether its other lines must be looked at again, too. */
  #resume(line: number): boolean {
    const start = this.#regionStart;
    const next = this.#lineEnd(start);
    const format = this.#openFormat;
    if (this.#open === OPEN.REST) {
      this.#begin(FORMAT_REST, start, next, line);
      return false;
    }
    const parsed = this.#parse(start, this.#contentEnd(start, next), format);
    this.#begin(parsed, start, next, line);
    return this.#openFormat !== format || format?.continues !== undefined;
  }

  #takeLine(start: number, next: number, line: number): void {
    const end = this.#contentEnd(start, next);
    if (this.#open === OPEN.NONE || !this.#joinsLines) {
      this.#start(start, next, line);
      return;
    }
    if (!this.#belongsByShape(start, end)) {
      const columns = this.#columns;
      const fieldsBefore = columns.fieldCount;
      const bytesBefore = columns.bytesLength;
      const format = this.#parse(start, end, null);
      if (this.#begins(format, start, end)) {
        if (this.#needsDraft()) {
          columns.fieldCount = fieldsBefore;
          columns.bytesLength = bytesBefore;
          this.#start(start, next, line);
        } else {
          this.#finish(start);
          this.#begin(format, start, next, line);
          this.#count(format);
        }
        return;
      }
      columns.fieldCount = fieldsBefore;
      columns.bytesLength = bytesBefore;
    }
    this.#openLineCount += 1;
    const isTooLong =
      this.#openLineCount > RECORD_LINES_MAX || next - this.#openStart > RECORD_BYTES_MAX;
    if (!isTooLong) return;
    this.#openLineCount -= 1;
    this.#finish(start);
    this.#begin(FORMAT_REST, start, next, line);
  }

  /** Close the open record and begin one with this line. */
  #start(start: number, next: number, line: number): void {
    this.#finish(start);
    const format = this.#parse(start, this.#contentEnd(start, next), null);
    this.#begin(format, start, next, line);
    this.#count(format);
  }

  /** After enough records the format of most of them is tried first. Told by content alone, not by chunks. */
  #count(format: number): void {
    this.#startCount += 1;
    if (format >= 0) this.#starts[format]! += 1;
    if (this.#startCount < RANK_STARTS) return;
    let best = 0;
    for (let index = 1; index < this.#starts.length; index += 1) {
      if (this.#starts[index]! > this.#starts[best]!) best = index;
    }
    if (best > 0) {
      const [format] = this.#formats.splice(best, 1);
      const [id] = this.#formatIds.splice(best, 1);
      this.#formats.unshift(format!);
      this.#formatIds.unshift(id!);
    }
    this.#starts.fill(0);
    this.#startCount = 0;
  }

  /** Whether the line goes on with the open record, before any format is asked. */
  #belongsByShape(start: number, end: number): boolean {
    const { bytes } = this.#draft;
    if (this.#openFormat?.continues?.(bytes, this.#openStart, start, end)) return true;
    if (start >= end) return true;
    const first = bytes[start]!;
    if (first !== TAB && first !== SPACE) return false;
    const second = bytes[start + 1]!;
    return (
      (first === TAB || second === SPACE || second === TAB) && this.#continuesTrace(start, end)
    );
  }

  /** Whether the line goes on with the open record by its looks, or with the trace it is in. */
  #continuesTrace(start: number, end: number): boolean {
    const { bytes } = this.#draft;
    if (!this.#traceIsBegun) {
      const first = this.#openStart;
      this.#trace.begin(bytes, first, this.#contentEnd(first, this.#openFirstEnd));
      this.#traceIsBegun = true;
    }
    return this.#trace.continues(bytes, start, end);
  }

  /** Whether the line just parsed begins a record. */
  #begins(format: number, start: number, end: number): boolean {
    const draft = this.#draft;
    const isFree = this.#framing === 'free';
    if (format >= 0 && (format === 0 || isFree || draft.hasStamp)) return true;
    if (this.#continuesTrace(start, end)) return false;
    if (isFree) return true;
    this.#trace.note(draft.bytes, start, end);
    return false;
  }

  /** The first format that fits the line, its result in the draft; `FORMAT_PLAIN` for none. `only`: no other is tried. */
  #parse(start: number, end: number, only: Format | null): number {
    const draft = this.#draft;
    let from = start;
    let to = end;
    const isMade = this.#mustBeMade(start, end);
    this.#madeFrom = this.#columns.bytesLength;
    if (isMade) {
      from = makeLine(draft, start, end, this.encoding);
      to = this.#columns.bytesLength;
    } else if (this.#regionOffset === 0 && start === this.#regionStart) {
      from = Math.min(end, start + markLength(draft.bytes, start));
    }
    draft.begin(from, to);
    const formats = this.#formats;
    let format = FORMAT_PLAIN;
    for (let index = 0; index < formats.length; index += 1) {
      const candidate = formats[index]!;
      if (only !== null && candidate !== only) continue;
      if (candidate.parse(draft, from, to)) {
        format = index;
        break;
      }
      draft.reset(from, to);
    }
    if (isMade) draft.messageIsTail = false;
    return format;
  }

  /** Whether the line must be made anew: it has colours, or another encoding. */
  #mustBeMade(start: number, end: number): boolean {
    const { bytes } = this.#draft;
    if (this.encoding !== 'utf-8') {
      if (this.encoding !== 'latin1') return true;
      for (let position = start; position < end; position += 1) {
        if (bytes[position]! >= 0x80) return true;
      }
    }
    if (this.#nextEscape < start) {
      // Not past the region: behind it lie the bytes of other files.
      const found = bytes.subarray(start, this.#regionEnd).indexOf(ESCAPE);
      this.#nextEscape = found < 0 ? Number.MAX_SAFE_INTEGER : start + found;
    }
    return this.#nextEscape < end;
  }

  /** Write the row of a record whose first line is in the draft; it is not counted before `finish`. */
  #begin(format: number, start: number, next: number, line: number): void {
    const columns = this.#columns;
    const draft = this.#draft;
    if (format === FORMAT_REST) {
      this.#madeFrom = columns.bytesLength;
      draft.begin(start, this.#contentEnd(start, next));
      draft.timestampUs = this.#lastUs;
      draft.level = this.#lastLevel;
      draft.severity = this.#lastSeverity;
      draft.flags = this.#lastFlags;
      draft.messageIsTail = !this.#mustBeMade(start, next);
    } else {
      if (draft.hasStamp) draft.calendar.accept();
      this.#traceIsBegun = false;
    }
    if (draft.hasColour) {
      draft.messageStart = makePlain(draft, draft.messageStart, draft.messageEnd);
      draft.messageEnd = columns.bytesLength;
    }
    columns.reserveRows(1);
    const row = columns.count;
    this.#lastUs = draft.timestampUs;
    this.#lastLevel = draft.level;
    this.#lastFlags = draft.flags;
    this.#lastSeverity = draft.severity >= 0 ? draft.severity : severityOf(draft.level);
    columns.timestampUs[row] = draft.timestampUs;
    columns.level[row] = draft.level;
    columns.severity[row] = this.#lastSeverity;
    columns.flags[row] = draft.flags;
    columns.format[row] = format >= 0 ? this.#formatIds[format]! : this.#plainId;
    columns.offset[row] = this.#regionOffset + start - this.#regionStart;
    columns.line[row] = line;
    columns.rawStart[row] = start;
    this.#open = format >= 0 ? OPEN.FORMAT : format === FORMAT_REST ? OPEN.REST : OPEN.PLAIN;
    this.#openFormat = format >= 0 ? this.#formats[format]! : null;
    this.#openStart = start;
    this.#openFirstEnd = next;
    this.#openLine = line;
    this.#openLineCount = 1;
    this.#openFieldsFrom = draft.fieldsFrom;
    this.#openFieldsTo = columns.fieldCount;
    this.#openBytesFrom = this.#madeFrom;
    this.#openBytesTo = columns.bytesLength;
    this.#openMessageStart = draft.messageStart;
    this.#openMessageEnd = draft.messageEnd;
    const isReturned = draft.bytes[next - 2] === RETURN;
    this.#openIsTail = draft.messageIsTail && !draft.hasColour && !isReturned;
  }

  /** Whether finishing the open record writes to the draft or behind the bytes: it has several lines to join. */
  #needsDraft(): boolean {
    if (this.#openLineCount === 1) return false;
    if (!this.#openIsTail) return true;
    return this.#openFormat?.parseRecord !== undefined;
  }

  /** Complete and count the row of the open record, which ends at `recordEnd`. */
  #finish(recordEnd: number): void {
    if (this.#open === OPEN.NONE) return;
    const columns = this.#columns;
    const row = columns.count;
    const length = recordEnd - this.#openStart;
    if (this.#openLineCount > 1) this.#joinLines(recordEnd);
    columns.rawLength[row] = length;
    columns.originLength[row] = length;
    columns.messageStart[row] = this.#openMessageStart;
    columns.messageLength[row] = this.#openMessageEnd - this.#openMessageStart;
    columns.fieldEnd[row] = this.#openFieldsTo;
    if (!this.#regionIsValid && !isUtf8(columns.bytes.subarray(this.#openStart, recordEnd))) {
      columns.flags[row] = columns.flags[row]! | FLAG.INVALID_UTF8;
    }
    columns.count = row + 1;
  }

  /** The message of a record of several lines: the rest of the lines behind what the first line gave. */
  #joinLines(recordEnd: number): void {
    const columns = this.#columns;
    const draft = this.#draft;
    const end = this.#textEnd(recordEnd);
    const format = this.#openFormat;
    if (format?.parseRecord !== undefined && this.#parseAgain(format, end)) return;
    if (end <= this.#openFirstEnd) return;
    if (this.#openIsTail) {
      this.#openMessageEnd = end;
      return;
    }
    const firstLength = this.#openMessageEnd - this.#openMessageStart;
    const made = draft.reserve((firstLength + 1 + (end - this.#openFirstEnd)) * 3);
    const { bytes } = draft;
    bytes.copyWithin(made, this.#openMessageStart, this.#openMessageEnd);
    let to = made + firstLength;
    for (let position = this.#openFirstEnd; position < end; ) {
      const next = Math.min(end, this.#lineEnd(position));
      draft.bytes[to] = NEWLINE;
      to += 1;
      draft.made(to);
      makeLine(draft, position, Math.min(end, this.#contentEnd(position, next)), this.encoding);
      to = columns.bytesLength;
      position = next;
    }
    this.#openMessageStart = made;
    this.#openMessageEnd = to;
  }

  /** Let the format read the whole record; false where it declines, and the row is as before. */
  #parseAgain(format: Format, end: number): boolean {
    const columns = this.#columns;
    const draft = this.#draft;
    const fieldsTo = columns.fieldCount;
    const bytesTo = columns.bytesLength;
    draft.begin(this.#openStart, end);
    if (!format.parseRecord!(draft, this.#openStart, end)) {
      columns.fieldCount = fieldsTo;
      columns.bytesLength = bytesTo;
      return false;
    }
    const row = columns.count;
    // The fields of the first line are replaced by those of the whole record.
    const count = columns.fieldCount - fieldsTo;
    const from = this.#openFieldsFrom;
    columns.fieldKey.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldStart.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldLength.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldKind.copyWithin(from, fieldsTo, fieldsTo + count);
    columns.fieldCount = from + count;
    this.#openFieldsTo = from + count;
    if (draft.hasStamp) draft.calendar.accept();
    columns.timestampUs[row] = draft.timestampUs;
    columns.level[row] = draft.level;
    columns.severity[row] = draft.severity >= 0 ? draft.severity : severityOf(draft.level);
    columns.flags[row] = draft.flags;
    this.#openMessageStart = draft.messageStart;
    this.#openMessageEnd = draft.messageEnd;
    return true;
  }

  /** End of the record's text: without the newlines and empty lines at its end. */
  #textEnd(recordEnd: number): number {
    const { bytes } = this.#draft;
    let end = recordEnd;
    while (end > this.#openFirstEnd && (bytes[end - 1] === NEWLINE || bytes[end - 1] === RETURN))
      end -= 1;
    return end;
  }

  /** Position behind the newline of the line that begins at `start`. */
  #lineEnd(start: number): number {
    const found = this.#draft.bytes.indexOf(NEWLINE, start);
    return found < 0 || found >= this.#regionEnd ? this.#regionEnd : found + 1;
  }

  #contentEnd(start: number, next: number): number {
    const { bytes } = this.#draft;
    let end = next;
    if (end > start && bytes[end - 1] === NEWLINE) end -= 1;
    if (end > start && bytes[end - 1] === RETURN) end -= 1;
    return end;
  }
}

/**
 * Fill `ends` with the positions behind the next newlines of [start, end); the last line may have none. Returns how many.
 * A loop of its own, because the search is a call out of JavaScript that is only cheap in code fully optimised.
 */
function findLineEnds(bytes: Buffer, start: number, end: number, ends: Int32Array): number {
  let position = start;
  let count = 0;
  while (count < ends.length && position < end) {
    const found = bytes.indexOf(NEWLINE, position);
    position = found < 0 || found >= end ? end : found + 1;
    ends[count] = position;
    count += 1;
  }
  return count;
}

/** Length of a UTF-8 byte order mark at `at`. */
function markLength(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? 3 : 0;
}

export type Region = Readonly<{
  columns: EntryColumns;
  start: number;
  end: number;
  /** Offset in the file of `start`, and number of the line that begins there. */
  offsetBytes: number;
  line: number;
  seenBytes: number;
}>;
