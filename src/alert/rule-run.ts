/**
 * One rule at work: what it makes of rows and of time, its counters, and what of it has to be saved. Its groups and their
 * bounds are in `rule-groups.ts`.
 */
import { assert } from '../base/assert.ts';
import type { ColumnNames, EntryColumns, RowPlace } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import { SAMPLES_MAX } from '../model/notification.ts';
import type { AlertEvent, HeldBy } from './alert-event.ts';
import { type GroupFields, GroupKeys } from './group-key.ts';
import type {
  GroupState,
  Item,
  RuleContext,
  RuleLine,
  SavedGroup,
  UnsavedGroup,
} from './group-state.ts';
import type { Holders } from './holders.ts';
import { IncidentBook, type IncidentState } from './incident-book.ts';
import type { WindowContext } from './kinds/open-window.ts';
import { firesAtOnce, type Rule } from './rule.ts';
import { type BoundCounters, RuleGroups } from './rule-groups.ts';
import { RuleReader } from './rule-reader.ts';

/** Lines all groups of a rule hold: 16 bytes each. */
export const HELD_LINES_MAX = 200_000;

/** A rule with more groups than this keeps fewer entries of each to show: they are what costs memory. */
const GROUPS_WITH_ALL_SAMPLES = 500;
const SAMPLES_MAX_OF_MANY = 3;

export type RuleCounters = BoundCounters & {
  matchedCount: number;
  lateCount: number;
  /** Matches without a usable value in the field the rule is about. */
  valuelessCount: number;
};

/** What happens, and where to say what it did. */
export type Moment = Readonly<{ item: Item; events: AlertEvent[] }>;

export type SavedRun = Readonly<{
  ruleName: string;
  armedUs: number | null;
  counters: Readonly<RuleCounters>;
  groups: readonly (readonly [key: string, group: SavedGroup])[];
}>;

/** What changed of a rule's state. */
export type UnsavedRun = Readonly<{
  ruleKey: string;
  ruleName: string;
  armedUs: number | null;
  counters: Readonly<RuleCounters>;
  /** Null: the group is gone. */
  groups: readonly (readonly [key: string, group: UnsavedGroup | null])[];
}>;

/** What a rule costs. */
export type RuleCost = {
  /** Rows it was asked about. */
  testedCount: number;
  /** Estimated from every so many rows: asking a clock each time would cost more than most rules. */
  spentUs: number;
};

/** Open incidents of a rule, by the key of their group. */
export type OpenIncidents = ReadonlyMap<string, readonly IncidentState[]>;

/** Stored lines, as a reader gives them: valid until the next batch is asked for. */
export type StoredBatch = Readonly<{ columns: EntryColumns; rows: Int32Array; count: number }>;

const WARM_NOTE = 'found when the rule was switched on';

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
  #isArmingUnsaved = false;
  /** In this batch; kept by the evaluator. */
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
  /** Groups touched in this batch. */
  readonly #touched: GroupState[] = [];
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
    return this.#groups.timers.nextDueUs;
  }

  /** Look at a row that may concern the rule. */
  look(columns: EntryColumns, row: number, moment: Moment): void {
    const reader = this.#reader;
    this.cost.testedCount += 1;
    const roles = reader.rolesOf(columns, row);
    if (roles === 0) return;
    const value = reader.hasField ? reader.valueOf(columns, row) : null;
    if (value === null && reader.hasField) {
      this.counters.valuelessCount += 1;
      return;
    }
    this.#accept({ columns, row, roles, value, samplesMax: this.#samplesMax }, moment);
  }

  /** Whether a row concerns the rule in the way that an earlier one did. */
  hasCounted(earlier: RowPlace, columns: EntryColumns, row: number): boolean {
    const roles = this.#reader.rolesOf(earlier.columns, earlier.row);
    return roles !== 0 && roles === this.#reader.rolesOf(columns, row);
  }

  #lineOf(columns: EntryColumns, row: number): RuleLine | null {
    const reader = this.#reader;
    const roles = reader.rolesOf(columns, row);
    const value = roles !== 0 && reader.hasField ? reader.valueOf(columns, row) : null;
    if (roles === 0 || (value === null && reader.hasField)) return null;
    return { columns, row, roles, value, samplesMax: this.#samplesMax };
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
    else this.#noteTouched(group);
  }

  /** The rule begins to watch at this moment of event time, unless it did before. */
  arm(readCompleteUs: number): void {
    if (this.#armedUs !== null) return;
    this.#armedUs = readCompleteUs;
    this.#isArmingUnsaved = true;
    const { rule } = this;
    if (rule.kind !== 'absence') return;
    for (const key of rule.expect) {
      const group = this.#groups.open(key, null);
      this.#groups.timers.schedule(group, group.dueUs(this.context));
      this.#groups.dirty.add(key);
    }
  }

  /** Groups whose moment has come. The empty ones are gone; the others are announced after the line at hand. */
  popDue(readCompleteUs: number): GroupState[] {
    if (this.#groups.timers.nextDueUs >= readCompleteUs) return [];
    return this.#groups.timers.popBefore(readCompleteUs).filter((group) => {
      if (!group.isEmpty(readCompleteUs, this.rule)) return true;
      this.#groups.remove(group);
      return false;
    });
  }

  announceDue(group: GroupState, moment: Moment): void {
    // The line at hand may have evicted it.
    if (this.#groups.get(group.key) === group) this.#announce(group, moment);
  }

  endBatch(): void {
    for (const group of this.#touched) group.endBatch();
    this.#touched.length = 0;
  }

  get isUnsaved(): boolean {
    return this.#isArmingUnsaved || this.#groups.dirty.size > 0;
  }

  /** State of every group that changed since `markSaved`, without what no longer counts. */
  unsaved(readCompleteUs: number): UnsavedRun {
    const horizonUs = readCompleteUs - this.rule.latenessUs;
    for (const key of this.#groups.dirty) {
      const group = this.#groups.get(key);
      if (group !== undefined) this.#groups.settle(group, horizonUs);
    }
    return {
      ruleKey: this.ruleKey,
      ruleName: this.rule.name,
      armedUs: this.#armedUs,
      counters: { ...this.counters },
      groups: [...this.#groups.dirty].map((key) => {
        const group = this.#groups.get(key);
        return [key, group?.takeUnsaved() ?? null];
      }),
    };
  }

  unsavedIncidents(): Incident[] {
    const incidents = [...this.#groups.orphans];
    for (const key of this.#groups.dirty) {
      incidents.push(...(this.#groups.get(key)?.life.unsavedIncidents(this.rule) ?? []));
    }
    return incidents;
  }

  markSaved(): void {
    for (const key of this.#groups.dirty) this.#groups.get(key)?.life.markSaved();
    this.#groups.dirty.clear();
    this.#isArmingUnsaved = false;
    this.#groups.orphans = [];
  }

  /** After a reload every group has to be written again. */
  markUnsaved(): void {
    for (const group of this.#groups.values()) {
      group.writeWhole();
      this.#groups.dirty.add(group.key);
    }
  }

  save(readCompleteUs: number): SavedRun {
    const horizonUs = readCompleteUs - this.rule.latenessUs;
    for (const group of this.#groups.values()) this.#groups.settle(group, horizonUs);
    return {
      ruleName: this.rule.name,
      armedUs: this.#armedUs,
      counters: { ...this.counters },
      groups: [...this.#groups.entries()].map(([key, group]) => [key, group.save()]),
    };
  }

  restore(saved: SavedRun): void {
    Object.assign(this.counters, saved.counters);
    this.#armedUs = saved.armedUs;
    const byAge = [...saved.groups].sort((a, b) => a[1].lastSequence - b[1].lastSequence);
    for (const [key, group] of byAge) this.#groups.open(key, group);
  }

  /** Begin with what stored lines say, oldest first and silently; `announceWarm` says what is still true then. */
  warmUp(batches: Iterable<StoredBatch>, nowUs: number): void {
    const item: Item = { sequence: 0, atUs: 0, readCompleteUs: 0, etUs: 0, origin: 'read' };
    const { isAtOnce } = this.context;
    for (const { columns, rows, count } of batches) {
      for (const row of rows.subarray(0, count)) {
        const etUs = columns.timestampUs[row]!;
        const line = etUs < nowUs ? this.#lineOf(columns, row) : null;
        if (line === null) continue;
        // As if it had been read when it was written.
        Object.assign(item, {
          sequence: columns.sequence[row]!,
          atUs: etUs,
          readCompleteUs: etUs,
          etUs,
        });
        const group = this.#groups.groupFor(this.#keys.keyOf(columns, row), item);
        const heldBefore = group.window.heldCount;
        group.accept(item, this.context, line);
        if (!isAtOnce) group.decide(item, this.context);
        this.#groups.noteHeld(group.window.heldCount - heldBefore, item);
      }
      for (const group of this.#groups.values()) group.endBatch();
    }
  }

  /** What is true now. Incidents of the rule as it was, `open` by group, go on; returns the ids of those that do. */
  announceWarm(open: OpenIncidents, { item, events }: Moment): Set<string> {
    const kept = new Set<string>();
    for (const group of this.#groups.values()) {
      const heldBefore = group.window.heldCount;
      group.decide(item, this.context);
      this.#groups.noteHeld(group.window.heldCount - heldBefore, item);
      group.forgetOver(item, this.context);
      for (const { id } of group.adopt(open.get(group.key) ?? [])) kept.add(id);
      const { context } = this;
      if (group.hasIncidents) group.announce({ item, events, context, note: WARM_NOTE });
      group.writeWhole();
      this.#noteTouched(group);
      this.#groups.timers.schedule(group, group.dueUs(context));
    }
    return kept;
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
      this.#noteTouched(group);
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
    for (const group of this.#groups.values()) {
      const heldBefore = group.window.heldCount;
      group.step(toUs, { ...moment, context: this.context });
      this.#groups.noteHeld(group.window.heldCount - heldBefore, moment.item);
      this.#noteTouched(group);
      this.#groups.timers.schedule(group, group.dueUs(this.context));
    }
  }

  get #samplesMax(): number {
    return this.#groups.size <= GROUPS_WITH_ALL_SAMPLES ? SAMPLES_MAX : SAMPLES_MAX_OF_MANY;
  }

  #announce(group: GroupState, { item, events }: Moment): void {
    const heldBefore = group.window.heldCount;
    group.decide(item, this.context);
    this.#groups.noteHeld(group.window.heldCount - heldBefore, item);
    if (group.hasIncidents) group.announce({ item, events, context: this.context });
    this.#noteTouched(group);
    this.#groups.timers.schedule(group, group.dueUs(this.context));
  }

  #noteTouched(group: GroupState): void {
    if (!group.isTouched) {
      group.isTouched = true;
      this.#touched.push(group);
      this.#groups.dirty.add(group.key);
    }
    // Without incidents a group is due when it is empty, which every line puts off: it is looked at then.
    // A kind that settles is due with its first undecided line, and that may have come last.
    if (!this.context.isAtOnce || group.scheduledUs === Number.POSITIVE_INFINITY) {
      this.#groups.timers.schedule(group, group.dueUs(this.context));
    }
  }

  #windowContext(key: string): WindowContext {
    assert(this.#armedUs !== null, 'a rule is armed before it sees a line');
    const { rule } = this;
    const isExpected = rule.kind === 'absence' && rule.expect.includes(key);
    return { armedUs: this.#armedUs, isExpected };
  }
}

/** Open incidents by group, of a rule that is gone since it was saved. */
export function openIncidentsOf(saved: SavedRun | undefined): OpenIncidents {
  return new Map(
    (saved?.groups ?? []).map(([key, { incidents }]) => {
      const book = new IncidentBook(0, incidents);
      return [key, book.incidents.filter(({ phase }) => phase === 'open')];
    }),
  );
}
