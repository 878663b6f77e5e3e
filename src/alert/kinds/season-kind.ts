/**
 * Kinds `spike` and `drop` with a season: the count of the window against the median of the same window in the last
 * four days or weeks. Counts of the past are kept by the minute. Not judged before four seasons lie after the rule was
 * armed, or after the first line it learnt from.
 */

import { unusual } from './baseline-kind.ts';
import { MinuteCounts } from './minute-counts.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import { type Match, ROLE } from './window.ts';

/** Seasons the median is of. */
export const SEASONS_BACK = 4;

export const SEASON_US = { '1d': 86_400_000_000, '7d': 7 * 86_400_000_000 } as const;

type CountSlot = { count: number };

export type SeasonBounds = Readonly<{
  kind: 'spike' | 'drop';
  ratio: number;
  minimum: number;
  windowUs: number;
  seasonUs: number;
  armedUs: number;
}>;

export class SeasonKind implements SlotKind<CountSlot> {
  readonly windowCount = 1;
  readonly #bounds: SeasonBounds;
  readonly #counts: MinuteCounts;

  /** While past seasons have something, nothing at all is news. */
  readonly history: Readonly<{ save(): string; goesOn(): boolean; bytes: number }>;

  constructor(bounds: SeasonBounds, saved: unknown) {
    this.#bounds = bounds;
    const keptUs = SEASONS_BACK * bounds.seasonUs + bounds.windowUs;
    const counts = new MinuteCounts(keptUs, typeof saved === 'string' ? saved : null);
    this.#counts = counts;
    this.history = {
      save: () => counts.save(),
      goesOn: () => counts.hasAny,
      get bytes() {
        return counts.bytes;
      },
    };
  }

  emptySlot(): CountSlot {
    return { count: 0 };
  }

  take(slot: CountSlot, { roles, etUs }: Match): void {
    if ((roles & ROLE.WHEN) === 0) return;
    slot.count += 1;
    this.#counts.add(etUs);
  }

  matchesOf({ count }: CountSlot): number {
    return count;
  }

  judge(slotBack: SlotBack<CountSlot>, endUs: number): string | null {
    const { seasonUs, windowUs, armedUs } = this.#bounds;
    this.#counts.goTo(endUs);
    const firstUs = Math.min(armedUs, this.#counts.firstUs);
    if (endUs - SEASONS_BACK * seasonUs - windowUs < firstUs) return null;
    let current = 0;
    for (let age = 1; age <= SLOTS_PER_WINDOW; age += 1) current += slotBack(age)?.count ?? 0;
    const before = Array.from({ length: SEASONS_BACK }, (_, index) => {
      const untilUs = endUs - (index + 1) * seasonUs;
      return this.#counts.between(untilUs - windowUs, untilUs);
    }).sort((a, b) => a - b);
    const middle = SEASONS_BACK / 2;
    return unusual(this.#bounds, current, (before[middle - 1]! + before[middle]!) / 2);
  }
}
