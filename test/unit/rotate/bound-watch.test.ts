/** A file in use that comes to its size or age is noticed within a minute; one that cannot be taken is not tried every minute. */
import { expect, test } from 'vitest';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import type { WatchSettings } from '../../../src/config/settings.ts';
import type { IngestService } from '../../../src/ingest/ingest-service.ts';
import { BoundWatch } from '../../../src/rotate/bound-watch.ts';
import type { RotationResult } from '../../../src/rotate/rotation-run.ts';
import { Rotations } from '../../../src/rotate/rotations.ts';
import type { ArchivableFile } from '../../../src/watch/archivable.ts';
import { FAKE_START_MS, FakeClock } from '../../support/fake-clock.ts';
import { PLAIN_ROTATION } from '../../support/watch-rotation.ts';

const MINUTE_MS = 60_000;
const NOTHING = { archived: [], left: [] };
const [LOG_DIR] = defaultSettings('/srv').watches;

class BoundScene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly watch: WatchSettings;
  sizeBytes = 0;
  moves = 1;
  runCount = 0;
  askedCount = 0;
  readonly #watching: BoundWatch;

  constructor(bounds: Readonly<{ bytesMin: number | null; ageMsMin: number | null }>) {
    const active = { way: 'rename', writers: [], ...bounds } as const;
    this.watch = { ...LOG_DIR!, rotation: { ...PLAIN_ROTATION, active } };
    this.#watching = BoundWatch.start({
      clock: this.clock,
      watches: () => [this.watch],
      archivable: async () => {
        this.askedCount += 1;
        return [this.file];
      },
      run: async () => {
        this.runCount += 1;
        const taken = Array.from({ length: this.moves }, () => ({}));
        return { asides: { taken, left: [] }, outcome: NOTHING } as unknown as RotationResult;
      },
      onError: (cause) => expect.unreachable(String(cause)),
    });
  }

  get file(): ArchivableFile {
    return {
      ...{ generation: 1, path: '/srv/logs/app.log', root: '/srv/logs', watch: this.watch },
      ...{ source: 'app', device: 1, inode: 2, sizeBytes: this.sizeBytes },
      ...{ modifiedAtMs: FAKE_START_MS, firstSeenAtMs: FAKE_START_MS },
      ...{ committedBytes: this.sizeBytes, skipReason: null },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watching[Symbol.asyncDispose]();
  }
}

test('BoundWatch asks for a run within a minute of the size', async () => {
  await using scene = new BoundScene({ bytesMin: 1000, ageMsMin: null });
  scene.sizeBytes = 999;
  await scene.clock.advance(5 * MINUTE_MS);
  expect(scene.runCount).toBe(0);
  scene.sizeBytes = 1000;
  await scene.clock.advance(MINUTE_MS);
  expect(scene.runCount).toBe(1);
});

test('BoundWatch asks for a run when the age is reached', async () => {
  await using scene = new BoundScene({ bytesMin: null, ageMsMin: 10 * MINUTE_MS });
  scene.sizeBytes = 1;
  await scene.clock.advance(9 * MINUTE_MS);
  expect(scene.runCount).toBe(0);
  await scene.clock.advance(MINUTE_MS);
  expect(scene.runCount).toBe(1);
});

test('BoundWatch does not ask every minute for a file that cannot be taken', async () => {
  await using scene = new BoundScene({ bytesMin: 1, ageMsMin: null });
  scene.sizeBytes = 10;
  scene.moves = 0;
  await scene.clock.advance(60 * MINUTE_MS);
  // After 1, 3, 7, 15, 31 minutes.
  expect(scene.runCount).toBe(5);
});

test('BoundWatch looks at no file where no section has a size or an age', async () => {
  await using scene = new BoundScene({ bytesMin: null, ageMsMin: null });
  await scene.clock.advance(60 * MINUTE_MS);
  expect(scene.askedCount).toBe(0);
});

test('Rotations say nothing of a run that the end of the daemon calls off', async () => {
  await using scene = new BoundScene({ bytesMin: 1000, ageMsMin: null });
  scene.sizeBytes = 1000;
  const stop = new AbortController();
  const lines: string[] = [];
  const log = openLog({ level: 'warn', style: 'json', write: (line) => lines.push(line) });
  const ingest: Partial<IngestService> = {
    unfinishedMoves: async () => [],
    archivable: async () => {
      stop.abort();
      return [scene.file];
    },
  };
  await using _rotations = await Rotations.start({
    clock: scene.clock,
    log,
    settings: { ...defaultSettings('/srv'), watches: [scene.watch] },
    ingest: ingest as IngestService,
    signal: stop.signal,
  });
  await scene.clock.advance(MINUTE_MS);
  expect(stop.signal.aborted).toBe(true);
  expect(lines).toEqual([]);
});
