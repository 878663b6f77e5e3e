/** `logstead report`: a range of time in every form, beside the reports of runs. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestProject } from '../support/daemon-process.ts';

test('report prints and saves what happened in a range of time', async () => {
  using project = TestProject.make();
  expect((await project.cli(['report'])).code).toBe(1);
  project.folder.write(
    'logs/app.log',
    '2026-11-19T10:00:00Z ERROR payment 1 failed\n2026-11-20T10:00:01Z ERROR payment 2 failed\n2026-11-20T10:00:02Z INFO all is well\n',
  );
  expect((await project.cli(['once'])).code).toBe(0);

  const range = ['--since', '2026-11-20T00:00:00Z', '--until', '2026-11-21T00:00:00Z'];
  const text = await project.cli(['report', ...range]);
  expect(text.code).toBe(0);
  expect(text.stdout).toContain('1 error, all from app');
  const json = await project.cliJson(['report', ...range, '--format', 'json']);
  expect(json).toMatchObject({
    total: 2,
    levels: { ERROR: 1, INFO: 1 },
    coverage: { lostBytes: 0 },
  });
  const markdown = await project.cli(['report', ...range, '--format', 'md']);
  expect(markdown.stdout).toContain('# 1 error, all from app');
  const page = await project.cli(['report', ...range, '--format', 'html']);
  expect(page.stdout).toContain('<h1>1 error, all from app</h1>');

  const saved = await project.cli(['report', ...range, '--save']);
  const paths = saved.stdout.trim().split('\n');
  expect(paths).toHaveLength(3);
  expect(paths.every((path) => existsSync(path))).toBe(true);
  expect(
    (await project.cli(['report', '--since', '2020-01-01', '--until', '2020-01-02'])).code,
  ).toBe(1);
}, 60_000);
