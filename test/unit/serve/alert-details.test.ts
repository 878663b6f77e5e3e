import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import type { AlertDetails, AlertDetailsQuestion } from '../../../src/model/alert-details.ts';
import type { EntryRecord } from '../../../src/model/entry.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { entryRecordOf } from '../../../src/model/entry-record.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { answerAlertDetails } from '../../../src/serve/alert-details.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const MINUTE_MS = 60_000;
/** 2026-11-20T12:57:00Z. */
const END_MS = Date.UTC(2026, 10, 20, 12, 57);

let folder: TempFolder;
let store: TestStore;
let reader: StoreReader;

beforeEach(() => {
  folder = TempFolder.make();
  store = new TestStore(folder.path);
  reader = store.openReader();
});

afterEach(() => {
  reader[Symbol.dispose]();
  store[Symbol.dispose]();
  folder[Symbol.dispose]();
});

/** Lines of two files, one a minute each, in turns. */
function minutes(count: number, messageOf: (minute: number, file: string) => string): TestEntry[] {
  return Array.from({ length: count }, (_, minute) =>
    ['app', 'worker'].map((file, index): TestEntry => {
      const message = messageOf(minute, file);
      return {
        timestampUs: (END_MS - (count - 1 - minute) * MINUTE_MS) * 1_000,
        level: message.includes('timeout') ? 'ERROR' : 'INFO',
        source: file,
        message,
        path: `/logs/${file}.log`,
        generation: index + 1,
        offset: minute * 100,
      };
    }),
  ).flat();
}

function samples(query: string): EntryRecord[] {
  const { filter } = parseQuery(query, { nowMs: 0, timezone: 'UTC' });
  const found: EntryRecord[] = [];
  for (const { columns, rows, count } of reader.matches({ query: filter, order: 'oldest' })) {
    for (const row of rows.subarray(0, count)) found.push(entryRecordOf(entryAt(columns, row)));
  }
  return found;
}

function ask(change: Partial<AlertDetailsQuestion>): Promise<AlertDetails> {
  const question = {
    query: 'timeout',
    firstAtMs: END_MS,
    lastAtMs: END_MS,
    endAtMs: END_MS,
    samples: [],
    contextLines: 2,
    deadlineMs: 10_000,
    ...change,
  };
  return answerAlertDetails(
    { reader, clock: store.clock, signal: new AbortController().signal },
    question,
  );
}

test('answerAlertDetails() finds what stands around a match in its own file, across segments', async () => {
  const entries = minutes(
    10,
    (minute, file) => `${file} ${minute === 6 && file === 'app' ? 'timeout' : 'line'} ${minute}`,
  );
  for (let at = 0; at < entries.length; at += 3) store.add(entries.slice(at, at + 3));
  const [sample] = samples('timeout');
  const { contexts } = await ask({ samples: [sample!] });
  expect(contexts).toHaveLength(1);
  const { before, after } = contexts[0]!;
  expect(before.map(({ message }) => message)).toEqual(['app line 4', 'app line 5']);
  expect(after.map(({ message }) => message)).toEqual(['app line 7', 'app line 8']);
  expect((await ask({ samples: [sample!], contextLines: 0 })).contexts).toEqual([]);
});

test('answerAlertDetails() takes the line at the place of the sample, not one like it', async () => {
  const same = {
    timestampUs: END_MS * 1_000,
    level: null,
    source: 'app',
    message: 'timeout',
    path: '/logs/app.log',
  };
  store.add(
    Array.from({ length: 5 }, (_, index) => ({ ...same, generation: 1, offset: index * 10 })),
  );
  const third = samples('timeout')[2]!;
  const { contexts } = await ask({ samples: [third] });
  expect(contexts[0]!.before.map(({ offset }) => offset)).toEqual([0, 10]);
  expect(contexts[0]!.after.map(({ offset }) => offset)).toEqual([30, 40]);
  expect((await ask({ samples: [{ ...third, offset: 7 }] })).contexts).toEqual([]);
});

test('answerAlertDetails() counts matches in steps up to the end, those of the incident marked', async () => {
  store.add(minutes(180, (minute, file) => (minute % 10 === 0 ? `${file} timeout` : 'line')));
  const { chart } = await ask({ firstAtMs: END_MS - 9 * MINUTE_MS });
  expect(chart).toMatchObject({ stepMs: 5 * MINUTE_MS, fromMs: Date.UTC(2026, 10, 20, 10, 55) });
  expect(chart!.counts).toHaveLength(25);
  // Every second step has the lines of one minute, two files each; minute 170 is at 12:48.
  expect(chart!.counts.slice(-4)).toEqual([0, 2, 0, 0]);
  expect(chart!.counts.reduce((sum, count) => sum + count, 0)).toBe(24);
  expect(chart!.alarms.slice(-4)).toEqual([false, true, true, true]);
  expect(Buffer.from(chart!.png).subarray(1, 4).toString()).toBe('PNG');
});

test('answerAlertDetails() takes longer steps for longer trouble', async () => {
  store.add(minutes(3, () => 'timeout'));
  const { chart } = await ask({ firstAtMs: END_MS - 20 * 60 * MINUTE_MS });
  expect(chart!.stepMs).toBe(60 * MINUTE_MS);
});

test('answerAlertDetails() says what the lines have in common, and which of that is new', async () => {
  store.add(
    minutes(60, (minute, file) => {
      if (minute >= 58 && file === 'app')
        return `POST /charge/${minute} failed: timeout after ${minute} ms`;
      return minute % 20 === 0 ? `batch ${minute}: timeout` : 'line';
    }).concat(minutes(1, () => 'batch 99: timeout')),
  );
  const { patterns, sources, countedCount } = await ask({ firstAtMs: END_MS - MINUTE_MS });
  expect(countedCount).toBe(4);
  expect(patterns.map(({ count }) => count)).toEqual([2, 2]);
  const known = new Map(patterns.map(({ text, earlierCount }) => [text, earlierCount]));
  expect(known.get('batch <n>: timeout')).toBe(6);
  expect([...known.values()].sort()).toEqual([0, 6]);
  expect(sources).toEqual([
    { name: 'app', count: 3 },
    { name: 'worker', count: 1 },
  ]);
});

test('answerAlertDetails() leaves out what takes too long, and what there is no query for', async () => {
  store.add(minutes(3, () => 'timeout'));
  const none = await ask({ query: null });
  expect(none).toMatchObject({ chart: null, patterns: [], countedCount: 0 });
  expect(await ask({ query: 'a (' })).toMatchObject({ chart: null });
  const aborted = AbortSignal.abort();
  const question = {
    query: 'timeout',
    firstAtMs: 0,
    lastAtMs: END_MS,
    endAtMs: END_MS,
    samples: [],
    contextLines: 1,
    deadlineMs: 1,
  };
  const late = await answerAlertDetails({ reader, clock: store.clock, signal: aborted }, question);
  expect(late).toMatchObject({ contexts: [], chart: null, patterns: [] });
});
