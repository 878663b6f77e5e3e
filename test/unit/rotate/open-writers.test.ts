/** Who has a file open for writing, seen in a real process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileKey, filesOpenForWriting } from '../../../src/rotate/open-writers.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test('filesOpenForWriting() finds what another process writes, not what it reads or has closed', async () => {
  using folder = TempFolder.make();
  const paths = ['written', 'read', 'closed'].map((name) => folder.write(name, 'x'));
  const script = `
    const { openSync, closeSync } = require('node:fs');
    openSync(process.argv[1], 'a'); openSync(process.argv[2], 'r'); closeSync(openSync(process.argv[3], 'a'));
    console.log('ready'); process.stdin.resume();`;
  const child = spawn(process.execPath, ['-e', script, ...paths], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const open = filesOpenForWriting({ exceptPid: process.pid });
    const found = paths.map((path) => {
      const { dev, ino } = statSync(path);
      return open.has(fileKey({ device: dev, inode: ino }));
    });
    expect(found).toEqual([true, false, false]);
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
});
