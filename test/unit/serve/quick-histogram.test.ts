import { describe, expect, test } from 'vitest';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { histogramWithin } from '../../../src/serve/quick-histogram.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const START_US = 1_700_000_000_000_000;
const MINUTE_US = 60_000_000;
const ENTRIES: readonly TestEntry[] = Array.from({ length: 2_000 }, (_, index) => ({
  timestampUs: START_US + index * 7_000_000,
  level: index % 3 === 0 ? 'ERROR' : 'INFO',
  source: 'api',
  message: `step ${index} ${index % 2 === 0 ? 'even' : 'odd'}`,
}));
const UNTIL_US = START_US + ENTRIES.length * 7_000_000;

describe('histogramWithin()', () => {
  test('counts the same as a whole histogram where there is time', () => {
    using scene = Scene.open();
    for (const q of ['', 'even', 'level:error', 'level:error odd']) {
      const { rows, countedFromUs } = scene.within(q, { stepMs: 0 });
      expect({ q, countedFromUs, rows }).toEqual({ q, countedFromUs: null, rows: scene.whole(q) });
    }
  });

  test('says how far back it got, and what is newer is exact', () => {
    using scene = Scene.open();
    for (const stepMs of [5, 11, 29]) {
      const { rows, countedFromUs } = scene.within('even', { stepMs });
      expect(countedFromUs).toBeGreaterThan(START_US);
      expect(countedFromUs! % MINUTE_US).toBe(0);
      expect(rows).toEqual(scene.whole('even').filter(({ startUs }) => startUs >= countedFromUs!));
      expect(rows.length).toBeGreaterThan(0);
    }
  });
});

class Scene implements Disposable {
  readonly #folder: TempFolder;
  readonly #store: TestStore;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.#store = new TestStore(folder.path);
    this.#store.add(ENTRIES);
  }

  static open(): Scene {
    return new Scene(TempFolder.make());
  }

  /** Each look at the clock finds it `stepMs` later. */
  within(q: string, { stepMs }: Readonly<{ stepMs: number }>) {
    let nowMs = 0;
    const clock = {
      monotonicMs: () => {
        nowMs += stepMs;
        return nowMs;
      },
    };
    const range = {
      fromUs: START_US,
      untilUs: UNTIL_US,
      bucketUs: MINUTE_US,
      by: 'level',
    } as const;
    return this.#read((reader) =>
      histogramWithin({ reader, clock }, { query: filterOf(q) }, { ...range, budgetMs: 100 }),
    );
  }

  whole(q: string) {
    const range = { fromUs: START_US, untilUs: UNTIL_US };
    return this.#read((reader) =>
      reader.histogram({ query: filterOf(q), ...range }, { bucketUs: MINUTE_US, by: 'level' }),
    );
  }

  #read<T>(use: (reader: StoreReader) => T): T {
    using reader = this.#store.openReader();
    return use(reader);
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

function filterOf(q: string) {
  return parseQuery(q, { nowMs: START_US / 1_000, timezone: 'UTC' }).filter;
}
