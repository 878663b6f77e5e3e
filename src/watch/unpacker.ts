/**
 * Unpacks compressed files one after the other, beside the reading of the others. The next one begins when the
 * content of the one before was read, so that only one of them takes room on the disk; or when that cannot be read before
 * another one was.
 */
import { tmpdir } from 'node:os';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import type { Packing } from '../base/unpacking.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import { isHeldBack, type Tail } from './tail.ts';
import { unpack } from './unpack.ts';

/**
 * Opened when it was found, for rotation may give its name to another file before its turn comes; where too many wait,
 * opened again when it is its turn.
 */
export type PackedFile = Readonly<{
  path: string;
  format: Packing;
  packed: ByteSource | null;
  /** Undefined: it is gone. */
  reopen: () => ByteSource | undefined;
}>;

/** Files held open while they wait: hundreds may wait after a long absence, and each would take a descriptor. */
const HELD_MAX = 32;

/** The same, of the files that may be open at a time. */
const HELD_SHARE_MAX = 1 / 2;

export type UnpackJob = Readonly<{
  tail: Tail;
  /** Tried in turn until one holds what is wanted. */
  candidates: readonly PackedFile[];
  /** Whether the content must be that of the tail's generation. */
  isKnown: boolean;
  done: (outcome: UnpackOutcome) => void;
}>;

export type UnpackOutcome =
  | Readonly<{ kind: 'unpacked'; source: ByteSource; path: string }>
  | Readonly<{ kind: 'none' }>
  /** `isOurs`: the system refused, which says nothing of the file: a full disk, too many open files. */
  | Readonly<{ kind: 'failed'; reason: string; isOurs: boolean }>;

export class Unpacker implements AsyncDisposable {
  readonly #scratchFolder: string;
  readonly #heldMax: number;
  readonly #abort = new AbortController();
  readonly #waiting: UnpackJob[] = [];
  #running: Promise<void> | null = null;
  #finished: Readonly<{ job: UnpackJob; outcome: UnpackOutcome }>[] = [];
  /** Whose content is being read, or waits until it may be. */
  #readers: Readonly<{ tail: Tail; source: ByteSource }>[] = [];
  #wake: (() => void) | null = null;

  constructor(scratchFolder: string | undefined, handlesMax: number) {
    this.#scratchFolder = scratchFolder ?? tmpdir();
    this.#heldMax = Math.min(HELD_MAX, Math.floor(handlesMax * HELD_SHARE_MAX));
  }

  onWork(wake: () => void): void {
    this.#wake = wake;
  }

  get isBusy(): boolean {
    return this.#running !== null || this.#waiting.length > 0 || this.#finished.length > 0;
  }

  get hasFinished(): boolean {
    return this.#finished.length > 0;
  }

  /** Whether one more file may be held open until its turn. */
  get hasRoom(): boolean {
    let heldCount = 0;
    for (const { candidates } of this.#waiting) heldCount += candidates.length;
    return heldCount < this.#heldMax;
  }

  add(job: UnpackJob): void {
    job.tail.isUnpacking = true;
    this.#waiting.push(job);
  }

  /** Hand out what is unpacked, begin the next one. Called in each round, so that nothing changes between two. */
  step(): void {
    for (const { job, outcome } of this.#finished.splice(0)) this.#finish(job, outcome);
    this.#readers = this.#readers.filter(({ tail, source }) => tail.source === source);
    if (this.#running !== null || !this.#readers.every(({ tail }) => isHeldBack(tail))) return;
    const job = this.#takeNext();
    if (job === undefined) return;
    this.#running = this.#run(job).then((outcome) => {
      this.#running = null;
      closeAll(job);
      this.#finished.push({ job, outcome });
      this.#wake?.();
    });
  }

  /** What waits for the tail is not needed any more. */
  withdraw(tail: Tail): void {
    const at = this.#waiting.findIndex((job) => job.tail === tail);
    if (at < 0) return;
    for (const job of this.#waiting.splice(at, 1)) closeAll(job);
    tail.isUnpacking = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    for (const job of this.#waiting.splice(0)) closeAll(job);
    await this.#running;
    for (const { outcome } of this.#finished) {
      if (outcome.kind === 'unpacked') outcome.source[Symbol.dispose]();
    }
  }

  /**
   * Rests of what is known come before files that nobody knows, which may be the same ones; those that were looked for
   * in vain wait like the others. One that another here has to come before would be unpacked in vain.
   */
  #takeNext(): UnpackJob | undefined {
    const mayBegin = ({ tail }: UnpackJob): boolean =>
      !tail.waitsFor.some(({ isUnpacking }) => isUnpacking);
    const known = this.#waiting.findIndex(
      (job) => job.isKnown && job.tail.failureCount === 0 && mayBegin(job),
    );
    const first = known >= 0 ? known : this.#waiting.findIndex(mayBegin);
    return this.#waiting.splice(Math.max(0, first), 1)[0];
  }

  #finish(job: UnpackJob, outcome: UnpackOutcome): void {
    job.tail.isUnpacking = false;
    if (job.tail.generation.state === 'ended') {
      // Given up meanwhile: nobody reads it, and the next one would wait for that for ever.
      if (outcome.kind === 'unpacked') outcome.source[Symbol.dispose]();
      return;
    }
    if (outcome.kind === 'unpacked') {
      this.#readers.push({ tail: job.tail, source: outcome.source });
    }
    try {
      job.done(outcome);
    } catch (error) {
      // The content cannot be read after all; it is tried again like one that cannot be unpacked.
      if (!(error instanceof FileFailure) || outcome.kind !== 'unpacked') throw error;
      outcome.source[Symbol.dispose]();
      job.done(failureOf(error));
    }
  }

  async #run(job: UnpackJob): Promise<UnpackOutcome> {
    let failed: UnpackOutcome | null = null;
    for (const { path, format, packed, reopen } of job.candidates) {
      try {
        using reopened = packed === null ? reopen() : undefined;
        const compressed = packed ?? reopened;
        if (compressed === undefined) continue;
        const source = await unpack(compressed, {
          format,
          scratchFolder: this.#scratchFolder,
          expected: job.isKnown ? job.tail.generation : null,
          signal: this.#abort.signal,
        });
        if (source !== undefined) return { kind: 'unpacked', source, path };
      } catch (error) {
        failed = failureOf(error);
      }
    }
    return failed ?? { kind: 'none' };
  }
}

/** Decoders have codes of their own. */
function failureOf(error: unknown): UnpackOutcome {
  const isOurs = /^E[A-Z0-9]+$/.test(systemCodeOf(error) ?? '');
  return { kind: 'failed', reason: messageOf(error), isOurs };
}

function closeAll(job: UnpackJob): void {
  for (const { packed } of job.candidates) packed?.[Symbol.dispose]();
}
