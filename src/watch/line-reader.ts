/**
 * Reads what is new in one generation and hands over whole lines.
 *
 * Nothing is carried from read to read: an unfinished line stays in the file and is read again with what
 * follows it. Each read begins before the position already seen, and those bytes and the head must be the
 * same as before: else the file was truncated or overwritten, and the outcome is `replaced`.
 *
 * Memory: one buffer for all files, one more of `LINE_BYTES_MAX` from the first long line on. A line longer
 * than `REREAD_BYTES_MAX` is scanned for its end before any of it is handed over.
 */
import { endOfNuls, HOLE_BYTES_MIN } from '../base/nul-holes.ts';
import { keptCopy } from '../base/thread-memory.ts';
import type { ByteSource } from './byte-source.ts';
import { headIsIntact, passMilestones, tailIsIntact } from './fingerprint.ts';
import { type GenerationRecord, isWide, NO_BYTES } from './generation.ts';
import { HEAD_BYTES, LINE_BYTES_MAX, READ_BYTES, REREAD_BYTES_MAX, TAIL_BYTES } from './limits.ts';
import { cutBefore, endOfFirstLine, endOfLastLine, findHole } from './line-ends.ts';
import { endOfText } from './room-ahead.ts';
import type { WatchSink } from './sink.ts';
import { probeText } from './text-probe.ts';

export type ReadOutcome =
  /** The share is used up; more is there. */
  | 'more'
  /** All there is was read. */
  | 'end'
  /** The bytes seen before are gone. */
  | 'replaced'
  /** The sink wants no more in this round. */
  | 'stopped';

/** Bytes that are not handed over, told to the ledger. */
export type Skip = Readonly<{ start: number; end: number; reason: SkipReason }>;
export type SkipReason = 'hole of NUL bytes' | 'rest of a long line';

export type ReaderOptions = Readonly<{
  skipped: (generation: GenerationRecord, skip: Skip) => void;
  /** Smaller ones let a test reach every boundary with few bytes. */
  sizes?: ReaderSizes;
}>;

export type ReaderSizes = Readonly<{
  readBytes: number;
  rereadBytesMax: number;
  lineBytesMax: number;
}>;

const SIZES: ReaderSizes = {
  readBytes: READ_BYTES,
  rereadBytesMax: REREAD_BYTES_MAX,
  lineBytesMax: LINE_BYTES_MAX,
};

/** Readable bytes behind a chunk, so that parsers may read eight at a time. */
const SLACK_BYTES = 16;

/** `bytes[0]` lies at `offsetBytes` of the generation; `[lineStart, end)` is to be handed over. */
type Piece = Readonly<{ bytes: Buffer; offsetBytes: number; lineStart: number; end: number }>;

export class LineReader {
  readonly #sizes: ReaderSizes;
  readonly #buffer: Buffer;
  #lineBuffer: Buffer = NO_BYTES;
  readonly #skipped: ReaderOptions['skipped'];

  constructor(options: ReaderOptions) {
    const { skipped, sizes = SIZES } = options;
    const { readBytes, rereadBytesMax } = sizes;
    this.#skipped = skipped;
    this.#sizes = sizes;
    this.#buffer = Buffer.allocUnsafeSlow(readBytes + rereadBytesMax + TAIL_BYTES + SLACK_BYTES);
  }

  /** Read up to about `shareBytes`; with `leavesRoom` not into room that a writer made ahead. */
  read(
    generation: GenerationRecord,
    source: ByteSource,
    options: Readonly<{
      sink: WatchSink;
      sizeBytes: number;
      shareBytes: number;
      leavesRoom: boolean;
    }>,
  ): ReadOutcome {
    let leftBytes = options.shareBytes;
    for (;;) {
      if (generation.skipReason !== null) return skipAll(generation, options.sizeBytes);
      const rereads = generation.seenOffset - generation.readOffset <= this.#sizes.rereadBytesMax;
      const checked = generation.seenOffset - generation.tail.length;
      const from = rereads ? Math.min(generation.readOffset, checked) : checked;
      const seen = generation.seenOffset - from;
      let end = source.read(this.#buffer, 0, seen + this.#sizes.readBytes, from);
      if (end < seen || !this.#tailMatches(generation, seen)) return 'replaced';
      if (!headIsIntact(generation, source)) return 'replaced';
      if (end > seen && options.leavesRoom && !isWide(generation.encoding)) {
        const piece = { bytes: this.#buffer, from, seen, end };
        const limits = { sizeBytes: options.sizeBytes, lookBytesMax: leftBytes };
        const text = endOfText(generation, source, piece, limits);
        if (text.later) return 'more';
        end = text.end;
      } else {
        generation.roomEnd = 0;
      }
      if (end === seen) return 'end';
      leftBytes -= end - seen;
      const goesOn = rereads
        ? this.#takeLines(generation, { from, seen, end }, options.sink)
        : this.#scanLongLine(generation, source, { from, seen, end, sink: options.sink });
      if (goesOn === 'replaced') return 'replaced';
      if (!goesOn) return 'stopped';
      if (leftBytes <= 0) return 'more';
    }
  }

  /** Offer the unfinished line at the end. Returns whether it was taken. */
  offerPartial(generation: GenerationRecord, source: ByteSource, sink: WatchSink): boolean {
    const { readOffset, seenOffset, insideLine } = generation;
    // Half a unit of UTF-16 is no part of a line yet.
    const end = isWide(generation.encoding) ? seenOffset - (seenOffset % 2) : seenOffset;
    const lineBytes = end - readOffset;
    if (lineBytes <= 0) return false;
    const kept = this.#readLine(generation, source, lineBytes);
    if (kept === undefined) return false;
    const chunk = { bytes: this.#lineBuffer, start: 0, end: kept, offsetBytes: readOffset };
    if (sink.partial(generation, { ...chunk, lineBytes, continues: insideLine }) === 'kept') {
      return false;
    }
    this.#skipRest(generation, { start: readOffset + kept, end });
    generation.readOffset = end;
    generation.handedOffset = end;
    generation.insideLine = true;
    generation.probed = true;
    generation.cuts.push(end);
    return true;
  }

  #tailMatches(generation: GenerationRecord, seen: number): boolean {
    const { tail } = generation;
    return this.#buffer.compare(tail, 0, tail.length, seen - tail.length, seen) === 0;
  }

  /** Hand over the whole lines in the buffer; what follows the last newline stays for the next read. */
  #takeLines(
    generation: GenerationRecord,
    piece: Readonly<{ from: number; seen: number; end: number }>,
    sink: WatchSink,
  ): boolean {
    const { from, seen, end } = piece;
    if (!isWide(generation.encoding)) this.#skipHole(generation, from, end);
    const lineStart = generation.readOffset - from;
    if (!generation.probed) probe(generation, this.#buffer.subarray(lineStart, end));
    if (generation.skipReason !== null) return true;
    const wide = isWide(generation.encoding);
    const linesEnd = endOfLastLine(this.#buffer, generation.encoding, {
      from: Math.max(lineStart, wide ? seen - 1 : seen),
      to: end,
      offsetBytes: from,
    });
    if (linesEnd < 0) {
      this.#moveTo(generation, from, end);
      return true;
    }
    const lines = { bytes: this.#buffer, offsetBytes: from, lineStart, end: linesEnd };
    const goesOn = wide
      ? handOver(generation, lines, sink)
      : this.#handOverText(generation, lines, sink);
    const stoppedAt = generation.readOffset - from;
    // A hole must not grow into a long line: what is behind it would be cut off.
    if (!wide && stoppedAt === linesEnd) this.#skipHole(generation, from, end);
    this.#moveTo(generation, from, stoppedAt < linesEnd ? stoppedAt : end);
    return goesOn;
  }

  /** The line is too long to be read again each time: look for its end only, then read it once. */
  #scanLongLine(
    generation: GenerationRecord,
    source: ByteSource,
    piece: Readonly<{ from: number; seen: number; end: number; sink: WatchSink }>,
  ): boolean | 'replaced' {
    const { from, seen, end, sink } = piece;
    const wide = isWide(generation.encoding);
    const lineEnd = endOfFirstLine(this.#buffer, generation.encoding, {
      from: wide ? Math.max(0, seen - 1) : seen,
      to: end,
      offsetBytes: from,
    });
    if (lineEnd < 0) {
      this.#moveTo(generation, from, end);
      return true;
    }
    const { readOffset: offsetBytes, insideLine: continues } = generation;
    const lineBytes = from + lineEnd - offsetBytes;
    const kept = this.#readLine(generation, source, lineBytes);
    if (kept === undefined) return 'replaced';
    this.#moveTo(generation, from, lineEnd);
    generation.readOffset = from + lineEnd;
    generation.handedOffset = offsetBytes + kept;
    generation.insideLine = false;
    generation.probed = true;
    const chunk = { bytes: this.#lineBuffer, start: 0, end: kept, offsetBytes, continues };
    if (kept === lineBytes) return sink.chunk(generation, chunk);
    this.#skipRest(generation, { start: offsetBytes + kept, end: offsetBytes + lineBytes });
    return sink.longLine(generation, { ...chunk, lineBytes });
  }

  /** Fill the line buffer from `readOffset`. Returns how many bytes of the line are kept; undefined: it is gone. */
  #readLine(
    generation: GenerationRecord,
    source: ByteSource,
    lineBytes: number,
  ): number | undefined {
    const { encoding, readOffset } = generation;
    const { rereadBytesMax, lineBytesMax } = this.#sizes;
    const wanted = Math.min(lineBytes, lineBytesMax);
    if (this.#lineBuffer.length < wanted + SLACK_BYTES) {
      const size = wanted <= rereadBytesMax ? rereadBytesMax : lineBytesMax;
      this.#lineBuffer = Buffer.allocUnsafeSlow(size + SLACK_BYTES);
    }
    const bytes = this.#lineBuffer;
    if (source.read(bytes, 0, wanted, readOffset) < wanted) return undefined;
    if (!headIsIntact(generation, source) || !tailIsIntact(generation, source)) return undefined;
    if (wanted === lineBytes) return wanted;
    // One byte less, so that the byte behind the cut is there to be looked at.
    return cutBefore(bytes, encoding, { from: 0, to: wanted - 1, offsetBytes: readOffset });
  }

  /** Hand over lines of a text in which NULs are no text: holes at the beginning of a line are left out. */
  #handOverText(generation: GenerationRecord, piece: Piece, sink: WatchSink): boolean {
    const { bytes, offsetBytes, end } = piece;
    let lineStart = piece.lineStart;
    for (;;) {
      const hole = findHole(bytes, lineStart, end);
      if (hole === undefined) return handOver(generation, { ...piece, lineStart }, sink);
      if (hole.start > lineStart) {
        const before = { bytes, offsetBytes, lineStart, end: hole.start };
        if (!handOver(generation, before, sink)) return false;
      }
      this.#skipped(generation, {
        start: offsetBytes + hole.start,
        end: offsetBytes + hole.end,
        reason: 'hole of NUL bytes',
      });
      generation.readOffset = offsetBytes + hole.end;
      lineStart = hole.end;
      if (lineStart === end) return true;
    }
  }

  /** Leave out NULs at `readOffset`: a writer that kept its position wrote behind a truncation. */
  #skipHole(generation: GenerationRecord, from: number, end: number): void {
    if (generation.insideLine) return;
    const start = generation.readOffset - from;
    const textStart = endOfNuls(this.#buffer, start, end);
    const enough = generation.insideHole || textStart - start >= HOLE_BYTES_MIN;
    generation.insideHole = enough && textStart === end;
    if (!enough || textStart === start) return;
    this.#skipped(generation, {
      start: generation.readOffset,
      end: from + textStart,
      reason: 'hole of NUL bytes',
    });
    if (generation.headOffset === generation.readOffset) {
      // NULs tell no generation from another: the head is what follows them.
      generation.headOffset = from + textStart;
      generation.head = NO_BYTES;
    }
    generation.readOffset = from + textStart;
  }

  #skipRest(generation: GenerationRecord, rest: Readonly<{ start: number; end: number }>): void {
    if (rest.end > rest.start) {
      this.#skipped(generation, { ...rest, reason: 'rest of a long line' });
    }
  }

  /** All before `index` of the buffer was seen; remember the bytes in front of it. */
  #moveTo(generation: GenerationRecord, from: number, index: number): void {
    passMilestones(generation, { bytes: this.#buffer, start: from }, from + index);
    generation.seenOffset = from + index;
    const tail = this.#buffer.subarray(Math.max(0, index - TAIL_BYTES), index);
    // Of a short file the last bytes are the first.
    generation.tail = tail.equals(generation.head) ? generation.head : keptCopy(tail);
  }
}

function handOver(generation: GenerationRecord, piece: Piece, sink: WatchSink): boolean {
  const { bytes, lineStart: start, end, offsetBytes } = piece;
  const continues = generation.insideLine;
  generation.insideLine = false;
  generation.probed = true;
  generation.readOffset = offsetBytes + end;
  generation.handedOffset = offsetBytes + end;
  return sink.chunk(generation, { bytes, start, end, offsetBytes: offsetBytes + start, continues });
}

/** Before anything is handed over: is it text, and in which encoding? `first` are its first bytes behind a hole. */
function probe(generation: GenerationRecord, first: Buffer): void {
  const beginning = generation.startOffset > 0 ? generation.head : first.subarray(0, HEAD_BYTES);
  const found = probeText(beginning);
  generation.skipReason = found.skipReason;
  if (found.encoding !== null) generation.encoding = found.encoding;
  if (found.skipReason !== null || found.encoding !== null) generation.changed = true;
}

function skipAll(generation: GenerationRecord, sizeBytes: number): ReadOutcome {
  generation.readOffset = Math.max(sizeBytes, generation.readOffset);
  generation.seenOffset = generation.readOffset;
  generation.tail = NO_BYTES;
  return 'end';
}
