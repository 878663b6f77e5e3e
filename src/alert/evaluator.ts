/**
 * Rules × rows → events: the heart of the room. Runs on the ingest thread; no clock, no input or output.
 *
 * - Rows are looked at in order of arrival, each with the times of its batch; what is said depends on nothing else.
 * - Nothing is committed here: `unsaved` is written in the caller's transaction, then `markSaved` is called.
 *   If that transaction fails, the evaluator is ahead of the store, and what is unsaved stays unsaved.
 * - A line with a stamp in the future counts at its arrival: one line of 2099 harms nothing.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { ColumnNames, EntryColumns, RowPlace } from '../model/entry-columns.ts';
import type { Silence } from '../model/silence.ts';
import type { AlertControl } from './alert-control.ts';
import type { AlertEvent, Batch } from './alert-event.ts';
import { Holders, type QuietHours } from './holders.ts';
import { eventTimeOf, type Item, type Moment, originOf } from './moment.ts';
import type { Rule } from './rule.ts';
import { type ChangedRules, RuleChanges } from './rule-changes.ts';
import type { KeysBefore } from './rule-keys.ts';
import { type DueGroup, RuleSet } from './rule-set.ts';
import { type RuleStatus, statusOf } from './rule-status.ts';
import type { SavedAlerts, UnsavedAlerts } from './saved-alerts.ts';
import type { StoredLines } from './warm-start.ts';

export type EvaluatorOptions = Readonly<{
  /** Name of the machine, for notifications. */
  host: string;
  saved?: SavedAlerts | null;
  quietHours?: QuietHours | null;
  /** Only these rules run, by name; the others lend their keys. Null or absent: all. */
  only?: ReadonlySet<string> | null;
  /** Which rule has which key, for rehearsals; absent: as in what was saved. */
  keys?: KeysBefore | null;
  /** Since when a rule watches, by its key, for rehearsals; absent: since it first sees anything. */
  armedUs?: (ruleKey: string) => number;
  /** A clock that never goes back, for what rules cost; absent: it is not measured. */
  monotonicMs?: () => number;
  /** Bounds of a rule, for tests. */
  groupsMax?: number;
  heldLinesMax?: number;
}>;

/** Rows of which the cost is measured: a prime, so that no rhythm of the lines hides it. */
const MEASURED_EVERY = 61;

export class Evaluator {
  readonly #names: ColumnNames;
  readonly #options: EvaluatorOptions;
  readonly #holders = new Holders();
  readonly #changes: RuleChanges;
  #rules: RuleSet;
  /** Rows that concerned any rule. */
  #askedCount = 0;
  readonly #item: Item = {
    sequence: 0,
    atUs: 0,
    readCompleteUs: Number.NEGATIVE_INFINITY,
    etUs: Number.NaN,
    origin: 'read',
    hasDecided: false,
  };

  private constructor(names: ColumnNames, options: EvaluatorOptions) {
    this.#names = names;
    this.#options = options;
    this.#rules = new RuleSet([], names);
    this.#holders.openIncidents = (ruleName, equal) => this.#rules.hasOpenIncident(ruleName, equal);
    const { host, groupsMax, heldLinesMax } = options;
    this.#changes = new RuleChanges(names, {
      host,
      holders: this.#holders,
      ...(groupsMax === undefined ? {} : { groupsMax }),
      ...(heldLinesMax === undefined ? {} : { heldLinesMax }),
    });
  }

  static start(rules: readonly Rule[], names: ColumnNames, options: EvaluatorOptions): Evaluator {
    const evaluator = new Evaluator(names, options);
    const { saved = null, quietHours = null, only = null, keys = null } = options;
    for (const silence of saved?.silences ?? []) evaluator.#holders.addSilence(silence);
    evaluator.#holders.setQuietHours(quietHours);
    evaluator.#item.sequence = saved?.sequence ?? 0;
    const runs = evaluator.#changes.start(rules, { saved, only, keys });
    evaluator.#rules = new RuleSet(runs, names);
    return evaluator;
  }

  /**
   * Rows `[from, to)` have arrived. The events come in the order in which people should read them. `earlier` has rows whose
   * entry was seen before, shorter: a rule that it concerned has counted it.
   */
  evaluate(
    columns: EntryColumns,
    rows: Readonly<{ from: number; to: number }>,
    batch: Batch,
    earlier: ReadonlyMap<number, RowPlace> | null = null,
  ): AlertEvent[] {
    this.#enter(batch);
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    let due = this.#rules.popDue(batch.readCompleteUs);
    for (let row = rows.from; row < rows.to; row += 1) {
      due = this.#see(columns, row, moment, due, earlier?.get(row));
    }
    assert(due.length === 0, 'a batch has a row');
    this.#leave(false);
    return events;
  }

  /**
   * The same batch, of which only the rows that may concern the rules are left, in order of arrival: says what
   * `evaluate` says of the whole.
   */
  replay(
    columns: EntryColumns,
    rows: Int32Array,
    batch: Batch & Readonly<{ first: number; count: number }>,
  ): AlertEvent[] {
    this.#enter(batch);
    const item = this.#item;
    const events: AlertEvent[] = [];
    const moment = { item, events };
    let due = this.#rules.popDue(batch.readCompleteUs);
    if (due.length > 0 && (rows.length === 0 || columns.sequence[rows[0]!] !== batch.first)) {
      item.sequence = batch.first;
      due = this.#announceDue(due, moment);
      this.#follow(moment, 0);
    }
    for (const row of rows) due = this.#see(columns, row, moment, due);
    item.sequence = batch.first + batch.count - 1;
    this.#leave();
    return events;
  }

  /** Whether what was done last leaves a trace in the record though it said nothing. */
  get hasDecided(): boolean {
    return this.#item.hasDecided;
  }

  /** Nothing is due before. */
  get nextDueUs(): number {
    return this.#rules.nextDueUs;
  }

  /** Time has passed without a line. */
  tick(batch: Batch): AlertEvent[] {
    this.#enter(batch);
    if (this.#rules.nextDueUs >= batch.readCompleteUs) return [];
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    this.#announceDue(this.#rules.popDue(batch.readCompleteUs), moment);
    this.#follow(moment, 0);
    this.#leave();
    return events;
  }

  /** Something that people, not lines, have done. */
  control(control: AlertControl, batch: Batch): AlertEvent[] {
    this.#enter(batch);
    this.#item.etUs = Number.NaN;
    const { runs } = this.#rules;
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    switch (control.kind) {
      case 'acknowledge': {
        const note = noteOf(control);
        runs.some((run) => run.acknowledge(control.incident, note, moment));
        break;
      }
      case 'unacknowledge': {
        const note = noteOf(control);
        runs.some((run) => run.unacknowledge(control.incident, note, moment));
        break;
      }
      case 'silence':
        this.#holders.forget(batch.readCompleteUs);
        this.#holders.addSilence(control.silence);
        break;
      case 'unsilence':
        this.#holders.endSilence(control.silence, batch.readCompleteUs);
        this.#rules.reconsider(['silence'], moment);
        break;
      case 'gap':
        for (const run of runs) run.gap(control.toUs, moment);
        break;
      case 'step':
        for (const run of runs) run.step(control.toUs, moment);
        this.#item.readCompleteUs = control.toUs;
        this.#item.atUs = control.toUs;
        break;
      default:
        unreachable(control);
    }
    this.#follow(moment, 0);
    this.#leave();
    return events;
  }

  get silences(): readonly Silence[] {
    return this.#holders.silences;
  }

  /**
   * Behind `start`, with the times of the last commit: rules that are new, or find something else than when this ran last,
   * begin as they do in `reconfigure`. What was open under rules that are gone, and does not go on, is closed with the next
   * commit. Null: none is new, or gone.
   */
  warmStart(batch: Batch, stored: StoredLines): AlertEvent[] | null {
    if (!this.#changes.hasChangedBefore) return null;
    this.#item.atUs = batch.atUs;
    this.#item.readCompleteUs = batch.readCompleteUs;
    const { runs } = this.#rules;
    return this.#use(this.#changes.warmStart({ runs, item: this.#item, stored }));
  }

  /**
   * Other rules from here on. State and incidents of rules that find the same go on, whatever their names are now. Those
   * that are new, or find something else, begin with what `stored` has of them; an incident of the rule as it was goes on
   * where its trouble is still true.
   */
  reconfigure(
    rules: readonly Rule[],
    quietHours?: QuietHours | null,
    stored: StoredLines | null = null,
  ): AlertEvent[] {
    if (quietHours !== undefined) this.#holders.setQuietHours(quietHours);
    const { runs } = this.#rules;
    return this.#use(this.#changes.reconfigure(rules, { runs, item: this.#item, stored }));
  }

  /** Rules or quiet hours are others now: what the old ones held back is decided anew, and reminders are counted anew. */
  reconsider(batch: Batch): AlertEvent[] {
    this.#enter(batch);
    this.#item.etUs = Number.NaN;
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    for (const run of this.#rules.runs) run.countReminders(batch.readCompleteUs);
    this.#rules.reconsider(['quiet', 'inhibited', 'silence'], moment);
    this.#follow(moment, 0);
    this.#leave();
    return events;
  }

  /** Everything, as text. */
  snapshot(): string {
    const saved: SavedAlerts = {
      sequence: this.#item.sequence,
      runs: this.#rules.runs.map((run) => [run.ruleKey, run.save(this.#item.readCompleteUs)]),
      silences: this.#holders.silences,
    };
    return JSON.stringify(saved);
  }

  /** What changed since `markSaved`, for `IncidentStore.record`. */
  unsaved(): UnsavedAlerts {
    const { sequence, atUs, readCompleteUs } = this.#item;
    const { runs } = this.#rules;
    const unsavedRuns = runs.filter((run) => run.isUnsaved);
    const { incidents, ...gone } = this.#changes.unsaved();
    return {
      sequence,
      atUs,
      rules: unsavedRuns.map((run) => run.unsaved(readCompleteUs)),
      ...gone,
      incidents: [...incidents, ...runs.flatMap((run) => run.unsavedIncidents())],
    };
  }

  /** The transaction that wrote `unsaved` is committed. */
  markSaved(): void {
    for (const run of this.#rules.runs) run.markSaved();
    this.#changes.markSaved();
  }

  describe(): RuleStatus[] {
    return this.#rules.runs.map(statusOf);
  }

  #use({ runs, events }: ChangedRules): AlertEvent[] {
    this.#rules = new RuleSet(runs, this.#names);
    this.#leave();
    return events;
  }

  #enter(batch: Batch): void {
    const item = this.#item;
    assert(batch.readCompleteUs >= item.readCompleteUs, 'the read-complete time never goes back');
    item.atUs = batch.atUs;
    item.readCompleteUs = batch.readCompleteUs;
    item.hasDecided = false;
    this.#rules.arm(batch.readCompleteUs, this.#options.armedUs);
  }

  #leave(each = true): void {
    this.#item.etUs = Number.NaN;
    this.#rules.endBatch(each);
  }

  /** One row, and with the first of a batch what time alone has done: that may have gone on with this line. */
  #see(
    columns: EntryColumns,
    row: number,
    moment: Moment,
    due: readonly DueGroup[],
    seen?: RowPlace,
  ): readonly DueGroup[] {
    const { item, events } = moment;
    const firstOfRow = events.length;
    item.sequence = columns.sequence[row]!;
    item.etUs = eventTimeOf(columns, row, item.atUs);
    let candidates = this.#rules.candidates(columns, row);
    if (seen !== undefined) {
      candidates = candidates.filter((run) => !run.hasCounted(seen, columns, row));
    }
    if (candidates.length > 0) {
      item.origin = originOf(columns, row);
      this.#askedCount += 1;
      this.#rules.noteAsked(candidates);
      const { monotonicMs } = this.#options;
      if (monotonicMs === undefined || this.#askedCount % MEASURED_EVERY !== 0) {
        for (const run of candidates) run.look(columns, row, moment);
      } else {
        for (const run of candidates) {
          const startMs = monotonicMs();
          run.look(columns, row, moment);
          run.cost.spentUs += (monotonicMs() - startMs) * 1_000 * MEASURED_EVERY;
        }
      }
    }
    const left = due.length > 0 ? this.#announceDue(due, moment) : due;
    if (events.length > firstOfRow) this.#follow(moment, firstOfRow);
    return left;
  }

  /** No line is at hand: how old one was says nothing of what time has done. */
  #announceDue(due: readonly DueGroup[], moment: Moment): DueGroup[] {
    moment.item.etUs = Number.NaN;
    for (const { run, group } of due) run.announceDue(group, moment);
    return [];
  }

  /** Where an incident that kept others quiet is over, they are told now. Then all in the order of reading. */
  #follow(moment: Moment, first: number): void {
    this.#rules.reconsiderInhibited(moment, first);
    putInOrder(moment.events, first);
  }
}

function noteOf({ who, why }: Readonly<{ who: string; why: string }>): string {
  return why === '' ? `by ${who}` : `by ${who}: ${why}`;
}

/** Events of one moment, from `first` on: by due moment, then rule, then group. */
function putInOrder(events: AlertEvent[], first: number): void {
  if (events.length < first + 2) return;
  const tail = events
    .splice(first)
    .sort((a, b) => a.dueUs - b.dueUs || compareText(a.incident.rule, b.incident.rule));
  events.push(...tail);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
