/** `logstead import` as a process: packages that unpack are loaded by Node itself, not by a test runner. */
import { expect, test } from 'vitest';
import { TestProject } from '../support/daemon-process.ts';

/** One line each, made with xz and bzip2. */
const PACKED: Readonly<Record<string, string>> = {
  'old.log.xz':
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAtMjAyNS0wMS0wMVQwMDowMDowMFogV0FSTiBmcm9tIGFuIG9sZCBhcmNoaXZlCgAAAF9R2jgr7SldAAFGLmdQc1oftvN9AQAAAAAEWVo=',
  'older.log.bz2':
    'QlpoOTFBWSZTWSVfLq4AAAnfgAAQQAJyECABFJAvZ5EAIAAhqnpGjQzUfqQ09NCmjQBoAAK2rT+fPaiYVchRIICTuYoLs+dmcNptC74F3JFOFCQJV8urgA==',
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
