/**
 * The rules that run, until others take their place: which of them a row may concern, which are due, and which are told
 * that another one no longer keeps them quiet.
 */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import type { AlertEventName, HeldBy } from './alert-event.ts';
import type { GroupFields } from './group-key.ts';
import type { GroupState } from './group-state.ts';
import type { Moment } from './moment.ts';
import { RuleIndex } from './rule-index.ts';
import { parentsFirst } from './rule-keys.ts';
import { filterOfRule } from './rule-reader.ts';
import type { RuleRun } from './rule-run.ts';

export type DueGroup = Readonly<{ run: RuleRun; group: GroupState }>;

const ENDINGS: ReadonlySet<AlertEventName> = new Set(['resolved', 'merged', 'closed']);

export class RuleSet {
  /** A rule that another one keeps quiet stands behind it. */
  readonly runs: readonly RuleRun[];
  /** Rules that keep others quiet. */
  readonly #parents: ReadonlySet<string>;
  readonly #index: RuleIndex<RuleRun>;
  #isArmed = false;
  /** No timer of any rule is due before. */
  #nextDueUs = Number.NEGATIVE_INFINITY;
  /** Rules that were asked about a row of this batch. */
  readonly #asked: RuleRun[] = [];
  /** Timers of other rules may have changed. */
  #isEachAsked = false;

  constructor(runs: readonly RuleRun[], names: ColumnNames) {
    const parents = new Set(runs.flatMap(({ rule }) => rule.inhibitedBy));
    this.runs = parents.size === 0 ? runs : parentsFirst(runs);
    this.#parents = parents;
    const indexed = runs.map((run) => ({ value: run, filter: filterOfRule(run.rule) }));
    this.#index = new RuleIndex(indexed, names);
  }

  /** Nothing is due before. */
  get nextDueUs(): number {
    return this.#nextDueUs;
  }

  /** With the first batch all rules begin to watch, unless they did before: at this moment, or where `armedUs` says. */
  arm(readCompleteUs: number, armedUs: ((ruleKey: string) => number) | undefined): void {
    if (this.#isArmed) return;
    for (const run of this.runs) run.arm(armedUs?.(run.ruleKey) ?? readCompleteUs);
    this.#isArmed = true;
    this.#isEachAsked = true;
  }

  /** Rules that may match the row. A rule that another one keeps quiet is asked after it. */
  candidates(columns: EntryColumns, row: number): readonly RuleRun[] {
    const found = this.#index.candidates(columns, row);
    if (found.length < 2 || this.#parents.size === 0) return found;
    return this.runs.filter((run) => found.includes(run));
  }

  noteAsked(runs: readonly RuleRun[]): void {
    for (const run of runs) {
      if (run.isAsked) continue;
      run.isAsked = true;
      this.#asked.push(run);
    }
  }

  /** Groups whose moment has come, for `RuleRun.announceDue`. */
  popDue(readCompleteUs: number): readonly DueGroup[] {
    if (this.#nextDueUs >= readCompleteUs) return [];
    this.#isEachAsked = true;
    return this.runs.flatMap((run) => run.popDue(readCompleteUs).map((group) => ({ run, group })));
  }

  /** What held back notifications for these reasons may be gone, at all rules or at these. */
  reconsider(
    reasons: readonly HeldBy[],
    moment: Moment,
    runs: readonly RuleRun[] = this.runs,
  ): void {
    this.#isEachAsked = true;
    for (const run of runs) run.reconsider(reasons, moment);
  }

  /** Where, by the events from `first` on, an incident that kept others quiet is over, they are told now. */
  reconsiderInhibited(moment: Moment, first: number): void {
    if (this.#parents.size === 0) return;
    const ended = new Set(
      moment.events
        .slice(first)
        .filter(({ name, incident }) => ENDINGS.has(name) && this.#parents.has(incident.rule))
        .map(({ incident }) => incident.rule),
    );
    const children = this.runs.filter(({ rule }) =>
      rule.inhibitedBy.some((name) => ended.has(name)),
    );
    if (children.length > 0) this.reconsider(['inhibited'], moment, children);
  }

  /** Whether a rule has an open incident whose group has these values. */
  hasOpenIncident(ruleName: string, equal: GroupFields): boolean {
    return this.runs.some((run) => run.rule.name === ruleName && run.hasOpenIncident(equal));
  }

  /**
   * `each`: rules may have changed that were asked about no row. Otherwise those are as they were: with a thousand rules
   * and small batches that is most of them, most of the time.
   */
  endBatch(each: boolean): void {
    const isEach = each || this.#isEachAsked;
    let dueUs = isEach ? Number.POSITIVE_INFINITY : this.#nextDueUs;
    for (const run of isEach ? this.runs : this.#asked) {
      run.endBatch();
      dueUs = Math.min(dueUs, run.nextDueUs);
    }
    this.#nextDueUs = dueUs;
    for (const run of this.#asked) run.isAsked = false;
    this.#asked.length = 0;
    this.#isEachAsked = false;
  }
}
