/**
 * Kinds `spike` and `drop`: the count of the window against the mean of the windows before it. Not judged before the
 * whole baseline lies after the rule was armed.
 */
import { formatCount, formatMeasured } from '../../base/number-text.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import { type Match, ROLE } from './window.ts';

type CountSlot = { count: number };

export type BaselineBounds = Readonly<{
  kind: 'spike' | 'drop';
  ratio: number;
  minimum: number;
  windowUs: number;
  /** Windows the mean is of. */
  baselineWindows: number;
  armedUs: number;
}>;

export class BaselineKind implements SlotKind<CountSlot> {
  readonly windowCount: number;
  readonly #bounds: BaselineBounds;
  /** Slot end of the last judgement, and its two sums: the next differs by three slots. */
  #lastEndUs = Number.NaN;
  #current = 0;
  #before = 0;
  /** Count of the oldest slot, which is gone at the next judgement. */
  #leaving = 0;

  constructor(bounds: BaselineBounds) {
    this.#bounds = bounds;
    this.windowCount = bounds.baselineWindows + 1;
  }

  emptySlot(): CountSlot {
    return { count: 0 };
  }

  take(slot: CountSlot, { roles }: Match): void {
    if ((roles & ROLE.WHEN) !== 0) slot.count += 1;
  }

  matchesOf({ count }: CountSlot): number {
    return count;
  }

  judge(slotBack: SlotBack<CountSlot>, endUs: number): string | null {
    const { kind, ratio, minimum, windowUs, armedUs } = this.#bounds;
    this.#sum(slotBack, endUs);
    if (endUs - this.windowCount * windowUs < armedUs) return null;
    const current = this.#current;
    const baseline = this.#before / this.#bounds.baselineWindows;
    return unusual({ kind, ratio, minimum }, current, baseline);
  }

  #sum(slotBack: SlotBack<CountSlot>, endUs: number): void {
    const countAt = (age: number): number => slotBack(age)?.count ?? 0;
    const widthUs = this.#bounds.windowUs / SLOTS_PER_WINDOW;
    if (this.#lastEndUs + widthUs === endUs) {
      const crossing = countAt(SLOTS_PER_WINDOW + 1);
      this.#current += countAt(1) - crossing;
      this.#before += crossing - this.#leaving;
    } else {
      this.#current = 0;
      this.#before = 0;
      for (let age = 1; age <= this.windowCount * SLOTS_PER_WINDOW; age += 1) {
        if (age <= SLOTS_PER_WINDOW) this.#current += countAt(age);
        else this.#before += countAt(age);
      }
    }
    this.#leaving = countAt(this.windowCount * SLOTS_PER_WINDOW);
    this.#lastEndUs = endUs;
  }
}

/** What is wrong with `current` where `usual` was expected, in a few words; null: nothing. */
export function unusual(
  { kind, ratio, minimum }: Readonly<{ kind: 'spike' | 'drop'; ratio: number; minimum: number }>,
  current: number,
  usual: number,
): string | null {
  const isTrouble =
    kind === 'spike'
      ? current >= minimum && current >= ratio * Math.max(usual, 1)
      : usual >= minimum && current * ratio <= usual;
  return isTrouble ? `${formatCount(current)}, usually ${formatMeasured(usual)}` : null;
}
