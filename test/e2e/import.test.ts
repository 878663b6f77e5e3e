/** `logstead import` as a process: packages that unpack are loaded by Node itself, not by a test runner. */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';

/** One line each, made with xz and bzip2. */
const PACKED: Readonly<Record<string, string>> = {
  'old.log.xz':
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAtMjAyNS0wMS0wMVQwMDowMDowMFogV0FSTiBmcm9tIGFuIG9sZCBhcmNoaXZlCgAAAF9R2jgr7SldAAFGLmdQc1oftvN9AQAAAAAEWVo=',
  'older.log.bz2':
    'QlpoOTFBWSZTWaK+PncAAAnfgAAQQAJyECABFJAvZ5EAIAAxTRoA0AADVPUaBpmo9QenqajK96mnHSigVcBVMUDM27ZoFMPJzAMtjlePxdyRThQkKK+PncA=',
};

test('import brings in xz and bzip2 files, and search finds their entries', async () => {
  using project = TestProject.make();
  const names = Object.keys(PACKED);
  for (const name of names)
    project.folder.write(`old/${name}`, Buffer.from(PACKED[name]!, 'base64'));
  const imported = await project.cli([
    'import',
    '--json',
    ...names.map((name) => project.folder.join(`old/${name}`)),
  ]);
  expect(imported).toMatchObject({ code: 0, stderr: '' });
  expect(
    imported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).entryCount),
  ).toEqual([1, 1]);
  const found = await project.cli(['search', 'archive', '--count']);
  expect(found.stdout).toBe('2\n');
}, 180_000);

test('import goes through the daemon where one runs, each file once', async () => {
  using project = TestProject.make();
  await using daemon = await DaemonProcess.start(project);
  const lines = Array.from(
    { length: 5_000 },
    (_, index) => `2025-01-01T00:00:${String(index % 60).padStart(2, '0')}Z INFO bygone ${index}\n`,
  );
  project.folder.write('old/plain.log', lines.join(''));
  project.folder.write('old/packed.log.gz', gzipSync('2025-01-02T00:00:00Z WARN bygone too\n'));
  const paths = ['old/plain.log', 'old/packed.log.gz', 'old/none.log'];
  const imported = await project.cli(['import', '--json', '--source', 'old', ...paths]);
  expect(imported.code).toBe(4);
  expect(imported.stderr).toContain('old/none.log');
  expect(
    imported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).entryCount),
  ).toEqual([5_000, 1]);
  // A pipe that nobody writes to would hold up whatever comes behind it, and the end of the daemon.
  execFileSync('mkfifo', [project.folder.join('old/pipe')]);
  const odd = await project.cli(['import', 'old/pipe', 'old']);
  expect(odd).toMatchObject({ code: 4, stdout: '' });
  expect(odd.stderr).toContain('it is no regular file');
  expect(odd.stderr).toContain('it is a folder');
  const again = await project.cli(['import', 'old/plain.log']);
  expect(again.stderr).toContain('its entries are known');
  expect((await project.cli(['search', 'bygone', '--count'])).stdout).toBe('5001\n');
  await daemon.stop();
  expect((await project.cli(['search', 'source:old', '--count'])).stdout).toBe('5001\n');
}, 180_000);
