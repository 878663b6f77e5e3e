/**
 * What `logstead doctor` says of disks that take nothing: read-only ones, and ones without inodes, below each folder that is
 * written to. Mounting is root's.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { TestProject } from '../support/daemon-process.ts';

/** A file system of its own over a folder of the project, as long as `work` takes; whether it could be mounted. */
async function onDisk(folder: string, options: string, work: () => Promise<void>): Promise<void> {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    expect(process.getuid?.()).not.toBe(0);
    return;
  }
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', folder]);
  }
}

async function failures(project: TestProject): Promise<string[]> {
  const { stdout } = await project.cli(['doctor', '--json']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<{ verdict: string; text: string }>)
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ text }) => text);
}

test.each(['report', 'notification'])(
  'doctor says that the %s folder is on a read-only disk',
  {
    timeout: 60_000,
  },
  async (name) => {
    using project = TestProject.make('');
    const folder = project.folder.makeFolder(`${name}s`);
    await onDisk(folder, 'ro', async () => {
      expect(await failures(project)).toContain(
        `${name} folder ${folder} is on a read-only disk: the daemon does not start`,
      );
    });
  },
);

test('doctor says that no file can be made on a disk that has room', {
  timeout: 60_000,
}, async () => {
  using project = TestProject.make('');
  const folder = project.folder.makeFolder('archives');
  await onDisk(folder, 'size=40m,nr_inodes=8', async () => {
    expect(await failures(project)).toContain(
      'archive folder: 7 files can still be made on this disk, however much room it has',
    );
  });
});
