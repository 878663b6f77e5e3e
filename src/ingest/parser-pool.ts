/**
 * One parser per generation that is being read, and how far each may be committed.
 *
 * A record stays open in its parser until the next one begins; its first byte is the highest offset that may be
 * committed. Records of files that went quiet are closed by the clock.
 */
import { isDeepStrictEqual } from 'node:util';
import type { WatchSettings } from '../config/settings.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import type { CalendarMark } from '../parse/calendar.ts';
import { FileParser } from '../parse/file-parser.ts';
import type { FileParserOptions } from '../parse/file-parser-options.ts';
import type { SafePosition } from '../watch/checkpoints.ts';
import type { Generation } from '../watch/generation.ts';
import type { Chunk } from '../watch/sink.ts';
import type { DoubledHours } from './doubled-hours.ts';

/** Of a parser, what it lets go of at rest: the formats of its file and the tables of its reader. */
const PARSER_BYTES = 8 * 1024;

/**
 * Looks at all files, a second apart, for which a record that goes on, or whose file cannot be read any more, holds up the rules.
 * Not a time: a daemon that gets no turn does not look, and has not waited.
 */
const OPEN_LOOKS_MAX = 60;

type Reading = {
  parser: FileParser;
  /** By which section it reads, and how that has it read. */
  watch: WatchSettings;
  way: Way;
  /** Offset behind the last byte that was parsed. */
  readEnd: number;
  committed: number;
  /** Monotonic: a clock that is set back leaves no record open. */
  lastPushMs: number;
  /** All that was there at this moment of the arrival clock had been read before the open record began. */
  openSinceUs: number;
  /** How often all files were looked at while it was open, and when last. */
  openLooks: number;
  lookedAtUs: number;
  /** No position before it is given: a line that was committed is being read again, with what followed it. */
  floor: number;
};

/** How lines are read, as far as a reload may change it. */
type Way = Pick<
  FileParserOptions,
  'source' | 'encoding' | 'tags' | 'format' | 'declared' | 'timezone' | 'multiline'
>;

/** A piece of one generation; `lineBytes` where only the beginning of a long line is given. */
export type ParsedChunk = Chunk & Readonly<{ lineBytes?: number }>;

export class ParserPool {
  readonly #names: ColumnNames;
  readonly #doubledHours: Pick<DoubledHours, 'markOf'>;
  readonly #readings = new Map<number, Reading>();
  /** Generations with bytes that are parsed and not committed. */
  readonly #dirty = new Set<number>();
  readonly #ended = new Set<number>();
  /** Generations whose parsers are not at rest. */
  readonly #awake = new Set<number>();

  /** `doubledHours`: where the files were in such an hour that the process before this one read. */
  constructor(names: ColumnNames, doubledHours: Pick<DoubledHours, 'markOf'>) {
    this.#names = names;
    this.#doubledHours = doubledHours;
  }

  /** Parse a chunk into `out`. */
  push(
    out: EntryColumns,
    generation: Generation,
    piece: Readonly<{ chunk: ParsedChunk; nowMs: number; upMs: number; completeUs: number }>,
  ): void {
    const { chunk, nowMs, upMs, completeUs } = piece;
    const { bytes, start, end, offsetBytes } = chunk;
    const reading = this.#readingOf(generation, offsetBytes);
    this.#followSection(out, reading, generation);
    const openBefore = reading.parser.openOffset;
    reading.parser.setTimes({ fileTimeMs: generation.modifiedAtMs, arrivalMs: nowMs });
    const { lineBytes } = chunk;
    if (lineBytes === undefined || lineBytes === end - start) {
      reading.parser.push(out, bytes, start, end, offsetBytes);
    } else {
      reading.parser.pushTruncated(out, bytes, start, end, { offsetBytes, lengthBytes: lineBytes });
    }
    reading.readEnd = offsetBytes + (lineBytes ?? end - start);
    reading.lastPushMs = upMs;
    const isOther = reading.parser.openOffset !== openBefore;
    if (isOther || reading.openSinceUs === Infinity) {
      reading.openSinceUs = completeUs;
      reading.openLooks = 0;
      reading.lookedAtUs = completeUs;
    }
    this.#dirty.add(generation.number);
    this.#awake.add(generation.number);
  }

  /** Read a line again, as far as it was taken, before what follows it is pushed. */
  goBack(
    out: EntryColumns,
    generation: Generation,
    taken: Readonly<{ bytes: Buffer; startOffset: number; endOffset: number; line: number }>,
  ): void {
    const { bytes, startOffset, endOffset, line } = taken;
    const reading = this.#readingOf(generation, endOffset);
    this.#followSection(out, reading, generation);
    reading.parser.flush(out);
    reading.parser.goBackTo(line);
    reading.parser.push(out, bytes, 0, bytes.length, startOffset);
    reading.floor = endOffset;
    reading.openSinceUs = Infinity;
  }

  /**
   * Close a record that begins with what had been taken for the end of another: its first bytes were committed with that one,
   * which has been let go of, and a crash would cost them.
   */
  closeSplit(
    out: EntryColumns,
    number: number,
    taken: Readonly<{ startOffset: number; endOffset: number }>,
  ): void {
    const parser = this.#readings.get(number)?.parser;
    const openOffset = parser?.openOffset ?? taken.endOffset;
    if (openOffset > taken.startOffset && openOffset < taken.endOffset) parser?.flush(out);
  }

  /** There is no line before `offsetBytes`. */
  passOver(generation: Generation, offsetBytes: number): void {
    this.#readingOf(generation, offsetBytes).readEnd = offsetBytes;
    this.#dirty.add(generation.number);
  }

  /** Close the open record of a generation. */
  flush(out: EntryColumns, number: number): void {
    this.#readings.get(number)?.parser.flush(out);
  }

  /** No more bytes are expected: its parser goes with the next commit. */
  end(out: EntryColumns, number: number): void {
    this.flush(out, number);
    this.#ended.add(number);
  }

  /** Close the open records of generations that were last read at `quietSinceMs`, monotonic, or before. */
  flushQuiet(
    out: EntryColumns,
    quietSinceMs: number,
    hasUnread: (generation: number) => boolean,
  ): void {
    for (const number of this.#dirty) {
      const reading = this.#readings.get(number);
      if (reading === undefined || reading.lastPushMs > quietSinceMs) continue;
      // Its turn to be read may be late on a busy machine: what waits may belong to the open record.
      if (reading.parser.openOffset === null || hasUnread(number)) continue;
      reading.parser.flush(out);
    }
  }

  /** Close every open record: nothing more is read. */
  flushAll(out: EntryColumns): void {
    for (const number of this.#dirty) this.flush(out, number);
  }

  /** Let the parsers rest that have nothing open and were last read at `quietSinceMs`, monotonic, or before. Returns about how many bytes that frees. */
  rest(quietSinceMs: number): number {
    let freedBytes = 0;
    for (const number of this.#awake) {
      const reading = this.#readings.get(number);
      if (reading !== undefined && reading.lastPushMs > quietSinceMs) continue;
      if (this.#dirty.has(number)) continue;
      reading?.parser.rest();
      this.#awake.delete(number);
      freedBytes += PARSER_BYTES;
    }
    return freedBytes;
  }

  /** Up to when no record is still open, arrival clock; infinite: none is, but for some that were for long. `lookedAtUs`: at all files. */
  openSinceUs(lookedAtUs: number): number {
    let sinceUs = Infinity;
    for (const number of this.#dirty) {
      const reading = this.#readings.get(number);
      if (reading === undefined || reading.parser.openOffset === null) continue;
      if (reading.lookedAtUs !== lookedAtUs) reading.openLooks += 1;
      reading.lookedAtUs = lookedAtUs;
      if (reading.openLooks <= OPEN_LOOKS_MAX) sinceUs = Math.min(sinceUs, reading.openSinceUs);
    }
    return sinceUs;
  }

  get hasOpenRecord(): boolean {
    return this.#dirty.size > 0;
  }

  /** Per dirty generation, the position that is safe once the rows in the head are. */
  safePositions(): Map<number, SafePosition> {
    const positions = new Map<number, SafePosition>();
    for (const number of this.#dirty) {
      const reading = this.#readings.get(number);
      if (reading === undefined) continue;
      const { openOffset, openLine } = reading.parser;
      const offsetBytes = Math.max(reading.floor, openOffset ?? reading.readEnd);
      positions.set(number, { offsetBytes, line: openLine });
    }
    return positions;
  }

  /** Of each of these generations, where its stamps are in an hour that a clock set back has twice; null: in none. */
  marks(): Map<number, CalendarMark | null> {
    const marks = new Map<number, CalendarMark | null>();
    for (const number of this.#dirty) {
      const reading = this.#readings.get(number);
      if (reading !== undefined) marks.set(number, reading.parser.mark);
    }
    return marks;
  }

  /** `positions` were committed. */
  committed(positions: ReadonlyMap<number, SafePosition>): void {
    for (const [number, { offsetBytes }] of positions) {
      const reading = this.#readings.get(number);
      if (reading === undefined) continue;
      reading.committed = offsetBytes;
      if (reading.readEnd === offsetBytes) this.#dirty.delete(number);
    }
    for (const number of this.#ended) {
      if (this.#dirty.has(number)) continue;
      this.#readings.delete(number);
      this.#ended.delete(number);
    }
  }

  /** Everything before it is committed; infinite for a generation that was not read by this process. */
  committedOffset(number: number): number {
    return this.#readings.get(number)?.committed ?? Number.POSITIVE_INFINITY;
  }

  /** Offset behind the last byte that was parsed. */
  readEnd(generation: Generation): number {
    return this.#readings.get(generation.number)?.readEnd ?? generation.committedOffset;
  }

  #readingOf(generation: Generation, offset: number): Reading {
    const known = this.#readings.get(generation.number);
    if (known !== undefined) return known;
    const reading: Reading = {
      parser: this.#parserOf(generation, {
        lineNumber: generation.committedLine,
        mark: this.#doubledHours.markOf(generation.number),
      }),
      watch: generation.watch,
      way: wayOf(generation),
      readEnd: offset,
      committed: offset,
      lastPushMs: Number.NEGATIVE_INFINITY,
      openSinceUs: Infinity,
      openLooks: 0,
      lookedAtUs: 0,
      floor: 0,
    };
    this.#readings.set(generation.number, reading);
    return reading;
  }

  /** Behind a reload its section may want it read in another way: from here on, with what is in no entry yet. */
  #followSection(out: EntryColumns, reading: Reading, generation: Generation): void {
    if (reading.watch === generation.watch) return;
    reading.watch = generation.watch;
    const way = wayOf(generation);
    if (isDeepStrictEqual(way, reading.way)) return;
    const mark = way.timezone === reading.way.timezone ? reading.parser.mark : null;
    reading.way = way;
    const { bytes, offsetBytes, line } = reading.parser.takeOpen();
    reading.parser = this.#parserOf(generation, { lineNumber: line, mark });
    if (bytes.length > 0) reading.parser.push(out, bytes, 0, bytes.length, offsetBytes);
  }

  #parserOf(
    generation: Generation,
    from: Pick<FileParserOptions, 'lineNumber' | 'mark'>,
  ): FileParser {
    return FileParser.open(this.#names, {
      ...wayOf(generation),
      generation: generation.number,
      path: generation.path,
      fileTimeMs: generation.modifiedAtMs,
      ...from,
    });
  }
}

function wayOf({ watch, source, encoding }: Generation): Way {
  const { tags, format, declared, timezone, multiline } = watch;
  return { source, encoding, tags, format, declared, timezone, multiline };
}
