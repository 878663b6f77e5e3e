/** The engine's end of its sealing thread: started with an order, ended when there are none for a while, or with the engine. */
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import type { TakenHead } from './heads.ts';
import type { MergeInput, SealContext, SealedSegment, SealStamp, SegmentBytes } from './seal.ts';
import type { KnownRows } from './seal-ahead.ts';
import { NamesSender, type SentColumns, type SentNames, sentColumns } from './sent-columns.ts';
import type { Dropped } from './thinning.ts';

export type EncodeOrder = Readonly<{
  columns: SentColumns;
  added: SentNames;
  ends: readonly number[];
  stamp: SealStamp;
  known: KnownRows;
  /** For the bytes. */
  room: SharedArrayBuffer | null;
}>;

/** `room`: where the bytes are, or most of them; as it was ordered, or larger. */
export type EncodedHead = Readonly<{ segments: readonly SegmentBytes[]; room: SharedArrayBuffer }>;

export type MergeOrder = Readonly<{
  inputs: readonly MergeInput[];
  stamp: SealStamp;
  dropped: Dropped | null;
}>;

export type DensifyOrder = Readonly<{ input: MergeInput; stamp: SealStamp }>;

export class SealThread implements Disposable {
  readonly #context: SealContext;
  readonly #names: ColumnNames;
  #worker: Thread | null = null;
  #calls: ThreadCalls | null = null;
  #added: NamesSender;
  #waiting = 0;
  /** Nothing was ordered since `rest` was called last. */
  #wasIdle = false;

  constructor(context: SealContext, names: ColumnNames) {
    this.#context = context;
    this.#names = names;
    this.#added = new NamesSender(names);
  }

  /** Encode a head. Its columns, shared ones, are the thread's until it answers, and so is the room for its bytes. */
  encode(
    { columns, ends, stamp, ahead }: TakenHead,
    room: SharedArrayBuffer | null,
  ): Promise<EncodedHead> {
    // A thread that starts knows no names yet.
    this.#start();
    const added = this.#added.added();
    const known = ahead.known(ends.length);
    const order: EncodeOrder = { columns: sentColumns(columns), added, ends, stamp, known, room };
    return this.#order<EncodedHead>('encode', order);
  }

  merge(
    inputs: readonly MergeInput[],
    stamp: SealStamp,
    dropped: Dropped | null = null,
  ): Promise<SealedSegment> {
    return this.#order<SealedSegment>('merge', { inputs, stamp, dropped } satisfies MergeOrder);
  }

  densify(input: MergeInput, stamp: SealStamp): Promise<SealedSegment> {
    return this.#order<SealedSegment>('densify', { input, stamp } satisfies DensifyOrder);
  }

  get isRunning(): boolean {
    return this.#calls !== null;
  }

  /** Let go of a thread of which nothing was asked since the last call. */
  rest(): void {
    if (this.#wasIdle) this.letGo();
    this.#wasIdle = true;
  }

  /** End a thread that has nothing to do; the next order starts another. */
  letGo(): void {
    if (this.#waiting > 0) return;
    this[Symbol.dispose]();
    // Which knows no names yet.
    this.#added = new NamesSender(this.#names);
  }

  /** Ends the thread at once; what it was writing is a partial file, which the next start deletes. */
  [Symbol.dispose](): void {
    const worker = this.#worker;
    this.#calls?.[Symbol.dispose]();
    this.#calls = null;
    this.#worker = null;
    void worker?.end();
  }

  /** An order holds the process; a thread that waits for one does not. */
  async #order<Result>(name: string, value: unknown): Promise<Result> {
    const calls = this.#start();
    const worker = this.#worker;
    this.#waiting += 1;
    this.#wasIdle = false;
    worker?.ref();
    try {
      return await calls.call<Result>(name, value);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) worker?.unref();
    }
  }

  #start(): ThreadCalls {
    if (this.#calls !== null) return this.#calls;
    const worker = Thread.start(moduleUrl('./seal-worker.ts', import.meta.url), {
      name: 'seal',
      workerData: this.#context,
    });
    const calls = new ThreadCalls(worker);
    worker.once('error', (cause) => calls.gone(`the sealing thread failed: ${cause.message}`));
    worker.once('exit', () => {
      calls.gone('the sealing thread ended');
      // The next order starts another, which knows no names yet.
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#calls = null;
      this.#added = new NamesSender(this.#names);
    });
    worker.unref();
    this.#worker = worker;
    this.#calls = calls;
    return calls;
  }
}
