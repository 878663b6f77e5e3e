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

test('the report tells of an open incident however many newer ones are over', async () => {
  using project = TestProject.make(`
[alert:each]
when = level>=error
group_by = n
resolve_after = 0s

[alert:database-down]
when = database down
severity = critical
resolve_after = 1d
`);
  const startMs = Date.now() - 600_000;
  const stamp = (index: number): string => new Date(startMs + index * 1_000).toISOString();
  const line = (index: number, facts: object): string =>
    `${JSON.stringify({ time: stamp(index), ...facts })}\n`;
  const failures = Array.from({ length: 260 }, (_, n) =>
    line(n + 1, { level: 'error', msg: 'job failed', n }),
  );
  const down = line(0, { level: 'warn', msg: 'database down' });
  project.folder.write('logs/app.log', down + failures.join(''));
  expect((await project.cli(['once'])).code).toBe(0);
  const { verdict, incidents, incidentCounts } = (await project.cliJson([
    ...['report', '--since', '1h', '--format', 'json'],
  ])) as ReportRecord;
  expect(verdict).toMatchObject({ title: '1 incident is open: database-down', trouble: true });
  expect(verdict.lead).toContain('261 incidents, 1 still open.');
  expect(incidentCounts).toEqual({ total: 261, open: 1 });
  expect(incidents).toHaveLength(200);
  expect(incidents[0]).toMatchObject({ rule: 'database-down', resolved: null });
  const { stdout } = await project.cli(['report', '--since', '1h']);
  expect(stdout).toContain('61 more are not listed');
  expect(stdout).toMatch(/^ {2}each .*\n {4}medium, n=259$/m);
}, 60_000);

type ReportRecord = Readonly<{
  verdict: Readonly<{ title: string; trouble: boolean; lead: readonly string[] }>;
  incidents: readonly Readonly<{ rule: string; resolved: string | null }>[];
  incidentCounts: Readonly<{ total: number; open: number }>;
}>;
