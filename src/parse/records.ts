/**
 * From lines to records: which line begins an entry, and which ones belong to it.
 *
 * The reader works in place: the region it reads already lies in the columns' bytes, and the row of a record is
 * written when its first line is parsed. The last record of a region stays open (its row is not counted yet)
 * and `dropOpen` takes it out again, because a later line may belong to it.
 *
 * A record ends at the next line that begins one, or at `RECORD_LINES_MAX` or `RECORD_BYTES_MAX`; the rest of a
 * longer one becomes further entries with the same time and level. Lines of the usual shape are read many at a time
 * (`line-run.ts`); all others one by one.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { SPACE, TAB } from './bytes.ts';
import { isBarePython, isFrame, isThrowable, Trace } from './continuation.ts';
import { indentEnd, isOpenEnded, markLength } from './detect.ts';
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';
import { canRun, LineRun } from './line-run.ts';
import { type Encoding, makeLine } from './line-text.ts';
import { findLineEnds, Lines, type Region } from './lines.ts';
import { OPEN, OpenRecord } from './open-record.ts';
import { FORMAT_PLAIN, RankedFormats, type Ranking } from './ranked-formats.ts';

/** Lines of one entry. A thread dump of a large program has about this many. */
export const RECORD_LINES_MAX = 1000;
/** Bytes of one entry, so that one mad record cannot fill the head. */
export const RECORD_BYTES_MAX = 256 * 1024;

/** How the lines that fit no format are taken: as the rest of the record before them, or as entries of their own. */
export type Framing = 'joined' | 'free';

/** Lines whose ends are looked up at a time. */
const LINES_PER_SCAN = 1024;
/** After runs that came to nothing, so many lines at most are read one by one before the next is tried. */
const LINES_BETWEEN_RUNS_MAX = 64;

/** Those looked up last. One for all readers of a thread: nothing of it is kept from one scan to the next. */
const lineEnds = new Int32Array(LINES_PER_SCAN);

export class RecordReader {
  readonly #draft: Draft;
  readonly #lines: Lines;
  readonly #open: OpenRecord;
  readonly #ranked = new RankedFormats();
  readonly #run: LineRun;
  readonly #trace = new Trace();
  /** Whether `#trace` knows the open record's first line; most records have no other. */
  #traceIsBegun = false;
  readonly #joinsLines: boolean;
  #framing: Framing = 'free';
  /** Blanks before lines that begin a record. */
  #indent = 0;
  #columns: EntryColumns;
  /** Where the texts made for the line parsed last begin. */
  #madeFrom = 0;
  #nextLine = 0;
  /** Lines to read one by one before a run is tried, now and after the next that comes to nothing. */
  #linesBeforeRun = 0;
  #linesBetweenRuns = 1;

  constructor(
    draft: Draft,
    options: Readonly<{ plainId: number; joinsLines: boolean; encoding: Encoding }>,
  ) {
    this.#draft = draft;
    this.#columns = draft.columns;
    this.#lines = new Lines(draft.columns, options.encoding);
    this.#open = new OpenRecord(draft, this.#lines, options.plainId);
    this.#run = new LineRun(draft);
    this.#joinsLines = options.joinsLines;
  }

  /** Read with these formats, in this order, from now on. */
  use(
    {
      formats,
      framing,
      indent,
    }: Readonly<{ formats: readonly Format[]; framing: Framing; indent: number }>,
    formatIds: readonly number[],
  ): void {
    this.#ranked.use(formats, formatIds);
    this.#framing = framing;
    this.#indent = indent;
  }

  /** In which order formats are tried now, as positions in `all`. */
  rankingIn(all: readonly Format[]): Ranking {
    return this.#ranked.rankingIn(all);
  }

  /** Go on as the reader did whose ranking this is; after `use`, with formats in its order. */
  resume(ranking: Ranking): void {
    this.#ranked.resume(ranking);
  }

  get isOpen(): boolean {
    return this.#open.kind !== OPEN.NONE;
  }

  /** Position in the columns' bytes of the open record, and number of its first line. */
  get openStart(): number {
    return this.#open.start;
  }

  get openLine(): number {
    return this.#open.line;
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
    this.#columns = region.columns;
    this.#draft.attach(region.columns);
    this.#lines.begin(region);
    let position = region.start;
    let line = region.line;
    if (region.seenBytes > 0) {
      const { lineCount } = this.#open;
      const traceState = this.#trace.state;
      const traceIsBegun = this.#traceIsBegun;
      const rescans = this.#resume(line);
      position = rescans ? this.#lines.lineEnd(position) : position + region.seenBytes;
      line += rescans ? 1 : lineCount;
      if (!rescans) {
        this.#open.lineCount = lineCount;
        this.#trace.state = traceState;
        this.#traceIsBegun = traceIsBegun;
      }
    } else {
      this.#open.kind = OPEN.NONE;
    }
    while (position < region.end) {
      if (this.#linesBeforeRun === 0) {
        const runEnd = this.#takeRun(position, line);
        line += this.#run.rowCount;
        position = runEnd;
      }
      const count = this.#scanLines(position);
      for (let index = 0; index < count; index += 1) {
        const next = lineEnds[index]!;
        this.#takeLine(position, next, line);
        position = next;
        line += 1;
      }
    }
    this.#nextLine = line;
  }

  /** Close the open record: no line will follow. */
  close(): void {
    this.#open.finish(this.#lines.end);
  }

  /** Take the open record's row out of the columns again; its bytes, too, if nothing lies behind them. */
  dropOpen(): void {
    this.#open.drop();
  }

  /** Look up the ends of the next lines that are to be read one by one; returns how many. */
  #scanLines(position: number): number {
    const runs = this.#canRun;
    const countMax = runs ? Math.max(1, this.#linesBeforeRun) : LINES_PER_SCAN;
    const { bytes } = this.#draft;
    const lines = this.#lines;
    const count = lines.isWide
      ? lines.findWideEnds(position, lineEnds, countMax)
      : findLineEnds(bytes, position, lines.end, lineEnds, countMax);
    this.#linesBeforeRun = Math.max(0, this.#linesBeforeRun - count);
    return count;
  }

  get #canRun(): boolean {
    return canRun(this.#ranked.first) && this.#lines.encoding === 'utf-8';
  }

  /** Parse the first line of the open record again. Returns whether its other lines must be looked at again, too. */
  #resume(line: number): boolean {
    const { start } = this.#lines;
    const next = this.#lines.lineEnd(start);
    const { format, kind } = this.#open;
    if (kind === OPEN.REST) {
      this.#open.beginRest(start, next, line);
      return false;
    }
    const parsed = this.#parse(start, this.#lines.contentEnd(start, next), format);
    this.#begin(parsed, start, next, line);
    return this.#open.format !== format || format?.continues !== undefined;
  }

  /**
   * Read as many lines as the first format reads quickly, all but the last of which are whole records then; returns where
   * the last one begins. `#run.rowCount` says how many were read.
   */
  #takeRun(start: number, line: number): number {
    const format = this.#ranked.first;
    const lines = this.#lines;
    this.#run.rowCount = 0;
    if (format === undefined || !this.#canRun || !lines.isValid || this.#open.needsDraft)
      return start;
    // Whether the next line is of the open record is for that record's format to say.
    if (this.isOpen && this.#open.format?.continues !== undefined) return start;
    const columns = this.#columns;
    const firstRow = columns.count + (this.isOpen ? 1 : 0);
    const end = this.#run.read(format, {
      start,
      end: Math.min(lines.end, lines.escapeFrom(start)),
      formatId: this.#ranked.idAt(0),
      offsetDelta: lines.offsetDelta,
      line,
      firstRow,
      linesMax: this.#ranked.beforeRanking,
    });
    const { rowCount } = this.#run;
    if (rowCount === 0) {
      this.#linesBeforeRun = this.#linesBetweenRuns;
      this.#linesBetweenRuns = Math.min(LINES_BETWEEN_RUNS_MAX, this.#linesBetweenRuns * 2);
      return start;
    }
    this.#linesBetweenRuns = 1;
    this.#open.finish(start);
    columns.count = firstRow + rowCount;
    this.#ranked.count(0, rowCount);
    // The last line of the run, and the one that ended it.
    this.#linesBeforeRun = 2;
    return end;
  }

  #takeLine(start: number, next: number, line: number): void {
    const end = this.#lines.contentEnd(start, next);
    const open = this.#open;
    if (open.kind === OPEN.NONE || !this.#joinsLines) {
      this.#start(start, next, line);
      return;
    }
    const belongs =
      this.#belongsByShape(start, end) ||
      this.#belongsWide(start, end) ||
      this.#belongsToTrace(start, end);
    if (!belongs) {
      const columns = this.#columns;
      const fieldsBefore = columns.fieldCount;
      const bytesBefore = columns.bytesLength;
      const format = this.#parse(start, end, null);
      if (this.#begins(format, start, end)) {
        if (open.needsDraft) {
          columns.fieldCount = fieldsBefore;
          columns.bytesLength = bytesBefore;
          this.#start(start, next, line);
        } else {
          open.finish(start);
          this.#begin(format, start, next, line);
          this.#ranked.count(format, 1);
        }
        return;
      }
      columns.fieldCount = fieldsBefore;
      columns.bytesLength = bytesBefore;
    }
    open.lineCount += 1;
    if (open.lineCount <= RECORD_LINES_MAX && next - open.start <= RECORD_BYTES_MAX) return;
    open.lineCount -= 1;
    open.finish(start);
    open.beginRest(start, next, line);
  }

  /** Close the open record and begin one with this line. */
  #start(start: number, next: number, line: number): void {
    this.#open.finish(start);
    const format = this.#parse(start, this.#lines.contentEnd(start, next), null);
    this.#begin(format, start, next, line);
    this.#ranked.count(format, 1);
  }

  /** Whether the line goes on with the open record, before any format is asked. */
  #belongsByShape(start: number, end: number): boolean {
    const { bytes } = this.#draft;
    const open = this.#open;
    if (open.format?.continues?.(bytes, open.start, start, end)) return true;
    if (start >= end) return true;
    const first = bytes[start]!;
    if (first !== TAB && first !== SPACE) return false;
    if (this.#indent > 0 && indentEnd(bytes, start, this.#indent) > start) return false;
    const second = bytes[start + 1]!;
    return (
      (first === TAB || second === SPACE || second === TAB) && this.#continuesTrace(start, end)
    );
  }

  /** The same for a line of a trace that is not indented: no format is asked, whatever it speaks of. */
  #belongsToTrace(start: number, end: number): boolean {
    const { format } = this.#open;
    if (format === null || this.#lines.isWide) return false;
    const { bytes } = this.#draft;
    const isFree = this.#framing === 'free';
    if (!isFree && isFrame(bytes, start, end)) return this.#continuesTrace(start, end);
    if (!isThrowable(bytes, start, end) || (isFree && !isOpenEnded(format))) return false;
    if (!this.#continuesTrace(start, end)) this.#trace.note(bytes, start, end);
    return true;
  }

  /** The same for a line of wide characters, which is indented or not once it is made. */
  #belongsWide(start: number, end: number): boolean {
    if (!this.#lines.isWide) return false;
    return this.#onWide(start, end, (bytes, from, to) => {
      const first = bytes[from]!;
      const second = bytes[from + 1]!;
      const isIndented = first === TAB || (first === SPACE && (second === SPACE || second === TAB));
      return to > from && isIndented;
    });
  }

  /** Whether the line goes on with the open record by its looks, or with the trace it is in. */
  #continuesTrace(start: number, end: number): boolean {
    const trace = this.#trace;
    const { isWide } = this.#lines;
    if (!this.#traceIsBegun) {
      const first = this.#open.start;
      const firstEnd = this.#lines.contentEnd(first, this.#open.firstEnd);
      if (isWide) this.#onWide(first, firstEnd, (...text) => trace.begin(...text));
      else trace.begin(this.#draft.bytes, first, firstEnd);
      this.#traceIsBegun = true;
    }
    if (isWide) return this.#onWide(start, end, (...text) => trace.continues(...text));
    return trace.continues(this.#draft.bytes, start, end);
  }

  /** Look at the text of a line whose characters are wide, made for the moment. */
  #onWide<T>(
    start: number,
    end: number,
    look: (bytes: Uint8Array, start: number, end: number) => T,
  ): T {
    const draft = this.#draft;
    const { columns } = draft;
    const bytesBefore = columns.bytesLength;
    const from = makeLine(draft, start, end, this.#lines.encoding);
    const answer = look(draft.bytes, from, columns.bytesLength);
    columns.bytesLength = bytesBefore;
    return answer;
  }

  /** Whether the line just parsed begins a record. */
  #begins(format: number, start: number, end: number): boolean {
    const draft = this.#draft;
    const isFree = this.#framing === 'free';
    if (format >= 0 && (format === 0 || isFree || draft.hasStamp)) return true;
    if (this.#continuesTrace(start, end)) return false;
    if (isFree || (format >= 0 && isBarePython(draft.bytes, start, end))) return true;
    const trace = this.#trace;
    if (this.#lines.isWide) this.#onWide(start, end, (...text) => trace.note(...text));
    else trace.note(this.#draft.bytes, start, end);
    return false;
  }

  /** Index of the first format that fits the line, its result in the draft; `FORMAT_PLAIN` for none. `only`: no other is tried. */
  #parse(start: number, end: number, only: Format | null): number {
    const draft = this.#draft;
    const lines = this.#lines;
    let from = start;
    let to = end;
    const isMade = lines.mustBeMade(start, end);
    this.#madeFrom = this.#columns.bytesLength;
    // The mark is no part of the first line, whatever the line is made of.
    if (lines.encoding === 'utf-8' && start + lines.offsetDelta === 0) {
      from = Math.min(end, start + markLength(draft.bytes, start));
    }
    if (isMade) {
      from = makeLine(draft, from, end, lines.encoding);
      to = this.#columns.bytesLength;
    } else {
      if (this.#indent > 0) from = indentEnd(draft.bytes, from, this.#indent);
      from = Math.min(end, from);
    }
    draft.begin(from, to);
    const format = this.#ranked.parse(draft, from, to, only);
    if (isMade) draft.messageIsTail = false;
    return format;
  }

  /** Open the record whose first line was just parsed. */
  #begin(format: number, start: number, next: number, line: number): void {
    const isPlain = format === FORMAT_PLAIN;
    this.#traceIsBegun = false;
    this.#open.begin(
      isPlain ? null : this.#ranked.at(format),
      isPlain ? 0 : this.#ranked.idAt(format),
      { start, next, line, madeFrom: this.#madeFrom },
    );
  }
}
