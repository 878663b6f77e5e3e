/**
 * The groups of one rule, within its bounds; which of them are due, and which have to be written. Bounds are counts, never
 * memory or time, so that a replay meets them at the same line:
 * - `groupsMax`: a new group takes the place of the one without an unsettled incident that was quiet longest; if there is
 *   none, its matches count for the group `(other)`;
 * - `heldLinesMax`: the groups that hold most let go of their oldest lines;
 * - with many groups each keeps fewer entries to show.
 */
import type { Incident } from '../model/incident.ts';
import { SAMPLES_MAX } from '../model/notification.ts';
import type { GroupKeys } from './group-key.ts';
import { GroupState, type RuleContext, type SavedGroup } from './group-state.ts';
import { openWindow, type WindowContext } from './kinds/open-window.ts';
import type { Item } from './moment.ts';
import type { RuleCounters, SavedRun, UnsavedRun } from './saved-alerts.ts';
import { TimerHeap } from './timer-heap.ts';

/** After the bound of held lines was met, this share of them stays, so that the next cut is not due at once. */
const HELD_SHARE_AFTER_CUT = 0.9;

/** A rule with more groups than this keeps fewer entries of each to show: they are what costs memory. */
const GROUPS_WITH_ALL_SAMPLES = 500;
const SAMPLES_MAX_OF_MANY = 3;

/** A key and a group without lines, incidents and samples, as V8 holds them; measured. */
const GROUP_BYTES = 2_600;
/** A sample with its message and fields. */
const SAMPLE_BYTES = 1_500;
/** A line: two numbers, or an object of a kind that settles. */
const LINE_BYTES = 48;

type GroupBounds = Readonly<{ groupsMax: number; heldLinesMax: number }>;

/** Where it is counted what the bounds took away. */
type BoundCounters = Pick<RuleCounters, 'evictedGroupCount' | 'otherCount' | 'cutLineCount'>;

export class RuleGroups {
  readonly #context: RuleContext;
  readonly #keys: GroupKeys;
  readonly #bounds: GroupBounds;
  readonly #counters: BoundCounters;
  readonly #windowContext: (key: string) => WindowContext;
  /** In order of their last line, quiet longest first. */
  readonly #groups = new Map<string, GroupState>();
  readonly #timers = new TimerHeap<GroupState>();
  #heldLineCount = 0;
  #lastGroup: GroupState | null = null;
  /** Groups touched in this batch. */
  readonly #touched: GroupState[] = [];
  /** Keys of groups that changed since they were saved. */
  readonly #dirty = new Set<string>();
  /** Numbers of incidents whose groups are gone. */
  #orphans: Incident[] = [];

  constructor(
    parts: Readonly<{
      context: RuleContext;
      keys: GroupKeys;
      bounds: GroupBounds;
      counters: BoundCounters;
      windowContext: (key: string) => WindowContext;
    }>,
  ) {
    this.#context = parts.context;
    this.#keys = parts.keys;
    this.#bounds = parts.bounds;
    this.#counters = parts.counters;
    this.#windowContext = parts.windowContext;
  }

  get size(): number {
    return this.#groups.size;
  }

  get heldLineCount(): number {
    return this.#heldLineCount;
  }

  /** About what all of it takes. */
  get bytes(): number {
    let bytes = this.#groups.size * GROUP_BYTES + this.#heldLineCount * LINE_BYTES;
    for (const group of this.#groups.values()) {
      bytes += group.sampleCount * SAMPLE_BYTES + (group.window.historyBytes ?? 0);
    }
    return bytes;
  }

  /** How many matching entries each group may keep to show. */
  get samplesMax(): number {
    return this.#groups.size <= GROUPS_WITH_ALL_SAMPLES ? SAMPLES_MAX : SAMPLES_MAX_OF_MANY;
  }

  /** No timer is due before. */
  get nextDueUs(): number {
    return this.#timers.nextDueUs;
  }

  /** Whether it is still here: another group may have taken its place. */
  has(group: GroupState): boolean {
    return this.#groups.get(group.key) === group;
  }

  values(): IterableIterator<GroupState> {
    return this.#groups.values();
  }

  entries(): IterableIterator<[string, GroupState]> {
    return this.#groups.entries();
  }

  /** The group of a key, made if need be, and moved behind all others. */
  groupFor(key: string, item: Item): GroupState {
    const last = this.#lastGroup;
    if (last !== null && last.key === key) return last;
    const group = this.#find(key, item);
    this.#lastGroup = group;
    return group;
  }

  /** A group that is waited for before its first line. */
  expect(key: string): void {
    this.schedule(this.#open(key, null));
    this.#dirty.add(key);
  }

  /** Lines came or went in one group. */
  noteHeld(difference: number, item: Item): void {
    this.#heldLineCount += difference;
    if (this.#heldLineCount > this.#bounds.heldLinesMax) this.#cut(item);
  }

  /** Something changed in a group. */
  touch(group: GroupState): void {
    if (!group.isTouched) {
      group.isTouched = true;
      this.#touched.push(group);
      this.#dirty.add(group.key);
    }
    // Without incidents a group is due when it is empty, which every line puts off: it is looked at then.
    // A kind that settles is due with its first undecided line, and that may have come last.
    if (!this.#context.isAtOnce || group.scheduledUs === Number.POSITIVE_INFINITY) {
      this.schedule(group);
    }
  }

  /** Look at the group again when it has something to say, or is empty. */
  schedule(group: GroupState): void {
    this.#timers.schedule(group, group.dueUs(this.#context));
  }

  /** Groups whose moment has come. The empty ones are gone. */
  popDue(readCompleteUs: number): GroupState[] {
    if (this.#timers.nextDueUs >= readCompleteUs) return [];
    return this.#timers.popBefore(readCompleteUs).filter((group) => {
      if (!group.isEmpty(readCompleteUs, this.#context.rule)) return true;
      this.#remove(group);
      return false;
    });
  }

  endBatch(): void {
    for (const group of this.#touched) group.endBatch();
    this.#touched.length = 0;
  }

  get isUnsaved(): boolean {
    return this.#dirty.size > 0;
  }

  /** Every group that changed since `markSaved`, without what no longer counts. */
  takeUnsaved(horizonUs: number): UnsavedRun['groups'] {
    return [...this.#dirty].map((key) => {
      const group = this.#groups.get(key);
      if (group === undefined) return [key, null];
      this.#settle(group, horizonUs);
      return [key, group.takeUnsaved()];
    });
  }

  unsavedIncidents(): Incident[] {
    const incidents = [...this.#orphans];
    for (const key of this.#dirty) {
      incidents.push(...(this.#groups.get(key)?.life.unsavedIncidents(this.#context.rule) ?? []));
    }
    return incidents;
  }

  markSaved(): void {
    for (const key of this.#dirty) this.#groups.get(key)?.life.markSaved();
    this.#dirty.clear();
    this.#orphans = [];
  }

  /** Every group has to be written again. */
  markUnsaved(): void {
    for (const group of this.#groups.values()) {
      group.writeWhole();
      this.#dirty.add(group.key);
    }
  }

  /** Every group, without what no longer counts. */
  save(horizonUs: number): SavedRun['groups'] {
    return [...this.#groups.entries()].map(([key, group]) => {
      this.#settle(group, horizonUs);
      return [key, group.save()];
    });
  }

  restore(saved: SavedRun['groups']): void {
    const byAge = [...saved].sort((a, b) => a[1].lastSequence - b[1].lastSequence);
    for (const [key, group] of byAge) {
      const restored = this.#open(key, group);
      // Stored with them are name and severity of the rule, which may be others now.
      if (restored.noteIncidents()) this.#dirty.add(key);
    }
  }

  #find(key: string, item: Item): GroupState {
    const known = this.#groups.get(key);
    if (known !== undefined) {
      this.#groups.delete(key);
      this.#groups.set(key, known);
      return known;
    }
    const isRoom = this.#groups.size < this.#bounds.groupsMax || key === this.#keys.otherKey;
    if (isRoom) return this.#open(key, null);
    const horizonUs = item.readCompleteUs - this.#context.rule.latenessUs;
    for (const group of this.#groups.values()) {
      if (!group.isEvictable(horizonUs)) continue;
      this.#remove(group);
      this.#counters.evictedGroupCount += 1;
      return this.#open(key, null);
    }
    this.#counters.otherCount += 1;
    return this.#find(this.#keys.otherKey, item);
  }

  #open(key: string, saved: SavedGroup | null): GroupState {
    const { rule } = this.#context;
    const context = this.#windowContext(key);
    const window = openWindow(rule, context, saved?.window ?? null);
    const group = new GroupState(
      { key, fields: this.#keys.fieldsOf(key) },
      { rule, window, context, saved },
    );
    this.#groups.set(key, group);
    this.#heldLineCount += group.window.heldCount;
    if (saved !== null) this.schedule(group);
    return group;
  }

  #remove(group: GroupState): void {
    this.#orphans.push(...group.life.unsavedIncidents(this.#context.rule));
    this.#heldLineCount -= group.window.heldCount;
    this.#groups.delete(group.key);
    if (this.#lastGroup === group) this.#lastGroup = null;
    this.#dirty.add(group.key);
    // What the heap still holds of it is passed over: nothing schedules it again.
    group.scheduledUs = Number.NaN;
  }

  #settle(group: GroupState, horizonUs: number): void {
    const heldBefore = group.window.heldCount;
    group.settle(horizonUs, this.#context);
    this.#heldLineCount += group.window.heldCount - heldBefore;
  }

  /** Too many lines: first let go of what no longer counts, then of the oldest, where most are held. */
  #cut(item: Item): void {
    const horizonUs = item.readCompleteUs - this.#context.rule.latenessUs;
    const groups = [...this.#groups.values()];
    for (const group of groups) {
      this.#settle(group, horizonUs);
      this.#dirty.add(group.key);
    }
    if (this.#heldLineCount <= this.#bounds.heldLinesMax) return;
    const heldMax = Math.floor(this.#bounds.heldLinesMax * HELD_SHARE_AFTER_CUT);
    const level = waterLevel(
      groups.map((group) => group.window.heldCount),
      heldMax,
    );
    for (const group of groups) {
      const cutCount = group.window.cut(level);
      this.#counters.cutLineCount += cutCount;
      this.#heldLineCount -= cutCount;
    }
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
