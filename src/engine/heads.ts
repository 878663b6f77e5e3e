/**
 * The head that rows are appended to, the heads that are being sealed, and whoever seals them.
 *
 * A head that is taken leaves a fresh one in its place. Its memory comes back when it is sealed and is used again, so that
 * two heads are enough while one is filled and one is sealed. A large head goes to a thread of its own: shared,
 * not copied. Whatever fails, the rows stay in the taken head, to be tried again or put back.
 */
import { AssertionFailed, assert } from '../base/assert.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import { type ColumnNames, copyRow, EntryColumns } from '../model/entry-columns.ts';
import type { RetimedSegment, Retiming } from './retiming.ts';
import {
  type MergeInput,
  type SealContext,
  type SealedSegment,
  Sealer,
  type SealStamp,
  segmentEnds,
} from './seal.ts';
import { SealThread } from './seal-thread.ts';
import type { Dropped } from './thinning.ts';

/** Heads smaller than this are sealed where they are: faster than handing them over. About ten milliseconds. */
const THREAD_ROWS_MIN = 8192;

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
}>;

export class Heads implements Disposable {
  readonly #disk: Disk;
  readonly #context: SealContext;
  readonly #names: ColumnNames;
  readonly #thread: SealThread | null;
  #ownSealer: Sealer | null = null;
  #head: EntryColumns;
  #spare: EntryColumns | null = null;

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
    this.#head = this.#fresh();
  }

  /** Where rows are appended. */
  get head(): EntryColumns {
    return this.#head;
  }

  /** Take the head to seal it; `stampOf` gives numbers to so many segments, rows of `apart` get one each. */
  take(stampOf: (segmentCount: number) => SealStamp, apart: readonly number[] = []): TakenHead {
    const columns = this.#head;
    const ends = segmentEnds(columns, this.#context.limits, apart);
    this.#head = this.#spare ?? this.#fresh();
    this.#spare = null;
    const rowCount = columns.count;
    const isLarge = rowCount >= THREAD_ROWS_MIN;
    return { rowCount, isLarge, ends, stamp: stampOf(ends.length), columns };
  }

  /** Make a taken head durable, on the thread if it is large. */
  async seal(taken: TakenHead): Promise<readonly SealedSegment[]> {
    const thread = this.#thread;
    if (thread === null || !taken.isLarge) return this.sealNow(taken);
    const { columns, ends, stamp } = taken;
    const outcome = await thread.seal(columns, ends, stamp).catch((cause: unknown) => {
      // What it has written is not known. Going on could commit the offsets behind its rows.
      throw new AssertionFailed(
        `a sealing thread does not end while it seals: ${messageOf(cause)}`,
      );
    });
    if ('thrown' in outcome) throw outcome.thrown;
    this.#release(columns);
    return outcome.sealed;
  }

  /** The same on this thread, whatever its size. */
  sealNow(taken: TakenHead): readonly SealedSegment[] {
    const sealed = this.#sealer().seal(taken.columns, taken.ends, taken.stamp);
    this.#release(taken.columns);
    return sealed;
  }

  /** A taken head that could not be sealed is the head again, with what was appended since. */
  putBack({ columns }: TakenHead): void {
    const since = this.#head;
    for (let row = 0; row < since.count; row += 1) copyRow(since, row, columns);
    this.#release(since);
    this.#head = columns;
  }

  /** Several segments as one. Returns a promise where a thread does it. */
  merge(
    inputs: readonly MergeInput[],
    stamp: SealStamp,
    dropped: Dropped | null,
  ): SealedSegment | Promise<SealedSegment> {
    return (this.#thread ?? this.#sealer()).merge(inputs, stamp, dropped);
  }

  /** A segment with other times, made on this thread: whoever knows them is on it. */
  retime(input: MergeInput, stamp: SealStamp | null, retiming: Retiming): RetimedSegment {
    return this.#sealer().retime(input, stamp, retiming);
  }

  /** A segment with dense texts. Returns a promise where a thread does it. */
  densify(input: MergeInput, stamp: SealStamp): SealedSegment | Promise<SealedSegment> {
    return (this.#thread ?? this.#sealer()).densify(input, stamp);
  }

  /** What a burst left: room for its rows, and what seals them. Returns the bytes of the room. The head must be empty. */
  letGo(): number {
    assert(this.#head.count === 0, 'no row is let go of');
    const held = this.#heldBytes;
    // Whoever wrote rows may still know them by name.
    this.#head.letGo();
    this.#spare?.letGo();
    this.#spare = null;
    this.#ownSealer = null;
    this.#thread?.letGo();
    return held - this.#heldBytes;
  }

  get #heldBytes(): number {
    return this.#head.heldBytes + (this.#spare?.heldBytes ?? 0);
  }

  [Symbol.dispose](): void {
    this.#thread?.[Symbol.dispose]();
  }

  #fresh(): EntryColumns {
    return new EntryColumns(this.#names, { isShared: this.#thread !== null });
  }

  #release(columns: EntryColumns): void {
    columns.clear();
    this.#spare = columns;
  }

  /** It holds some megabytes: made when there is something to seal on this thread. */
  #sealer(): Sealer {
    this.#ownSealer ??= new Sealer(this.#disk, this.#context);
    return this.#ownSealer;
  }
}
