/** Who has a file open for writing, seen in a real process. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type FileIdentity, writersOf } from '../../../src/base/open-writers.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const MODULE = new URL('../../../src/base/open-writers.ts', import.meta.url).href;

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

test.for(['noaccess', 'invisible'])(
  'writersOf() does not call free what processes may write that it cannot see: hidepid=%s',
  (hidepid, context) => {
    needsRoot(context);
    using folder = TempFolder.make();
    const file = identityOf(folder.write('app.log', 'x'));
    const script = `
      const { writersOf } = await import(${JSON.stringify(MODULE)});
      const file = ${JSON.stringify(file)};
      const asRoot = writersOf([file])(file);
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      console.log(asRoot, writersOf([file])(file));`;
    const mounted = `mount -t proc -o hidepid=${hidepid} proc /proc && exec "$@"`;
    const node = [process.execPath, '--input-type=module', '-e', script];
    const said = execFileSync('unshare', ['--mount', 'sh', '-c', mounted, 'sh', ...node]);
    expect(said.toString().trim()).toBe('free unknown');
  },
);

function identityOf(path: string): FileIdentity {
  const { dev, ino } = statSync(path);
  return { device: dev, inode: ino };
}
