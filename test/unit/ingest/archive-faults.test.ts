/** An archived file that rots opens an incident, in the commit that enters it in the book; whole again, it ends. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ArchiveBook } from '../../../src/ingest/archive-book.ts';
import type { ArchiveRow } from '../../../src/ingest/archive-row.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const DAY_MS = 86_400_000;

/** Every archived file is due for a look in every run. */
function sceneWithLook(): Promise<RotationScene> {
  return RotationScene.make((settings) => ({
    ...settings,
    rotation: { ...settings.rotation, verifyEveryMs: -1000 },
  }));
}

function firstRow(scene: RotationScene): ArchiveRow {
  using opened = scene.open();
  return ArchiveBook.read(opened.database).list(1)[0]!;
}

function toldOf(scene: RotationScene, key: string): number {
  using opened = scene.open();
  return Outbox.reader(opened.database).deliveriesOf(key).length;
}

test('a rotation that finds bit rot opens an incident, which ends when the file is whole again', async () => {
  await using scene = await sceneWithLook();
  scene.write('app.log', '2026-11-20T12:00:00Z INFO one\n', Date.now() - DAY_MS);
  await scene.rotate();
  const row = firstRow(scene);
  const whole = readFileSync(row.archivePath);
  writeFileSync(row.archivePath, Buffer.from(whole).fill(0x21, 5, 6));

  await scene.rotate({ run: 'rotate' });
  const [incident, ...others] = scene.ingest.incidents.list();
  expect(others).toEqual([]);
  expect(incident).toMatchObject({
    rule: 'archive-damaged',
    severity: 'high',
    resolvedAtMs: null,
    group: { archive: row.archivePath, original: row.originalPath },
  });
  const [opened] = scene.ingest.incidents.history(incident!.id);
  expect(opened).toMatchObject({ name: 'opened', heldBy: null });
  expect(toldOf(scene, opened!.notification!)).toBeGreaterThan(0);

  // It is looked at again in every run, and is the same trouble.
  await scene.rotate({ run: 'rotate' });
  expect(scene.ingest.incidents.list()).toHaveLength(1);
  const request = {
    kind: 'acknowledge',
    incident: incident!.id,
    who: 'anna',
    why: 'backup',
  } as const;
  await scene.ingest.actOnAlerts(request);
  expect(scene.ingest.incidents.find(incident!.id)!.acknowledgedAtMs).not.toBeNull();
  await scene.ingest.actOnAlerts({ ...request, kind: 'unacknowledge' });
  expect(scene.ingest.incidents.find(incident!.id)!.acknowledgedAtMs).toBeNull();

  writeFileSync(row.archivePath, whole);
  await scene.rotate({ run: 'rotate' });
  expect(scene.ingest.incidents.find(incident!.id)!.resolvedAtMs).not.toBeNull();
  expect(scene.ingest.incidents.history(incident!.id).map(({ name }) => name)).toEqual([
    'opened',
    'acknowledged',
    'unacknowledged',
    'resolved',
  ]);
});

test('the report of a run lists the damaged archive among the open incidents', async () => {
  await using scene = await sceneWithLook();
  scene.write('app.log', '2026-11-20T12:00:00Z INFO one\n', Date.now() - DAY_MS);
  await scene.rotate();
  writeFileSync(firstRow(scene).archivePath, 'something else\n');
  await scene.rotate({ run: 'rotate' });
  const { report } = await scene.rotate({ run: 'rotate' });
  const json = report!.paths.find((path) => path.endsWith('.json'))!;
  const text = readFileSync(json, 'utf8');
  expect(text).toContain('archive-damaged');
  expect(text).toContain('An archived file is not what was put there');
});
