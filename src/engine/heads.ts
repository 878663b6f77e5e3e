/**
 * The head that rows are appended to, the heads that are being sealed, and whoever seals them.
 *
 * A head that is taken leaves a fresh one in its place. Its memory comes back when it is encoded and is used again, so that
 * two heads are enough while one is filled and one is encoded. A large head goes to a thread of its own: shared,
 * not copied. Whatever fails, its rows stay in the taken head, or as bytes in `MeanwhileSealer`, to be tried again or put back.
 */
import { assert } from '../base/assert.ts';
import type { Disk } from '../base/disk.ts';
import { type ColumnNames, copyRow, EntryColumns } from '../model/entry-columns.ts';
import { MeanwhileSealer, Sealing } from './meanwhile-sealer.ts';
import type { RetimedSegment, Retiming } from './retiming.ts';
import {
  type MergeInput,
  type SealContext,
  type SealedSegment,
  Sealer,
  type SealStamp,
  segmentEnds,
} from './seal.ts';
import { SealAhead } from './seal-ahead.ts';
import { SealThread } from './seal-thread.ts';
import { SegmentStore } from './segment-store.ts';
import type { Dropped } from './thinning.ts';

/** Heads smaller than this are sealed where they are: faster than handing them over. About ten milliseconds. */
const THREAD_ROWS_MIN = 8192;

/**
 * Merges of fewer rows are made on this thread where the other one does not run: a tenth of a second, and what it holds is some
 * 25 MB. A merge of heads that were too small for it is one.
 */
const THREAD_MERGE_ROWS_MIN = 8 * THREAD_ROWS_MIN;
/** And of less text: what so many rows of usual lines have, twice. */
const THREAD_MERGE_BYTES_MIN = 16 * 1024 * 1024;

/** Of a head that waits; between two steps the thread looks at what else there is. */
const PREPARED_ROWS = 4096;

/** A head that gets no more rows. */
export type TakenHead = Readonly<{
  rowCount: number;
  /** It is worth a thread of its own, where there is one. */
  isLarge: boolean;
  /** Rows up to each of these make one segment. */
  ends: readonly number[];
  stamp: SealStamp;
  /** A thread's while it seals them. */
  columns: EntryColumns;
  /** What is known of them. */
  ahead: SealAhead;
}>;

export class Heads implements Disposable {
  readonly #disk: Disk;
  readonly #context: SealContext;
  readonly #names: ColumnNames;
  readonly #thread: SealThread | null;
  readonly #meanwhile: MeanwhileSealer | null;
  #ownSealer: Sealer | null = null;
  #head: EntryColumns;
  #ahead = new SealAhead();
  #spare: EntryColumns | null = null;
  #spareAhead: SealAhead | null = null;

  constructor(
    disk: Disk,
    context: SealContext,
    options: Readonly<{ names: ColumnNames; onThread: boolean }>,
  ) {
    const { names, onThread } = options;
    this.#disk = disk;
    this.#context = context;
    this.#names = names;
    this.#thread = onThread ? new SealThread(context, names) : null;
    const store = context.folder === null ? null : new SegmentStore(disk, context.folder);
    this.#meanwhile =
      this.#thread && new MeanwhileSealer(this.#thread, store, (taken) => this.#release(taken));
    this.#head = this.#fresh();
  }

  /** Where rows are appended. */
  get head(): EntryColumns {
    return this.#head;
  }

  /** Take the head to seal it; `stampOf` gives numbers to so many segments, rows of `apart` get one each. */
  take(stampOf: (segmentCount: number) => SealStamp, apart: readonly number[] = []): TakenHead {
    const columns = this.#head;
    const ahead = this.#ahead;
    const ends = segmentEnds(columns, this.#context.limits, apart);
    this.#head = this.#spare ?? this.#freshAs(columns);
    this.#spare = null;
    this.#ahead = this.#spareAhead ?? new SealAhead();
    this.#spareAhead = null;
    const rowCount = columns.count;
    const isLarge = rowCount >= THREAD_ROWS_MIN;
    return { rowCount, isLarge, ends, stamp: stampOf(ends.length), columns, ahead };
  }

  /** Begin to make a taken head durable, on the thread if it is large. */
  beginSeal(taken: TakenHead): Sealing {
    if (this.#meanwhile === null || !taken.isLarge) {
      const durable = Promise.try(() => this.sealNow(taken));
      return new Sealing(durable, durable);
    }
    return this.#meanwhile.begin(taken);
  }

  /** The same on this thread, whatever its size. */
  sealNow(taken: TakenHead): readonly SealedSegment[] {
    const { columns, ends, stamp, ahead } = taken;
    const sealed = this.#sealer().seal(columns, ends, stamp, ahead.known(ends.length));
    this.#release(taken);
    return sealed;
  }

  /** A taken head that could not be sealed is the head again, with what was appended since. */
  putBack({ columns, ahead }: TakenHead): void {
    const since = { columns: this.#head, ahead: this.#ahead };
    for (let row = 0; row < since.columns.count; row += 1) copyRow(since.columns, row, columns);
    this.#release(since);
    this.#head = columns;
    this.#ahead = ahead;
  }

  /** Do a little of what sealing the head will need, a millisecond of it; false where nothing is left to do. */
  prepare(): boolean {
    return this.#thread !== null && this.#ahead.step(this.#head, PREPARED_ROWS);
  }

  /** Several segments as one. Returns a promise where the thread does it: it runs, or it is worth starting. */
  merge(
    inputs: readonly MergeInput[],
    stamp: SealStamp,
    dropped: Dropped | null,
  ): SealedSegment | Promise<SealedSegment> {
    const rowCount = inputs.reduce((sum, { row }) => sum + row.rowCount, 0);
    const rawBytes = inputs.reduce((sum, { row }) => sum + row.rawBytes, 0);
    const isSmall = rowCount < THREAD_MERGE_ROWS_MIN && rawBytes < THREAD_MERGE_BYTES_MIN;
    const thread = isSmall && !this.#thread?.isRunning ? null : this.#thread;
    return (thread ?? this.#sealer()).merge(inputs, stamp, dropped);
  }

  /** A segment with other times, made on this thread: whoever knows them is on it. */
  retime(input: MergeInput, stamp: SealStamp | null, retiming: Retiming): RetimedSegment {
    return this.#sealer().retime(input, stamp, retiming);
  }

  /** A segment with dense texts. Returns a promise where a thread does it. */
  densify(input: MergeInput, stamp: SealStamp): SealedSegment | Promise<SealedSegment> {
    return (this.#thread ?? this.#sealer()).densify(input, stamp);
  }

  /** End a thread that was asked for nothing since this was called last. */
  restThread(): void {
    this.#thread?.rest();
  }

  /** What a burst left: room for its rows, and what seals them. Returns the bytes of the room. The head must be empty. */
  letGo(): number {
    assert(this.#head.count === 0, 'no row is let go of');
    const held = this.#heldBytes;
    // Whoever wrote rows may still know them by name.
    this.#head.letGo();
    this.#spare?.letGo();
    this.#spare = null;
    this.#spareAhead = null;
    this.#ahead = new SealAhead();
    this.#ownSealer = null;
    this.#meanwhile?.letGo();
    this.#thread?.letGo();
    return held - this.#heldBytes;
  }

  get #heldBytes(): number {
    const roomBytes = this.#meanwhile?.heldBytes ?? 0;
    return this.#head.heldBytes + (this.#spare?.heldBytes ?? 0) + roomBytes;
  }

  [Symbol.dispose](): void {
    this.#thread?.[Symbol.dispose]();
  }

  #fresh(): EntryColumns {
    return new EntryColumns(this.#names, { isShared: this.#thread !== null });
  }

  /** The next head of a load becomes as large as the one before. */
  #freshAs(columns: EntryColumns): EntryColumns {
    const fresh = this.#fresh();
    if (columns.count >= THREAD_ROWS_MIN) fresh.reserveAs(columns);
    return fresh;
  }

  #release({ columns, ahead }: Pick<TakenHead, 'columns' | 'ahead'>): void {
    columns.clear();
    ahead.clear();
    this.#spare = columns;
    this.#spareAhead = ahead;
  }

  /** It holds some megabytes: made when there is something to seal on this thread. */
  #sealer(): Sealer {
    this.#ownSealer ??= new Sealer(this.#disk, this.#context);
    return this.#ownSealer;
  }
}
