/**
 * The groups of one rule, within its bounds. Bounds are counts, never memory or time, so that a replay meets them at the
 * same line:
 * - `groupsMax`: a new group takes the place of the one without an unsettled incident that was quiet longest; if there is
 *   none, its matches count for the group `(other)`;
 * - `heldLinesMax`: the groups that hold most let go of their oldest lines.
 */
import type { Incident } from '../model/incident.ts';
import type { GroupKeys } from './group-key.ts';
import { GroupState, type Item, type RuleContext, type SavedGroup } from './group-state.ts';
import { openWindow, type WindowContext } from './kinds/open-window.ts';
import { TimerHeap } from './timer-heap.ts';

/** After the bound of held lines was met, this share of them stays, so that the next cut is not due at once. */
const HELD_SHARE_AFTER_CUT = 0.9;

/** A key and a group without lines, incidents and samples, as V8 holds them; measured. */
const GROUP_BYTES = 2_600;
/** A sample with its message and fields. */
const SAMPLE_BYTES = 1_500;
/** A line: two numbers, or an object of a kind that settles. */
const LINE_BYTES = 48;

export type GroupBounds = Readonly<{ groupsMax: number; heldLinesMax: number }>;

/** Where it is counted what the bounds took away. */
export type BoundCounters = {
  evictedGroupCount: number;
  otherCount: number;
  cutLineCount: number;
};

export class RuleGroups {
  readonly #context: RuleContext;
  readonly #keys: GroupKeys;
  readonly #bounds: GroupBounds;
  readonly #counters: BoundCounters;
  readonly #windowContext: (key: string) => WindowContext;
  /** In order of their last line, quiet longest first. */
  readonly #groups = new Map<string, GroupState>();
  readonly timers = new TimerHeap<GroupState>();
  #heldLineCount = 0;
  #lastGroup: GroupState | null = null;
  /** Keys of groups that changed since they were saved. */
  readonly dirty = new Set<string>();
  /** Numbers of incidents whose groups are gone. */
  orphans: Incident[] = [];

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

  get(key: string): GroupState | undefined {
    return this.#groups.get(key);
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

  open(key: string, saved: SavedGroup | null): GroupState {
    const { rule } = this.#context;
    const context = this.#windowContext(key);
    const window = openWindow(rule, context, saved?.window ?? null);
    const group = new GroupState(
      { key, fields: this.#keys.fieldsOf(key) },
      { rule, window, context, saved },
    );
    this.#groups.set(key, group);
    this.#heldLineCount += group.window.heldCount;
    if (saved !== null) this.timers.schedule(group, group.dueUs(this.#context));
    return group;
  }

  remove(group: GroupState): void {
    this.orphans.push(...group.life.unsavedIncidents(this.#context.rule));
    this.#heldLineCount -= group.window.heldCount;
    this.#groups.delete(group.key);
    if (this.#lastGroup === group) this.#lastGroup = null;
    this.dirty.add(group.key);
    // What the heap still holds of it is passed over: nothing schedules it again.
    group.scheduledUs = Number.NaN;
  }

  settle(group: GroupState, horizonUs: number): void {
    const heldBefore = group.window.heldCount;
    group.settle(horizonUs, this.#context);
    this.#heldLineCount += group.window.heldCount - heldBefore;
  }

  /** Lines came or went in one group. */
  noteHeld(difference: number, item: Item): void {
    this.#heldLineCount += difference;
    if (this.#heldLineCount > this.#bounds.heldLinesMax) this.#cut(item);
  }

  #find(key: string, item: Item): GroupState {
    const known = this.#groups.get(key);
    if (known !== undefined) {
      this.#groups.delete(key);
      this.#groups.set(key, known);
      return known;
    }
    const isRoom = this.#groups.size < this.#bounds.groupsMax || key === this.#keys.otherKey;
    if (isRoom) return this.open(key, null);
    const horizonUs = item.readCompleteUs - this.#context.rule.latenessUs;
    for (const group of this.#groups.values()) {
      if (!group.isEvictable(horizonUs)) continue;
      this.remove(group);
      this.#counters.evictedGroupCount += 1;
      return this.open(key, null);
    }
    this.#counters.otherCount += 1;
    return this.#find(this.#keys.otherKey, item);
  }

  /** Too many lines: first let go of what no longer counts, then of the oldest, where most are held. */
  #cut(item: Item): void {
    const horizonUs = item.readCompleteUs - this.#context.rule.latenessUs;
    const groups = [...this.#groups.values()];
    for (const group of groups) {
      this.settle(group, horizonUs);
      this.dirty.add(group.key);
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
