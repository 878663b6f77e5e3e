/**
 * The parser of one file generation: bytes in, rows of `EntryColumns` out.
 *
 * - The same entries come out however the bytes are cut into chunks.
 * - The original bytes of all entries, one after the other, are the bytes that went in.
 * - The last record stays open, and its bytes inside the parser, until the next one begins or `flush` is called:
 *   `openOffset` is how far the file may be committed.
 * - Nothing is written to `out` but complete entries; no bytes make it throw.
 *
 * The first lines wait inside until there are enough of them to tell the format (or `flush` is called).
 */
import { assert } from '../base/assert.ts';
import { type ColumnNames, type EntryColumns, FLAG, FUTURE_MS } from '../model/entry-columns.ts';
import { NEWLINE } from './bytes.ts';
import { Calendar, type CalendarMark } from './calendar.ts';
import { declaredFormat } from './declared/declared-format.ts';
import {
  type Detected,
  type Detection,
  detect,
  formatIdsOf,
  SAMPLE_BYTES_MAX,
  SAMPLED_LINE_BYTES_MAX,
  sampleEnd,
} from './detect.ts';
import { Draft } from './draft.ts';
import type { FileParserOptions } from './file-parser-options.ts';
import type { Format } from './format.ts';
import { formatsOf, PLAIN } from './formats/table.ts';
import { Layout } from './layout.ts';
import { RankedFormats, type Ranking } from './ranked-formats.ts';
import { RecordReader } from './records.ts';
import { isWide, lastWideLineEnd, wideText } from './wide-text.ts';
import { Zone } from './zone.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/** A sample that no format is tried on. */
const NO_LINE_YET: Buffer = Buffer.from('\n');

/** What is parsed at a time: lines that others may continue, all there is, or the beginning of a line that is too long. */
type Lines = 'more follow' | 'whole' | 'cut';

/** What a quiet file is read on by: small, for there may be ten thousand of them. */
type Resting = Readonly<{
  /** The order of the formats; null where none was told. */
  ranking: Ranking | null;
  /** Lines that detection saw, a character a byte. */
  sample: string;
  mark: CalendarMark | null;
}>;

export class FileParser {
  readonly #names: ColumnNames;
  readonly #options: FileParserOptions;
  readonly #zone: Zone;
  /** Null at rest. */
  #calendar: Calendar | null = null;
  readonly #layout: Layout;
  /** Null at rest. */
  #formats: readonly Format[] | null = null;
  readonly #sourceId: number;
  readonly #pathId: number;
  readonly #tagSetId: number;
  readonly #plainId: number;
  #draft: Draft | null = null;
  #reader: RecordReader | null = null;
  #detection: Detection | null = null;
  /** At rest. */
  #resting: Resting | null = null;
  /** Lines that detection saw, kept while there are fewer than it wants. */
  #sample: Buffer = NOTHING;
  /** Bytes taken but not in an entry: the open record, then the beginning of a line. */
  #pending: Buffer = NOTHING;
  #pendingLength = 0;
  #pendingOffset = 0;
  /** Bytes of `#pending`, from its start, that are the open record. */
  #seenBytes = 0;
  #line: number;

  private constructor(names: ColumnNames, options: FileParserOptions) {
    this.#names = names;
    this.#options = options;
    this.#layout = new Layout({ ...options, isAlone: options.format !== null });
    this.#zone = Zone.open(options.timezone);
    this.#sourceId = names.sources.idOf(options.source);
    this.#pathId = names.paths.idOf(options.path);
    this.#tagSetId = names.tagSets.idOf(options.tags.join('\n'));
    this.#plainId = names.formats.idOf(PLAIN);
    this.#line = options.lineNumber ?? 1;
    const { mark = null } = options;
    if (mark !== null) this.#resting = { ranking: null, sample: '', mark };
  }

  static open(names: ColumnNames, options: FileParserOptions): FileParser {
    return new FileParser(names, options);
  }

  /** Offset in the file of the first byte taken that is in no entry yet; null: none. */
  get openOffset(): number | null {
    return this.#pendingLength === 0 ? null : this.#pendingOffset;
  }

  /** Number of the line that begins at `openOffset`; of the next line where nothing is open. */
  get openLine(): number {
    return this.#line;
  }

  /** Where its stamps are in an hour that a clock set back has twice; null: in none. */
  get mark(): CalendarMark | null {
    const mark = this.#calendar === null ? (this.#resting?.mark ?? null) : this.#calendar.mark;
    return mark !== null && this.#zone.isAmbiguous(mark.localMs) ? mark : null;
  }

  /** What the file was taken for, after a rest without the formats that it was not; null before enough was seen. */
  get detection(): Detection | null {
    return this.#detection;
  }

  /** The file's modification time and the arrival clock, as they are now. */
  setTimes(times: Readonly<{ fileTimeMs?: number; arrivalMs?: number }>): void {
    const calendar = this.#calendarAwake();
    if (times.fileTimeMs !== undefined) calendar.fileTimeMs = times.fileTimeMs;
    if (times.arrivalMs !== undefined) calendar.futureUs = (times.arrivalMs + FUTURE_MS) * 1000;
  }

  /** Take bytes that follow those taken before; `offsetBytes` is where they begin in the file. Complete entries go to `out`. */
  push(out: EntryColumns, bytes: Buffer, start: number, end: number, offsetBytes: number): void {
    if (this.#pendingLength > 0 && this.#pendingOffset + this.#pendingLength !== offsetBytes) {
      // Bytes are missing in between: what is open ends here.
      this.flush(out);
    }
    if (this.#pendingLength === 0) this.#pendingOffset = offsetBytes;
    this.#run(out, bytes.subarray(start, end), 'more follow');
  }

  /** No more bytes follow, or none for a while: the open record is complete. */
  flush(out: EntryColumns): void {
    if (this.#pendingLength > 0) this.#run(out, NOTHING, 'whole');
    // A file that is quiet keeps no memory: there may be ten thousand.
    if (this.#pendingLength === 0) this.#pending = NOTHING;
  }

  /** Give back what is in no entry yet, for another parser to read. */
  takeOpen(): Readonly<{ bytes: Buffer; offsetBytes: number; line: number }> {
    const bytes = this.#pending.subarray(0, this.#pendingLength);
    this.#pending = NOTHING;
    this.#pendingLength = 0;
    this.#seenBytes = 0;
    return { bytes, offsetBytes: this.#pendingOffset, line: this.#line };
  }

  /** The next bytes are those of a line that was read before, as far as it went then; it had this number. Only where nothing is open. */
  goBackTo(line: number): void {
    assert(this.#pendingLength === 0, 'nothing is open where a parser goes back');
    this.#line = line;
  }

  /**
   * A line longer than the limit: `bytes[start, end)` is its beginning, `originBytes` its whole length in the file.
   * It is an entry of its own.
   */
  pushTruncated(
    out: EntryColumns,
    bytes: Buffer,
    start: number,
    end: number,
    origin: Readonly<{ offsetBytes: number; lengthBytes: number }>,
  ): void {
    this.flush(out);
    this.#pendingOffset = origin.offsetBytes;
    this.#run(out, bytes.subarray(start, end), 'cut');
    const row = out.count - 1;
    out.flags[row] = out.flags[row]! | FLAG.TRUNCATED;
    out.originLength[row] = origin.lengthBytes;
  }

  #run(out: EntryColumns, chunk: Buffer, lines: Lines): void {
    const isLast = lines !== 'more follow';
    const total = this.#pendingLength + chunk.length;
    if (total === 0) return;
    const lastNewline = isLast ? chunk.length - 1 : this.#lastNewlineIn(chunk);
    if (lastNewline < 0 && !isLast) {
      this.#keep(chunk);
      return;
    }
    const start = out.bytesLength;
    // Made texts are seldom longer than the lines they are made of.
    out.reserveBytes(total * 2);
    this.#pending.copy(out.bytes, start, 0, this.#pendingLength);
    chunk.copy(out.bytes, start + this.#pendingLength);
    const end = isLast ? start + total : start + this.#pendingLength + lastNewline + 1;
    // The beginning of a line waits behind the region, and is kept below.
    out.bytesLength = start + total;
    const rowsBefore = out.count;
    const reader = this.#readerFor(out);
    if (!this.#detectFrom(out, { start, end, lines })) {
      out.bytesLength = start;
      this.#keep(chunk);
      return;
    }
    const tail = Buffer.from(out.bytes.subarray(end, start + total));
    out.bytesLength = end;
    // Whatever looks one byte too far sees the end of the line.
    out.bytes[end] = NEWLINE;
    reader.read({
      columns: out,
      start,
      end,
      offsetBytes: this.#pendingOffset,
      line: this.#line,
      seenBytes: this.#seenBytes,
    });
    if (isLast) reader.close();
    this.#keepOpen(out, { start, end, tail });
    this.#fill(out, rowsBefore);
  }

  /** Index of the last byte of the last newline; -1: there is none. */
  #lastNewlineIn(chunk: Buffer): number {
    const { encoding } = this.#options;
    if (!isWide(encoding)) return chunk.lastIndexOf(NEWLINE);
    // Units begin at even offsets of the file; half of the first one may be pending.
    const skipped = (this.#pendingOffset + this.#pendingLength) % 2;
    const end = lastWideLineEnd(chunk, skipped, chunk.length, encoding);
    if (end > 0) return end - 1;
    // A newline whose first byte is pending.
    const before = skipped === 1 ? this.#pending[this.#pendingLength - 1] : undefined;
    const [low, high] = encoding === 'utf-16le' ? [before, chunk[0]] : [chunk[0], before];
    return low === NEWLINE && high === 0 ? 0 : -1;
  }

  /** Add bytes that are no whole line yet. */
  #keep(chunk: Buffer): void {
    this.#growPending(this.#pendingLength + chunk.length);
    chunk.copy(this.#pending, this.#pendingLength);
    this.#pendingLength += chunk.length;
  }

  /** Keep the open record and the beginning of a line for the next time. */
  #keepOpen(
    out: EntryColumns,
    region: Readonly<{ start: number; end: number; tail: Buffer }>,
  ): void {
    const reader = this.#reader!;
    const openStart = reader.isOpen ? reader.openStart : region.end;
    const openLength = region.end - openStart;
    this.#pendingOffset += openStart - region.start;
    this.#growPending(openLength + region.tail.length);
    out.bytes.copy(this.#pending, 0, openStart, region.end);
    region.tail.copy(this.#pending, openLength);
    this.#pendingLength = openLength + region.tail.length;
    this.#seenBytes = openLength;
    this.#line = reader.isOpen ? reader.openLine : reader.nextLine;
    if (reader.isOpen) reader.dropOpen();
  }

  /**
   * Hold only what later lines are read by, and nothing of the rows written so far, until the next lines are pushed: of a
   * thousand files most are quiet. Does nothing where a record is open.
   */
  rest(): void {
    if (this.openOffset !== null || this.#formats === null || this.#reader === null) return;
    this.#resting = {
      ranking: this.#detection === null ? null : this.#reader.rankingIn(this.#formats),
      sample: this.#sample.toString('latin1'),
      mark: this.#calendar?.mark ?? null,
    };
    if (this.#detection !== null) this.#detection = { ...this.#detection, candidates: [] };
    this.#sample = NOTHING;
    this.#calendar = null;
    this.#formats = null;
    this.#reader = null;
    this.#draft = null;
  }

  #calendarAwake(): Calendar {
    const mark = this.#resting?.mark ?? null;
    this.#calendar ??= new Calendar(this.#zone, this.#options.fileTimeMs, mark);
    return this.#calendar;
  }

  #growPending(length: number): void {
    if (length <= this.#pending.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, this.#pending.length * 2));
    this.#pending.copy(larger, 0, 0, this.#pendingLength);
    this.#pending = larger;
  }

  #readerFor(out: EntryColumns): RecordReader {
    if (this.#reader === null || this.#draft === null) {
      this.#draft = new Draft(out, this.#calendarAwake());
      this.#reader = new RecordReader(this.#draft, {
        plainId: this.#plainId,
        joinsLines: this.#options.multiline === 'auto',
        encoding: this.#options.encoding,
      });
      this.#resume(this.#reader);
    }
    this.#draft.attach(out);
    return this.#reader;
  }

  /** Make the formats, and let the reader go on as the one before the rest did. */
  #resume(reader: RecordReader): void {
    // Made once: a record left open is read again by the very format that began it.
    const { declared } = this.#options;
    const all = [...(declared ? [declaredFormat(declared)] : []), ...formatsOf(this.#layout)];
    this.#formats = all;
    const resting = this.#resting;
    this.#resting = null;
    if (resting === null) return;
    this.#sample = Buffer.from(resting.sample, 'latin1');
    const { ranking } = resting;
    if (ranking === null || this.#detection === null) return;
    const formats = RankedFormats.inOrder(ranking, all);
    reader.use({ ...this.#detection, formats }, formatIdsOf(this.#names, formats));
    reader.resume(ranking);
  }

  /** Tell the format, from more lines than last time. False: wait for more of them. */
  #detectFrom(
    out: EntryColumns,
    { start, end, lines }: Readonly<{ start: number; end: number; lines: Lines }>,
  ): boolean {
    const known = this.#detection;
    if (known !== null && (this.#sample.length === 0 || lines === 'cut')) return true;
    if (lines === 'cut') {
      // Half a JSON object looks like a text: the next lines tell.
      this.#detection = this.#conclude({ start, end: start });
      this.#sample = NO_LINE_YET;
      return true;
    }
    const { encoding } = this.#options;
    const bytes = out.bytes.subarray(start + this.#seenBytes, end);
    const added = isWide(encoding) ? Buffer.from(wideText(bytes, encoding)) : bytes;
    const joined = Buffer.concat([this.#sample, added]);
    const sample = sampleEnd(joined, 0, joined.length);
    if (!sample.isWhole && lines !== 'whole' && known === null) return false;
    const length = lines === 'whole' && !sample.isWhole ? joined.length : sample.end;
    const text = joined.subarray(0, Math.min(length, SAMPLE_BYTES_MAX + SAMPLED_LINE_BYTES_MAX));
    const at = out.bytesLength;
    out.reserveBytes(text.length);
    text.copy(out.bytes, at);
    out.bytesLength = at + text.length;
    this.#draft!.refresh();
    this.#detection = this.#conclude({ start: at, end: out.bytesLength });
    out.bytesLength = at;
    this.#sample = sample.isWhole ? NOTHING : Buffer.from(text);
    return true;
  }

  #conclude(region: Readonly<{ start: number; end: number }>): Detection {
    const found = detect(this.#draft!, this.#layout, this.#formats!, region);
    const { formats, ...detection } = this.#named(found);
    this.#reader!.use({ ...detection, formats }, formatIdsOf(this.#names, formats));
    return detection;
  }

  /** A format named in the config wins. */
  #named(found: Detected): Detected {
    const { format: name } = this.#options;
    if (name === null) return found;
    const format = found.formats.find((one) => one.name === name);
    const fitCount = found.candidates.find((one) => one.format === name)?.fitCount ?? 0;
    const confidence = format === undefined ? 1 : fitCount / Math.max(1, found.lineCount);
    return {
      ...found,
      format: name,
      confidence,
      isNamed: true,
      formats: format === undefined ? [] : [format],
      framing: format === undefined ? 'free' : 'joined',
    };
  }

  /** The same for all rows of this file. */
  #fill(out: EntryColumns, from: number): void {
    const to = out.count;
    if (to === from) return;
    out.source.fill(this.#sourceId, from, to);
    out.path.fill(this.#pathId, from, to);
    out.tagSet.fill(this.#tagSetId, from, to);
    out.generation.fill(this.#options.generation, from, to);
    out.sequence.fill(0, from, to);
  }
}
