/** Whole runs over real files: the order of the stages, and that nothing is touched behind a failed one. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { resultText } from '../../../src/cli/rotation-output.ts';
import type { BookChange } from '../../../src/ingest/archive-change.ts';
import type { Notification, RunNotice } from '../../../src/model/notification.ts';
import type { ArchivePolicy } from '../../../src/rotate/archive-retention.ts';
import type { ArchiveState } from '../../../src/rotate/archive-upkeep.ts';
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
  others: [],
  facts: { lateCount: null, diskFreeBytes: null, diskTotalBytes: null },
  generations: [{ generation: 1, firstUs: 5, lastUs: 6 }],
};

const EVERYTHING = { text: null, source: null, fromUs: null, untilUs: null };

class RunScene implements Disposable {
  readonly scene = ArchiveScene.make();
  readonly calls: string[] = [];
  readonly told: Notification[] = [];
  indexCount = 0;
  failAt: Stage | null = null;
  failWith: Error | null = null;
  onChange: (change: BookChange) => void = () => {};
  files: ArchiveCandidate[] = [];
  policy: ArchivePolicy = {
    ageMs: null,
    bytesMax: null,
    lastCopy: 'keep',
    sources: [],
    watches: new Map(),
  };

  /** Everything in the archive, all of it indexed, all of it due for a look. */
  get state(): ArchiveState {
    const { book } = this.scene;
    const rows = [...book.find(EVERYTHING)];
    return {
      files: rows.map((row) => ({ row, watch: 'log_dir', isIndexed: true })),
      plannedRemovals: book.plannedRemovals(),
      dueForLook: rows,
    };
  }

  get ports(): RotationPorts {
    const { scene } = this;
    const step = async <T>(stage: Stage, result: T): Promise<T> => {
      this.calls.push(stage);
      if (this.failAt === stage) throw this.failWith ?? new Error(`${stage} is broken`);
      return result;
    };
    return {
      scan: () => step('scan', { fileCount: this.files.length, entryCount: 3, sizeBytes: 30 }),
      candidates: () => step('plan', this.files),
      times: async () => [],
      report: () => step('report', { result: REPORT, report: FINISHED, notification: null }),
      unfinished: async () => scene.book.unfinished(),
      changed: async () => scene.book.changedSinceLastRun(),
      asides: async () => scene.book.asides.list(),
      inFolder: async (folder) => scene.book.inFolder(folder),
      journal: async (change) => {
        this.onChange(change);
        if (change.kind === 'begin') await step('archive', null);
        return scene.book.apply(change);
      },
      indexArchives: async () => {
        this.indexCount += 1;
        return [];
      },
      archived: async () => this.state,
      tell: async (notification) => {
        await step('notification', null);
        this.told.push(notification);
      },
    };
  }

  run(changes: Partial<RotationOptions> = {}): Promise<RotationResult> {
    const { scene } = this;
    const { clock, disk, archive } = scene;
    return runRotation(
      { clock, disk, ports: this.ports },
      {
        run: 'once',
        archiveDir: archive.path,
        timezone: 'UTC',
        waitsForIdle: false,
        watch: null,
        onlyLargeOrOld: false,
        withReport: true,
        writers: new Map(),
        retention: this.policy,
        verifyEveryMs: null,
        stateDir: scene.folder.path,
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

test('runRotation() tells why files wait, and only how many the config leaves where they are', async () => {
  using run = new RunScene();
  const followed = Array.from({ length: 25 }, (_, index) =>
    run.scene.file(`followed-${index}.log`, 'x\n', { archive: false }),
  );
  const open = run.scene.file('open.log', 'y\n', { beingWritten: true });
  const finished = run.scene.file('a.log', 'z\n');
  run.files = [...followed, open, finished];

  const result = await run.run();

  const left = run.notice.context.filter(({ name }) => name === 'Left');
  expect(left.map(({ value }) => value)).toEqual([
    `${open.path}: a process has it open for writing`,
    '25 files, as the config has it',
  ]);
  const lines = resultText(result).split('\n');
  expect(lines.filter((line) => line.startsWith('left'))).toEqual([
    `left      ${open.path}: a process has it open for writing`,
    'left      25 files, as the config has it; "--dry-run" names each',
  ]);
});

test('runRotation() of one section is not the last run: missed ones are still made up for', async () => {
  using run = new RunScene();
  run.files = [run.scene.file('a.log', 'x\n')];
  await run.run({ run: 'rotate' });
  const { runs } = run.scene.book;
  const last = runs.lastRun();
  expect(last).not.toBeNull();
  run.files = [run.scene.file('b.log', 'y\n')];
  await run.scene.clock.advance(86_400_000);
  expect(await run.run({ run: 'rotate', watch: 'web' })).toMatchObject({ status: 'done' });
  expect(runs.lastRun()).toEqual(last);
  await run.run({ run: 'rotate' });
  expect(runs.lastRun()).not.toEqual(last);
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

test('runRotation() says what to do where a full disk fails it, as a daemon does', async () => {
  using run = new RunScene();
  run.failAt = 'scan';
  run.failWith = Object.assign(new Error('ENOSPC: no space left, write'), { code: 'ENOSPC' });
  const failure = {
    ...{ stage: 'scan', message: 'ENOSPC: no space left, write' },
    hint: expect.stringContaining('make room there'),
  };
  expect(await run.run()).toMatchObject({ status: 'failed', failure });
  expect(run.notice).toMatchObject({ status: 'FAILED', failure });
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

test('runRotation() indexes, keeps and tells of everything else where one file cannot be moved', async () => {
  using run = new RunScene();
  const { scene } = run;
  run.files = [scene.file('old.log', 'one\n', { modifiedAtMs: 0 })];
  await run.run();
  const [old] = scene.book.list(1);
  await scene.clock.advance(60_000);
  const blocked = scene.file('a.log', 'x\n', { source: 'blocked' });
  run.files = [blocked, scene.file('b.log', 'y\n')];
  run.policy = { ...run.policy, ageMs: 7 * 86_400_000 };
  symlinkSync(scene.logDir, scene.archive.join('blocked'));
  run.indexCount = 0;
  run.told.length = 0;

  const result = await run.run();

  expect(result).toMatchObject({ status: 'failed', failure: { stage: 'archive' } });
  expect(result.failure!.message).toContain(blocked.path);
  expect(result.outcome.left).toMatchObject([{ path: blocked.path }]);
  expect(result.outcome.archived).toHaveLength(1);
  expect(result.upkeep.removed).toMatchObject([{ path: old!.archivePath }]);
  expect(run.indexCount).toBe(1);
  expect(run.notice).toMatchObject({ status: 'FAILED' });
});

test('runRotation() archives sources whose folders have the names of manifests or files of another one', async () => {
  const folders = ['x/2026/11/19.json', 'x/2026/11/19.json.part', 'x/2026/11/19/x.log'];
  for (const order of [
    ['x', ...folders],
    [...folders, 'x'],
  ]) {
    for (const isOneRun of [true, false]) {
      using run = new RunScene();
      const { scene } = run;
      const files = order.map((source, index) =>
        scene.file(`${index}/${source === 'x' ? 'x' : 'other'}.log`, `${source}\n`, { source }),
      );
      for (const batch of isOneRun ? [files] : files.map((file) => [file])) {
        run.files = batch;
        expect(await run.run()).toMatchObject({ failure: null });
      }
      const rows = scene.book.list(10);
      expect(rows).toHaveLength(order.length);
      for (const row of rows) {
        expect(readFileSync(row.archivePath, 'utf8')).toBe(`${row.source}\n`);
        expect(manifestsOf(dirname(row.archivePath))).toEqual([row.archivePath]);
      }
    }
  }
});

/** The paths in what stands beside the folder of a day. */
function manifestsOf(day: string): string[] {
  const names = readdirSync(dirname(day), { withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => JSON.parse(readFileSync(join(dirname(day), name), 'utf8')))
    .filter(({ folder }) => folder === basename(day))
    .flatMap(({ files }: { files: { path: string }[] }) => files.map(({ path }) => path));
}

test('runRotation() lets go of archives that were kept long enough, and says so', async () => {
  using run = new RunScene();
  run.files = [run.scene.file('old.log', 'one\n'), run.scene.file('new.log', 'two\n')];
  await run.run();
  const [newer, older] = run.scene.book.list(2);
  run.files = [];
  run.policy = { ...run.policy, bytesMax: newer!.stored!.storedBytes };
  const result = await run.run({ needsFiles: false });
  expect(result.upkeep.removed).toMatchObject([{ path: older!.archivePath }]);
  expect(run.scene.book.list(2).map(({ id }) => id)).toEqual([newer!.id]);
  expect(existsSync(older!.archivePath)).toBe(false);
  expect(existsSync(newer!.archivePath)).toBe(true);
  expect((run.told.at(-1)!.event as RunNotice).context.at(-1)).toMatchObject({ name: 'Deleted' });
  const manifest = JSON.parse(run.scene.archive.read('app/2026/11/19.json'));
  expect(manifest.files).toHaveLength(1);
});

test('runRotation() keeps a new archive that was given the name of one whose removal was interrupted', async () => {
  using run = new RunScene();
  const { scene } = run;
  run.files = [scene.file('app.log', 'old\n')];
  await run.run();
  run.policy = { ...run.policy, ageMs: 1 };
  await scene.clock.advance(60_000);
  run.files = [scene.file('other.log', 'x\n')];
  run.onChange = (change) => {
    if (change.kind === 'removed') throw new Error('the process is dead');
  };
  expect(await run.run()).toMatchObject({ status: 'failed' });
  run.onChange = () => {};
  run.policy = { ...run.policy, ageMs: null };
  run.files = [scene.file('app.log', 'new\n')];
  const { outcome, status } = await run.run();
  expect(status).toBe('done');
  const paths = outcome.archived.map(({ archivePath }) => archivePath);
  expect(paths).toEqual([scene.archive.join('app/2026/11/19/app.log')]);
  expect(readFileSync(paths[0]!, 'utf8')).toBe('new\n');
  expect(scene.book.plannedRemovals()).toEqual([]);
});

test('runRotation() tells of an archive that changed on disk, once', async () => {
  using run = new RunScene();
  run.files = [run.scene.file('a.log', 'one two three\n')];
  const changes: BookChange[] = [];
  run.onChange = (change) => changes.push(change);
  await run.run();
  const [row] = run.scene.book.list(1);
  writeFileSync(row!.archivePath, 'one TWO three\n');
  run.files = [];
  const result = await run.run({ needsFiles: false });
  expect(result.upkeep.damaged).toEqual([
    { path: row!.archivePath, reason: 'its bytes have changed' },
  ]);
  expect(run.scene.book.list(1)).toMatchObject([{ fault: 'its bytes have changed' }]);
  expect(run.scene.book.summary({ sinceMs: 0, untilMs: Infinity }).damagedCount).toBe(1);
  await run.run({ needsFiles: false });
  const told = changes.flatMap((change) =>
    change.kind === 'verified'
      ? change.files.flatMap(({ notification }) => notification ?? [])
      : [],
  );
  expect(told).toMatchObject([{ event: { kind: 'internal', severity: 'high' } }]);
});

test('runRotation() says once that the archive is not mounted, and not of each file to be read again that it is missing', async () => {
  using run = new RunScene();
  const { scene } = run;
  run.files = ['a', 'b', 'c'].map((name) => scene.file(`${name}.log`, name));
  await run.run();
  const mounted = `${scene.archive.path}-mounted`;
  renameSync(scene.archive.path, mounted);
  mkdirSync(scene.archive.path);
  run.files = [];
  const result = await run.run({ needsFiles: false });
  expect(result).toMatchObject({ status: 'failed', upkeep: { checkedCount: 0, damaged: [] } });
  expect(scene.book.summary({ sinceMs: 0, untilMs: Infinity }).damagedCount).toBe(0);
  rmSync(scene.archive.path, { recursive: true });
  renameSync(mounted, scene.archive.path);
  expect(await run.run({ needsFiles: false })).toMatchObject({ upkeep: { checkedCount: 3 } });
});

test.each(['empty', 'not there'])(
  'runRotation() moves nothing where the archive is %s that had files, as the place of a disk is that is not mounted',
  async (state) => {
    using run = new RunScene();
    const { scene } = run;
    run.files = [scene.file('a.log', 'x\n')];
    await run.run();
    const mounted = `${scene.archive.path}-mounted`;
    renameSync(scene.archive.path, mounted);
    if (state === 'empty') mkdirSync(scene.archive.path);
    const file = scene.file('b.log', 'y\n');
    run.files = [file];
    run.told.length = 0;
    const result = await run.run();
    expect(result).toMatchObject({ status: 'failed', failure: { stage: 'archive' } });
    expect(result.failure!.message).toContain(`is ${state}, and 1 archived file should be in it`);
    expect(run.notice).toMatchObject({
      status: 'FAILED',
      failure: { hint: expect.stringContaining('touch') },
    });
    expect(existsSync(file.path)).toBe(true);
    expect(existsSync(scene.archive.path) && readdirSync(scene.archive.path).length > 0).toBe(
      false,
    );
    rmSync(scene.archive.path, { recursive: true, force: true });
    renameSync(mounted, scene.archive.path);
    expect(await run.run()).toMatchObject({ status: 'done', failure: null });
  },
);

test('runRotation() uses an archive whose files were taken away for good once anything is in its folder', async () => {
  using run = new RunScene();
  const { scene } = run;
  run.files = [scene.file('a.log', 'x\n')];
  await run.run();
  rmSync(scene.archive.join('app'), { recursive: true });
  run.files = [scene.file('b.log', 'y\n')];
  expect(await run.run()).toMatchObject({ status: 'failed' });
  scene.archive.write('.here', '');
  const { status, outcome } = await run.run();
  expect(status).toBe('done');
  expect(outcome.archived).toHaveLength(1);
});
