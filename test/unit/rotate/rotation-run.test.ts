/** Whole runs over real files: the order of the stages, and that nothing is touched behind a failed one. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Notification, RunNotice } from '../../../src/model/notification.ts';
import type { ArchiveCandidate } from '../../../src/rotate/rotation-plan.ts';
import {
  type RotationOptions,
  type RotationPorts,
  type RotationResult,
  runRotation,
  STAGES,
  type Stage,
} from '../../../src/rotate/rotation-run.ts';
import { ArchiveScene } from '../../support/archive-scene.ts';

const REPORT = {
  paths: ['/reports/report_20261120-120000.txt'],
  entryCount: 3,
  errorCount: 1,
};
const FINISHED = {
  writtenAtMs: 1,
  path: REPORT.paths[0]!,
  lastSequence: 3,
  comparedDay: null,
  today: 20_777,
  patterns: [],
  facts: { lateCount: null, diskFreeBytes: null, diskTotalBytes: null },
  generations: [{ generation: 1, firstUs: 5, lastUs: 6 }],
};

class RunScene implements Disposable {
  readonly scene = ArchiveScene.make();
  readonly calls: string[] = [];
  readonly told: Notification[] = [];
  failAt: Stage | null = null;
  files: ArchiveCandidate[] = [];

  get ports(): RotationPorts {
    const { scene } = this;
    const step = async <T>(stage: Stage, result: T): Promise<T> => {
      this.calls.push(stage);
      if (this.failAt === stage) throw new Error(`${stage} is broken`);
      return result;
    };
    return {
      scan: () => step('scan', { fileCount: this.files.length, entryCount: 3, sizeBytes: 30 }),
      candidates: () => step('plan', this.files),
      report: () => step('report', { result: REPORT, report: FINISHED, notification: null }),
      unfinished: async () => scene.book.unfinished(),
      inFolder: async (folder) => scene.book.inFolder(folder),
      journal: async (change) => {
        if (change.kind === 'begin') await step('archive', null);
        return scene.book.apply(change);
      },
      indexArchives: async () => {},
      tell: async (notification) => {
        await step('notification', null);
        this.told.push(notification);
      },
    };
  }

  run(changes: Partial<RotationOptions> = {}): Promise<RotationResult> {
    const { clock, disk, archive } = this.scene;
    return runRotation(
      { clock, disk, ports: this.ports },
      {
        run: 'once',
        archiveDir: archive.path,
        timezone: 'UTC',
        compression: 'none',
        idleMs: 0,
        host: 'web-01',
        success: ['file'],
        failure: ['file', 'email'],
        needsFiles: true,
        ...changes,
      },
    );
  }

  get notice(): RunNotice {
    const event = this.told[0]?.event;
    if (event?.kind !== 'run') throw new Error('no run notice was sent');
    return event;
  }

  [Symbol.dispose](): void {
    this.scene[Symbol.dispose]();
  }
}

test('runRotation() scans, plans, reports, archives and notifies, in that order', async () => {
  using run = new RunScene();
  run.files = [
    run.scene.file('a.log', 'x\n'),
    run.scene.file('b.log', 'y\n', { beingWritten: true }),
  ];

  const result = await run.run();

  expect(run.calls).toEqual(STAGES);
  expect(result).toMatchObject({ status: 'done', failure: null, report: REPORT });
  expect(result.outcome.archived.map((file) => file.originalPath)).toEqual([run.files[0]!.path]);
  expect(run.told).toMatchObject([
    { key: 'run:2026-11-20T12:00:00.000Z:once:SUCCESS', channels: ['file'] },
  ]);
  expect(run.notice.context).toEqual([
    { name: 'Read', value: '2 files, 3 entries, 30 B' },
    { name: 'Report', value: REPORT.paths[0] },
    { name: 'Archived', value: '1 file, 2 B' },
    { name: 'Moved', value: `${run.files[0]!.path} to ${result.outcome.archived[0]!.archivePath}` },
    { name: 'Left', value: `${run.files[1]!.path}: a process has it open for writing` },
  ]);
  const { book } = run.scene;
  expect(book.runs.lastReport()).toMatchObject({ lastSequence: 3, path: REPORT.paths[0] });
  expect(book.runs.lastRun()).toMatchObject({ run: 'once', status: 'SUCCESS' });
  expect(book.list(1)).toMatchObject([{ firstAtUs: 5, lastAtUs: 6 }]);
  const manifest = JSON.parse(run.scene.archive.read('app/2026/11/19.json'));
  expect(manifest).toMatchObject({
    folder: '19',
    files: [{ originalPath: run.files[0]!.path, bytes: 2, lines: 1 }],
  });
});

test.each(STAGES)('runRotation() stops at a failed %s and says so', async (stage) => {
  using run = new RunScene();
  run.files = [run.scene.file('a.log', 'x\n')];
  run.failAt = stage;

  const result = await run.run();

  expect(result).toMatchObject({
    status: 'failed',
    failure: { stage, message: `${stage} is broken`, hint: null },
  });
  const reached = STAGES.slice(0, STAGES.indexOf(stage) + 1);
  expect(run.calls.filter((call) => call !== 'notification')).toEqual(
    reached.filter((call) => call !== 'notification'),
  );
  const moves = stage === 'notification';
  expect(existsSync(run.files[0]!.path)).toBe(!moves);
  expect(readdirSync(run.scene.archive.path)).toHaveLength(moves ? 1 : 0);
  if (stage === 'notification') return;
  expect(run.told).toMatchObject([{ channels: ['file', 'email'] }]);
  expect(run.notice).toMatchObject({ status: 'FAILED', failure: { stage } });
});

test('runRotation() without any file says so and writes nothing', async () => {
  using run = new RunScene();
  const result = await run.run();
  expect(result.status).toBe('no-files');
  expect(run.calls).toEqual(['scan', 'plan']);
  expect(await run.run({ run: 'rotate', needsFiles: false })).toMatchObject({ status: 'done' });
});

test('runRotation() names the error of a failed move, and the next run completes', async () => {
  using run = new RunScene();
  run.files = [run.scene.file('a.log', 'x\n'), run.scene.file('b.log', 'y\n', { source: 'other' })];
  const blocker = run.scene.archive.join('other');
  symlinkSync(run.scene.logDir, blocker);
  const first = await run.run();
  expect(first.failure?.stage).toBe('archive');
  expect(first.outcome.archived).toHaveLength(1);
  run.scene.disk.unlink(blocker);
  run.files = [run.files[1]!];
  const second = await run.run();
  expect(second.status).toBe('done');
  expect(run.scene.book.list(10).map((row) => row.state)).toEqual(['done', 'done']);
});
