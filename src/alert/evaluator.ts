/**
 * Rules × rows → events: the heart of the room. Runs on the ingest thread; no clock, no input or output.
 *
 * - Rows are looked at in order of arrival, each with the times of its batch; what is said depends on nothing else.
 * - Nothing is committed here: `unsaved` is written in the caller's transaction, then `markSaved` is called.
 *   If that transaction fails, the evaluator is ahead of the store, and what is unsaved stays unsaved.
 * - A line with a stamp in the future counts at its arrival: one line of 2099 harms nothing.
 */
import { assert, unreachable } from '../base/assert.ts';
import { OperatorError } from '../base/errors.ts';
import {
  type ColumnNames,
  type EntryColumns,
  FLAG,
  type RowPlace,
} from '../model/entry-columns.ts';
import { isImported } from '../model/generation-numbers.ts';
import type { Incident } from '../model/incident.ts';
import type { Silence } from '../model/silence.ts';
import type { AlertControl } from './alert-control.ts';
import type { AlertEvent, AlertEventName, Batch, HeldBy } from './alert-event.ts';
import type { GroupState, Item, LineOrigin } from './group-state.ts';
import { Holders, type QuietHours } from './holders.ts';
import type { Rule } from './rule.ts';
import { RuleIndex } from './rule-index.ts';
import { keyed, parentsFirst } from './rule-keys.ts';
import { filterOfRule } from './rule-reader.ts';
import {
  type Moment,
  type OpenIncidents,
  openIncidentsOf,
  RuleRun,
  type SavedRun,
  type UnsavedRun,
} from './rule-run.ts';
import { type RuleStatus, statusOf } from './rule-status.ts';
import { lookBackUs, type StoredLines } from './warm-start.ts';

export type EvaluatorOptions = Readonly<{
  /** Name of the machine, for notifications. */
  host: string;
  saved?: SavedAlerts | null;
  quietHours?: QuietHours | null;
  /** Only these rules run, by name; the others lend their keys. Null or absent: all. */
  only?: ReadonlySet<string> | null;
  /** Since when a rule watches, by its key, for rehearsals; absent: since it first sees anything. */
  armedUs?: (ruleKey: string) => number;
  /** A clock that never goes back, for what rules cost; absent: it is not measured. */
  monotonicMs?: () => number;
  /** Bounds of a rule, for tests. */
  groupsMax?: number;
  heldLinesMax?: number;
}>;

/** The state of all rules; plain data. */
export type SavedAlerts = Readonly<{
  /** Arrival number of the last row seen. */
  sequence: number;
  runs: readonly (readonly [ruleKey: string, run: SavedRun])[];
  silences?: readonly Silence[];
}>;

/** What has to be written with the next commit. */
export type UnsavedAlerts = Readonly<{
  sequence: number;
  /** Arrival clock of the last batch. */
  atUs: number;
  rules: readonly UnsavedRun[];
  /** Rules that are gone, or find something else: so are their open incidents. */
  removedRuleKeys: readonly string[];
  /** But these, which go on under another rule. */
  keptIncidents: readonly string[];
  incidents: readonly Incident[];
}>;

/** Rows of which the cost is measured: a prime, so that no rhythm of the lines hides it. */
const MEASURED_EVERY = 61;

export class Evaluator {
  readonly #names: ColumnNames;
  readonly #options: EvaluatorOptions;
  readonly #holders = new Holders();
  /** Rules that keep others quiet. */
  #parents: ReadonlySet<string> = new Set();
  #runs: readonly RuleRun[] = [];
  #index: RuleIndex<RuleRun>;
  #isArmed = false;
  /** Rows that concerned any rule. */
  #askedCount = 0;
  #removedRuleKeys: string[] = [];
  /** Incidents of removed rules that go on under others. */
  #keptIncidents = new Set<string>();
  /** Rules that began without the state of the run before, by their keys; and what that left of rules that are gone. */
  #begunCold: ReadonlySet<string> = new Set();
  #goneBefore: readonly SavedRun[] = [];
  /** Unsaved numbers of incidents from before the last `reconfigure`. */
  #carried: Incident[] = [];
  /** No timer of any rule is due before. */
  #nextDueUs = Number.NEGATIVE_INFINITY;
  /** Rules that were asked about a row of this batch. */
  readonly #asked: RuleRun[] = [];
  /** Timers of other rules may have changed. */
  #isEachAsked = false;
  readonly #item: Item = {
    sequence: 0,
    atUs: 0,
    readCompleteUs: Number.NEGATIVE_INFINITY,
    etUs: Number.NaN,
    origin: 'read',
  };

  private constructor(names: ColumnNames, options: EvaluatorOptions) {
    this.#names = names;
    this.#options = options;
    this.#index = new RuleIndex([], names);
  }

  static start(rules: readonly Rule[], names: ColumnNames, options: EvaluatorOptions): Evaluator {
    const evaluator = new Evaluator(names, options);
    const saved = new Map(options.saved?.runs ?? []);
    const { silences = [] } = options.saved ?? {};
    for (const silence of silences) evaluator.#holders.addSilence(silence);
    evaluator.#holders.setQuietHours(options.quietHours ?? null);
    evaluator.#item.sequence = options.saved?.sequence ?? 0;
    const { only = null } = options;
    const runs = keyed(rules)
      .filter(([, { name }]) => only === null || only.has(name))
      .map(([ruleKey, rule]) => evaluator.#runOf(rule, ruleKey, saved.get(ruleKey) ?? null));
    evaluator.#use(runs);
    const ruleKeys = new Set(runs.map(({ ruleKey }) => ruleKey));
    evaluator.#removedRuleKeys = [...saved.keys()].filter((ruleKey) => !ruleKeys.has(ruleKey));
    if (options.saved == null) return evaluator;
    evaluator.#begunCold = new Set([...ruleKeys].filter((ruleKey) => !saved.has(ruleKey)));
    evaluator.#goneBefore = evaluator.#removedRuleKeys.map((ruleKey) => saved.get(ruleKey)!);
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
    let due = this.#popDue();
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
    let due = this.#popDue();
    if (due.length > 0 && (rows.length === 0 || columns.sequence[rows[0]!] !== batch.first)) {
      item.sequence = batch.first;
      due = this.#announceDue(due, moment);
      this.#follow(events, 0);
    }
    for (const row of rows) due = this.#see(columns, row, moment, due);
    item.sequence = batch.first + batch.count - 1;
    this.#leave();
    return events;
  }

  /** Nothing is due before. */
  get nextDueUs(): number {
    return this.#nextDueUs;
  }

  /** Time has passed without a line. */
  tick(batch: Batch): AlertEvent[] {
    this.#enter(batch);
    if (this.#nextDueUs >= batch.readCompleteUs) return [];
    const events: AlertEvent[] = [];
    this.#announceDue(this.#popDue(), { item: this.#item, events });
    this.#follow(events, 0);
    this.#leave();
    return events;
  }

  /** Something that people, not lines, have done. */
  control(control: AlertControl, batch: Batch): AlertEvent[] {
    this.#enter(batch);
    this.#item.etUs = Number.NaN;
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    switch (control.kind) {
      case 'acknowledge': {
        const note = noteOf(control);
        this.#runs.some((run) => run.acknowledge(control.incident, note, moment));
        break;
      }
      case 'unacknowledge': {
        const note = noteOf(control);
        this.#runs.some((run) => run.unacknowledge(control.incident, note, moment));
        break;
      }
      case 'silence':
        this.#holders.addSilence(control.silence);
        break;
      case 'unsilence':
        this.#holders.removeSilence(control.silence);
        this.#reconsider(['silence'], this.#runs, moment);
        break;
      case 'gap':
        for (const run of this.#runs) run.gap(control.toUs, moment);
        break;
      case 'step':
        for (const run of this.#runs) run.step(control.toUs, moment);
        this.#item.readCompleteUs = control.toUs;
        this.#item.atUs = control.toUs;
        break;
      default:
        unreachable(control);
    }
    this.#follow(events, 0);
    this.#leave();
    return events;
  }

  get silences(): readonly Silence[] {
    return this.#holders.silences;
  }

  /**
   * Behind `start`, with the times of the last commit: rules that are new, or find something else than when this ran last,
   * begin as they do in `reconfigure`. What was open under rules that are gone, and does not go on, is closed with the next
   * commit. Null: no rule is.
   */
  warmStart(batch: Batch, stored: StoredLines): AlertEvent[] | null {
    const gone = new Map(this.#goneBefore.map((saved) => [saved.ruleName, saved]));
    const begunCold = this.#begunCold;
    this.#goneBefore = [];
    this.#begunCold = new Set();
    if (begunCold.size === 0) return null;
    this.#item.atUs = batch.atUs;
    this.#item.readCompleteUs = batch.readCompleteUs;
    const warm: RuleRun[] = [];
    const runs = this.#runs.map((run) => {
      const { rule, ruleKey } = run;
      if (!begunCold.has(ruleKey)) return run;
      const armedUs = gone.get(rule.name)?.armedUs ?? null;
      const begun = this.#warmRun(rule, ruleKey, { armedUs, stored });
      begun.markUnsaved();
      warm.push(begun);
      return begun;
    });
    const events = this.#announceWarm(warm, (name) => openIncidentsOf(gone.get(name)));
    this.#use(runs);
    this.#leave();
    return events;
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
    const old = new Map(this.#runs.map((run) => [run.ruleKey, run]));
    this.#carried.push(...this.#runs.flatMap((run) => run.unsavedIncidents()));
    const cold: RuleRun[] = [];
    const runs = keyed(rules).map(([ruleKey, rule]) => {
      const saved = old.get(ruleKey)?.save(this.#item.readCompleteUs) ?? null;
      const before = [...old.values()].find((run) => run.rule.name === rule.name);
      const armedUs = before?.armedUs ?? null;
      const run =
        saved === null
          ? this.#warmRun(rule, ruleKey, { armedUs, stored })
          : this.#runOf(rule, ruleKey, saved);
      if (saved === null) cold.push(run);
      run.markUnsaved();
      old.delete(ruleKey);
      return run;
    });
    const gone = [...old.values()];
    const events = this.#announceWarm(cold, (name) =>
      gone.find(({ rule }) => rule.name === name)?.openIncidents(),
    );
    for (const run of gone) events.push(...run.close(this.#item, this.#keptIncidents));
    this.#removedRuleKeys.push(...old.keys());
    this.#use(runs);
    this.#leave();
    return events;
  }

  /** A rule that has no state begins with what is stored; where that is too much, with nothing. */
  #warmRun(
    rule: Rule,
    ruleKey: string,
    { armedUs, stored }: Readonly<{ armedUs: number | null; stored: StoredLines | null }>,
  ): RuleRun {
    const { readCompleteUs } = this.#item;
    if (stored !== null && Number.isFinite(readCompleteUs)) {
      const run = this.#runOf(rule, ruleKey, null);
      run.arm(Math.min(armedUs ?? readCompleteUs, readCompleteUs));
      try {
        run.warmUp(stored(rule, readCompleteUs - lookBackUs(rule)), readCompleteUs);
        return run;
      } catch (thrown) {
        if (!(thrown instanceof OperatorError) || thrown.code !== 'QUERY_STOPPED') throw thrown;
      }
    }
    return this.#runOf(rule, ruleKey, null);
  }

  /** What is true under rules that begin. `openBefore`: what is open under a rule of this name that is gone. */
  #announceWarm(
    cold: readonly RuleRun[],
    openBefore: (ruleName: string) => OpenIncidents | undefined,
  ): AlertEvent[] {
    const events: AlertEvent[] = [];
    const moment = { item: this.#item, events };
    for (const run of cold) {
      if (run.armedUs === null) continue;
      const kept = run.announceWarm(openBefore(run.rule.name) ?? new Map(), moment);
      for (const id of kept) this.#keptIncidents.add(id);
    }
    return events;
  }

  /** Everything, as text. */
  snapshot(): string {
    const saved: SavedAlerts = {
      sequence: this.#item.sequence,
      runs: this.#runs.map((run) => [run.ruleKey, run.save(this.#item.readCompleteUs)]),
      silences: this.#holders.silences,
    };
    return JSON.stringify(saved);
  }

  /** What changed since `markSaved`, for `IncidentStore.record`. */
  unsaved(): UnsavedAlerts {
    const { sequence, atUs, readCompleteUs } = this.#item;
    const unsavedRuns = this.#runs.filter((run) => run.isUnsaved);
    return {
      sequence,
      atUs,
      rules: unsavedRuns.map((run) => run.unsaved(readCompleteUs)),
      removedRuleKeys: [...this.#removedRuleKeys],
      keptIncidents: [...this.#keptIncidents],
      incidents: [...this.#carried, ...this.#runs.flatMap((run) => run.unsavedIncidents())],
    };
  }

  /** The transaction that wrote `unsaved` is committed. */
  markSaved(): void {
    for (const run of this.#runs) run.markSaved();
    this.#removedRuleKeys = [];
    this.#keptIncidents = new Set();
    this.#carried = [];
  }

  describe(): RuleStatus[] {
    return this.#runs.map(statusOf);
  }

  #use(runs: readonly RuleRun[]): void {
    const parents = new Set(runs.flatMap(({ rule }) => rule.inhibitedBy));
    this.#parents = parents;
    this.#runs = parents.size === 0 ? runs : parentsFirst(runs);
    this.#holders.openIncidents = (ruleName, equal) =>
      runs.some((run) => run.rule.name === ruleName && run.hasOpenIncident(equal));
    this.#isArmed = false;
    this.#nextDueUs = Number.NEGATIVE_INFINITY;
    const indexed = runs.map((run) => ({ value: run, filter: filterOfRule(run.rule) }));
    this.#index = new RuleIndex(indexed, this.#names);
  }

  #runOf(rule: Rule, ruleKey: string, saved: SavedRun | null): RuleRun {
    const { host, groupsMax, heldLinesMax } = this.#options;
    const run = new RuleRun(rule, this.#names, {
      ruleKey,
      host,
      holders: this.#holders,
      ...(groupsMax === undefined ? {} : { groupsMax }),
      ...(heldLinesMax === undefined ? {} : { heldLinesMax }),
    });
    if (saved !== null) run.restore(saved);
    return run;
  }

  #enter(batch: Batch): void {
    const item = this.#item;
    assert(batch.readCompleteUs >= item.readCompleteUs, 'the read-complete time never goes back');
    item.atUs = batch.atUs;
    item.readCompleteUs = batch.readCompleteUs;
    if (this.#isArmed) return;
    const { armedUs } = this.#options;
    for (const run of this.#runs) run.arm(armedUs?.(run.ruleKey) ?? batch.readCompleteUs);
    this.#isArmed = true;
    this.#isEachAsked = true;
  }

  /** A rule that was not asked is as it was: with a thousand rules and small batches that is most of them, most of the time. */
  #leave(each = true): void {
    this.#item.etUs = Number.NaN;
    const isEach = each || this.#isEachAsked;
    let dueUs = isEach ? Number.POSITIVE_INFINITY : this.#nextDueUs;
    for (const run of isEach ? this.#runs : this.#asked) {
      run.endBatch();
      dueUs = Math.min(dueUs, run.nextDueUs);
    }
    this.#nextDueUs = dueUs;
    for (const run of this.#asked) run.isAsked = false;
    this.#asked.length = 0;
    this.#isEachAsked = false;
  }

  #popDue(): readonly DueGroup[] {
    const { readCompleteUs } = this.#item;
    if (this.#nextDueUs >= readCompleteUs) return [];
    this.#isEachAsked = true;
    return this.#runs.flatMap((run) => run.popDue(readCompleteUs).map((group) => ({ run, group })));
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
    let candidates = this.#inOrder(this.#index.candidates(columns, row));
    if (seen !== undefined) {
      candidates = candidates.filter((run) => !run.hasCounted(seen, columns, row));
    }
    if (candidates.length > 0) {
      item.origin = originOf(columns, row);
      this.#askedCount += 1;
      this.#noteAsked(candidates);
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
    if (events.length > firstOfRow) this.#follow(events, firstOfRow);
    return left;
  }

  #noteAsked(runs: readonly RuleRun[]): void {
    for (const run of runs) {
      if (run.isAsked) continue;
      run.isAsked = true;
      this.#asked.push(run);
    }
  }

  /** No line is at hand: how old one was says nothing of what time has done. */
  #announceDue(due: readonly DueGroup[], moment: Moment): DueGroup[] {
    moment.item.etUs = Number.NaN;
    for (const { run, group } of due) run.announceDue(group, moment);
    return [];
  }

  /** A rule that another one keeps quiet is asked after it. */
  #inOrder(candidates: readonly RuleRun[]): readonly RuleRun[] {
    if (this.#parents.size === 0 || candidates.length < 2) return candidates;
    return this.#runs.filter((run) => candidates.includes(run));
  }

  /** Where an incident that kept others quiet is over, they are told now. Then all in the order of reading. */
  #follow(events: AlertEvent[], first: number): void {
    if (this.#parents.size > 0) {
      const ended = new Set(
        events
          .slice(first)
          .filter(({ name, incident }) => ENDINGS.has(name) && this.#parents.has(incident.rule))
          .map(({ incident }) => incident.rule),
      );
      const children = this.#runs.filter(({ rule }) =>
        rule.inhibitedBy.some((name) => ended.has(name)),
      );
      if (children.length > 0)
        this.#reconsider(['inhibited'], children, { item: this.#item, events });
    }
    putInOrder(events, first);
  }

  #reconsider(reasons: readonly HeldBy[], runs: readonly RuleRun[], moment: Moment): void {
    this.#isEachAsked = true;
    for (const run of runs) run.reconsider(reasons, moment);
  }
}

const ENDINGS: ReadonlySet<AlertEventName> = new Set(['resolved', 'merged', 'closed']);

function noteOf({ who, why }: Readonly<{ who: string; why: string }>): string {
  return why === '' ? `by ${who}` : `by ${who}: ${why}`;
}

type DueGroup = Readonly<{ run: RuleRun; group: GroupState }>;

/** Event time: the stamp; for a stamp in the future the arrival. Ingest has given the unstamped theirs. */
function eventTimeOf(columns: EntryColumns, row: number, atUs: number): number {
  return (columns.flags[row]! & FLAG.FUTURE) === 0 ? columns.timestampUs[row]! : atUs;
}

function originOf(columns: EntryColumns, row: number): LineOrigin {
  if ((columns.flags[row]! & FLAG.OWED) !== 0) return 'owed';
  return isImported(columns.generation[row]!) ? 'imported' : 'read';
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
