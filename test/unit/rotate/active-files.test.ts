/** Files that a real process goes on writing to: renamed and told, or copied and emptied; every line is kept once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import type { ActiveRotation, Settings } from '../../../src/config/settings.ts';
import { ArchiveBook } from '../../../src/ingest/archive-book.ts';
import type { RotationResult } from '../../../src/rotate/rotation-run.ts';
import { needsSightOfWriters } from '../../support/needs.ts';
import { RotationScene } from '../../support/rotation-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

const WRITER = fileURLToPath(new URL('../../support/log-writer.mjs', import.meta.url));
const PLAIN: ActiveRotation = { way: 'leave', bytesMin: null, ageMsMin: null, writers: [] };

function withActive(active: (settings: Settings) => Partial<ActiveRotation>) {
  return (settings: Settings): Settings => ({
    ...settings,
    watches: settings.watches.map((watch) => ({
      ...watch,
      rotation: { ...watch.rotation, active: { ...PLAIN, ...active(settings) } },
    })),
  });
}

/** Runs until it is disposed of; `stop` gives the number of lines it wrote. */
class Writer implements AsyncDisposable {
  readonly path: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(path: string, child: ChildProcess) {
    this.path = path;
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  static async start(scene: RotationScene, pauseMs: number): Promise<Writer> {
    const path = scene.folder.join('logs/app.log');
    const options = [WRITER, path, pidFileOf(scene.settings), String(pauseMs)];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const writer = new Writer(path, spawn(process.execPath, options, { stdio: [...stdio] }));
    await waitFor(() => existsSync(path) && statSync(path).size > 200);
    return writer;
  }

  async stop(): Promise<number> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'close');
    return Number(this.#output.split('\n')[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}

function pidFileOf(settings: Settings): string {
  return join(settings.paths.stateDir, 'writer.pid');
}

/** What archive and log folder hold, as messages. */
function keptIn(scene: RotationScene): string[] {
  using opened = scene.open();
  const archived = ArchiveBook.read(opened.database).list(100);
  const logs = readdirSync(scene.settings.paths.logDir);
  const paths = [
    ...archived.map(({ archivePath }) => archivePath),
    ...logs.map((name) => join(scene.settings.paths.logDir, name)),
  ];
  return paths.flatMap((path) =>
    Array.from(readFileSync(path, 'utf8').matchAll(/INFO (.*)\n/g), (match) => match[1]!),
  );
}

/** Every message in the index, in its order of arrival. */
function messagesOf(scene: RotationScene): string[] {
  using opened = scene.open();
  const messages: string[] = [];
  const request = { query: { kind: 'everything' }, order: 'oldest' } as const;
  for (const { columns, rows, count } of opened.reader.matches(request)) {
    for (let index = 0; index < count; index += 1) messages.push(columns.messageText(rows[index]!));
  }
  return messages;
}

type Moved = RotationResult['outcome']['archived'][number];

/** Runs until a file that lies aside is in the archive: on a slow machine its writer may take longer than one run waits. */
async function archivedFrom(
  scene: RotationScene,
  { asides, outcome }: RotationResult,
): Promise<Moved> {
  const { asidePath } = asides.taken[0]!;
  const isIt = ({ originalPath }: Moved): boolean => originalPath === asidePath;
  let found = outcome.archived.find(isIt);
  for (let run = 0; found === undefined; run += 1) {
    expect(run).toBeLessThan(RUNS_MAX);
    found = (await scene.rotate({ run: 'rotate', onlyLargeOrOld: true })).outcome.archived.find(
      isIt,
    );
  }
  return found;
}
const RUNS_MAX = 5;

function expectOnceEach(messages: readonly string[], count: number): void {
  const wanted = Array.from({ length: count }, (_, index) => `line ${index + 1}`);
  expect(messages.toSorted()).toEqual(wanted.toSorted());
}

test('a rotation renames a log that is written to, tells the writer, and archives it', async (context) => {
  needsSightOfWriters(context);
  await using scene = await RotationScene.make(
    withActive((settings) => ({
      way: 'rename',
      writers: [{ kind: 'signal', signal: 'USR1', pidFile: pidFileOf(settings) }],
    })),
  );
  await using writer = await Writer.start(scene, 2);
  const result = await scene.rotate({ run: 'rotate' });
  expect(result.failure).toBeNull();
  expect(result.asides.left).toEqual([]);
  expect(result.asides.taken).toMatchObject([{ path: writer.path, way: 'rename' }]);
  const { originalPath } = await archivedFrom(scene, result);

  await waitFor(() => statSync(writer.path).size > 0);
  const count = await writer.stop();
  await scene.ingest.drain();
  expectOnceEach(messagesOf(scene), count);
  expectOnceEach(keptIn(scene), count);
  expect(existsSync(originalPath)).toBe(false);
  using opened = scene.open();
  const rows = ArchiveBook.read(opened.database).asides.list();
  expect(rows.map(({ asidePath }) => asidePath)).not.toContain(originalPath);
}, 120_000);

test('a renamed log that its writer keeps waits aside; the next run tells the writer by a command', async (context) => {
  needsSightOfWriters(context);
  let told = '';
  await using scene = await RotationScene.make((settings) => {
    told = join(settings.paths.stateDir, 'reload');
    const writer = { kind: 'command', argv: [told, 'now'] } as const;
    return withActive(() => ({ way: 'rename', writers: [writer] }))(settings);
  });
  await using writer = await Writer.start(scene, 5);
  const first = await scene.rotate({ run: 'rotate' });
  expect(first.outcome.archived).toEqual([]);
  expect(first.asides.left[0]!.reason).toMatch(/the writer of \[watch:log_dir\] was not told/);
  const { asidePath } = first.asides.taken[0]!;
  expect(existsSync(asidePath)).toBe(true);
  // The empty log in its place stays for the writer, who may not be allowed to make one.
  const second = await scene.rotate({ run: 'once' });
  expect(second.outcome.archived).toEqual([]);
  expect(statSync(writer.path).size).toBe(0);

  const pidFile = pidFileOf(scene.settings);
  scene.folder.write('state/reload', `#!/bin/sh\nkill -USR1 "$(cat "${pidFile}")"\n`);
  chmodSync(told, 0o755);
  await archivedFrom(scene, first);
  const count = await writer.stop();
  await scene.ingest.drain();
  expectOnceEach(messagesOf(scene), count);
}, 120_000);

test('a rotation copies and empties a log that is written to; the ledger has the gap', async () => {
  await using scene = await RotationScene.make(withActive(() => ({ way: 'copytruncate' })));
  await using writer = await Writer.start(scene, 20);
  const result = await scene.rotate({ run: 'rotate' });
  expect(result.failure).toBeNull();
  expect(result.asides.taken).toMatchObject([{ path: writer.path, way: 'copytruncate' }]);
  await archivedFrom(scene, result);
  await waitFor(() => statSync(writer.path).size > 200);
  const count = await writer.stop();
  await scene.ingest.drain();

  // What the files have is in the index, once each; what went in the instant before the truncation, nobody has.
  const kept = keptIn(scene);
  expect(messagesOf(scene).toSorted()).toEqual(kept.toSorted());
  expect(new Set(kept).size).toBe(kept.length);
  expect(kept.length).toBeGreaterThan(count * 0.8);
  using opened = scene.open();
  const spans = opened.database.prepare('SELECT kind, reason FROM watch_span').all();
  expect(spans.length).toBeGreaterThan(0);
  for (const { kind, reason } of spans) {
    expect({ kind, reason }).toMatchObject({ kind: 'gap' });
    expect(String(reason)).toMatch(/between copy and truncation/);
  }
}, 120_000);

test('a run for sizes takes only what has come to them, and writes no report', async () => {
  await using scene = await RotationScene.make(
    withActive(() => ({ way: 'copytruncate', bytesMin: 1024 })),
  );
  scene.write('small.log', 'x\n', Date.now());
  scene.write('large.log', `${'y'.repeat(99)}\n`.repeat(20), Date.now());
  const result = await scene.rotate({ run: 'rotate', onlyLargeOrOld: true });
  const taken = result.asides.taken.map(({ path }) => path);
  expect(result.report).toBeNull();
  expect(taken).toEqual([scene.folder.join('logs/large.log')]);
  expect(await archivedFrom(scene, result)).toMatchObject({ sizeBytes: 2000 });
  expect(statSync(scene.folder.join('logs/large.log')).size).toBe(0);
  expect(statSync(scene.folder.join('logs/small.log')).size).toBe(2);
}, 60_000);

test('a log that nobody may rename stays, and the run takes and archives all others before it fails', async (context) => {
  needsSightOfWriters(context);
  await using scene = await RotationScene.make(withActive(() => ({ way: 'rename' })));
  const closed = scene.write('closed.log', 'x\n', Date.now());
  scene.write('open.log', 'y\n', Date.now());
  scene.write('old.log', 'z\n', Date.now() - 86_400_000);
  scene.disk = {
    ...systemDisk,
    rename(from, to) {
      if (from === closed) throw Object.assign(new Error('EACCES: not yours'), { code: 'EACCES' });
      systemDisk.rename(from, to);
    },
  };
  const result = await scene.rotate({ run: 'rotate' });
  expect(result).toMatchObject({ status: 'failed', failure: { stage: 'archive' } });
  expect(result.failure?.message).toContain(closed);
  expect(result.asides.left).toEqual([
    { path: closed, reason: 'it could not be taken aside: EACCES: not yours' },
  ]);
  expect(result.asides.taken.map(({ path }) => path)).toEqual([scene.folder.join('logs/open.log')]);
  const archived = result.outcome.archived.map(({ originalPath }) => originalPath);
  expect(archived).toContain(scene.folder.join('logs/old.log'));
  expect(archived).toHaveLength(2);
  expect(readFileSync(closed, 'utf8')).toBe('x\n');
}, 60_000);

test('a log that cannot be copied aside stays whole, and the run names its own disk as the full one', async (context) => {
  needsSightOfWriters(context);
  await using scene = await RotationScene.make(withActive(() => ({ way: 'copytruncate' })));
  const path = scene.write('app.log', 'x\n', Date.now());
  const { logDir } = scene.settings.paths;
  scene.disk = {
    ...systemDisk,
    open(opened, mode, options) {
      if (mode === 'create' && opened.startsWith(`${logDir}/`))
        throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return systemDisk.open(opened, mode, options);
    },
  };
  const { failure } = await scene.rotate({ run: 'rotate' });
  expect(failure?.hint).toContain(`The disk of "${logDir}" is full`);
  expect(readFileSync(path, 'utf8')).toBe('x\n');
}, 60_000);
