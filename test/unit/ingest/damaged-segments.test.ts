/** A segment that turns out damaged: people are told, in the commit that takes it out of sight. */
import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { statusText } from '../../../src/cli/status.ts';
import { type CatalogRow, readCatalog } from '../../../src/engine/catalog.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../../../src/ingest/state-files.ts';
import type { NotificationEvent } from '../../../src/model/notification.ts';
import { Outbox, type OutboxRow } from '../../../src/notify/outbox.ts';
import { STATUS } from '../../support/http-scene.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

test('whoever is told of failures is told once of a segment whose file is gone, and what brings its entries back', async () => {
  await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take('2026-11-20T12:00:00Z INFO one\n2026-11-20T12:00:05Z INFO two\n');
  await scene.stop();
  const lost = filesOf(scene)[0]!;
  rmSync(join(scene.folder.join('state'), SEGMENTS_FOLDER, lost));
  await scene.start();
  expect(scene.texts()).toEqual([]);
  await scene.restart();

  const [told, ...others] = toldOf(scene);
  expect(others).toEqual([]);
  expect(told).toMatchObject({
    kind: 'internal',
    severity: 'high',
    title: 'A segment of the index is damaged: 2 entries cannot be found any more',
    text: expect.stringContaining(
      `"${lost}" was set aside, with 2 entries from 2026-11-20T12:00:00.000Z to 2026-11-20T12:00:05.000Z: its file is missing.`,
    ),
  });
});

test('a damaged segment is told to whom the config names for failures since it was read again', async () => {
  await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take('2026-11-20T12:00:00Z INFO one\n');
  await scene.reload(
    '[webhook:ops]\nurl = https://example.org/\n[notify]\nfailure = webhook:ops\n',
  );
  rmSync(join(scene.folder.join('state'), SEGMENTS_FOLDER, filesOf(scene)[0]!));
  expect(scene.texts()).toEqual([]);
  expect(deliveriesOf(scene).map(({ recipient }) => recipient)).toEqual(['ops']);
});

test('a segment that a reader elsewhere found damaged is set aside where it is, and left alone where it is not', async () => {
  await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take('2026-11-20T12:00:00Z INFO one\n');
  await scene.take('2026-11-20T12:00:05Z INFO two\n');
  const [whole, damaged] = filesOf(scene);
  truncateSync(join(scene.folder.join('state'), SEGMENTS_FOLDER, damaged!), 100);
  const service = scene.ingest.service();
  for (const { number } of rowsOf(scene)) await service.checkSegment(number);

  expect(filesOf(scene)).toEqual([whole]);
  expect(toldOf(scene)).toEqual([
    expect.objectContaining({ text: expect.stringContaining(`"${damaged}" was set aside`) }),
  ]);
  expect(scene.texts()).toHaveLength(1);
  const said = statusText({ ...STATUS, ingest: await service.status() }, Date.now());
  expect(said).toMatch(/^Needs you: 1 damaged segment set aside, the last \S+ \S+ ago: see /);
  expect(said).toMatch(/^set aside +1 damaged segment with 1 entry$/m);
  const later = Date.now() + 25 * 3_600_000;
  expect(statusText({ ...STATUS, ingest: await service.status() }, later)).toMatch(
    /^All is well$/m,
  );
});

function rowsOf(scene: IngestScene): CatalogRow[] {
  using database = Database.open(scene.folder.join('state', DATABASE_NAME));
  return readCatalog(database);
}

function filesOf(scene: IngestScene): (string | null)[] {
  return rowsOf(scene).map(({ file }) => file);
}

function toldOf(scene: IngestScene): NotificationEvent[] {
  return deliveriesOf(scene).map(({ event }) => event);
}

function deliveriesOf(scene: IngestScene): OutboxRow[] {
  using database = Database.open(scene.folder.join('state', DATABASE_NAME));
  const request = { fileCount: 9, hookCount: 9, mailCount: 0, underWay: [] };
  return Outbox.reader(database).due(Date.now(), request);
}
