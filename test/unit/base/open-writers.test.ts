/** Who has a file open for writing, seen in a real process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type FileIdentity, writersOf } from '../../../src/base/open-writers.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test('writersOf() finds what another process writes, under whatever name, not what it reads or has closed', async () => {
  using folder = TempFolder.make();
  const paths = ['written', 'renamed', 'read', 'closed'].map((name) => folder.write(name, 'x'));
  const script = `
    const { openSync, closeSync } = require('node:fs');
    const [written, renamed, read, closed] = process.argv.slice(1);
    openSync(written, 'a'); openSync(renamed, 'a'); openSync(read, 'r'); closeSync(openSync(closed, 'a'));
    console.log('ready'); process.stdin.resume();`;
  const child = spawn(process.execPath, ['-e', script, ...paths], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const files = paths.map(identityOf);
    renameSync(folder.join('renamed'), folder.join('renamed.1'));
    folder.write('renamed', 'another file');
    const stateOf = writersOf(files, { exceptPid: process.pid });
    const isHeld = files.map((file) => stateOf(file) === 'held');
    expect(isHeld).toEqual([true, true, false, false]);
    const successor = identityOf(folder.join('renamed'));
    expect(writersOf([successor])(successor)).not.toBe('held');
    const [written] = files;
    const byOthers = writersOf(files, { exceptPid: child.pid ?? 0 });
    expect(byOthers(written!)).not.toBe('held');
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
});

function identityOf(path: string): FileIdentity {
  const { dev, ino } = statSync(path);
  return { device: dev, inode: ino };
}
