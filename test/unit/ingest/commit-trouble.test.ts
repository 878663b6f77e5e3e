/** People are told where nothing can be committed: while it lasts where that can be written down, else when it is over. */
import { renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openLog } from '../../../src/base/log.ts';
import { CommitTrouble } from '../../../src/ingest/commit-trouble.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

test('Ingest tells people once that nothing could be committed for a minute', async () => {
  let skippedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  await using scene = await IngestScene.make('', clock, { inlineBytesMax: 1 });
  const request = { fileCount: 9, hookCount: 0, mailCount: 0, underWay: [] };
  const told = async (): Promise<string[]> => {
    const rows = await scene.ingest.service().dueDeliveries(request);
    return rows.map(({ event }) => (event.kind === 'internal' ? event.title : event.kind));
  };
  await scene.take('2026-11-20 12:00:00 INFO one\n');
  const segments = scene.folder.join('state/segments');
  renameSync(segments, `${segments}.away`);
  scene.folder.write('state/segments', '');
  scene.folder.append('logs/a.log', '2026-11-20 12:00:01 INFO two\n');
  await waitFor(async () => {
    await scene.ingest.turn();
    return (await scene.ingest.service().status()).trouble !== null;
  });
  expect(await told()).toEqual([]);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    skippedMs += 60_000;
    await scene.ingest.turn();
    expect(await told()).toEqual(['Nothing could be committed for a minute or more']);
  }
  rmSync(segments);
  renameSync(`${segments}.away`, segments);
  await scene.ingest.drain();
  expect((await scene.ingest.service().status()).trouble).toBeNull();
  expect(scene.texts()).toHaveLength(2);
  expect(await told()).toHaveLength(1);
});

test('CommitTrouble tells when it is over where nobody could be told before, and nothing of a short one', async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  let isWritable = false;
  const log = openLog({ level: 'fatal', style: 'json', write: () => {} });
  const trouble = new CommitTrouble(clock, log, ({ message }) => {
    if (!isWritable) throw new Error('read-only');
    told.push(message);
  });
  trouble.begin(new Error('short'));
  trouble.end();
  trouble.begin(new Error('long'));
  await clock.advance(61_000);
  trouble.begin(new Error('long'));
  expect(told).toEqual([]);
  isWritable = true;
  trouble.end();
  trouble.end();
  expect(told).toEqual(['long']);
});
