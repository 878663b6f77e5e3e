/** `logstead archives`: what it lists, finds, verifies and restores after a real run. */
import { createHash } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { TestProject } from '../support/daemon-process.ts';

const CONTENT =
  '2026-11-20T10:00:00Z ERROR payment 1 failed\n2026-11-20T10:00:01Z INFO all is well\n';

test('archives list, find, verify and restore after once', async () => {
  using project = TestProject.make('[rotation]\ncompress = zstd\n');
  expect((await project.cli(['archives', 'list'])).code).toBe(1);
  const original = project.folder.write('logs/app.log', CONTENT);
  project.folder.write('logs/web/access.log', '2026-11-19T10:00:00Z INFO served\n');
  expect((await project.cli(['once'])).code).toBe(0);

  const listed = await project.cli(['archives', 'list', '--json']);
  const records = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records).toHaveLength(2);
  const record = records.find((other) => other.originalPath === original);
  expect(record).toMatchObject({
    sha256: createHash('sha256').update(CONTENT).digest('hex'),
    bytes: CONTENT.length,
    lines: 2,
    first: '2026-11-20T10:00:00.000Z',
    last: '2026-11-20T10:00:01.000Z',
  });
  const since = await project.cli(['archives', 'find', 'app', '--since', '2026-11-20']);
  expect(since.stdout).toContain(record.path);
  expect((await project.cli(['archives', 'find', 'nothing like it'])).code).toBe(1);

  const restored = await project.cli(['archives', 'restore', record.path, '--to', 'back.log']);
  expect(restored.code).toBe(0);
  expect(readFileSync(project.folder.join('back.log'), 'utf8')).toBe(CONTENT);

  const none = await project.cli(['archives', 'verify', 'no-such-name']);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect((await project.cli(['archives', 'verify'])).stdout).toBe(
    '2 archived files read, all whole\n',
  );
  unlinkSync(record.path);
  const verified = await project.cli(['archives', 'verify']);
  expect(verified.code).toBe(7);
  expect(verified.stdout).toContain(`missing  ${record.path}`);
}, 60_000);

test('archives restore finds a file by its path as list prints it, and from the working folder', async () => {
  using project = TestProject.make();
  project.folder.write('logs/two\nlines.log', CONTENT);
  expect((await project.cli(['once'])).code).toBe(0);
  const [, printed = ''] = /lines {2}(.*) {2}from /.exec(
    (await project.cli(['archives', 'list'])).stdout,
  )!;
  expect(printed).toContain('two\\nlines.log');
  const { path } = JSON.parse((await project.cli(['archives', 'list', '--json'])).stdout);

  for (const given of [printed, relative(project.folder.path, path), path]) {
    const to = project.folder.join('back.log');
    expect(await project.cli(['archives', 'restore', given, '--to', to])).toMatchObject({
      code: 0,
    });
    expect(readFileSync(to, 'utf8')).toBe(CONTENT);
    const again = await project.cli(['archives', 'restore', given, '--to', to]);
    expect(again.code).toBe(4);
    expect(again.stderr).toMatch(/something is there already\n {2}Name another place with --to\n$/);
    unlinkSync(to);
  }
  const none = await project.cli(['archives', 'restore', 'none.log']);
  expect(none).toMatchObject({ code: 2 });
}, 60_000);
