/** One answer of following: what is committed while it is made comes with it or with the next one, and is never passed over. */
import { expect, test } from 'vitest';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import type { Answering } from '../../../src/serve/asked-request.ts';
import { answerTail } from '../../../src/serve/search-answers.ts';
import { TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    timestampUs: 1_700_000_000_000_000 + from + index,
    level: 'INFO' as const,
    source: 'api',
    message: `step ${from + index}`,
  }));

test.each([1_900, 2_100])(
  'answerTail() gives each of %i matches once though as many are committed when they have been counted',
  (count) => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entries(0, 1));
    using reader = store.openReader();
    let isBusy = true;
    const busy: Pick<StoreReader, 'newestSequence' | 'count' | 'matches'> = {
      newestSequence: () => reader.newestSequence(),
      count: (request) => {
        const counted = reader.count(request);
        if (isBusy) store.add(entries(1 + count, count));
        isBusy = false;
        return counted;
      },
      matches: (request) => reader.matches(request),
    };
    const { signal } = new AbortController();
    const answering = { reader: busy, host: null, clock: store.clock, signal } as Answering;
    const question = { nowMs: store.clock.nowMs(), deadlineMs: 60_000 };
    let { sequence } = answerTail(answering, { ...question, sequence: null });
    store.add(entries(1, count));
    const seen: string[] = [];
    for (let look = 0; look < 6; look += 1) {
      const answer = answerTail(answering, { ...question, sequence });
      expect(answer.skipped).toBe(0);
      seen.push(...answer.records.map(({ message }) => message));
      sequence = answer.sequence;
    }
    expect(seen).toEqual(entries(1, 2 * count).map(({ message }) => message));
  },
);
