/**
 * One rule at work: its groups, their timers, its bounds and its counters.
 *
 * Bounds are counts, never memory or time, so that a replay meets them at the same line:
 * - `groupsMax` of the rule: a new group takes the place of the one without an unsettled incident that was quiet longest;
 *   if there is none, its matches count for the group `(other)`;
 * - `HELD_LINES_MAX`: the groups that hold most let go of their oldest lines.
 */
import { assert } from '../base/assert.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import { SAMPLES_MAX } from '../model/notification.ts';
import type { AlertEvent, HeldBy } from './alert-event.ts';
import { type GroupFields, GroupKeys } from './group-key.ts';
import {
  GroupState,
  type Item,
  type RuleContext,
  type RuleLine,
  type SavedGroup,
} from './group-state.ts';
import type { Holders } from './holders.ts';
import { openWindow, type WindowContext } from './kinds/open-window.ts';
import { firesAtOnce, type Rule } from './rule.ts';
import { RuleReader } from './rule-reader.ts';
import { TimerHeap } from './timer-heap.ts';

/** Lines all groups of a rule hold: 16 bytes each. */
export const HELD_LINES_MAX = 200_000;

/** A rule with more groups than this keeps fewer entries of each to show: they are what costs memory. */
const GROUPS_WITH_ALL_SAMPLES = 500;
const SAMPLES_MAX_OF_MANY = 3;

/** After `HELD_LINES_MAX` was met, this share of it stays, so that the next cut is not due at once. */
const HELD_SHARE_AFTER_CUT = 0.9;

export type RuleCounters = {
  matchedCount: number;
  lateCount: number;
  evictedGroupCount: number;
  otherCount: number;
  cutLineCount: number;
  /** Matches without a usable value in the field the rule is about. */
  valuelessCount: number;
};

/** What happens, and where to say what it did. */
export type Moment = Readonly<{ item: Item; events: AlertEvent[] }>;

export type SavedRun = Readonly<{
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
  /** A `SavedGroup` as text, which what comes later does not change; null: the group is gone. */
  groups: readonly (readonly [key: string, group: string | null])[];
}>;

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
  readonly counters: RuleCounters = {
    matchedCount: 0,
    lateCount: 0,
    evictedGroupCount: 0,
    otherCount: 0,
    cutLineCount: 0,
    valuelessCount: 0,
  };
  readonly #keys: GroupKeys;
  /** In order of their last line, quiet longest first. */
  readonly #groups = new Map<string, GroupState>();
  readonly #timers = new TimerHeap<GroupState>();
  readonly #groupsMax: number;
  readonly #heldLinesMax: number;
  #heldLineCount = 0;
  /** Groups touched in this batch; keys of those that changed since `markSaved`. */
  readonly #touched: GroupState[] = [];
  #lastGroup: GroupState | null = null;
  readonly #dirty = new Set<string>();
  /** Numbers of incidents whose groups are gone. */
  #orphans: Incident[] = [];

  constructor(rule: Rule, names: ColumnNames, options: RuleRunOptions) {
    const { groupsMax = rule.groupsMax, heldLinesMax = HELD_LINES_MAX } = options;
    const { ruleKey, host, holders } = options;
    this.context = { rule, isAtOnce: firesAtOnce(rule), ruleKey, host, holders };
    this.#reader = new RuleReader(rule, names);
    this.#keys = new GroupKeys(rule.groupBy, names);
    this.#groupsMax = groupsMax;
    this.#heldLinesMax = heldLinesMax;
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
    return this.#heldLineCount;
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

  /** No timer is due before. */
  get nextDueUs(): number {
    return this.#timers.nextDueUs;
  }

  /** Look at a row that may concern the rule. */
  look(columns: EntryColumns, row: number, moment: Moment): void {
    const reader = this.#reader;
    const roles = reader.rolesOf(columns, row);
    if (roles === 0) return;
    const value = reader.hasField ? reader.valueOf(columns, row) : null;
    if (value === null && reader.hasField) {
      this.counters.valuelessCount += 1;
      return;
    }
    this.#accept({ columns, row, roles, value, samplesMax: this.#samplesMax }, moment);
  }

  #accept(line: RuleLine, moment: Moment): void {
    const { item } = moment;
    const { rule, isAtOnce } = this.context;
    this.counters.matchedCount += 1;
    if (item.etUs < item.readCompleteUs - rule.latenessUs) {
      this.counters.lateCount += 1;
      if (rule.late === 'drop' || !isAtOnce) return;
    }
    const group = this.#groupFor(this.#keys.keyOf(line.columns, line.row), item);
    const heldBefore = group.window.heldCount;
    group.accept(item, this.context, line);
    this.#heldLineCount += group.window.heldCount - heldBefore;
    if (group.mayAnnounce) this.#announce(group, moment);
    else this.#noteTouched(group);
    if (this.#heldLineCount > this.#heldLinesMax) this.#cut(item);
  }

  /** The rule begins to watch at this moment of event time, unless it did before. */
  arm(readCompleteUs: number): void {
    if (this.#armedUs !== null) return;
    this.#armedUs = readCompleteUs;
    this.#isArmingUnsaved = true;
    const { rule } = this;
    if (rule.kind !== 'absence') return;
    for (const key of rule.expect) {
      const group = this.#open(key, null);
      this.#timers.schedule(group, group.dueUs(this.context));
      this.#dirty.add(key);
    }
  }

  /** Groups whose moment has come. The empty ones are gone; the others are announced after the line at hand. */
  popDue(readCompleteUs: number): GroupState[] {
    if (this.#timers.nextDueUs >= readCompleteUs) return [];
    return this.#timers.popBefore(readCompleteUs).filter((group) => {
      if (!group.isEmpty(readCompleteUs, this.rule)) return true;
      this.#remove(group);
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
    return this.#isArmingUnsaved || this.#dirty.size > 0;
  }

  /** State of every group that changed since `markSaved`, without what no longer counts. */
  unsaved(readCompleteUs: number): UnsavedRun {
    const horizonUs = readCompleteUs - this.rule.latenessUs;
    for (const key of this.#dirty) {
      const group = this.#groups.get(key);
      if (group !== undefined) this.#settle(group, horizonUs);
    }
    return {
      ruleKey: this.ruleKey,
      ruleName: this.rule.name,
      armedUs: this.#armedUs,
      counters: { ...this.counters },
      groups: [...this.#dirty].map((key) => {
        const group = this.#groups.get(key);
        return [key, group === undefined ? null : JSON.stringify(group.save())];
      }),
    };
  }

  unsavedIncidents(): Incident[] {
    const incidents = [...this.#orphans];
    for (const key of this.#dirty) {
      incidents.push(...(this.#groups.get(key)?.life.unsavedIncidents(this.rule) ?? []));
    }
    return incidents;
  }

  markSaved(): void {
    for (const key of this.#dirty) this.#groups.get(key)?.life.markSaved();
    this.#dirty.clear();
    this.#isArmingUnsaved = false;
    this.#orphans = [];
  }

  /** After a reload every group has to be written again. */
  markUnsaved(): void {
    for (const key of this.#groups.keys()) this.#dirty.add(key);
  }

  save(readCompleteUs: number): SavedRun {
    const horizonUs = readCompleteUs - this.rule.latenessUs;
    for (const group of this.#groups.values()) this.#settle(group, horizonUs);
    return {
      armedUs: this.#armedUs,
      counters: { ...this.counters },
      groups: [...this.#groups].map(([key, group]) => [key, group.save()]),
    };
  }

  restore(saved: SavedRun): void {
    Object.assign(this.counters, saved.counters);
    this.#armedUs = saved.armedUs;
    const byAge = [...saved.groups].sort((a, b) => a[1].lastSequence - b[1].lastSequence);
    for (const [key, group] of byAge) this.#open(key, group);
  }

  /** The rule is gone: so are its incidents. */
  close(item: Item): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const group of this.#groups.values()) {
      group.close({ item, events, context: this.context });
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

  /** What held back notifications for these reasons may be gone: say what is to be said now. */
  reconsider(reasons: readonly HeldBy[], moment: Moment): void {
    for (const group of this.#groups.values()) {
      if (group.reconsider(reasons, moment.item.readCompleteUs)) this.#announce(group, moment);
    }
  }

  get #samplesMax(): number {
    return this.#groups.size <= GROUPS_WITH_ALL_SAMPLES ? SAMPLES_MAX : SAMPLES_MAX_OF_MANY;
  }

  #announce(group: GroupState, { item, events }: Moment): void {
    group.decide(item, this.context);
    if (group.hasIncidents) group.announce({ item, events, context: this.context });
    this.#noteTouched(group);
    this.#timers.schedule(group, group.dueUs(this.context));
  }

  #noteTouched(group: GroupState): void {
    if (!group.isTouched) {
      group.isTouched = true;
      this.#touched.push(group);
      this.#dirty.add(group.key);
    }
    // Without incidents a group is due when it is empty, which every line puts off: it is looked at then.
    // A kind that settles is due with its first undecided line, and that may have come last.
    if (!this.context.isAtOnce || group.scheduledUs === Number.POSITIVE_INFINITY) {
      this.#timers.schedule(group, group.dueUs(this.context));
    }
  }

  /** The group of a key, made if need be, and moved behind all others. */
  #groupFor(key: string, item: Item): GroupState {
    const last = this.#lastGroup;
    if (last !== null && last.key === key) return last;
    const group = this.#findGroup(key, item);
    this.#lastGroup = group;
    return group;
  }

  #findGroup(key: string, item: Item): GroupState {
    const known = this.#groups.get(key);
    if (known !== undefined) {
      this.#groups.delete(key);
      this.#groups.set(key, known);
      return known;
    }
    const isRoom = this.#groups.size < this.#groupsMax || key === this.#keys.otherKey;
    if (isRoom) return this.#open(key, null);
    const horizonUs = item.readCompleteUs - this.rule.latenessUs;
    for (const group of this.#groups.values()) {
      if (!group.isEvictable(horizonUs)) continue;
      this.#remove(group);
      this.counters.evictedGroupCount += 1;
      return this.#open(key, null);
    }
    this.counters.otherCount += 1;
    return this.#findGroup(this.#keys.otherKey, item);
  }

  #open(key: string, saved: SavedGroup | null): GroupState {
    const { rule } = this.context;
    const context = this.#windowContext(key);
    const window = openWindow(rule, context, saved?.window ?? null);
    const group = new GroupState(
      { key, fields: this.#keys.fieldsOf(key) },
      { rule, window, context, saved },
    );
    this.#groups.set(key, group);
    this.#heldLineCount += group.window.heldCount;
    if (saved !== null) this.#timers.schedule(group, group.dueUs(this.context));
    return group;
  }

  #windowContext(key: string): WindowContext {
    assert(this.#armedUs !== null, 'a rule is armed before it sees a line');
    const { rule } = this;
    const isExpected = rule.kind === 'absence' && rule.expect.includes(key);
    return { armedUs: this.#armedUs, isExpected };
  }

  #remove(group: GroupState): void {
    this.#orphans.push(...group.life.unsavedIncidents(this.rule));
    this.#heldLineCount -= group.window.heldCount;
    this.#groups.delete(group.key);
    if (this.#lastGroup === group) this.#lastGroup = null;
    this.#dirty.add(group.key);
    // What the heap still holds of it is passed over: nothing schedules it again.
    group.scheduledUs = Number.NaN;
  }

  /** Too many lines: first let go of what no longer counts, then of the oldest, where most are held. */
  #cut(item: Item): void {
    const horizonUs = item.readCompleteUs - this.rule.latenessUs;
    const groups = [...this.#groups.values()];
    for (const group of groups) {
      this.#settle(group, horizonUs);
      this.#dirty.add(group.key);
    }
    if (this.#heldLineCount <= this.#heldLinesMax) return;
    const heldMax = Math.floor(this.#heldLinesMax * HELD_SHARE_AFTER_CUT);
    const level = waterLevel(
      groups.map((group) => group.window.heldCount),
      heldMax,
    );
    for (const group of groups) {
      const cutCount = group.window.cut(level);
      this.counters.cutLineCount += cutCount;
      this.#heldLineCount -= cutCount;
    }
  }

  #settle(group: GroupState, horizonUs: number): void {
    const heldBefore = group.window.heldCount;
    group.settle(horizonUs, this.context);
    this.#heldLineCount += group.window.heldCount - heldBefore;
  }
}

/** The largest number so that the counts, each cut to it, sum up to at most `sumMax`. */
export function waterLevel(counts: readonly number[], sumMax: number): number {
  const sorted = [...counts].sort((a, b) => a - b);
  let left = sumMax;
  for (const [index, count] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index));
    if (count > share) return share;
    left -= count;
  }
  return sorted.at(-1) ?? 0;
}
