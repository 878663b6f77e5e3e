/** People are told where nothing can be committed, while it lasts. */
import { renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { openLog, silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { CommitTrouble } from '../../../src/ingest/commit-trouble.ts';
import { FailureNotices } from '../../../src/ingest/failure-notices.ts';
import { type DeliveryResult, Outbox, type OutboxRow } from '../../../src/notify/outbox.ts';
import { recipientsOf } from '../../../src/notify/recipients.ts';
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

test('CommitTrouble tells of a long one, once, and nothing of a short one', async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const log = openLog({ level: 'fatal', style: 'json', write: () => {} });
  const trouble = new CommitTrouble(clock, log, ({ message }) => told.push(message));
  trouble.begin(new Error('short'));
  trouble.end();
  trouble.begin(new Error('long'));
  await clock.advance(61_000);
  trouble.end();
  trouble.end();
  expect(told).toEqual(['long']);
});

test('FailureNotices has people told from memory as long as the database takes nothing', async () => {
  const clock = new FakeClock();
  const settings = settingsFromText(
    `${minimalConfig()}\n[webhook:ops]\nurl = https://example.org/\n[notify]\nfailure = file, webhook:ops\n`,
    { projectFolder: '/' },
  );
  using database = Database.open(':memory:');
  const outbox = Outbox.open(database, recipientsOf(settings));
  const failures = new FailureNotices({ clock, log: silentLog, database, outbox }, settings);
  const due = (underWay: readonly number[] = []): OutboxRow[] =>
    failures.due({ fileCount: 9, hookCount: 9, mailCount: 9, underWay });
  const record = ({ numbers }: OutboxRow, outcome: DeliveryResult['outcome']): void =>
    failures.record({ numbers, outcome, error: null, atMs: clock.nowMs() });

  failures.cannotCommit({ message: 'a', sinceMs: 1 });
  expect(due()).toHaveLength(2);
  setReadOnly(database, true);
  failures.cannotCommit({ message: 'b', sinceMs: 2 });
  const rows = due();
  const keys = (found: readonly OutboxRow[]): string[] =>
    found.map(({ key, channel }) => `${key} ${channel}`).toSorted();
  expect(keys(rows)).toEqual([
    'commits:1 file',
    'commits:1 webhook',
    'commits:2 file',
    'commits:2 webhook',
  ]);
  expect(new Set(rows.flatMap(({ numbers }) => numbers)).size).toBe(4);
  expect(due(rows.flatMap(({ numbers }) => numbers))).toEqual([]);

  const inMemory = rows.filter(({ key }) => key === 'commits:2');
  record(inMemory[0]!, 'sent');
  record(inMemory[1]!, 'retry');
  expect(keys(due())).toEqual(['commits:1 file', 'commits:1 webhook']);
  await clock.advance(10_000);
  expect(keys(due())).toHaveLength(3);
  setReadOnly(database, false);
  for (const row of due()) record(row, 'sent');
  expect(due()).toEqual([]);
  expect(outbox.counts()).toMatchObject({ sent: 2, waiting: 0 });
});

/** A database that refuses what it does on a full disk. */
function setReadOnly(database: Database, isReadOnly: boolean): void {
  database.prepare(`PRAGMA query_only = ${isReadOnly ? 1 : 0}`).get();
}
