/**
 * What the rules see, and what they say until a commit takes it: events, digests, and the ends of quiet hours and of old lines.
 *
 * Rows, clocks and people's wishes reach the rules here, in one order; `take` gives a batch all that came of them.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AlertControl } from '../alert/alert-control.ts';
import type { AlertEvent, Batch as RuleBatch } from '../alert/alert-event.ts';
import { type Holding, holdingOf } from '../alert/holding.ts';
import type { Span } from '../alert/kinds/day-parts.ts';
import { quietHoursOf } from '../alert/quiet-hours.ts';
import type { Rule } from '../alert/rule.ts';
import { rulesOf } from '../alert/rule-from-settings.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import type { Batch } from './commits.ts';
import { type IngestParts, quietDigestOf, toldOf } from './ingest-parts.ts';
import { isForDigest } from './old-digest.ts';
import { type StoredLinesParts, storedLines } from './stored-lines.ts';

export type AlertingParts = Pick<
  IngestParts,
  'desk' | 'engine' | 'evaluator' | 'incidents' | 'lastLines' | 'oldDigest' | 'quietDigest'
>;

export type AlertingOptions = Readonly<{
  clock: Clock;
  log: Log;
  settings: Settings;
  /** Rules of an embedding program, beside those of the settings. */
  rules: readonly Rule[];
  /** What an event has to say about a time in which nobody read. */
  withAbsence: (event: AlertEvent) => AlertEvent;
  /** There is something to commit. */
  onWork: () => void;
}>;

/** Where the rules are in the sequence of lines: what they are told, and the number of the last line before. */
export type RulePlace = Readonly<{ batch: RuleBatch; lastSequence: number }>;

/** What a commit takes along. */
export type TakenAlerts = Pick<
  Batch,
  'alerts' | 'wishes' | 'events' | 'quietEnded' | 'oldEnded' | 'holding'
>;

export class Alerting {
  readonly #parts: AlertingParts;
  readonly #beginning: StoredLinesParts;
  readonly #withAbsence: (event: AlertEvent) => AlertEvent;
  readonly #onWork: () => void;
  #settings: Settings;
  #rules: readonly Rule[];
  /** Said by the rules, not yet committed. */
  #events: AlertEvent[] = [];
  /** Quiet hours that have ended since the last batch. */
  #quietEnded: Span | null = null;
  /** Incidents found in old lines wait for the digest that tells of them; and what they wait for has ended. */
  #oldWaits: boolean;
  #oldEnded = false;
  #importCount = 0;
  /** As the last commit has it, and what the next one has to write. */
  #holding: Holding | null;
  #unsavedHolding: Holding | null = null;

  constructor(parts: AlertingParts, options: AlertingOptions) {
    this.#parts = parts;
    this.#beginning = { clock: options.clock, log: options.log };
    this.#withAbsence = options.withAbsence;
    this.#onWork = options.onWork;
    this.#settings = options.settings;
    this.#rules = options.rules;
    this.#oldWaits = parts.oldDigest.waits;
    this.#holding = parts.incidents.holding();
  }

  /** Whether somebody waits for the next commit. */
  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** Time alone brings nothing to tell before S has passed this; infinite: never. */
  get nextDueUs(): number {
    if (this.#oldWaits) return Number.NEGATIVE_INFINITY;
    return Math.min(this.#parts.evaluator.nextDueUs, this.#parts.quietDigest.nextDueUs);
  }

  /** Rules that changed while nothing ran begin where the last commit left off; what came since is still to be read. */
  warmStart(batch: RuleBatch): void {
    const { engine, evaluator } = this.#parts;
    const events = evaluator.warmStart(batch, storedLines(engine, this.#beginning));
    if (events !== null) {
      this.#take(events);
      this.#onWork();
    }
    this.#reconsider(batch);
  }

  /** The rules see these rows of the head, the last there are; none: that time went on. */
  look(rows: Readonly<{ from: number; to: number }>, { batch, lastSequence }: RulePlace): void {
    const { desk, engine, evaluator, lastLines } = this.#parts;
    const { head } = engine;
    const count = rows.to - rows.from;
    const events =
      count === 0
        ? evaluator.tick(batch)
        : evaluator.evaluate(head, rows, batch, lastLines.look(head, rows.from));
    // A tick that neither says nor decides anything leaves no trace.
    if (count > 0 || events.length > 0 || evaluator.hasDecided) {
      desk.noteBatch({ first: lastSequence + 1 - count, count }, batch);
    }
    this.#take(events);
    this.#lookAtQuietHours(batch.readCompleteUs);
  }

  /** What people do about alerts. Throws USAGE or QUERY_INVALID for what cannot be done. */
  act(request: AlertRequest, { batch, lastSequence }: RulePlace): void {
    this.#take(this.#parts.desk.act(request, batch, lastSequence));
  }

  /** The wall clock moved by itself. */
  jump(
    control: Extract<AlertControl, { kind: 'gap' | 'step' }>,
    { batch, lastSequence }: RulePlace,
  ): void {
    const { desk, quietDigest } = this.#parts;
    this.#take(desk.note(control, batch, lastSequence));
    if (control.kind === 'step') quietDigest.startAt(control.toUs);
  }

  /** While it lasts, what rules find in old lines waits; then it is told together. */
  async importing<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#importCount += 1;
    try {
      return await work();
    } finally {
      this.#importCount -= 1;
      this.endOld();
    }
  }

  /** All old lines there are have been read. */
  endOld(): void {
    if (!this.#oldWaits || this.#importCount > 0) return;
    this.#oldEnded = true;
    this.#onWork();
  }

  /** Other rules of an embedding program. */
  setRules(rules: readonly Rule[], batch: RuleBatch): void {
    this.#rules = rules;
    this.#take(this.#parts.evaluator.reconfigure(this.#allRules()));
    this.#reconsider(batch);
  }

  /** New settings of a reload; rules go on where they are the same. */
  reconfigure(settings: Settings, batch: RuleBatch): void {
    const { engine, evaluator, oldDigest } = this.#parts;
    this.#settings = settings;
    oldDigest.reconfigure(toldOf(settings, this.#rules));
    const stored = storedLines(engine, this.#beginning);
    this.#take(evaluator.reconfigure(this.#allRules(), quietHoursOf(settings), stored));
    this.#reconsider(batch);
  }

  /** All that was said. The batch keeps it until it is committed: nobody else has to. */
  take(): TakenAlerts {
    const { desk, evaluator } = this.#parts;
    const taken: TakenAlerts = {
      alerts: evaluator.unsaved(),
      wishes: desk.take(),
      events: this.#events,
      quietEnded: this.#quietEnded,
      oldEnded: this.#oldEnded,
      holding: this.#unsavedHolding,
    };
    evaluator.markSaved();
    this.#events = [];
    this.#quietEnded = null;
    if (this.#oldEnded) this.#oldWaits = false;
    this.#oldEnded = false;
    this.#unsavedHolding = null;
    return taken;
  }

  /** Behind the rules: of what others held back, what is still open is told by itself, and what is over in the digest. */
  #reconsider(batch: RuleBatch): void {
    const { evaluator, quietDigest } = this.#parts;
    const before = this.#holding;
    const holding = holdingOf(this.#allRules(), quietHoursOf(this.#settings));
    if (!isDeepStrictEqual(holding, before)) {
      this.#holding = holding;
      this.#unsavedHolding = holding;
      // Nothing was held back before the first commit.
      if (before !== null) {
        this.#take(evaluator.reconsider(batch));
        this.#onWork();
      }
    }
    const options = quietDigestOf(this.#settings, this.#rules);
    this.#quietEnded = quietDigest.reconfigure(options, batch.readCompleteUs) ?? this.#quietEnded;
  }

  #allRules(): Rule[] {
    return [...rulesOf(this.#settings.alerts), ...this.#rules];
  }

  #lookAtQuietHours(readCompleteUs: number): void {
    const ended = this.#parts.quietDigest.ended(readCompleteUs);
    if (ended === null) return;
    this.#quietEnded = ended;
    this.#onWork();
  }

  #take(events: readonly AlertEvent[]): void {
    if (events.length === 0) return;
    this.#events.push(...events.map((event) => this.#withAbsence(event)));
    this.#oldWaits ||= events.some(isForDigest);
    this.#onWork();
  }
}
