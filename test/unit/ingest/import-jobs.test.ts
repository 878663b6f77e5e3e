/** Imports that a daemon is asked for: that its end does not wait for one that hangs. */
import { expect, test } from 'vitest';
import { IMPORT_STOP_MS_MAX, ImportJobs } from '../../../src/ingest/import-jobs.ts';
import type { Ingest } from '../../../src/ingest/ingest.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RotationScene } from '../../support/rotation-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

/** The ingest of `scene`, but for reading, which hangs until `release` is called. */
function hangingAt(scene: RotationScene): {
  ingest: Ingest;
  release: () => void;
  isReached: () => boolean;
} {
  const { ingest } = scene;
  const { promise, resolve } = Promise.withResolvers<void>();
  let reached = false;
  const hanging: Pick<Ingest, 'imports' | 'names' | 'openReader' | 'refuseFullDisk' | 'importing'> =
    {
      refuseFullDisk: (doing) => ingest.refuseFullDisk(doing),
      imports: ingest.imports,
      names: ingest.names,
      openReader: () => ingest.openReader(),
      importing: async (work) => {
        reached = true;
        await promise;
        return ingest.importing(work);
      },
    };
  return { ingest: hanging as Ingest, release: resolve, isReached: () => reached };
}

test('ImportJobs.stop() waits no longer than it may for a file that hangs, which then breaks off', async () => {
  await using scene = await RotationScene.make();
  const clock = new FakeClock();
  const { ingest, release, isReached } = hangingAt(scene);
  const jobs = new ImportJobs(clock, ingest);
  const path = scene.folder.write('old/a.log', '2025-01-02T03:04:05Z INFO order 1\n');
  const id = jobs.start({
    path,
    source: 'old/shop',
    tags: [],
    format: null,
    timezone: 'UTC',
    again: false,
  });
  await waitFor(isReached);
  let isStopped = false;
  const stopping = jobs.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(IMPORT_STOP_MS_MAX - 1);
  expect(isStopped).toBe(false);
  await clock.advance(1);
  expect(isStopped).toBe(true);
  await stopping;

  release();
  await waitFor(() => jobs.state(id).failure !== null);
  expect(jobs.state(id).failure?.message).toContain('the daemon stops');
  expect(jobs.state(id).failure?.hint).toBe('Ask again: it goes on where it broke off');
});

test('ImportJobs.stop() leaves no sleeper behind where nothing hangs', async () => {
  await using scene = await RotationScene.make();
  const clock = new FakeClock();
  await new ImportJobs(clock, scene.ingest).stop();
  expect(clock.sleeping).toBe(0);
});
