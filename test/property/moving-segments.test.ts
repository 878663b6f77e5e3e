/**
 * Segments that are written, merged, made dense, thinned out and let go of, on the threads that do so, by an engine that is closed
 * and opened again, while query threads page, count and follow, and readers of this process go through what there is a piece at
 * a time: each entry that stays is shown once to each of them, in order, and a count of what stays is what a loop over an array
 * counts.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { silentLog } from '../../src/base/log.ts';
import type { RetentionPolicy } from '../../src/engine/retention.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { type Level, levelCodeOf } from '../../src/model/level.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { printTimeUs } from '../../src/query/time-text.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { Follower } from '../../src/serve/follow.ts';
import { QueryPool } from '../../src/serve/query-pool.ts';
import type { DownloadAnswer, DownloadQuestion } from '../../src/serve/questions.ts';
import { TestStore } from '../support/engine-store.ts';
import { appendEntry, type TestEntry } from '../support/entry-rows.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** `MOVING_SEGMENTS_CASES` and `MOVING_SEGMENTS_SEED`: more of them, or others. */
const CASES = Number(process.env['MOVING_SEGMENTS_CASES'] ?? 1);
const SEED = Number(process.env['MOVING_SEGMENTS_SEED'] ?? 1);
const ROUNDS = 20;
/** Some segments are files of several chunks, some live in the database. */
const LIMITS = { segmentRows: 1_500, chunkRows: 64, chunkTextBytes: 8_192, inlineBytesMax: 4_096 };

const BEGIN_US = 1_790_000_000_000_000;
/** What is older may go at any moment, as may what is DEBUG. */
const KEPT_US = BEGIN_US - 60_000_000;
const POLICY: RetentionPolicy = {
  beforeUs: KEPT_US,
  rules: [{ level: levelCodeOf('DEBUG'), beforeUs: Number.MAX_SAFE_INTEGER }],
  bytesMax: null,
};
const LEVELS: readonly Level[] = ['DEBUG', 'INFO', 'INFO', 'WARN', 'ERROR'];
const SOURCES = ['a', 'b', 'c'];
const WORDS = ['started', 'needle', 'at other', 'refused by peer', 'was slow'];

type Query = Readonly<{ q: string; matches: (entry: TestEntry) => boolean }>;
const QUERIES: readonly Query[] = [
  { q: '', matches: () => true },
  { q: 'level:error', matches: ({ level }) => level === 'ERROR' },
  { q: 'needle', matches: ({ message }) => message.includes('needle') },
  {
    q: '-needle source:a',
    matches: ({ message, source }) => source === 'a' && !message.includes('needle'),
  },
  {
    q: 'level>=warn "at other"',
    matches: ({ level, message }) =>
      (level === 'WARN' || level === 'ERROR') && message.includes('at other'),
  },
  { q: '/7 was/', matches: ({ message }) => message.includes('7 was') },
];
/** Of these nothing goes. */
const STAYING = { q: '-level:debug', since: printTimeUs(KEPT_US) };

test('Whoever asks while segments move gets each entry that stays once, and counts it once', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    await live(seed).catch((cause: unknown) => {
      throw new Error(`MOVING_SEGMENTS_SEED=${seed}: ${cause}`, { cause });
    });
  }
});

async function live(seed: number): Promise<void> {
  await using life = new Life(seed);
  const work = [life.write(), life.move(), life.move()];
  for (const ask of ASKERS) work.push(life.repeat(ask));
  // Nobody asks of a store that is gone.
  const ends = await Promise.allSettled(work.map((part) => part.finally(() => life.finish())));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  expect(life.store.damage).toEqual([]);
}

/** The array that answers are compared with, the store, and who asks it. */
class Life implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly store = new TestStore(this.folder.path, { limits: LIMITS, onThread: true });
  readonly pool = QueryPool.open({
    ...{ clock: systemClock, log: silentLog, stateDir: this.folder.path },
  });
  readonly random: () => number;
  /** In order of arrival: its number is one more than the index. */
  readonly entries: TestEntry[] = [];
  /** Those of the last commit are visible. */
  committed = 0;
  isOver = false;
  /** Of segments that get another shape. */
  #underWay = 0;
  #isClosing = false;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }

  finish(): void {
    this.isOver = true;
  }

  /** Now and then nothing arrives for a while. */
  async write(): Promise<void> {
    for (let round = 0; round < ROUNDS && !this.isOver; round += 1) {
      const { engine } = this.store;
      const count = this.random() < 0.1 ? 1_600 : Math.floor(this.random() ** 3 * 400);
      for (let entry = 0; entry < count; entry += 1) this.#append();
      const taken = engine.take();
      if (taken !== null) {
        engine.commit(await engine.seal(taken));
        this.committed = this.entries.length;
      }
      await pause(this.random() < 0.2 ? 40 : 0);
      if (this.random() < 0.06) await this.#reopen();
    }
  }

  async #reopen(): Promise<void> {
    this.#isClosing = true;
    while (this.#underWay > 0) await pause(1);
    this.store.reopen();
    this.#isClosing = false;
  }

  /** One of those that give segments another shape; others may be under way. */
  async move(): Promise<void> {
    while (!this.isOver) {
      const { engine } = this.store;
      const choice = this.#isClosing ? 1 : this.random();
      this.#underWay += 1;
      if (choice < 0.35) await engine.compact(this.random() < 0.7);
      else if (choice < 0.65) await engine.densify(true);
      else if (choice < 0.85) await engine.thin(POLICY);
      else if (choice < 1) engine.expire(POLICY);
      this.#underWay -= 1;
      await pause(Math.floor(this.random() * 6));
    }
  }

  /** Once more when nothing moves any more. */
  async repeat(ask: (life: Life) => Promise<void>): Promise<void> {
    while (!this.isOver) {
      await ask(this);
      await turn();
    }
    await ask(this);
  }

  /** Numbers of matches that are there for good, of the first `count` entries. */
  staying(
    { matches }: Query,
    { from, count }: Readonly<{ from: number; count: number }>,
  ): number[] {
    return this.entries.flatMap((entry, index) =>
      index >= from && index < count && stays(entry) && matches(entry) ? [index] : [],
    );
  }

  openReader(database: Database | null = null): StoreReader {
    return StoreReader.open({
      ...{ disk: systemDisk, clock: systemClock, folder: this.store.segmentsFolder },
      database: database ?? this.store.databasePath,
      onDamage: (damage) => this.store.damage.push(damage),
      scoutAfterBytes: this.random() < 0.3 ? 4_096 : Number.POSITIVE_INFINITY,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
    this.store[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }

  #append(): void {
    const number = this.entries.length;
    const isOld = this.random() < 0.05;
    const entry: TestEntry = {
      // Some have equal times, and some come late.
      timestampUs: isOld
        ? KEPT_US - 1 - Math.floor(this.random() * 1e9)
        : BEGIN_US + Math.floor(number / 3) * 1_000 - Math.floor(this.random() ** 8 * 3e6),
      level: this.pick(LEVELS),
      source: this.pick(SOURCES),
      message: `entry #${number} ${this.pick(WORDS)} ${'x'.repeat(this.random() * 40)}`,
    };
    appendEntry(this.store.engine.head, entry, number + 1);
    this.entries.push(entry);
  }
}

function stays({ level, timestampUs }: TestEntry): boolean {
  return level !== 'DEBUG' && timestampUs >= KEPT_US;
}

/** What one who asks was shown, against the array. */
class Shown {
  readonly #life: Life;
  readonly #kind: string;
  readonly #query: Query;
  readonly #numbers = new Set<number>();
  #last: Readonly<{ us: number; number: number }> | null = null;

  constructor(life: Life, kind: string, query: Query) {
    this.#life = life;
    this.#kind = kind;
    this.#query = query;
  }

  /** What comes now is in order of its own. */
  newList(): void {
    this.#last = null;
  }

  add(message: string, order: 'newest' | 'oldest'): void {
    const number = Number(/^entry #(\d+)/.exec(message)?.[1]);
    const entry = this.#life.entries[number];
    const us = entry?.timestampUs ?? Number.NaN;
    const last = this.#last;
    const step = last === null ? 0 : us - last.us || number - last.number;
    const wrong = {
      ...{ kind: this.#kind, q: this.#query.q, message },
      isAnother: entry?.message !== message || !this.#query.matches(entry),
      isRepeated: this.#numbers.has(number),
      isOutOfOrder: last !== null && (order === 'oldest' ? step <= 0 : step >= 0),
    };
    const isFine = !(wrong.isAnother || wrong.isRepeated || wrong.isOutOfOrder);
    expect(isFine ? null : wrong).toBeNull();
    this.#numbers.add(number);
    this.#last = { us, number };
  }

  /** All of these were shown. */
  end(expected: readonly number[]): void {
    const missed = expected.filter((number) => !this.#numbers.has(number));
    expect({ kind: this.#kind, q: this.#query.q, missed }).toMatchObject({ missed: [] });
  }
}

const NOW = { nowMs: BEGIN_US / 1_000, deadlineMs: 60_000 };

/** Pages of `/api/search`. */
async function page(life: Life): Promise<void> {
  const query = life.pick(QUERIES);
  const order = life.pick(['newest', 'oldest'] as const);
  const expected = life.staying(query, { from: 0, count: life.committed });
  const shown = new Shown(life, `pages, ${order}`, query);
  const limit = 1 + Math.floor(life.random() * 999);
  let cursor: string | null = null;
  do {
    const place: { cursor?: string } = cursor === null ? {} : { cursor };
    const question = { ...NOW, q: query.q, order, limit, ...place };
    const answer = await life.pool.ask({ kind: 'search', question });
    expect(answer.damagedSegments).toBe(0);
    for (const { message } of answer.records) shown.add(message, order);
    ({ cursor } = answer);
  } while (cursor !== null);
  shown.end(expected);
}

/** Everything that counts, of entries that stay: no less than was there before, no more than has come by now. */
async function count(life: Life): Promise<void> {
  const { pool } = life;
  const query = life.pick(QUERIES);
  const question = { ...NOW, ...STAYING, q: `${query.q} ${STAYING.q}` };
  const before = life.staying(query, { from: 0, count: life.committed }).length;
  const kind = life.pick(['histogram', 'stats', 'patterns', 'values', 'stage'] as const);
  const counted = await {
    histogram: async () => {
      const { total, buckets } = await pool.ask({ kind: 'histogram', question });
      expect(buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(total);
      return total;
    },
    stats: async () => {
      const { total, levels } = await pool.ask({ kind: 'stats', question });
      expect(Object.values(levels).reduce((sum, each) => sum + each, 0)).toBe(total);
      return total;
    },
    patterns: async () => {
      const { patterns } = await pool.ask({ kind: 'patterns', question });
      return patterns.reduce((sum, each) => sum + each.count, 0);
    },
    values: async () => {
      const values = await pool.ask({ kind: 'values', question: { ...question, field: 'source' } });
      return values.values.reduce((sum, each) => sum + each.count, 0);
    },
    stage: async () => {
      const staged = { ...question, q: `${question.q} | count by level` };
      const { table } = await pool.ask({ kind: 'search', question: staged });
      return (table?.rows ?? []).reduce((sum, row) => sum + Number(row.at(-1)), 0);
    },
  }[kind]();
  const after = life.staying(query, { from: 0, count: life.entries.length }).length;
  const said = { kind, q: query.q, before, counted, after };
  expect(counted >= before && counted <= after ? null : said).toBeNull();
}

/** `/api/tail`, for a while. */
async function stream(life: Life): Promise<void> {
  const query = life.pick(QUERIES);
  const question = { ...NOW, q: query.q };
  const ask = life.pool;
  let { sequence } = await ask.ask({ kind: 'tail', question: { ...question, sequence: null } });
  const from = sequence;
  const shown = new Shown(life, 'stream', query);
  const looks = 3 + Math.floor(life.random() * 12);
  let expected: number[] = [];
  for (let look = 0, isWhole = false; look < looks || !isWhole; look += 1) {
    expected = life.staying(query, { from, count: life.committed });
    const span = life.random() < 0.6 ? {} : { span: 1 + Math.floor(life.random() * 300) };
    const asked = { ...question, ...span, sequence };
    const answer = await ask.ask({ kind: 'tail', question: asked });
    expect(answer.skipped).toBe(0);
    shown.newList();
    for (const { message } of answer.records) shown.add(message, 'oldest');
    ({ sequence } = answer);
    isWhole = !answer.more;
  }
  shown.end(expected);
}

/** `logstead tail`, by somebody who reads a few lines now and then. */
async function follow(life: Life): Promise<void> {
  const query = life.pick(QUERIES);
  using database = Database.open(life.store.databasePath, { readOnly: true });
  using reader = life.openReader(database);
  const { filter } = parseQuery(query.q, { nowMs: 0, timezone: 'UTC' });
  const follower = new Follower({ reader, database, filter }, null);
  const from = follower.sequence;
  const shown = new Shown(life, 'follower', query);
  let expected: number[] = [];
  for (let looks = 2 + Math.floor(life.random() * 6); looks > 0; looks -= 1) {
    expected = life.staying(query, { from, count: life.committed });
    shown.newList();
    for (const { columns, row } of follower.look()) {
      shown.add(entryAt(columns, row).message, 'oldest');
      if (life.random() < 0.05) await pause(0);
    }
    await pause(Math.floor(life.random() * 20));
  }
  shown.end(expected);
}

/** `logstead search`, whose reader takes his time. */
async function scan(life: Life): Promise<void> {
  const query = life.pick(QUERIES);
  const order = life.pick(['newest', 'oldest'] as const);
  using reader = life.openReader();
  const expected = life.staying(query, { from: 0, count: life.committed });
  const shown = new Shown(life, `scan, ${order}`, query);
  const { filter } = parseQuery(query.q, { nowMs: 0, timezone: 'UTC' });
  for (const { columns, rows, count: rowCount } of reader.matches({ query: filter, order })) {
    for (const row of rows.subarray(0, rowCount)) shown.add(entryAt(columns, row).message, order);
    if (life.random() < 0.2) await pause(Math.floor(life.random() * 4));
  }
  shown.end(expected);
}

/** `/api/download`. */
async function download(life: Life): Promise<void> {
  const query = life.pick(QUERIES);
  const order = life.pick(['newest', 'oldest'] as const);
  const expected = life.staying(query, { from: 0, count: life.committed });
  const shown = new Shown(life, `download, ${order}`, query);
  let cursor: string | null = null;
  do {
    const part = { q: query.q, order, cursor, limit: 1e6 };
    const question: DownloadQuestion = { ...NOW, ...part, format: 'ndjson' };
    const answer: DownloadAnswer = await life.pool.ask({ kind: 'download', question });
    for (const line of answer.text.split('\n').filter((text) => text !== '')) {
      shown.add((JSON.parse(line) as { message: string }).message, order);
    }
    ({ cursor } = answer);
  } while (cursor !== null);
  shown.end(expected);
}

/** `/api/context` of an entry that stays: those around it, but for what is gone. */
async function context(life: Life): Promise<void> {
  const stays = life.staying(QUERIES[0]!, { from: 0, count: life.committed });
  if (stays.length === 0) return;
  const number = life.pick(stays);
  const { timestampUs } = life.entries[number]!;
  const question = { id: `${timestampUs}-${number + 1}`, before: 4, after: 4 };
  const answer = await life.pool.ask({ kind: 'context', question });
  const shown = (answer?.records ?? []).map(({ message }) => Number(/#(\d+)/.exec(message)?.[1]));
  const between = stays.filter((each) => each >= shown[0]! && each <= shown.at(-1)!);
  const missed = between.filter((each) => !shown.includes(each));
  const isInOrder = shown.every((each, at) => at === 0 || each > shown[at - 1]!);
  expect({ number, shown, at: shown[answer?.index ?? -1], missed, isInOrder }).toMatchObject({
    ...{ at: number, missed: [], isInOrder: true },
  });
}

const ASKERS = [page, page, count, count, stream, follow, scan, download, context];
