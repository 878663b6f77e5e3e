/** Kind `rate`: at least `percent` of the lines in the window match, of at least `minimum`. Compared in integers. */
import { formatCount, formatShare } from '../../base/number-text.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import { type Match, ROLE } from './window.ts';

type RateSlot = { all: number; matching: number };

export class RateKind implements SlotKind<RateSlot> {
  readonly windowCount = 1;
  readonly #percent: number;
  readonly #minimum: number;

  constructor({ percent, minimum }: Readonly<{ percent: number; minimum: number }>) {
    this.#percent = percent;
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
    if (all < this.#minimum || matching * 100 < this.#percent * all) return null;
    return `${formatCount(matching)} of ${formatCount(all)} (${formatShare(matching / all)})`;
  }
}
