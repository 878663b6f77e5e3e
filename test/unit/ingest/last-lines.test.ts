/** A last line without newline is an entry; when it grows, the whole line takes its place: once, with its exact bytes. */
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AlertEvent } from '../../../src/alert/alert-event.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { KEPT_MAX } from '../../../src/ingest/last-lines.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const PATHS = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
`;
const STAMP = '2026-11-20 12:00:00 INFO';

/** One ingest after the other on one project; `drain` takes unfinished last lines at once. */
class Scene implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly #config: string;
  readonly events: AlertEvent[] = [];
  ingest!: Ingest;

  private constructor(config: string) {
    this.#config = config;
    this.folder.makeFolder('logs');
  }

  static async make(config = ''): Promise<Scene> {
    const scene = new Scene(config);
    await scene.start();
    return scene;
  }

  async start(): Promise<void> {
    const settings = settingsFromText(`${PATHS}${this.#config}`, {
      projectFolder: this.folder.path,
    });
    prepareFolders(settings);
    this.ingest = await Ingest.open({
      disk: systemDisk,
      clock: systemClock,
      log: openLog({ level: 'error', style: 'json' }),
      settings,
      onEvents: (events) => this.events.push(...events),
    });
  }

  async restart(): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    await this.start();
  }

  /** What is on the disk now is what the next process finds. */
  async crash(): Promise<void> {
    const state = this.folder.join('state');
    cpSync(state, `${state}-as-it-is`, { recursive: true });
    await this.ingest[Symbol.asyncDispose]();
    rmSync(state, { recursive: true });
    renameSync(`${state}-as-it-is`, state);
    await this.start();
  }

  async take(text: string, name = 'a.log'): Promise<string[]> {
    this.folder.append(`logs/${name}`, text);
    await this.ingest.drain();
    return this.texts();
  }

  /** `line number:original bytes` of every entry, in order of the file. */
  texts(): string[] {
    using reader = this.ingest.openReader();
    const found: { at: number; text: string }[] = [];
    for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
      for (const row of rows.subarray(0, count)) {
        const { origin } = entryAt(columns, row);
        const text = `${columns.line[row]}:${columns.rawBytes(row).toString('utf8')}`;
        found.push({ at: origin.generation * 1e12 + origin.offsetBytes, text });
      }
    }
    return found.toSorted((a, b) => a.at - b.at).map(({ text }) => text);
  }

  /** The original bytes of all entries, one after the other, are those of the file. */
  expectWhole(): void {
    const bytes = this.texts().map((text) => text.slice(text.indexOf(':') + 1));
    expect(bytes.join('')).toBe(readFileSync(this.folder.join('logs/a.log'), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

test.each(['the same process', 'another process'])(
  'Ingest replaces a last line that grows by the whole one, in %s',
  async (where) => {
    await using scene = await Scene.make();
    const next = async (): Promise<void> => {
      if (where === 'another process') await scene.restart();
    };
    expect(await scene.take(`${STAMP} one\n${STAMP} tw`)).toEqual([
      `1:${STAMP} one\n`,
      `2:${STAMP} tw`,
    ]);
    await next();
    // Still no newline: replaced once, and to be replaced again.
    expect(await scene.take('o, gr€')).toEqual([`1:${STAMP} one\n`, `2:${STAMP} two, gr€`]);
    await next();
    const whole = [`1:${STAMP} one\n`, `2:${STAMP} two, gr€en\n`, `3:${STAMP} three\n`];
    expect(await scene.take(`en\n${STAMP} three\n`)).toEqual(whole);
    await next();
    expect(await scene.take('')).toEqual(whole);
    scene.expectWhole();
  },
);

test('Ingest puts a character together that the end of the file cut in two', async () => {
  await using scene = await Scene.make();
  const bytes = Buffer.from(`${STAMP} 5 € und 😀\n`);
  for (let at = 0; at < bytes.length; at += 1) {
    scene.folder.append('logs/a.log', bytes.subarray(at, at + 1));
    if (at > 25) await scene.ingest.drain();
  }
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${bytes.toString()}`]);
});

test('Ingest lets the record go on that a last line belonged to', async () => {
  await using scene = await Scene.make();
  await scene.take(`${STAMP} before\n2026-11-20 12:00:01 ERROR boom\n\tat com.example.Store.lo`);
  expect(scene.texts().length).toBe(2);
  await scene.take(`ad(Store.java:1)\n\tat com.example.Main.main(Main.java:9)\n${STAMP} after\n`);
  expect(scene.texts()).toEqual([
    `1:${STAMP} before\n`,
    '2:2026-11-20 12:00:01 ERROR boom\n\tat com.example.Store.load(Store.java:1)\n\tat com.example.Main.main(Main.java:9)\n',
    `5:${STAMP} after\n`,
  ]);
  scene.expectWhole();
});

test('Ingest puts the line together that a killed process had taken, committed or not', async () => {
  await using scene = await Scene.make();
  await scene.take(`${STAMP} on`);
  // Read and kept in the intake, and nothing of it committed when the process goes.
  scene.folder.append('logs/a.log', `e\n${STAMP} tw`);
  await scene.ingest.turn();
  await scene.crash();
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${STAMP} one\n`, `2:${STAMP} tw`]);
  await scene.take('o\n');
  expect(scene.texts()).toEqual([`1:${STAMP} one\n`, `2:${STAMP} two\n`]);
  scene.expectWhole();
});

test('a rule counts a line that grew once, and sees what only the whole line says', async () => {
  const rule = (name: string, when: string): string =>
    `[alert:${name}]\nwhen = ${when}\nthreshold = 1\nwindow = 1h\nresolve_after = 1h\nnotify = file\n`;
  await using scene = await Scene.make(rule('halves', 'disk') + rule('wholes', 'failed'));
  await scene.take(`${STAMP} disk fai`);
  await scene.take(`led\n${STAMP} other\n`);
  const { rules } = await scene.ingest.service().status();
  const counts = rules.map(({ name, counters }) => [name, counters.matchedCount]);
  expect(counts.toSorted()).toEqual([
    ['halves', 1],
    ['wholes', 1],
  ]);
  expect(scene.texts()).toEqual([`1:${STAMP} disk failed\n`, `2:${STAMP} other\n`]);
});

test('Ingest keeps only so many last lines apart, in little memory', {
  timeout: 60_000,
}, async () => {
  await using scene = await Scene.make();
  for (let file = 0; file < 2 * KEPT_MAX; file += 1) {
    scene.folder.append(`logs/${String(file).padStart(4, '0')}.log`, `${STAMP} file ${file} tw`);
  }
  const before = process.memoryUsage().arrayBuffers;
  await scene.ingest.drain();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  await scene.restart();
  await scene.take(`${STAMP} of any other file\n`, 'z.log');
  using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  const kept = database.prepare('SELECT count(*) AS count FROM ingest_last_line').get();
  expect(kept?.count).toBe(KEPT_MAX);
});
