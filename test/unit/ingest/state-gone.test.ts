/** A state folder that somebody deletes or replaces under a process that uses it. */
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

test.each(['deleted', 'replaced'])(
  'Ingest ends where its database was %s, and reads anew when it is started again',
  async (how) => {
    const clock = new FakeClock();
    await using scene = await IngestScene.make('', clock);
    await scene.take('2026-11-20 12:00:00 INFO one\n');
    const path = scene.folder.join('state/logstead.db');
    if (how === 'deleted') {
      rmSync(scene.folder.join('state'), { recursive: true });
    } else {
      copyFileSync(path, `${path}.restored`);
      renameSync(`${path}.restored`, path);
    }
    await clock.advance(1_000);
    await expect(scene.ingest.turn()).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining(`was ${how} while Logstead ran`),
    });
    await scene.stop();
    if (how === 'replaced') return scene.start();
    await scene.start();
    expect(await scene.take('2026-11-20 12:00:01 INFO two\n')).toHaveLength(2);
  },
);

test.each(['wal', 'shm'])(
  'Ingest ends where logstead.db-%s was deleted, with all that it has committed',
  async (name) => {
    const clock = new FakeClock();
    await using scene = await IngestScene.make('', clock);
    await scene.take('2026-11-20 12:00:00 INFO one\n');
    rmSync(scene.folder.join(`state/logstead.db-${name}`));
    await scene.take('2026-11-20 12:00:01 INFO two\n');
    await clock.advance(1_000);
    await expect(scene.ingest.turn()).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining(`logstead.db-${name}" was deleted while Logstead ran`),
    });
    await scene.stop();
    await scene.start();
    expect(scene.texts()).toHaveLength(2);
    expect(await scene.take('2026-11-20 12:00:02 INFO three\n')).toHaveLength(3);
  },
);
