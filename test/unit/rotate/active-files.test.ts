/** Files that a real process goes on writing to: renamed and told, or copied and emptied; every line is kept once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ActiveRotation, Settings } from '../../../src/config/settings.ts';
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

function linesIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => readFileSync(path, 'utf8').split('\n').filter(Boolean));
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

function expectOnceEach(messages: readonly string[], count: number): void {
  const wanted = Array.from({ length: count }, (_, index) => `line ${index + 1}`);
  expect(messages.toSorted()).toEqual(wanted.toSorted());
}

test('a rotation renames a log that is written to, tells the writer, and archives it', async () => {
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
  const [archived] = result.outcome.archived;
  expect(archived!.originalPath).toBe(result.asides.taken[0]!.asidePath);

  await waitFor(() => statSync(writer.path).size > 0);
  const count = await writer.stop();
  await scene.ingest.drain();
  expectOnceEach(messagesOf(scene), count);
  expect(linesIn([archived!.archivePath, writer.path])).toHaveLength(count);
  expect(readdirSync(dirname(writer.path))).toEqual(['app.log']);
  using opened = scene.open();
  expect(opened.database.prepare('SELECT * FROM archive_aside').all()).toEqual([]);
});

test('a renamed log that its writer keeps waits aside; the next run tells the writer by a command', async () => {
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

  const pidFile = pidFileOf(scene.settings);
  scene.folder.write('state/reload', `#!/bin/sh\nkill -USR1 "$(cat "${pidFile}")"\n`);
  chmodSync(told, 0o755);
  const second = await scene.rotate({ run: 'rotate' });
  expect(second.outcome.archived.map(({ originalPath }) => originalPath)).toContain(asidePath);
  const count = await writer.stop();
  await scene.ingest.drain();
  expectOnceEach(messagesOf(scene), count);
}, 60_000);

test('a rotation copies and empties a log that is written to; the ledger has the gap', async () => {
  await using scene = await RotationScene.make(withActive(() => ({ way: 'copytruncate' })));
  await using writer = await Writer.start(scene, 5);
  const { asides, outcome, failure } = await scene.rotate({ run: 'rotate' });
  expect(failure).toBeNull();
  expect(asides.taken).toMatchObject([{ path: writer.path, way: 'copytruncate' }]);
  const [archived] = outcome.archived;
  expect(archived?.originalPath).toBe(asides.taken[0]!.asidePath);
  await waitFor(() => statSync(writer.path).size > 200);
  const count = await writer.stop();
  await scene.ingest.drain();

  // What the files have is in the index, once each; and between two lines that are 5 ms apart nothing was lost.
  const kept = linesIn([archived!.archivePath, writer.path]);
  expect(messagesOf(scene)).toEqual(kept.map((line) => line.replace(/^.*INFO /, '')));
  expectOnceEach(messagesOf(scene), count);
  using opened = scene.open();
  const spans = opened.database.prepare('SELECT kind, reason FROM watch_span').all();
  expect(spans).toMatchObject([{ kind: 'gap' }]);
  expect(String(spans[0]!.reason)).toMatch(/between copy and truncation/);
  // The bytes of an entry are found where they are now.
  expect(opened.database.prepare('SELECT generation FROM archive').all()).toHaveLength(1);
});

test('a run for sizes takes only what has come to them, and writes no report', async () => {
  await using scene = await RotationScene.make(
    withActive(() => ({ way: 'copytruncate', bytesMin: 1024 })),
  );
  scene.write('small.log', 'x\n', Date.now());
  scene.write('large.log', `${'y'.repeat(99)}\n`.repeat(20), Date.now());
  const { asides, outcome, report } = await scene.rotate({ run: 'rotate', onlyLargeOrOld: true });
  expect(report).toBeNull();
  expect(asides.taken.map(({ path }) => path)).toEqual([scene.folder.join('logs/large.log')]);
  expect(outcome.archived).toMatchObject([{ sizeBytes: 2000 }]);
  expect(statSync(scene.folder.join('logs/large.log')).size).toBe(0);
  expect(statSync(scene.folder.join('logs/small.log')).size).toBe(2);
});
