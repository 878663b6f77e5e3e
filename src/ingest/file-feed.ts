/**
 * Chunks of files on their way into the head: kept raw in the intake, then parsed; and read again from there after a crash.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import type { Generation } from '../watch/generation.ts';
import type { WatchSink } from '../watch/sink.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { IntakeFrame } from './intake.ts';
import { frameOf, holeBefore, isHole, missingPartOf } from './intake-frames.ts';
import { type ParsedChunk, ParserPool } from './parser-pool.ts';

export type FeedOptions = Readonly<{
  clock: Clock;
  log: Log;
  /** Told of every chunk that was taken. Returns whether there is room for more. */
  onChunk: () => boolean;
  /** See `ReadComplete`. */
  completeUs: () => number;
}>;

export class FileFeed {
  readonly parsers: ParserPool;
  readonly sink: WatchSink;
  readonly #parts: Pick<IngestParts, 'engine' | 'intake' | 'lastLines' | 'watcher'>;
  readonly #options: FeedOptions;
  #byteCount = 0;
  /** The intake cannot be written; said once. */
  #intakeFails = false;

  constructor(parts: IngestParts, options: FeedOptions) {
    this.#parts = parts;
    this.#options = options;
    this.parsers = new ParserPool(parts.names, parts.doubledHours);
    this.sink = {
      chunk: (generation, chunk) => this.#take(generation, chunk),
      longLine: (generation, line) => this.#take(generation, line),
      partial: (generation, line) => {
        this.#take(generation, line, true);
        return 'taken';
      },
      ended: (generation) => this.parsers.end(this.#head, generation.number),
    };
  }

  /** Bytes of files since the start. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Close the records of files that were quiet since then, monotonic, and have nothing more to read. */
  flushQuiet(quietSinceMs: number): void {
    const { watcher } = this.#parts;
    this.parsers.flushQuiet(this.#head, quietSinceMs, (generation) =>
      watcher.hasUnread(generation),
    );
  }

  flushAll(): void {
    this.parsers.flushAll(this.#head);
  }

  /** Read a frame of a former process again; the file goes on behind it. Returns whether something of it was missing. */
  replay(frame: IntakeFrame): boolean {
    const { watcher } = this.#parts;
    const end = frame.offset + frame.coveredBytes;
    const generation =
      watcher.generation(frame.generation) ?? watcher.recall(frame.generation, end);
    if (generation === undefined) return false;
    const readEnd = this.parsers.readEnd(generation);
    if (isHole(frame)) return this.#replayHole(generation, frame, readEnd);
    const chunk = missingPartOf(frame, readEnd);
    if (chunk === null) return false;
    this.#parse(generation, chunk, frame.endsInsideLine);
    watcher.resume(generation.number, {
      offsetBytes: end,
      insideLine: frame.endsInsideLine,
      kept: { start: frame.offset, bytes: frame.bytes },
    });
    return true;
  }

  #replayHole(generation: Generation, frame: IntakeFrame, readEnd: number): boolean {
    const end = frame.offset + frame.coveredBytes;
    if (readEnd < frame.offset || readEnd >= end) return false;
    this.parsers.passOver(generation, end);
    this.#parts.watcher.resumeBehindHole(generation.number, { start: readEnd, end });
    return true;
  }

  get #head(): EntryColumns {
    return this.#parts.engine.head;
  }

  #take(generation: Generation, chunk: ParsedChunk, endsInsideLine = false): boolean {
    const hole = holeBefore(generation, this.parsers.readEnd(generation), chunk.offsetBytes);
    if (hole !== null) this.#keep(hole);
    this.#keep(frameOf(generation, chunk, endsInsideLine));
    this.#parse(generation, chunk, endsInsideLine);
    this.#byteCount += chunk.end - chunk.start;
    return this.#options.onChunk();
  }

  /** A line that was taken without its newline is read anew, whole, when it goes on. */
  #parse(generation: Generation, chunk: ParsedChunk, endsInsideLine: boolean): void {
    const { engine, lastLines } = this.#parts;
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const grown = chunk.continues
      ? lastLines.grow(generation.number, chunk.offsetBytes, (segment) =>
          engine.onlyEntryOf(segment),
        )
      : null;
    if (grown !== null) {
      this.parsers.goBack(this.#head, generation, { ...grown.last, bytes: grown.bytes });
    }
    this.parsers.push(this.#head, generation, {
      ...{ chunk, nowMs, upMs: clock.monotonicMs() },
      completeUs: this.#options.completeUs(),
    });
    if (grown !== null) this.parsers.closeSplit(this.#head, generation.number, grown.last);
    if (!endsInsideLine) return;
    this.parsers.flush(this.#head, generation.number);
    const endOffset = chunk.offsetBytes + chunk.end - chunk.start;
    lastLines.begin(this.#head, { generation: generation.number, endOffset, nowMs });
  }

  /** Into the intake. Where that fails (disk full) reading goes on: the file itself still has the bytes. */
  #keep(frame: IntakeFrame): void {
    try {
      this.#parts.intake?.append(frame);
      this.#intakeFails = false;
    } catch (cause) {
      if (!this.#intakeFails) {
        this.#options.log.warn(
          { cause },
          'Cannot keep what is read in the intake; it is in its files only',
        );
      }
      this.#intakeFails = true;
    }
  }
}
