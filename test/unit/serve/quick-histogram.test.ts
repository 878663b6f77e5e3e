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
/** As the store on this machine does it, and as is done with another. */
const WAYS = ['chunk by chunk', 'slice by slice'] as const;
const UNTIL_US = START_US + ENTRIES.length * 7_000_000;

describe('histogramWithin()', () => {
  test.each(WAYS)('counts the same as a whole histogram where there is time, %s', (way) => {
    using scene = Scene.open();
    for (const q of ['', 'even', 'level:error', 'level:error odd']) {
      const { rows, countedFromUs } = scene.within(q, { stepMs: 0, way });
      expect({ q, countedFromUs, rows }).toEqual({ q, countedFromUs: null, rows: scene.whole(q) });
    }
  });

  test.each(WAYS)('says how far back it got, and what is newer is exact, %s', (way) => {
    using scene = Scene.open();
    for (const stepMs of [5, 7, 11]) {
      const { rows, countedFromUs } = scene.within('even', { stepMs, way });
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
    // Several chunks, whose times overlap with those of other segments.
    this.#store = new TestStore(folder.path, { limits: { chunkRows: 100 } });
    for (const part of [0, 1, 2]) this.#store.add(ENTRIES.filter((_, index) => index % 3 === part));
  }

  static open(): Scene {
    return new Scene(TempFolder.make());
  }

  /** Each look at the clock finds it `stepMs` later. */
  within(q: string, { stepMs, way }: Readonly<{ stepMs: number; way: (typeof WAYS)[number] }>) {
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
    return this.#read((store) =>
      histogramWithin(
        { reader: way === 'chunk by chunk' ? store : inSlices(store), clock },
        { query: filterOf(q) },
        { ...range, budgetMs: 100 },
      ),
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

function inSlices(store: StoreReader): Pick<StoreReader, 'histogram'> {
  return { histogram: (request, options) => store.histogram(request, options) };
}

function filterOf(q: string) {
  return parseQuery(q, { nowMs: START_US / 1_000, timezone: 'UTC' }).filter;
}
