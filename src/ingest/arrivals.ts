/**
 * Rows that arrived in the head: numbered, given their time where they have none, and shown to the rules, each once.
 *
 * The arrival clock never goes back, but where the wall clock was set back. That, and a time in which the machine was off, is told
 * to the rules at its place between the rows.
 */
import type { AlertControl } from '../alert/alert-control.ts';
import type { Batch as RuleBatch } from '../alert/alert-event.ts';
import type { Clock } from '../base/clock.ts';
import type { Alerting, RulePlace } from './alerting.ts';
import type { IngestClocks } from './ingest-clocks.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { ReadComplete } from './read-complete.ts';
import { settleRows } from './settle-rows.ts';

export type ArrivalsOptions = Readonly<{
  clock: Clock;
  clocks: IngestClocks;
  readComplete: ReadComplete;
  alerting: Alerting;
  /** Arrival clock at the start, µs. */
  atUs: number;
  /** There is something to commit. */
  onWork: () => void;
}>;

export class Arrivals {
  readonly #parts: Pick<IngestParts, 'engine' | 'watcher'>;
  readonly #clock: Clock;
  readonly #clocks: IngestClocks;
  readonly #readComplete: ReadComplete;
  readonly #alerting: Alerting;
  readonly #onWork: () => void;
  /** First row of the head that the rules have not seen. */
  #unseenRow = 0;
  #nextSequence: number;
  #atUs: number;

  constructor(parts: IngestParts, options: ArrivalsOptions) {
    this.#parts = parts;
    this.#clock = options.clock;
    this.#clocks = options.clocks;
    this.#readComplete = options.readComplete;
    this.#alerting = options.alerting;
    this.#onWork = options.onWork;
    this.#nextSequence = parts.engine.nextSequence;
    this.#atUs = options.atUs;
  }

  /** Arrival clock, µs. */
  get atUs(): number {
    return this.#atUs;
  }

  /** Of the next row that is looked at. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** What the rules are told of time. */
  get batch(): RuleBatch {
    return { atUs: this.#atUs, readCompleteUs: this.#readComplete.us };
  }

  get place(): RulePlace {
    return { batch: this.batch, lastSequence: this.#nextSequence - 1 };
  }

  get hasUnseen(): boolean {
    return this.#parts.engine.head.count > this.#unseenRow;
  }

  /** Look at the clocks, again after `againMs` at the latest. */
  advance(againMs?: number): void {
    this.#clocks.look(againMs);
    this.#atUs = Math.max(this.#atUs, this.#clock.nowMs() * 1000);
  }

  /** The wall clock moved by itself. Rows that are there were read before it did. */
  jump(control: Extract<AlertControl, { kind: 'gap' | 'step' }>): void {
    this.look();
    this.#alerting.jump(control, this.place);
    this.#onWork();
    if (control.kind === 'gap') return;
    this.#atUs = control.toUs;
    this.#readComplete.step(control.toUs);
  }

  /** Number the new rows, give the unstamped their time, and let the rules see them. */
  look(): void {
    const { engine, watcher } = this.#parts;
    const { head } = engine;
    const rows = { from: this.#unseenRow, to: head.count };
    if (rows.to > rows.from) {
      this.#nextSequence = settleRows(head, rows.from, this.#nextSequence, {
        ...this.batch,
        modifiedUs: (number) => (watcher.generation(number)?.modifiedAtMs ?? Infinity) * 1000,
        followedUs: (number) => (watcher.generation(number)?.firstSeenAtMs ?? Infinity) * 1000,
      });
      this.#unseenRow = rows.to;
      this.#onWork();
    }
    this.#alerting.look(rows, this.place);
  }

  /** The head was taken: the next row is the first of another. */
  headTaken(): void {
    this.#unseenRow = 0;
  }
}
