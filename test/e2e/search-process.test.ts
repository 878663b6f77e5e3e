/** `search` as a process of its own: what happens to it when its reader leaves or a person presses Ctrl-C. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CONFIG_TEXT } from '../support/command-line.ts';
import { MAIN_PATH } from '../support/daemon-process.ts';
import { TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { TempFolder } from '../support/temp-folder.ts';

const ENTRIES: readonly TestEntry[] = Array.from({ length: 20_000 }, (_, index) => ({
  timestampUs: 1_700_000_000_000_000 + index,
  level: 'INFO',
  source: 'api',
  message: `step ${index} ${'and more text '.repeat(8)}`,
}));

/** The process sends itself SIGTERM when its commands are about to be loaded. */
const KILLED_WHILE_LOADED = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.endsWith('/cli/program.ts')) process.kill(process.pid, 'SIGTERM');
    return next(url, context);
  },
});`)}`;

/** To start, print and notice it; without noticing it would be for ever. */
const GONE_SOON_MS = 30_000;

test('a command says that its folder is gone, which is not that nothing was found', () => {
  using folder = TempFolder.make();
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', script, 'sh', process.execPath, MAIN_PATH, 'search', 'x'],
    { cwd: folder.path, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(/^Cannot work in a folder that is gone[^\n]*\n {2}Change into /),
  });
});

// A busy machine starts a process in seconds, not in a tenth of one.
describe('search as a process', { timeout: 120_000 }, () => {
  test('ends with success when the reader of its pipe has seen enough', async () => {
    using folder = projectWithEntries();
    const child = start(folder, ['search', '*', '--json']);
    child.stdout.once('data', () => child.stdout.destroy());
    const [code, signal] = await once(child, 'exit');
    expect({ code, signal, stderr: child.errors() }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('ends when the reader of its pipe has gone, though nothing more arrives', () => {
    using folder = projectWithEntries();
    const script = '"$0" "$1" tail -n 5 -o message | head -n 1; echo ended';
    const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, MAIN_PATH], {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: GONE_SOON_MS,
      killSignal: 'SIGKILL',
    });
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(/^step 19995 [^\n]*\nended\n$/),
      stderr: '',
    });
  });

  test('ends when the other end of its socket has gone, though nothing more arrives', async () => {
    using folder = projectWithEntries();
    const child = start(folder, ['search', '-f', '-n', '5', '*']);
    child.stdout.once('data', () => child.stdout.destroy());
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(GONE_SOON_MS) });
    const [code, signal] = await ended.finally(() => child.kill('SIGKILL'));
    expect({ code, signal, stderr: child.errors() }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('says that its output cannot be written, and does not pass for a search without a match', () => {
    using folder = projectWithEntries();
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [MAIN_PATH, 'search', '*', '--json'], {
      cwd: folder.path,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(/^Cannot write to standard output: ENOSPC[^\n]*\n$/),
    });
  });

  test('ends at once and quietly on Ctrl-C', async () => {
    using folder = projectWithEntries();
    for (const args of [
      ['search', '*', '--json'],
      ['tail', '-n', '5'],
    ]) {
      const child = start(folder, args);
      await once(child.stdout, 'data');
      child.kill('SIGINT');
      const [code, signal] = await once(child, 'exit');
      expect({ args, code, signal, stderr: child.errors() }).toEqual({
        args,
        code: null,
        signal: 'SIGINT',
        stderr: '',
      });
    }
  });

  test('ends by a signal that comes while it starts, as every command does that has nothing to finish', async () => {
    using folder = projectWithEntries();
    const commands = [
      ['search', '*'],
      ['stats'],
      ['export', '*'],
      ['backup', 'kept'],
      ['check', '--deep'],
    ];
    for (const args of commands) {
      const child = start(folder, args, ['--import', KILLED_WHILE_LOADED]);
      const [code, signal] = await once(child, 'exit');
      expect({ args, code, signal }).toEqual({ args, code: null, signal: 'SIGTERM' });
    }
  });
});

function projectWithEntries(): TempFolder {
  const folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  using store = new TestStore(folder.makeFolder('state'));
  store.add(ENTRIES);
  return folder;
}

function start(folder: TempFolder, args: readonly string[], flags: readonly string[] = []) {
  const child = spawn(process.execPath, [...flags, MAIN_PATH, ...args], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return Object.assign(child, { errors: () => errors });
}
