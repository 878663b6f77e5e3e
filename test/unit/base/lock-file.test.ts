import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { OperatorError } from '../../../src/base/errors.ts';
import { LockFile } from '../../../src/base/lock-file.ts';
import { ScriptProcess } from '../../support/script-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const LOCK_FILE_MODULE = fileURLToPath(new URL('../../../src/base/lock-file.ts', import.meta.url));

/** Another process that takes the lock, says so, and keeps it. */
function holder(path: string): Promise<ScriptProcess> {
  return ScriptProcess.start(
    `const { LockFile } = await import(process.argv[1]);
     try { LockFile.acquire(process.argv[2]); console.log('held'); setInterval(() => gc?.(), 5); }
     catch (error) { console.log(error.code + ': ' + error.message); }`,
    [LOCK_FILE_MODULE, path],
  );
}

function refusal(path: string): OperatorError {
  try {
    using _lock = LockFile.acquire(path);
  } catch (error) {
    return error as OperatorError;
  }
  throw new Error('The lock was not refused');
}

test('LockFile is let go of where the file with the pid cannot be removed, as on a disk that has become read-only', () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  {
    using _lock = LockFile.acquire(path);
    rmSync(`${path}.pid`);
    mkdirSync(`${path}.pid`);
  }
  rmSync(`${path}.pid`, { recursive: true });
  using again = LockFile.acquire(path);
  expect(again).toBeInstanceOf(LockFile);
});

test('LockFile is taken on a disk that is full: the pid beside it is for people only', () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  symlinkSync('/dev/full', `${path}.pid`);
  using _lock = LockFile.acquire(path);
  // Whoever reads that device never comes to its end.
  rmSync(`${path}.pid`);
  expect(refusal(path).message).toContain('another process holds it');
});

test('LockFile.acquire() refuses a second process and names the first', async () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  await using first = await holder(path);
  expect(await first.line()).toBe('held');
  await using second = await holder(path);
  expect(await second.line()).toBe(
    `STATE_IN_USE: Cannot lock "${path}": process ${first.pid} holds it, and only one process may use a state folder`,
  );
  expect(refusal(path).message).toContain(`process ${first.pid} holds it`);
});

test('LockFile leaves nothing behind when its process is killed', async () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  await using first = await holder(path);
  expect(await first.line()).toBe('held');
  await first.kill9();
  expect(existsSync(`${path}.pid`)).toBe(true);
  await using second = await holder(path);
  expect(await second.line()).toBe('held');
  expect(refusal(path).message).toContain(`process ${second.pid} holds it`);
});

test('LockFile refuses a second holder in the same process', () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  using _lock = LockFile.acquire(path);
  expect(refusal(path).message).toContain(`process ${process.pid} holds it`);
});

test('LockFile can be taken again once it is disposed, and disposing twice does no harm', () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  const first = LockFile.acquire(path);
  first[Symbol.dispose]();
  using _second = LockFile.acquire(path);
  first[Symbol.dispose]();
  expect(refusal(path).code).toBe('STATE_IN_USE');
  expect(existsSync(`${path}.pid`)).toBe(true);
});

test('LockFile.acquire() names no process where the pid file says nothing', () => {
  using folder = TempFolder.make();
  const path = folder.join('lock');
  using _lock = LockFile.acquire(path);
  for (const content of ['', 'x', '-1', '4194304999']) {
    writeFileSync(`${path}.pid`, content);
    expect(refusal(path).message).toContain('another process holds it');
  }
});

test('LockFile.acquire() says why where the folder is missing or the file is not a lock', () => {
  using folder = TempFolder.make();
  expect(refusal(folder.join('missing/lock')).code).toBe('STATE_UNREADABLE');
  const path = folder.write(
    'lock',
    'some text that is not a database at all, longer than a header'.repeat(9),
  );
  expect(refusal(path).code).toBe('STATE_UNREADABLE');
});
