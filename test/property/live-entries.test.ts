/**
 * Whoever follows while logs are written, merged, let go of, and while the daemon dies and is started again: each entry that matches and was
 * committed behind the beginning is shown once, in order of time within a look, and as a search gives it. Whoever pages through a
 * search meanwhile gets each entry that is there all the time once.
 *
 * Not shown may be what was gone before anybody looked: a last line that grew on, what retention lets go of.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { register as registerTail } from '../../src/cli/tail.ts';
import type { Picked } from '../../src/engine/pipeline/entry-stages.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import type { EntryRecord } from '../../src/model/entry.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { entryRecordOf } from '../../src/model/entry-record.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { randomOf } from '../../src/selftest/random.ts';
import type { Answering } from '../../src/serve/asked-request.ts';
import { Follower } from '../../src/serve/follow.ts';
import { answerSearch, answerTail } from '../../src/serve/search-answers.ts';
import { CONFIG_TEXT, runCommand } from '../support/command-line.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { LiveLog, NEEDLE } from '../support/live-log.ts';
import { waitFor } from '../support/wait-for.ts';

/** `LIVE_ENTRIES_CASES` and `LIVE_ENTRIES_SEED`: more of them, or others. */
const CASES = Number(process.env['LIVE_ENTRIES_CASES'] ?? 4);
const SEED = Number(process.env['LIVE_ENTRIES_SEED'] ?? 1);
const STEPS = 60;
/** None; what is read is committed; what is not finished is taken; segments are merged; retention looks. */
const PAUSES_MS = [0, 500, 500, 1_100, 6_000, 700_000];
/** The kernel tells of what was written. */
const NEWS_MS = 2;
const VIEWERS_MAX = 8;

const CONFIGS = ['', '[retention]\nage = 20h\n', '[retention]\nlevels = debug 1h\n'];

type Query = Readonly<{ q: string; matches: (record: EntryRecord) => boolean }>;
const QUERIES: readonly Query[] = [
  { q: '', matches: () => true },
  { q: 'level:error', matches: ({ level }) => level === 'ERROR' },
  { q: NEEDLE, matches: ({ message }) => message.includes(NEEDLE) },
  {
    q: `-${NEEDLE} source:a`,
    matches: ({ message, source }) => source === 'a' && !message.includes(NEEDLE),
  },
  {
    q: 'level>=warn "at other"',
    matches: ({ message, severity }) => severity >= 30 && message.includes('at other'),
  },
];

test('Whoever follows is shown each entry once, in order, and as a search gives it', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    await live(seed).catch((cause: unknown) => {
      throw new Error(`LIVE_ENTRIES_SEED=${seed}: ${cause}`, { cause });
    });
  }
});

async function live(seed: number): Promise<void> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const clock = new FakeClock();
  await using scene = await IngestScene.make(pick(CONFIGS), clock);
  scene.folder.write('config/config.ini', CONFIG_TEXT);
  const log = new LiveLog(scene.folder, random);
  const viewers = new Viewers(scene, random);
  const turn = async (ms: number): Promise<void> => {
    await pause(NEWS_MS);
    await scene.ingest.turn();
    viewers.note();
    await clock.advance(ms);
    await scene.ingest.turn();
    viewers.note();
  };
  for (let step = 0; step < STEPS; step += 1) {
    log.write(clock.nowMs());
    // Else more comes before anybody looks.
    if (random() < 0.7) await turn(pick(PAUSES_MS));
    if (random() < 0.3) await viewers.begin();
    await viewers.look();
    const choice = random();
    if (choice < 0.04) await scene.reload(pick(CONFIGS));
    else if (choice < 0.08) await viewers.without(() => scene.crash());
    else if (choice < 0.1) await viewers.without(() => scene.restart());
    viewers.note();
  }
  log.finish();
  await turn(1_100);
  await turn(1_100);
  await viewers.end();
}

/** An entry that is or was in the store. */
type Stored = Readonly<{ record: EntryRecord; us: number; sequence: number }>;
/** By its record as text. */
type Present = ReadonlyMap<string, Stored>;

type Seen = Readonly<{
  records: readonly EntryRecord[];
  /** All that could be seen when this look began has been looked at. */
  isWhole: boolean;
}>;

/** Somebody who follows, or pages through a search. */
type Viewer = Readonly<{
  kind: string;
  query: Query;
  /** Arrival number behind which entries are shown. */
  from: number;
  order: 'newest' | 'oldest';
  /** Whether what he is shown until a look is whole stands in one order. */
  isOneList: boolean;
  /** Ends with the first look that is whole. */
  endsWhole: boolean;
  look: () => Promise<Seen> | Seen;
  end: () => Promise<void> | void;
}>;

/** What a viewer has seen, and what there was when his look began. */
type Watching = {
  viewer: Viewer;
  shown: Map<string, number>;
  list: Stored[];
  began: Present | null;
};

class Viewers {
  readonly #scene: IngestScene;
  readonly #random: () => number;
  /** Several of one record: a last line that grew by its newline alone. */
  readonly #ever = new Map<string, Stored[]>();
  #watching: Watching[] = [];
  /** What was noted last, and in which segments it was. */
  #present: Present = new Map();
  #segments = '';

  constructor(scene: IngestScene, random: () => number) {
    this.#scene = scene;
    this.#random = random;
  }

  /** What is in the store now. */
  note(): Present {
    using reader = this.#scene.ingest.openReader();
    const segments = reader.segments().map(({ number }) => number);
    if (String(segments) === this.#segments) return this.#present;
    const present = new Map<string, Stored>();
    for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
      for (const row of rows.subarray(0, count)) {
        const record = entryRecordOf(entryAt(columns, row));
        const us = columns.timestampUs[row]!;
        present.set(keyOf(record), { record, us, sequence: columns.sequence[row]! });
      }
    }
    for (const [key, stored] of present) {
      const known = this.#ever.get(key) ?? [];
      if (!known.some(({ sequence }) => sequence === stored.sequence)) known.push(stored);
      this.#ever.set(key, known);
    }
    this.#segments = String(segments);
    this.#present = present;
    return present;
  }

  async begin(): Promise<void> {
    if (this.#watching.length >= VIEWERS_MAX) return;
    const query = QUERIES[Math.floor(this.#random() * QUERIES.length)]!;
    const open = OPENERS[Math.floor(this.#random() * OPENERS.length)]!;
    const viewer = await open(this.#scene, {
      query,
      random: this.#random,
      present: this.note(),
    });
    this.#watching.push({ viewer, shown: new Map(), list: [], began: null });
  }

  async look(): Promise<void> {
    for (const watching of [...this.#watching]) {
      if (this.#random() < 0.6) await this.#look(watching);
    }
  }

  /** Everybody looks until nothing is left, and leaves. */
  async end(): Promise<void> {
    for (const watching of [...this.#watching]) {
      // One look may be under way: what came since is seen by the next.
      while (!(await this.#look(watching)));
      while (!watching.viewer.endsWhole && !(await this.#look(watching)));
    }
    await this.without(() => Promise.resolve());
  }

  /** The daemon is started anew: the folder of its state is another one then. */
  async without(act: () => Promise<void>): Promise<void> {
    for (const { viewer } of this.#watching.splice(0)) await viewer.end();
    await act();
  }

  async #look(watching: Watching): Promise<boolean> {
    const { viewer } = watching;
    watching.began ??= this.note();
    const { records, isWhole } = await viewer.look();
    for (const record of records) this.#check(watching, record);
    if (!viewer.isOneList || isWhole) watching.list = [];
    if (!isWhole) return false;
    const now = this.note();
    const missed = [...watching.began]
      .filter(([key, { record, sequence }]) => {
        const isAsked = sequence > viewer.from && viewer.query.matches(record);
        return isAsked && now.has(key) && !watching.shown.has(key);
      })
      .map(([key]) => key);
    expect({ kind: viewer.kind, q: viewer.query.q, missed }).toMatchObject({ missed: [] });
    watching.began = null;
    if (viewer.endsWhole) {
      this.#watching = this.#watching.filter((other) => other !== watching);
      await viewer.end();
    }
    return true;
  }

  #check({ viewer, shown, list }: Watching, record: EntryRecord): void {
    const key = keyOf(record);
    const before = list.at(-1);
    const { query, kind, from, order } = viewer;
    const isNext = (stored: Stored): boolean =>
      before === undefined ||
      (order === 'oldest' ? isBefore(before, stored) : isBefore(stored, before));
    const stored = this.#ever.get(key) ?? [];
    const next = stored.find(isNext);
    const shownCount = (shown.get(key) ?? 0) + 1;
    expect({
      ...{ kind, q: query.q, record },
      isStored: stored.length > 0,
      isAsked: query.matches(record) && stored.some(({ sequence }) => sequence > from),
      isShownOnce: shownCount <= stored.length,
      isInOrder: next !== undefined,
    }).toMatchObject({ isStored: true, isAsked: true, isShownOnce: true, isInOrder: true });
    shown.set(key, shownCount);
    list.push(next!);
  }
}

function keyOf(record: EntryRecord): string {
  return JSON.stringify(record);
}

function isBefore(one: Stored, other: Stored): boolean {
  return one.us < other.us || (one.us === other.us && one.sequence < other.sequence);
}

type Asked = Readonly<{ query: Query; random: () => number; present: Present }>;
type Opener = (scene: IngestScene, asked: Asked) => Promise<Viewer> | Viewer;

const OPENERS: readonly Opener[] = [
  openCommand,
  openSlowFollower,
  openStream,
  openStream,
  openPages,
];

function newestOf(present: Present): number {
  return [...present.values()].reduce((newest, { sequence }) => Math.max(newest, sequence), 0);
}

/** `logstead tail`, whose first page is what a search gives. */
async function openCommand(
  { folder }: IngestScene,
  { query, random, present }: Asked,
): Promise<Viewer> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const limit = Math.floor(random() * 12);
  const args = ['tail', '-n', `${limit}`, '--json', '--', query.q];
  let output = '';
  const running = runCommand(registerTail, args, {
    workingFolder: folder.path,
    clock,
    stop: stop.signal,
    onOutput: (text) => {
      output += text;
    },
  });
  const taken = async (): Promise<EntryRecord[]> => {
    await waitFor(() => clock.sleeping === 1);
    const lines = output.split('\n');
    output = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as EntryRecord);
  };
  const last = [...present.values()]
    .filter(({ record }) => query.matches(record))
    .toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
    .slice(limit === 0 ? present.size : -limit);
  expect(await taken()).toEqual(last.map(({ record }) => record));
  return {
    ...{ kind: 'tail', query, from: newestOf(present), order: 'oldest' },
    ...{ isOneList: false, endsWhole: false },
    look: async () => {
      await clock.advance(200);
      return { records: await taken(), isWhole: true };
    },
    end: async () => {
      stop.abort();
      expect(await running).toMatchObject({ code: 0, stderr: '' });
    },
  };
}

/** What `tail` is made of, by somebody who reads a few lines now and then. */
function openSlowFollower(scene: IngestScene, { query, random, present }: Asked): Viewer {
  const database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  const reader = openReader(scene, database);
  const { filter } = parseQuery(query.q, { nowMs: 0, timezone: 'UTC' });
  const follower = new Follower({ reader, database, filter }, null);
  let looking: Generator<Picked, void, void> | null = null;
  return {
    ...{ kind: 'slow', query, from: newestOf(present), order: 'oldest' },
    ...{ isOneList: true, endsWhole: false },
    look: () => {
      looking ??= follower.look();
      const records: EntryRecord[] = [];
      for (let left = 1 + Math.floor(random() * 20); left > 0; left -= 1) {
        const next = looking.next();
        if (next.done === true) {
          looking = null;
          return { records, isWhole: true };
        }
        records.push(entryRecordOf(entryAt(next.value.columns, next.value.row)));
      }
      return { records, isWhole: false };
    },
    end: () => {
      reader[Symbol.dispose]();
      database.close();
    },
  };
}

/** What `/api/tail` is made of. Some answers do not arrive: the connection was lost, and it is asked again. */
function openStream(scene: IngestScene, { query, random, present }: Asked): Viewer {
  const reader = openReader(scene);
  const question = { q: query.q, nowMs: 0, deadlineMs: 60_000 };
  let { sequence } = answerTail(answeringOf(reader), { ...question, sequence: null });
  return {
    ...{ kind: 'stream', query, from: newestOf(present), order: 'oldest' },
    ...{ isOneList: false, endsWhole: false },
    look: () => {
      const span = random() < 0.7 ? {} : { span: 1 + Math.floor(random() * 10) };
      const answer = answerTail(answeringOf(reader), { ...question, sequence, ...span });
      if (random() < 0.15) return { records: [], isWhole: false };
      expect(answer.skipped).toBe(0);
      sequence = answer.sequence;
      return { records: answer.records, isWhole: !answer.more };
    },
    end: () => reader[Symbol.dispose](),
  };
}

/** Pages of `/api/search`. */
function openPages(scene: IngestScene, { query, random }: Asked): Viewer {
  const reader = openReader(scene);
  const order = random() < 0.5 ? 'newest' : 'oldest';
  const question = { q: query.q, nowMs: 0, deadlineMs: 60_000, order } as const;
  let cursor: string | null = null;
  return {
    ...{ kind: 'pages', query, from: -1, order },
    ...{ isOneList: true, endsWhole: true },
    look: () => {
      const limit = 1 + Math.floor(random() * 60);
      const place: { cursor?: string } = cursor === null ? {} : { cursor };
      const answer = answerSearch(answeringOf(reader), { ...question, ...place, limit });
      expect(answer.damagedSegments).toBe(0);
      ({ cursor } = answer);
      return { records: answer.records, isWhole: cursor === null };
    },
    end: () => reader[Symbol.dispose](),
  };
}

function openReader({ folder }: IngestScene, database?: Database): StoreReader {
  const path = folder.join('state/logstead.db');
  return StoreReader.open({
    ...{ disk: systemDisk, clock: systemClock, database: database ?? path },
    folder: folder.join('state/segments'),
  });
}

/** What these answers ask of their thread. */
function answeringOf(reader: StoreReader): Answering {
  const { signal } = new AbortController();
  return { reader, host: null, clock: systemClock, signal } as unknown as Answering;
}
