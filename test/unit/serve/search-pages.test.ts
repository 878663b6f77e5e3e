/** Pages of one search: together they are what was asked for at its beginning, however long somebody reads. */
import { expect, test } from 'vitest';
import type { Answering } from '../../../src/serve/asked-request.ts';
import type { SearchQuestion } from '../../../src/serve/questions.ts';
import { answerSearch } from '../../../src/serve/search-answers.ts';
import { TestStore } from '../../support/engine-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);

const entries = Array.from({ length: 5 }, (_, index) => ({
  timestampUs: (NOW_MS - 60_000 * (10 + index)) * 1_000,
  level: 'INFO' as const,
  source: 'api',
  message: `step ${index}`,
}));

test.each<Pick<SearchQuestion, 'q' | 'since'>>([{ since: '15m' }, { q: 'since:15m' }])(
  'the pages of %o are those of the time at which the first was asked for',
  (range) => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entries);
    using reader = store.openReader();
    const answering = { reader, host: null, clock: new FakeClock() } as unknown as Answering;
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let nowMs = NOW_MS; ; nowMs += 120_000) {
      const answer = answerSearch(answering, {
        ...range,
        nowMs,
        deadlineMs: 1_000,
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...answer.records.map(({ message }) => message));
      if (answer.cursor === null) break;
      cursor = answer.cursor;
    }
    expect(seen).toEqual(entries.map(({ message }) => message));
  },
);
