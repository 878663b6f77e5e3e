/** `logstead trace`: what became of a file and of its lines, with a daemon that read them. */
import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';

const CONFIG = `
[alert:errors-of-shop]
when = level>=error
threshold = 1
window = 1m
`;

const FIRST = '2026-11-20T10:00:00Z INFO hello user=anna\n';
const TRACE = '2026-11-20T10:00:01Z ERROR boom\n  at x (y.js:1:2)\n  at z (y.js:3:4)\n';
const HOLE = '\0'.repeat(64);

test('trace says how a line was read, parsed, stored and judged, and what was left out', {
  timeout: 120_000,
}, async () => {
  using project = TestProject.make(CONFIG);
  const path = project.folder.write('logs/shop.log', FIRST + TRACE + HOLE + FIRST);
  await using daemon = await DaemonProcess.start(project);
  const count = async (): Promise<number> => {
    const { stdout } = await project.cli(['search', 'source:shop', '--json']);
    return stdout.split('\n').length - 1;
  };
  await daemon.waitFor(async () => (await count()) === 3, { what: 'three entries' });

  const line = await project.cliJson(['trace', `${path}:3`, '--json']);
  expect(line).toMatchObject({
    fate: 'indexed',
    generation: 1,
    state: 'live',
    format: 'text',
    rules: ['errors-of-shop'],
    entry: { level: 'ERROR', source: 'shop', origin: { offsetBytes: FIRST.length } },
  });
  const none = await project.cli(['trace', `${path}:0`]);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('lines begin at 1') });
  const byOffset = await project.cliJson(['trace', `${path}@${FIRST.length + 40}`, '--json']);
  expect(byOffset).toMatchObject({
    fate: 'indexed',
    entry: { origin: { offsetBytes: FIRST.length } },
  });
  const shown = await project.cli(['trace', `${path}:1`]);
  expect(shown.stdout).toMatch(/line 1 of .*shop\.log \(generation 1, live\)\n {2}bytes +0–42\n/);
  expect(shown.stdout).toMatch(/parsed as +text, INFO \(severity 20\)/);
  expect(shown.stdout).toMatch(/rules +none/);
  expect(shown.code).toBe(0);

  const hole = await project.cli(['trace', `${path}@${FIRST.length + TRACE.length + 5}`]);
  expect(hole.stdout).toMatch(/skipped +hole of NUL bytes/);
  expect(hole.code).toBe(1);
  const beyond = await project.cli(['trace', `${path}:9`]);
  expect(beyond.stdout).toMatch(/\n {2}not read +the file is known to have 5 lines\n$/);

  const sizeBytes = (FIRST + TRACE + HOLE + FIRST).length;
  const [file] = (await project.cli(['trace', path, '--json'])).stdout.trim().split('\n');
  expect(JSON.parse(file!)).toMatchObject({
    number: 1,
    committedOffset: sizeBytes,
    spans: [{ kind: 'skipped', reason: 'hole of NUL bytes', end: sizeBytes - FIRST.length }],
  });
  const text = await project.cli(['trace', path]);
  expect(text.stdout).toMatch(/skipped +\d+–\d+: hole of NUL bytes/);
});

test('trace tells generations of one path apart, after the older is gone', {
  timeout: 120_000,
}, async () => {
  using project = TestProject.make();
  const path = project.folder.write('logs/shop.log', FIRST);
  await using daemon = await DaemonProcess.start(project);
  const fates = async (): Promise<{ number: number; state: string; committedOffset: number }[]> => {
    const { stdout } = await project.cli(['trace', path, '--json']);
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => JSON.parse(row));
  };
  await daemon.waitFor(async () => (await fates()).at(-1)?.committedOffset === FIRST.length);
  truncateSync(path);
  project.folder.append('logs/shop.log', TRACE);
  await daemon.waitFor(
    async () =>
      (await fates()).length === 2 && (await fates())[0]?.committedOffset === TRACE.length,
  );
  const newest = await project.cliJson(['trace', `${path}:1`, '--json']);
  expect(newest).toMatchObject({ generation: 2, entry: { level: 'ERROR' } });
  const older = await project.cliJson(['trace', `${path}:1`, '--generation', '1', '--json']);
  expect(older).toMatchObject({ generation: 1, entry: { level: 'INFO' } });

  execFileSync('mkfifo', [`${path}.pipe`]);
  const pipe = await project.cli(['trace', `${path}.pipe`]);
  expect(pipe.code).toBe(2);
  expect(pipe.stderr).toMatch(
    /^Cannot trace ".*\.pipe": it is no regular file\n {2}Name a log file/,
  );
  const folder = await project.cli(['trace', 'logs']);
  expect(folder.stderr).toMatch(/^Cannot trace ".*\/logs": it is a folder\n/);

  const unknown = await project.cli(['trace', `${path}.9`]);
  expect(unknown.stderr).toContain('the ledger knows no such file');
  expect(unknown.code).toBe(2);
});
