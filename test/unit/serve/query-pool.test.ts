import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { QueriesFull, QueryPool } from '../../../src/serve/query-pool.ts';
import type { AskedQuestion } from '../../../src/serve/questions.ts';
import { TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What is due is so at once: a timer of a busy machine may come behind the answer of another thread. */
const PROMPT_CLOCK: Clock = {
  ...systemClock,
  sleep: (ms, options) => (ms <= 0 ? Promise.resolve() : systemClock.sleep(ms, options)),
};

describe('QueryPool', () => {
  test('answers many questions on few threads', async () => {
    using folder = TempFolder.make();
    using store = storeWith(folder, 10);
    await using pool = open(folder);
    const answers = await Promise.all(Array.from({ length: 20 }, () => pool.ask(everything({}))));
    expect(answers.map(({ records }) => records.length)).toEqual(new Array(20).fill(10));
    expect(pool.counts).toMatchObject({ asked: 20, stopped: 0, refused: 0 });
    expect(store.damage).toEqual([]);
  });

  test('stops a question at its deadline', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 20_000);
    await using pool = open(folder);
    const asked = pool.ask(everything({ deadlineMs: 0, q: '/(a+)+b$/' }));
    await expect(asked).rejects.toMatchObject({ code: 'QUERY_STOPPED' });
    expect((await pool.ask(everything({}))).records).toHaveLength(100);
  });

  test('ends a thread that does not heed its deadline, and goes on with another', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 10);
    await using pool = QueryPool.open({
      clock: PROMPT_CLOCK,
      log: silentLog,
      stateDir: folder.path,
      threadCountMax: 1,
      // With the grace of a second it is over before a thread has started to answer.
      deadlineMs: -1_000,
    });
    const first = pool.ask(everything({}));
    await expect(first).rejects.toMatchObject({
      code: 'QUERY_STOPPED',
      message: expect.stringContaining('too long'),
    });
    expect(pool.counts.stopped).toBe(1);
    await expect(pool.ask(everything({}))).rejects.toMatchObject({ code: 'QUERY_STOPPED' });
  });

  test('calls off what nobody waits for any more, waiting or running', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 100);
    await using pool = open(folder, 1);
    const gone = new AbortController();
    const running = pool.ask(everything({}), { signal: gone.signal });
    const waiting = pool.ask(everything({}), { signal: gone.signal });
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'QUERY_STOPPED' });
    await expect(running).rejects.toMatchObject({
      code: 'QUERY_STOPPED',
      message: expect.stringContaining('called off'),
    });
    expect((await pool.ask(everything({}))).records).toHaveLength(100);
  });

  test('refuses at once when too many wait', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 1);
    await using pool = open(folder, 1);
    const asked = Array.from({ length: 100 }, () => pool.ask(everything({})));
    const results = await Promise.allSettled(asked);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(30);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(QueriesFull);
  });

  test('passes on what the store says, and is not ended by it', async () => {
    using folder = TempFolder.make();
    await using pool = open(folder);
    await expect(pool.ask(everything({}))).rejects.toThrow(/unable to open/);
    using _store = storeWith(folder, 3);
    expect((await pool.ask(everything({}))).records).toHaveLength(3);
  });
});

test('QueryPool listens to a signal no longer than to its question', async () => {
  using folder = TempFolder.make();
  using _store = storeWith(folder, 3);
  await using pool = open(folder);
  const { signal } = new AbortController();
  for (let count = 0; count < 3; count += 1) await pool.ask(everything({}), { signal });
  await pool.ask(everything({ deadlineMs: 0 }), { signal }).catch(() => {});
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

describe('QueryPool and long questions', () => {
  test('asks one at a time, so that a thread is left to short ones', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 20_000);
    await using pool = open(folder);
    await Promise.all([pool.ask(everything({})), pool.ask(everything({}))]);
    const order: string[] = [];
    const [slow, quick, search] = await Promise.all([
      pool.ask(counting('/(a+)+b$/')).finally(() => order.push('slow')),
      // On a thread of its own it would be answered before the other one.
      pool.ask(counting('nowhere')).finally(() => order.push('quick')),
      pool.ask(everything({})),
    ]);
    expect(order).toEqual(['slow', 'quick']);
    expect([slow.total, quick.total, search.records.length]).toEqual([0, 0, 100]);
  });

  test('asks them also where there is one thread', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 100);
    await using pool = open(folder, 1);
    const answers = await Promise.all([pool.ask(counting('a*')), pool.ask(counting('a*'))]);
    expect(answers.map(({ total }) => total)).toEqual([100, 100]);
  });
});

test('QueryPool ends a thread that nobody asks, however often it is checked, and starts another', async () => {
  using folder = TempFolder.make();
  using _store = storeWith(folder, 3);
  await using pool = QueryPool.open({
    clock: systemClock,
    log: silentLog,
    stateDir: folder.path,
    idleMs: 300,
  });
  expect(pool.hasThreads).toBe(false);
  await pool.ask(everything({}));
  expect(pool.hasThreads).toBe(true);
  await waitFor(async () => {
    if (pool.hasThreads) await pool.ask(everything({}), { isCheck: true });
    await systemClock.sleep(50);
    return !pool.hasThreads;
  });
  expect((await pool.ask(everything({}))).records).toHaveLength(3);
});

describe('QueryPool.keepReady', () => {
  test('has a thread before anybody asks, keeps it however long nobody does, and lets it go when it is no longer wanted', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 3);
    await using pool = openLookups(folder);
    expect(pool.hasThreads).toBe(false);
    pool.keepReady(details);
    expect(pool.hasThreads).toBe(true);
    // Behind the rehearsal on the one thread: when it is answered the thread has been idle.
    expect(await pool.ask(details)).toMatchObject({ contexts: [], countedCount: 0 });
    await systemClock.sleep(IDLE_MS * 5);
    expect(pool.hasThreads).toBe(true);
    pool.keepReady(null);
    await waitFor(() => !pool.hasThreads);
    expect(await pool.ask(details)).toMatchObject({ contexts: [] });
  });

  test('has another one after a question that its thread had to be ended for', async () => {
    using folder = TempFolder.make();
    using _store = storeWith(folder, 3);
    await using pool = openLookups(folder);
    pool.keepReady(details);
    // With the grace of a second it is over before the thread can answer.
    await expect(pool.ask(details, { deadlineMs: -1_000 })).rejects.toMatchObject({
      code: 'QUERY_STOPPED',
    });
    expect(pool.hasThreads).toBe(true);
    expect(await pool.ask(details)).toMatchObject({ contexts: [] });
  });

  test('goes on where the rehearsal itself cannot be answered', async () => {
    using folder = TempFolder.make();
    await using pool = openLookups(folder);
    pool.keepReady(details);
    await expect(pool.ask(details)).rejects.toThrow(/unable to open/);
    expect(pool.hasThreads).toBe(true);
    using _store = storeWith(folder, 3);
    expect(await pool.ask(details)).toMatchObject({ contexts: [] });
  });
});

/** A thread that waits longer is ended, unless it is kept. */
const IDLE_MS = 100;

const details: Extract<AskedQuestion, { kind: 'alertDetails' }> = {
  kind: 'alertDetails',
  question: {
    query: 'nobody',
    firstAtMs: 0,
    lastAtMs: 0,
    endAtMs: 0,
    samples: [],
    contextLines: 1,
    deadlineMs: 10_000,
  },
};

function openLookups(folder: TempFolder): QueryPool {
  return QueryPool.open({
    clock: PROMPT_CLOCK,
    log: silentLog,
    stateDir: folder.path,
    program: 'lookup',
    threadCountMax: 1,
    idleMs: IDLE_MS,
  });
}

function open(folder: TempFolder, threadCountMax = 2): QueryPool {
  return QueryPool.open({
    clock: systemClock,
    log: silentLog,
    stateDir: folder.path,
    threadCountMax,
  });
}

function counting(q: string): Extract<AskedQuestion, { kind: 'histogram' }> {
  return {
    kind: 'histogram',
    question: { nowMs: 0, deadlineMs: 10_000, q, since: '@0', until: '@1' },
  };
}

function everything(
  part: Readonly<{ q?: string; deadlineMs?: number }>,
): Extract<AskedQuestion, { kind: 'search' }> {
  return { kind: 'search', question: { nowMs: 0, deadlineMs: 10_000, ...part } };
}

function storeWith(folder: TempFolder, count: number): TestStore {
  const store = new TestStore(folder.path);
  // The incident tables are the daemon's; a search does not need them.
  store.add(
    Array.from({ length: count }, (_, index) => ({
      timestampUs: index,
      level: 'INFO' as const,
      source: 'app',
      message: `${'a'.repeat(40)} ${index}`,
    })),
  );
  return store;
}
