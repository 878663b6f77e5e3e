/** `logstead status` on a running daemon: its first sentence says what needs somebody. */
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { RuleStatus } from '../../src/alert/rule-status.ts';
import { LockFile } from '../../src/base/lock-file.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import { statusText } from '../../src/cli/status.ts';
import { callDaemon } from '../../src/serve/control-client.ts';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { STATUS } from '../support/http-scene.ts';
import { waitFor } from '../support/wait-for.ts';

test('status says that files and folders cannot be read, and which', async () => {
  using project = TestProject.make();
  project.folder.write('logs/whole.log', '2026-11-20T10:00:00Z INFO all is well\n');
  // Reading the first page of a process is EIO, whoever asks; a link to itself leads nowhere.
  symlinkSync('/proc/self/mem', project.folder.join('logs/broken.log'));
  symlinkSync('loop', project.folder.join('logs/loop'));
  await using _daemon = await DaemonProcess.start(project);
  const status = async (): Promise<string> => (await project.cli(['status', '--files'])).stdout;
  await waitFor(async () => (await status()).includes('cannot be read'));
  const said = await status();
  expect(said).toMatch(
    /^Needs you: 1 file and 1 folder cannot be read: see `logstead status --files`\n/,
  );
  const asked = await callDaemon(project.folder.join('state'), 'status', {
    args: { files: 'none' },
  });
  expect(asked).toMatchObject({
    ingest: { files: [], fileTotals: { count: 2, troubledCount: 1 } },
  });
  expect(said).toMatch(/^unreadable +\S+\/logs\/loop {2}ELOOP/m);
  expect(said).toMatch(/^\S+ .*\/logs\/broken\.log {2}.*EIO/m);
});

test('status, /readyz and logstead_ready say that nothing is read while less than free_space is free', async () => {
  using project = TestProject.make('[retention]\nfree_space = 1024TiB\n');
  await using daemon = DaemonProcess.spawn(project);
  const said = ['The disk is short of space', 'Logstead is ready'];
  await daemon.waitFor(() => said.every((text) => daemon.output.includes(text)));
  const { code, stdout } = await project.cli(['status']);
  const standstill =
    'the disk is short of space (step "rest"): nothing is read until there is more';
  expect(stdout).toContain(`Needs you: ${standstill}\n`);
  expect(code).toBe(EXIT.NOT_RUNNING);
  const url = /^http +(\S+)$/m.exec(stdout)?.[1];
  const readyz = await fetch(`${url}/readyz`);
  expect(readyz.status).toBe(503);
  expect(await readyz.json()).toEqual({ status: 'not ready', reason: standstill });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nlogstead_ready 0\n');
}, 60_000);

test('status does not say of a daemon that does not answer that none runs', async () => {
  using project = TestProject.make();
  const none = await project.cli(['status']);
  expect(none).toMatchObject({ code: EXIT.NOT_RUNNING });
  expect(none.stdout).toMatch(/^Not running\. Start it/);
  const path = project.folder.join('state/control.sock');
  project.folder.makeFolder('state');
  const server = createServer((socket) => socket.end()).listen(path);
  await once(server, 'listening');
  try {
    const { code, stdout, stderr } = await project.cli(['status']);
    expect({ code, stdout }).toEqual({ code: EXIT.NOT_RUNNING, stdout: '' });
    expect(stderr).toContain('Cannot reach the daemon');
    expect(stderr).toContain('without an answer');
    expect(stderr).not.toContain('because');
  } finally {
    server.close();
  }
});

test('status does not say that none runs while a process that does not answer has the state folder', async () => {
  using project = TestProject.make();
  project.folder.makeFolder('state');
  const path = project.folder.join('state/lock');
  {
    using _lock = LockFile.acquire(path);
    const { code, stdout } = await project.cli(['status']);
    expect(stdout).toContain(`No answer: process ${process.pid} has the state folder`);
    expect(code).toBe(EXIT.NOT_RUNNING);
  }
  // Left by one that was killed, and the pid of another program by now.
  project.folder.write('state/lock.pid', `${process.pid}\n`);
  expect((await project.cli(['status'])).stdout).toMatch(/^Not running\. Start it/);
}, 60_000);

test('status says of a daemon of another version that it has to be restarted', async () => {
  using project = TestProject.make();
  project.folder.makeFolder('state');
  // As those of before `failedFolders` answer, which the first sentence needs.
  const { failedFolders: _, ...ingest } = STATUS.ingest;
  const result = { ...STATUS, ingest };
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(`${JSON.stringify({ id: 1, result })}\n`));
  }).listen(project.folder.join('state/control.sock'));
  await once(server, 'listening');
  try {
    const { code, stderr } = await project.cli(['status', '--files']);
    expect(code).toBe(EXIT.STAGE_FAILED);
    expect(stderr).toMatch(/^Cannot show how the daemon fares: process \d+ runs, /);
    expect(stderr).toMatch(/^ {2}Daemon and command may be of different versions: restart/m);
    const { stdout } = await project.cli(['status', '--json']);
    expect(JSON.parse(stdout)).toEqual(result);
  } finally {
    server.close();
  }
});

test('status says that notifications wait for a setting to be corrected', () => {
  const { ingest } = STATUS;
  const outbox = { ...ingest.outbox, waiting: 2, held: 2 };
  expect(statusText({ ...STATUS, ingest: { ...ingest, outbox } }, 2_000)).toMatch(
    /^Needs you: .*; 2 notifications held back until a setting is corrected/,
  );
});

test('status tells what is tried again from what was given up, which is news for a day', () => {
  const { ingest } = STATUS;
  const outbox = { ...ingest.outbox, waiting: 3, failed: 2, dead: 4, lastDeadAtMs: 0 };
  const saidAt = (nowMs: number): string =>
    statusText({ ...STATUS, ingest: { ...ingest, outbox } }, nowMs);
  expect(saidAt(120_000)).toMatch(
    /^Needs you: .*; 2 notifications not delivered yet, to be tried again; 4 notifications given up, the last 2 min ago: the journal says why/,
  );
  expect(saidAt(120_000)).toMatch(
    /^deliveries \d+ sent, 4 given up, 3 waiting, 2 of them tried before$/m,
  );
  expect(saidAt(25 * 3_600_000)).not.toContain('the last ');
});

test('status names no negative times where the clock was set back', () => {
  const last = { run: 'rotate', status: 'SUCCESS', finishedAtMs: STATUS.startedAtMs } as const;
  const status = { ...STATUS, rotation: { ...STATUS.rotation, last } };
  const said = statusText(status, STATUS.startedAtMs - 3_600_000);
  expect(said).toMatch(/^daemon +started by a clock that was ahead, pid /m);
  expect(said).toMatch(/^rotation .*, last SUCCESS by a clock that was ahead$/m);
  expect(statusText(status, STATUS.startedAtMs + 2_000)).toMatch(/^daemon +running for 2 s, pid /m);
});

test('status says which rules still learn what is usual', () => {
  const { ingest } = STATUS;
  const [held, cost] = [
    { groupCount: 0, heldLineCount: 0 },
    { bytes: 0, testedCount: 0, spentUs: 0 },
  ];
  const ruleOf = (name: string, learnsUntilMs: number | null): RuleStatus => {
    const counters = {} as RuleStatus['counters'];
    const rest = { openIncidentCount: 0, failedCount: 0, learnsUntilMs };
    return { name, kind: 'drop', counters, ...held, ...cost, ...rest };
  };
  const rules = [ruleOf('errors', null), ruleOf('done', 2_000), ruleOf('traffic', 7_202_000)];
  const said = statusText({ ...STATUS, ingest: { ...ingest, rules } }, 2_000);
  expect(said).toMatch(/^learning +traffic for another 2 h$/m);
  expect(statusText(STATUS, 2_000)).not.toContain('learning');
});
