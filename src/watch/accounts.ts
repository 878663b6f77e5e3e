/**
 * Bytes that were skipped or lost since the last commit, on their way into the ledger. Skips that touch are
 * one span: a hole of many gigabytes is read in many pieces and stays one row, or one a minute where it takes long.
 */
import type { Clock } from '../base/clock.ts';
import type { GenerationRecord } from './generation.ts';
import type { Ledger, Loss, Span, SpanKind } from './ledger.ts';

export type Account = Readonly<{ kind: SpanKind; start: number; end: number; reason: string }>;

/** Called inside the transaction that records the loss, so that what it writes is written exactly once too. */
export type OnLoss = (loss: Loss) => void;

type Entry = Readonly<{ span: Span; generation: GenerationRecord }>;

/** A span has the time at which it began: what a line without end is skipped by after a report is no part of one before it. */
const SPAN_MS_MAX = 60_000;

export class Accounts {
  readonly #clock: Clock;
  readonly #onLoss: OnLoss;
  readonly #pending: Entry[] = [];
  /** The last span of each generation that skips: the next one may go on where it ended. */
  readonly #last = new Map<number, Span>();

  constructor(clock: Clock, onLoss: OnLoss) {
    this.#clock = clock;
    this.#onLoss = onLoss;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  add(generation: GenerationRecord, account: Account): void {
    const before = this.#last.get(generation.number);
    const nowMs = this.#clock.nowMs();
    const touches = before?.end === account.start && before.reason === account.reason;
    const goesOn = touches && nowMs - before.atMs < SPAN_MS_MAX;
    const span: Span = {
      ...account,
      generation: generation.number,
      start: goesOn ? before.start : account.start,
      atMs: goesOn ? before.atMs : nowMs,
    };
    this.#last.set(generation.number, span);
    const pending = this.#pending.at(-1);
    if (goesOn && pending?.span === before) this.#pending.pop();
    this.#pending.push({ span, generation });
  }

  /** What was added for the generation and is not written yet did not happen. */
  takeBack(generation: GenerationRecord): void {
    this.#last.delete(generation.number);
    const others = this.#pending.splice(0).filter((entry) => entry.generation !== generation);
    this.#pending.push(...others);
  }

  /** What is pending of some generations. It stays pending until it is said to be `written`. */
  of(generations: ReadonlySet<GenerationRecord>): Entry[] {
    return this.#pending.filter(({ generation }) => generations.has(generation));
  }

  written(entries: readonly Entry[]): void {
    const gone = new Set(entries);
    const others = this.#pending.splice(0).filter((entry) => !gone.has(entry));
    this.#pending.push(...others);
  }

  /** What is pending, to be written; given back with `putBack` where that fails. */
  take(): Entry[] {
    return this.#pending.splice(0);
  }

  /**
   * Write what was taken, inside the caller's transaction. A loss has the time at which it can be read, as a report asks for what
   * came since the last one: found before that and written after it, it would be in neither.
   */
  write(ledger: Ledger, entries: readonly Entry[]): void {
    const atMs = this.#clock.nowMs();
    for (const { span, generation } of entries) {
      ledger.addSpan({ ...span, atMs });
      if (span.kind !== 'lost') continue;
      this.#onLoss({ ...span, atMs, path: generation.path, source: generation.source });
    }
  }

  /** The transaction that wrote them was rolled back. */
  putBack(entries: readonly Entry[]): void {
    this.#pending.unshift(...entries);
  }

  /** Nothing more is added for the generation. */
  close(generation: GenerationRecord): void {
    this.#last.delete(generation.number);
  }
}
