/** A loop that has nothing to do sleeps for long: what comes from elsewhere wakes it, time that somebody waits for as well. */
import { appendFileSync, linkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { HEAD_AGE_MS_MAX } from '../../../src/ingest/flusher.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { REST_LOOK_MS_MAX } from '../../../src/ingest/read-complete.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { threadIdsOf } from '../../support/thread-names.ts';
import { waitFor } from '../../support/wait-for.ts';

const HOUR_MS = 3_600_000;

test('Ingest commits what a program appends while its loop sleeps, no later than what it reads', async () => {
  await using scene = await Sleeper.start();
  // Until upkeep has nothing to do any more either.
  await scene.rest(20_000);
  const timestampUs = scene.clock.nowMs() * 1_000;
  const rest = { level: 'INFO', severity: 20, source: 'program', tags: [], metadata: {} } as const;
  await scene.ingest.append([{ timestampUs, message: 'from a program', ...rest }]);
  await pause(50);
  await scene.clock.advance(HEAD_AGE_MS_MAX + 1);
  // Time stands still from here on.
  await waitFor(() => scene.entryCount === 1, { timeoutMs: 5_000, what: 'the commit' });
});

test('Ingest finds what nobody tells of, ever more seldom while there is nothing, and then soon again', async () => {
  await using scene = await Sleeper.start();
  const path = scene.folder.write('logs/app.log', 'first\n');
  await waitFor(async () => {
    await scene.clock.advance(100);
    return scene.entryCount === 1;
  });
  // Written by a name in a folder that is not watched: the watched one is not told.
  const elsewhere = scene.folder.join('elsewhere.log');
  linkSync(path, elsewhere);
  await scene.rest(4 * HOUR_MS);
  const sleptBefore = scene.sleepCount;
  await scene.rest(HOUR_MS);
  expect(scene.sleepCount - sleptBefore).toBeLessThanOrEqual(18);

  appendFileSync(elsewhere, 'second\n');
  const tookMs = await scene.timeUntil(2);
  expect(tookMs).toBeGreaterThan(HEAD_AGE_MS_MAX);
  expect(tookMs).toBeLessThanOrEqual(REST_LOOK_MS_MAX + 60_000);
  appendFileSync(elsewhere, 'third\n');
  expect(await scene.timeUntil(3)).toBeLessThanOrEqual(2 * 60_000);
});

test('Ingest sleeps until the moment that a rule waits for, and is there when it comes', async () => {
  await using scene = await Sleeper.start(
    '[alert:silent]\nkind = absence\nwhen = beat\nsilence = 1h\nlateness = 1m\n',
  );
  await scene.rest(1_000);
  const startMs = scene.clock.nowMs();
  scene.folder.write('logs/app.log', `${new Date(startMs).toISOString()} INFO beat\n`);
  await scene.rest(20_000);
  expect(scene.entryCount).toBe(1);
  const sleptBefore = scene.sleepCount;
  await scene.rest(startMs + HOUR_MS + 60_000 - scene.clock.nowMs());
  // Once a minute, and not once a second.
  expect(scene.sleepCount - sleptBefore).toBeLessThanOrEqual(100);
  expect(scene.openCount).toBe(0);
  await scene.rest(2_000);
  expect(scene.openCount).toBe(1);
});

test('Ingest lets go of the memory of a burst when nothing comes after it, and reads on', async () => {
  await using scene = await Sleeper.start();
  const line = (index: number): string =>
    `2026-11-20T12:00:00.${String(index % 1_000).padStart(3, '0')}Z INFO job=${index} done\n  at step ${index}\n`;
  const lines = (from: number, count: number): string =>
    Array.from({ length: count }, (_, index) => line(from + index)).join('');
  const read = async (count: number): Promise<void> => {
    await waitFor(async () => {
      await scene.clock.advance(100);
      return scene.entryCount === count;
    });
  };
  scene.folder.write('logs/a.log', lines(0, 40_000));
  scene.folder.write('logs/b.log', lines(0, 10));
  await read(40_010);
  expect(scene.letGoCount).toBe(0);
  await scene.rest(40_000);
  expect(scene.letGoCount).toBe(1);
  // There is nothing more to be had.
  await scene.rest(HOUR_MS);
  expect(scene.letGoCount).toBe(1);

  scene.folder.append('logs/b.log', lines(10, 20));
  scene.folder.append('logs/a.log', lines(40_000, 30_000));
  await read(70_030);
  using reader = scene.ingest.openReader();
  const query = parseQuery('69999', { nowMs: scene.clock.nowMs(), timezone: 'UTC' }).filter;
  const found = [...reader.matches({ query })].flatMap(({ columns, rows, count }) =>
    [...rows.subarray(0, count)].map((row) => columns.messageText(row)),
  );
  expect(found).toEqual(['job=69999 done\n  at step 69999']);
});

test('Ingest ends the sealing thread of a burst while lines go on coming one by one', async () => {
  await using scene = await Sleeper.start();
  const line = (index: number): string => `2026-11-20T12:00:00Z INFO job=${index} done\n`;
  const burst = Array.from({ length: 20_000 }, (_, index) => line(index));
  scene.folder.write('logs/a.log', burst.join(''));
  await waitFor(async () => {
    await scene.clock.advance(100);
    return scene.entryCount === burst.length;
  });
  expect(threadIdsOf(process.pid, 'seal')).toHaveLength(1);
  for (let index = 0; index < 10; index += 1) {
    scene.folder.append('logs/a.log', line(index));
    await scene.rest(2_000);
  }
  await waitFor(() => threadIdsOf(process.pid, 'seal').length === 0);
  // It is not the long rest that ended it.
  expect(scene.letGoCount).toBe(0);
});

test('Ingest ends quiet hours to the second while nothing else happens', async () => {
  await using scene = await Sleeper.start(
    '[alert:down]\nwhen = down\nseverity = low\nresolve_after = 1m\nnotify = file\n\n' +
      '[notify]\nquiet_hours = 11:00-14:00\ntimezone = UTC\n',
  );
  await scene.rest(1_000);
  const stamp = new Date(scene.clock.nowMs()).toISOString();
  scene.folder.write('logs/app.log', `${stamp} ERROR down\n`);
  await scene.rest(20_000);
  const endMs = Date.UTC(2026, 10, 20, 14);
  await scene.rest(endMs - 1 - scene.clock.nowMs());
  expect(scene.toldCount).toBe(0);
  await scene.rest(2_000);
  expect(scene.toldCount).toBe(1);
});

/** A loop on a clock turned by hand, and how often it went to sleep. */
class Sleeper implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly clock: FakeClock;
  readonly ingest: Ingest;
  readonly #counted: Readonly<Counted>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(parts: Pick<Sleeper, 'folder' | 'clock' | 'ingest'>, counted: Counted) {
    this.folder = parts.folder;
    this.clock = parts.clock;
    this.ingest = parts.ingest;
    this.#counted = counted;
    this.#running = this.ingest.run(this.#stop.signal);
  }

  static async start(rules = ''): Promise<Sleeper> {
    const folder = TempFolder.make();
    const settings = settingsFromText(`${minimalConfig()}\n${rules}`, {
      projectFolder: folder.path,
    });
    prepareFolders(settings);
    const counted: Counted = { sleeps: 0, told: 0, letGo: 0 };
    const clock = new FakeClock();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (...given) => {
      counted.sleeps += 1;
      return sleep(...given);
    };
    const onOutbox = (): void => {
      counted.told += 1;
    };
    const onLetGo = (): void => {
      counted.letGo += 1;
    };
    const parts = { disk: systemDisk, clock, log: silentLog, settings, onOutbox, onLetGo };
    return new Sleeper({ folder, clock, ingest: await Ingest.open(parts) }, counted);
  }

  get sleepCount(): number {
    return this.#counted.sleeps;
  }

  /** Times that there was something to tell. */
  get toldCount(): number {
    return this.#counted.told;
  }

  /** Times that memory worth a collection was let go of. */
  get letGoCount(): number {
    return this.#counted.letGo;
  }

  get entryCount(): number {
    using reader = this.ingest.openReader();
    return reader.count({ query: { kind: 'everything' } });
  }

  get openCount(): number {
    return this.ingest.incidents.list({ state: 'open' }).length;
  }

  /** Let so much time pass. */
  async rest(ms: number): Promise<void> {
    // What the system tells of comes when it comes.
    await pause(200);
    await this.clock.advance(ms);
    await waitFor(() => this.clock.sleeping > 0);
  }

  /** How long it takes on the clock until there are so many entries, ms. */
  async timeUntil(entryCount: number): Promise<number> {
    const startMs = this.clock.nowMs();
    while (this.entryCount < entryCount && this.clock.nowMs() - startMs < 2 * HOUR_MS) {
      await this.clock.advance(5_000);
    }
    return this.clock.nowMs() - startMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

type Counted = { sleeps: number; told: number; letGo: number };
