/** A last line without newline is an entry; when it grows, the whole line takes its place: once, with its exact bytes. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { KEPT_MAX } from '../../../src/ingest/last-lines.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

/** The kernel tells of what was written. */
const NEWS_MS = 50;
const STAMP = '2026-11-20 12:00:00 INFO';

/** The original bytes of all entries, one after the other, are those of the file. */
function expectWhole(scene: IngestScene): void {
  const bytes = scene.texts().map((text) => text.slice(text.indexOf(':') + 1));
  expect(bytes.join('')).toBe(scene.folder.read('logs/a.log'));
}

/** Until all there is was read. Time goes on only before a line is taken that is not finished: nothing is committed then. */
async function read(scene: IngestScene, clock: FakeClock): Promise<void> {
  await pause(NEWS_MS);
  await waitFor(async () => {
    await scene.ingest.turn();
    const { lagBytes } = await scene.ingest.service().status();
    if (lagBytes > 0) await clock.advance(100);
    return lagBytes === 0;
  });
}

test.each(['the same process', 'another process'])(
  'Ingest replaces a last line that grows by the whole one, in %s',
  async (where) => {
    await using scene = await IngestScene.make();
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
    expectWhole(scene);
  },
);

test('Ingest puts a character together that the end of the file cut in two', async () => {
  await using scene = await IngestScene.make();
  const bytes = Buffer.from(`${STAMP} 5 € und 😀\n`);
  for (let at = 0; at < bytes.length; at += 1) {
    scene.folder.append('logs/a.log', bytes.subarray(at, at + 1));
    if (at > 25) await scene.ingest.drain();
  }
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${bytes.toString()}`]);
});

test('Ingest lets the record go on that a last line belonged to', async () => {
  await using scene = await IngestScene.make();
  await scene.take(`${STAMP} before\n2026-11-20 12:00:01 ERROR boom\n\tat com.example.Store.lo`);
  expect(scene.texts().length).toBe(2);
  await scene.take(`ad(Store.java:1)\n\tat com.example.Main.main(Main.java:9)\n${STAMP} after\n`);
  expect(scene.texts()).toEqual([
    `1:${STAMP} before\n`,
    '2:2026-11-20 12:00:01 ERROR boom\n\tat com.example.Store.load(Store.java:1)\n\tat com.example.Main.main(Main.java:9)\n',
    `5:${STAMP} after\n`,
  ]);
  expectWhole(scene);
});

test('Ingest puts the line together that a killed process had taken, committed or not', async () => {
  await using scene = await IngestScene.make();
  await scene.take(`${STAMP} on`);
  // Read and kept in the intake, and nothing of it committed when the process goes.
  scene.folder.append('logs/a.log', `e\n${STAMP} tw`);
  await scene.ingest.turn();
  await scene.crash();
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${STAMP} one\n`, `2:${STAMP} tw`]);
  await scene.take('o\n');
  expect(scene.texts()).toEqual([`1:${STAMP} one\n`, `2:${STAMP} two\n`]);
  expectWhole(scene);
});

test('Ingest puts the line together that a killed process had taken twice since its last commit', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('', clock);
  await scene.take(`${STAMP} on`);
  scene.folder.append('logs/a.log', 'e, t');
  await read(scene, clock);
  scene.folder.append('logs/a.log', `wo\n${STAMP} three\n${STAMP} four\n`);
  await read(scene, clock);
  await scene.crash();
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([
    `1:${STAMP} one, two\n`,
    `2:${STAMP} three\n`,
    `3:${STAMP} four\n`,
  ]);
});

test('Ingest keeps the beginning of a line that was taken and went on in a process that was killed, and killed again', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('', clock);
  scene.folder.append('logs/a.log', `${STAMP} on`);
  await read(scene, clock);
  scene.folder.append('logs/a.log', 'e\n');
  await read(scene, clock);
  await scene.crash();
  await scene.crash();
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${STAMP} one\n`]);
});

test('a rule counts a line that grew once, and sees what only the whole line says', async () => {
  const rule = (name: string, when: string): string =>
    `[alert:${name}]\nwhen = ${when}\nthreshold = 1\nwindow = 1h\nresolve_after = 1h\nnotify = file\n`;
  await using scene = await IngestScene.make(rule('halves', 'disk') + rule('wholes', 'failed'));
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
  await using scene = await IngestScene.make();
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

test('Ingest keeps the first bytes of a line that were taken for the end of the entry before it', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('', clock);
  // As the daemon does when it ends: nobody waits whether more of the line comes, and a date alone begins no entry.
  expect(await scene.take(`${STAMP} one\n2026`)).toEqual([`1:${STAMP} one\n2026`]);
  scene.folder.append('logs/a.log', `${STAMP} two\n`.slice(4));
  await read(scene, clock);
  await scene.ingest.flush();
  await scene.crash();
  expect(await scene.take('')).toEqual([`1:${STAMP} one\n`, `2:${STAMP} two\n`]);
});
