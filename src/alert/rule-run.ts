/**
 * One rule at work: what it makes of rows, of time, and of what people and clocks do; its counters. Its groups and their
 * bounds are in `rule-groups.ts`, how it begins on stored lines in `warm-start.ts`.
 */
import { assert } from '../base/assert.ts';
import type { ColumnNames, EntryColumns, RowPlace } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertEvent, HeldBy } from './alert-event.ts';
import { type GroupFields, GroupKeys } from './group-key.ts';
import type { GroupState, RuleContext, RuleLine } from './group-state.ts';
import type { Holders } from './holders.ts';
import type { WindowContext } from './kinds/open-window.ts';
import type { Item, Moment } from './moment.ts';
import { firesAtOnce, type Rule } from './rule.ts';
import { RuleGroups } from './rule-groups.ts';
import { RuleReader } from './rule-reader.ts';
import type { RuleCounters, SavedRun, UnsavedRun } from './saved-alerts.ts';
import {
  announceWarm,
  type BeginningRule,
  type NewestLines,
  newestLines,
  type OpenIncidents,
  type StoredBatch,
  warmUp,
} from './warm-start.ts';

/**
 * Lines all groups of a rule hold: 16 bytes each. A flood of the largest threshold holds twice that many for good, of which nothing
 * can be let go: were that close below the bound, all of them would be gone through with every other line.
 */
const HELD_LINES_MAX = 250_000;

/** What a rule costs. */
export type RuleCost = {
  /** Rows it was asked about. */
  testedCount: number;
  /** Estimated from every so many rows: asking a clock each time would cost more than most rules. */
  spentUs: number;
};

export type RuleRunOptions = Readonly<{
  /** Under which the state is kept. */
  ruleKey: string;
  host: string;
  holders: Holders;
  groupsMax?: number;
  heldLinesMax?: number;
}>;

export class RuleRun {
  readonly context: RuleContext;
  readonly #reader: RuleReader;
  #armedUs: number | null = null;
  #begunUs: number | null = null;
  #isArmingUnsaved = false;
  /** Lines that change no group are counted, too. */
  #areCountersUnsaved = false;
  /** In this batch; kept by the rule set. */
  isAsked = false;
  readonly counters: RuleCounters = {
    matchedCount: 0,
    lateCount: 0,
    evictedGroupCount: 0,
    otherCount: 0,
    cutLineCount: 0,
    valuelessCount: 0,
  };
  readonly #keys: GroupKeys;
  readonly #groups: RuleGroups;
  readonly #beginning: BeginningRule;
  /** Rows that were looked at since the start, and the time that took; see `RuleCost`. */
  readonly cost: RuleCost = { testedCount: 0, spentUs: 0 };

  constructor(rule: Rule, names: ColumnNames, options: RuleRunOptions) {
    const { groupsMax = rule.groupsMax, heldLinesMax = HELD_LINES_MAX } = options;
    const { ruleKey, host, holders } = options;
    this.context = { rule, isAtOnce: firesAtOnce(rule), ruleKey, host, holders };
    this.#reader = new RuleReader(rule, names);
    this.#keys = new GroupKeys(rule.groupBy, names);
    this.#groups = new RuleGroups({
      context: this.context,
      keys: this.#keys,
      bounds: { groupsMax, heldLinesMax },
      counters: this.counters,
      windowContext: (key) => this.#windowContext(key),
    });
    this.#beginning = {
      context: this.context,
      reader: this.#reader,
      keys: this.#keys,
      groups: this.#groups,
    };
  }

  get rule(): Rule {
    return this.context.rule;
  }

  get ruleKey(): string {
    return this.context.ruleKey;
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  get heldLineCount(): number {
    return this.#groups.heldLineCount;
  }

  /** About what its state takes. */
  get bytes(): number {
    return this.#groups.bytes;
  }

  get openIncidentCount(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.openIncidentCount;
    return count;
  }

  /** Entries at which a condition that is a function of a program threw, since the start. */
  get failedCount(): number {
    return this.#reader.failedCount;
  }

  get armedUs(): number | null {
    return this.#armedUs;
  }

  /** No timer is due before. */
  get nextDueUs(): number {
    return this.#groups.nextDueUs;
  }

  /** Look at a row that may concern the rule. */
  look(columns: EntryColumns, row: number, moment: Moment): void {
    const reader = this.#reader;
    this.cost.testedCount += 1;
    const roles = reader.rolesOf(columns, row);
    if (roles === 0) return;
    this.#areCountersUnsaved = true;
    const value = reader.hasField ? reader.valueOf(columns, row) : null;
    if (value === null && reader.hasField) {
      this.counters.valuelessCount += 1;
      return;
    }
    this.#accept({ columns, row, roles, value, samplesMax: this.#groups.samplesMax }, moment);
  }

  /** Whether a row concerns the rule in the way that an earlier one did. */
  hasCounted(earlier: RowPlace, columns: EntryColumns, row: number): boolean {
    const roles = this.#reader.rolesOf(earlier.columns, earlier.row);
    return roles !== 0 && roles === this.#reader.rolesOf(columns, row);
  }

  #accept(line: RuleLine, moment: Moment): void {
    const { item } = moment;
    const { rule, isAtOnce } = this.context;
    this.counters.matchedCount += 1;
    if (item.etUs < item.readCompleteUs - rule.latenessUs) {
      this.counters.lateCount += 1;
      if (rule.late === 'drop' || !isAtOnce) return;
    }
    const group = this.#groups.groupFor(this.#keys.keyOf(line.columns, line.row), item);
    const heldBefore = group.window.heldCount;
    group.accept(item, this.context, line);
    this.#groups.noteHeld(group.window.heldCount - heldBefore, item);
    if (group.mayAnnounce) this.#announce(group, moment);
    else this.#groups.touch(group);
  }

  /** The rule begins to watch at this moment of event time, unless it did before; `sinceUs`: what is stored counts from then on. */
  arm(readCompleteUs: number, sinceUs = readCompleteUs): void {
    if (this.#armedUs !== null) return;
    this.#armedUs = sinceUs;
    this.#begunUs = readCompleteUs;
    this.#isArmingUnsaved = true;
    const { rule } = this;
    if (rule.kind !== 'absence') return;
    for (const key of rule.expect) this.#groups.expect(key);
  }

  /** Groups whose moment has come. The empty ones are gone; the others are announced after the line at hand. */
  popDue(readCompleteUs: number): GroupState[] {
    return this.#groups.popDue(readCompleteUs);
  }

  announceDue(group: GroupState, moment: Moment): void {
    // The line at hand may have evicted it.
    if (this.#groups.has(group)) this.#announce(group, moment);
  }

  endBatch(): void {
    this.#groups.endBatch();
  }

  get isUnsaved(): boolean {
    return this.#isArmingUnsaved || this.#areCountersUnsaved || this.#groups.isUnsaved;
  }

  /** State of every group that changed since `markSaved`, without what no longer counts. */
  unsaved(readCompleteUs: number): UnsavedRun {
    return {
      ruleKey: this.ruleKey,
      ruleName: this.rule.name,
      armedUs: this.#armedUs,
      begunUs: this.#begunUs,
      counters: { ...this.counters },
      groups: this.#groups.takeUnsaved(readCompleteUs - this.rule.latenessUs),
    };
  }

  unsavedIncidents(): Incident[] {
    return this.#groups.unsavedIncidents();
  }

  markSaved(): void {
    this.#groups.markSaved();
    this.#isArmingUnsaved = false;
    this.#areCountersUnsaved = false;
  }

  /** After a reload every group has to be written again, and the name under which the rule has its key. */
  markUnsaved(): void {
    this.#isArmingUnsaved = true;
    this.#groups.markUnsaved();
  }

  save(readCompleteUs: number): SavedRun {
    return {
      ruleName: this.rule.name,
      armedUs: this.#armedUs,
      begunUs: this.#begunUs,
      counters: { ...this.counters },
      groups: this.#groups.save(readCompleteUs - this.rule.latenessUs),
    };
  }

  restore(saved: SavedRun): void {
    Object.assign(this.counters, saved.counters);
    this.#armedUs = saved.armedUs;
    this.#begunUs = saved.begunUs;
    this.#isArmingUnsaved = saved.ruleName !== this.rule.name;
    this.#groups.restore(saved.groups);
  }

  /** Begin with what stored lines say, oldest first and silently; `announceWarm` says what is still true then. */
  warmUp(batches: Iterable<StoredBatch>, nowUs: number): void {
    warmUp(batches, nowUs, this.#beginning);
  }

  /** Of stored lines, newest first, those that `warmUp` takes, where only the newest count. */
  newestLines(batches: Iterable<StoredBatch>, nowUs: number): NewestLines {
    return newestLines(batches, nowUs, this.#beginning);
  }

  /** What is true now. Incidents of the rule as it was, `open` by group, go on; returns the ids of those that do. */
  announceWarm(open: OpenIncidents, moment: Moment): Set<string> {
    return announceWarm(open, moment, this.#beginning);
  }

  /** Open incidents by group. */
  openIncidents(): OpenIncidents {
    return new Map([...this.#groups.entries()].map(([key, group]) => [key, group.openIncidents]));
  }

  /** The rule is gone: so are its incidents, but those that go on under another. */
  close(item: Item, kept: ReadonlySet<string> = new Set()): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const group of this.#groups.values()) {
      group.close({ item, events, context: this.context }, kept);
    }
    return events;
  }

  /** Whether a group with these values has an open incident. */
  hasOpenIncident(equal: GroupFields): boolean {
    for (const group of this.#groups.values()) {
      if (group.openIncidentCount === 0) continue;
      const isEqual = Object.entries(equal).every(
        ([field, value]) => (group.fields[field] ?? '') === value,
      );
      if (isEqual) return true;
    }
    return false;
  }

  /** Somebody takes care of an incident. False: it is not open here. */
  acknowledge(id: string, note: string, moment: Moment): boolean {
    for (const group of this.#groups.values()) {
      if (!group.acknowledge(id, note, { ...moment, context: this.context })) continue;
      this.#groups.touch(group);
      return true;
    }
    return false;
  }

  /** Nobody takes care of it any more. False: it is not open here, or nobody did. */
  unacknowledge(id: string, note: string, moment: Moment): boolean {
    for (const group of this.#groups.values()) {
      if (!group.unacknowledge(id, note, { ...moment, context: this.context })) continue;
      group.reconsider(['acknowledged'], moment.item.readCompleteUs);
      this.#announce(group, moment);
      return true;
    }
    return false;
  }

  /** What held back notifications for these reasons may be gone: say what is to be said now. */
  reconsider(reasons: readonly HeldBy[], moment: Moment): void {
    for (const group of this.#groups.values()) {
      if (group.reconsider(reasons, moment.item.readCompleteUs)) this.#announce(group, moment);
    }
  }

  /** People are reminded as often as the rule says now: of what would have been due before this moment they are not. */
  countReminders(readCompleteUs: number): void {
    for (const group of this.#groups.values()) {
      if (!group.life.countReminders(group.openIncidents, this.rule, readCompleteUs)) continue;
      this.#groups.touch(group);
      this.#groups.schedule(group);
    }
  }

  /** Silence that lasted over a time in which nothing could be written begins anew at its end. */
  gap(toUs: number, moment: Moment): void {
    for (const group of this.#groups.values()) {
      if (group.gap(toUs)) this.#announce(group, moment);
    }
  }

  /**
   * The clock goes back to `toUs`. What was read is decided as it stands; then windows begin anew, since stamps from before
   * and after do not compare. Open incidents go on, but those that only a stamp to come would have ended: they end here.
   */
  step(toUs: number, moment: Moment): void {
    this.#armedUs = Math.min(this.#armedUs ?? toUs, toUs);
    this.#begunUs = Math.min(this.#begunUs ?? toUs, toUs);
    for (const group of this.#groups.values()) {
      const heldBefore = group.window.heldCount;
      group.step(toUs, { ...moment, context: this.context });
      this.#groups.noteHeld(group.window.heldCount - heldBefore, moment.item);
      this.#groups.touch(group);
      this.#groups.schedule(group);
    }
  }

  #announce(group: GroupState, { item, events }: Moment): void {
    const heldBefore = group.window.heldCount;
    group.decide(item, this.context);
    this.#groups.noteHeld(group.window.heldCount - heldBefore, item);
    if (group.hasIncidents) group.announce({ item, events, context: this.context });
    this.#groups.touch(group);
    this.#groups.schedule(group);
  }

  #windowContext(key: string): WindowContext {
    assert(this.#armedUs !== null, 'a rule is armed before it sees a line');
    const { rule } = this;
    const isExpected = rule.kind === 'absence' && rule.expect.includes(key);
    return { armedUs: this.#armedUs, isExpected };
  }
}
