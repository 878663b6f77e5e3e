/** One answer of following: what is committed while it is made comes with it or with the next one, and is never passed over. */
import { expect, test } from 'vitest';
import type { SearchRequest } from '../../../src/engine/search-request.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { randomOf } from '../../../src/selftest/random.ts';
import type { Answering } from '../../../src/serve/asked-request.ts';
import type { TailAnswer, TailQuestion } from '../../../src/serve/questions.ts';
import { answerTail } from '../../../src/serve/search-answers.ts';
import { TestStore } from '../../support/engine-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';

type Reader = Pick<StoreReader, 'newestSequence' | 'count' | 'matches'>;

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
    const busy: Reader = {
      newestSequence: () => reader.newestSequence(),
      count: (request) => {
        const counted = reader.count(request);
        if (isBusy) store.add(entries(1 + count, count));
        isBusy = false;
        return counted;
      },
      matches: (request) => reader.matches(request),
    };
    const { ask, begin } = following(busy);
    let sequence = begin();
    store.add(entries(1, count));
    const seen: string[] = [];
    for (let look = 0; look < 6; look += 1) {
      const answer = ask({ sequence });
      expect(answer.skipped).toBe(0);
      seen.push(...answer.records.map(({ message }) => message));
      sequence = answer.sequence;
    }
    expect(seen).toEqual(entries(1, 2 * count).map(({ message }) => message));
  },
);

test.each([1, 2, 3, 4])(
  'answerTail() gives each match once, in order of time, whenever entries are committed meanwhile: seed %i',
  (seed) => {
    const random = randomOf(seed);
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    using reader = store.openReader();
    const wanted: string[] = [];
    const committing = (): StoreReader => {
      const count = random() < 0.6 ? 0 : Math.ceil(random() ** 4 * 3_000);
      const added = entries(wanted.length, count).map((entry) => ({
        ...entry,
        timestampUs: entry.timestampUs + Math.floor(random() * 1e6),
      }));
      if (count > 0) store.add(added);
      wanted.push(...added.map(({ message }) => message));
      return reader;
    };
    const busy: Reader = {
      newestSequence: () => committing().newestSequence(),
      count: (request) => committing().count(request),
      matches: (request) => committing().matches(request),
    };
    const { ask } = following(busy);
    const seen: string[] = [];
    let sequence = 0;
    const look = (asked: Partial<TailQuestion>): boolean => {
      const { records, more, ...answer } = ask({ sequence, ...asked });
      const times = answer.ids.map(Number.parseFloat);
      const inOrder = times.toSorted((one, other) => one - other);
      expect({ times, skipped: answer.skipped }).toEqual({ times: inOrder, skipped: 0 });
      seen.push(...records.map(({ message }) => message));
      ({ sequence } = answer);
      return more;
    };
    for (let count = 0; count < 12; count += 1) look(random() < 0.7 ? {} : { span: 700 });
    const rest = following(reader);
    for (let more = true; more; ) {
      const answer = rest.ask({ sequence });
      seen.push(...answer.records.map(({ message }) => message));
      ({ sequence, more } = answer);
    }
    expect(seen.toSorted()).toEqual(wanted.toSorted());
  },
);

test.each([
  { place: 'of the cluster', from: 1_795_000_000_000_000, beside: 0 },
  { place: 'of this machine', from: 7, beside: 1_795_000_000_000_000 },
])(
  'answerTail() goes on with what comes now behind a place $place, where the other engine answers',
  ({ from, beside }) => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entries(0, 20));
    using reader = store.openReader();
    // A cluster numbers by time: here the same entries, their numbers moved there.
    const moved: Reader = {
      newestSequence: () => reader.newestSequence() + beside,
      count: (request) => reader.count(movedBack(request)),
      matches: (request) => reader.matches(movedBack(request)),
    };
    const movedBack = (request: SearchRequest): SearchRequest => ({
      ...request,
      afterSequence: Math.max(0, request.afterSequence! - beside),
      upToSequence: request.upToSequence! - beside,
    });
    const { ask } = following(moved);
    const first = ask({ sequence: from });
    expect(first).toMatchObject({ records: [], skipped: 0, more: false });
    store.add(entries(20, 1));
    expect(ask({ sequence: first.sequence }).records).toMatchObject([{ message: 'step 20' }]);
  },
);

test('answerTail() gives long entries in pieces, as a search does, each once and in order', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entries(0, 1));
  using reader = store.openReader();
  const { ask, begin } = following(reader);
  let sequence = begin();
  const long = 'x'.repeat(200_000);
  const added = entries(1, 50).map((entry) => ({ ...entry, message: `${entry.message} ${long}` }));
  store.add(added);
  const seen: string[] = [];
  const counts: number[] = [];
  for (let more = true; more; ) {
    const answer = ask({ sequence });
    seen.push(...answer.records.map(({ message }) => message));
    counts.push(answer.records.length);
    ({ sequence, more } = answer);
  }
  expect(seen).toEqual(added.map(({ message }) => message));
  expect(counts).toEqual([42, 8]);
});

test('answerTail() looks at as many arrivals as it is asked to, and at the others with the next answers', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entries(0, 1));
  using reader = store.openReader();
  const { ask, begin } = following(reader);
  let sequence = begin();
  store.add(entries(1, 100));
  const seen: string[][] = [];
  for (let more = true; more; ) {
    const answer = ask({ sequence, span: 30 });
    seen.push(answer.records.map(({ message }) => message));
    ({ sequence, more } = answer);
  }
  expect(seen.map(({ length }) => length)).toEqual([30, 30, 30, 10]);
  expect(seen.flat()).toEqual(entries(1, 100).map(({ message }) => message));
});

/** Whoever looks again and again. */
function following(reader: Reader) {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const answering = { reader, host: null, clock, signal } as unknown as Answering;
  const question = { nowMs: clock.nowMs(), deadlineMs: 60_000 };
  const ask = (asked: Pick<TailQuestion, 'sequence' | 'span'>): TailAnswer =>
    answerTail(answering, { ...question, ...asked });
  return { ask, begin: () => ask({ sequence: null }).sequence };
}
