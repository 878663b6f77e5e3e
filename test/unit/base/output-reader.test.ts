import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OutputReader } from '../../../src/base/output-reader.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

test('OutputReader knows a pipe has a reader as long as any process holds its reading end', async () => {
  using folder = TempFolder.make();
  const path = `${folder.path}/pipe`;
  spawnSync('mkfifo', [path]);
  const first = readerOf(path);
  const descriptor = openSync(path, 'w');
  const reader = OutputReader.of(descriptor);
  expect(reader.isGone()).toBe(false);

  const second = readerOf(path);
  await waitFor(() => holds(second, path));
  await ended(first);
  for (let look = 0; look < 5; look += 1) expect(reader.isGone()).toBe(false);
  await ended(second);
  await waitFor(() => reader.isGone());
  closeSync(descriptor);
});

test('OutputReader concludes nothing where it never saw a reader, and of a file', () => {
  using folder = TempFolder.make();
  const path = `${folder.path}/pipe`;
  spawnSync('mkfifo', [path]);
  folder.write('file', '');
  const own = openSync(path, 'r+');
  const pipe = openSync(path, 'w');
  closeSync(own);
  for (const descriptor of [pipe, openSync(`${folder.path}/file`, 'w')]) {
    const reader = OutputReader.of(descriptor);
    for (let look = 0; look < 5; look += 1) expect(reader.isGone()).toBe(false);
    closeSync(descriptor);
  }
});

function readerOf(path: string): ChildProcess {
  return spawn('sh', ['-c', 'exec sleep 600 < "$0"', path], { stdio: 'ignore' });
}

function holds(child: ChildProcess, path: string): boolean {
  return readlinkSync(`/proc/${child.pid}/fd/0`) === path;
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
