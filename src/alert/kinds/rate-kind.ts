/** Kind `rate`: at least `percent` of the lines in the window match, of at least `minimum`. Compared in integers. */
import { formatCount, formatShare } from '../../base/number-text.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import { type Match, ROLE } from './window.ts';

/** In doubles 1.1 % of 3,000 are a little more than 33. */
const PARTS_OF_PERCENT = 1e6;

type RateSlot = { all: number; matching: number };

export class RateKind implements SlotKind<RateSlot> {
  readonly windowCount = 1;
  /** In millionths of a percent. */
  readonly #share: number;
  readonly #minimum: number;

  constructor({ percent, minimum }: Readonly<{ percent: number; minimum: number }>) {
    this.#share = Math.round(percent * PARTS_OF_PERCENT);
    this.#minimum = minimum;
  }

  emptySlot(): RateSlot {
    return { all: 0, matching: 0 };
  }

  take(slot: RateSlot, { roles }: Match): void {
    slot.all += 1;
    if ((roles & ROLE.WHEN) !== 0) slot.matching += 1;
  }

  matchesOf(slot: RateSlot): number {
    return slot.matching;
  }

  judge(slotBack: SlotBack<RateSlot>): string | null {
    let all = 0;
    let matching = 0;
    for (let age = 1; age <= SLOTS_PER_WINDOW; age += 1) {
      const slot = slotBack(age);
      if (slot === undefined) continue;
      all += slot.all;
      matching += slot.matching;
    }
    const isFew = matching * 100 * PARTS_OF_PERCENT < this.#share * all;
    if (all < this.#minimum || isFew) return null;
    return `${formatCount(matching)} of ${formatCount(all)} (${formatShare(matching / all)})`;
  }
}
