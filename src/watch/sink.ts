/**
 * What reading hands over, and to whom.
 *
 * All calls are synchronous and the bytes are valid only during the call. What was handed over is not
 * handed over again in this process; after a restart everything behind the committed offset is.
 */
import type { Generation } from './generation.ts';

export type Chunk = Readonly<{
  /** Shared by all chunks; a few readable bytes follow `end`. */
  bytes: Buffer;
  start: number;
  end: number;
  /** Where `start` lies in the generation. */
  offsetBytes: number;
  /** Whether it goes on with a line whose beginning was taken as finished (see `WatchSink.partial`). */
  continues: boolean;
}>;

/** One line of which only the first `end - start` bytes are given. */
export type LongLine = Chunk & Readonly<{ lineBytes: number }>;

export interface WatchSink {
  /** Whole lines, each with its newline. False: enough for this round; the chunk counts as taken. */
  chunk(generation: Generation, chunk: Chunk): boolean;
  /** A line longer than `LINE_BYTES_MAX`; `lineBytes` is its length in the file. False as above. */
  longLine(generation: Generation, line: LongLine): boolean;
  /**
   * A last line without newline that seems finished. `taken`: it counts as a line, its end may be committed,
   * and bytes that follow later arrive as a chunk that `continues`. `kept`: it is offered again, whole.
   */
  partial(generation: Generation, line: LongLine): 'taken' | 'kept';
  /** Read to the end and given up: close what is open for it. If it ever grows again, chunks follow. */
  ended(generation: Generation): void;
}
