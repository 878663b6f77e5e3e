/** `logstead doctor`, as it is typed: what it finds on a machine with harm on it, and a mail that really goes out. */
import { chmodSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { SmtpSink } from '../support/smtp-sink.ts';

type Finding = Readonly<{ check: string; verdict: string; text: string; fix: string | null }>;

function configOf(port: number): string {
  return `[email]
host = 127.0.0.1
port = ${port}
secure = none
from = logstead@example.org
to = ops@example.org, night@example.org
`;
}

async function findings(
  project: TestProject,
  ...more: string[]
): Promise<{ code: number | null; all: Finding[] }> {
  const { code, stdout } = await project.cli(['doctor', '--json', ...more]);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  return { code, all };
}

test('doctor finds nothing that fails where nothing does, and sends the test mail it was asked for', async () => {
  await using sink = await SmtpSink.listen();
  const route =
    '[route:night]\nseverity = critical\nnotify = email\nto = pager@example.org, ops@example.org\n';
  using project = TestProject.make(`${configOf(sink.port)}${route}`);
  project.folder.write('logs/app.log', '2026-11-20T10:00:00Z INFO all is well\n');

  const looked = await findings(project);
  const mail = looked.all.filter(({ check }) => check === 'mail');
  expect(mail).toMatchObject([{ verdict: 'ok', text: `mail: 127.0.0.1:${sink.port}, no sign-in` }]);
  expect(sink.messages).toHaveLength(0);

  const sent = await findings(project, '--send-test-mail');
  expect(
    sent.all.filter(({ check, verdict }) => check === 'mail' && verdict === 'ok'),
  ).toHaveLength(3);
  expect(sink.messages.flatMap(({ to }) => to).toSorted()).toEqual([
    'night@example.org',
    'ops@example.org',
    'pager@example.org',
  ]);
  expect(sink.messages[0]?.raw.toString()).toContain('Subject: Logstead: test mail');
}, 60_000);

test('doctor and rotate --dry-run come to an end where compressed logs are watched: they unpack nothing', async () => {
  using project = TestProject.make('[watch:packed]\npath = packed/*\narchive = yes\n');
  const names = ['app.log', 'app.log.1.gz', 'app.log.2.gz'];
  for (const name of names) {
    const line = `2026-11-20T10:00:00Z INFO in ${name}\n`;
    project.folder.write(`packed/${name}`, name.endsWith('.gz') ? gzipSync(line) : line);
  }
  const { code, all } = await findings(project);
  expect(all.filter(({ check }) => check === 'files')).toMatchObject([
    { verdict: 'ok', text: expect.stringContaining('files: 3 files to follow') },
  ]);
  expect(code).toBe(0);

  const { stdout } = await project.cli(['rotate', '--dry-run']);
  const left = [...stdout.matchAll(/^would leave +\S+\/(\S+): written /gm)].map(([, name]) => name);
  expect(left.toSorted()).toEqual(names);
}, 60_000);

test('doctor does not say that it signed in where the server never offered that', async () => {
  await using sink = await SmtpSink.listen();
  using project = TestProject.make(`${configOf(sink.port)}user = u\n`);
  const { stdout } = await project.cli(['doctor'], { env: { LOGSTEAD_EMAIL_PASSWORD: 'secret' } });
  expect(stdout).toContain(`mail: 127.0.0.1:${sink.port} offers no sign-in`);
  expect(stdout).not.toContain('signed in as');
}, 60_000);

test('doctor and status name a file whose name is not UTF-8, and what to do', async () => {
  using project = TestProject.make('');
  const { path } = project.folder;
  writeFileSync(Buffer.from(`${path}/logs/caf\xe9.log`, 'latin1'), 'unseen\n');
  const { code, all } = await findings(project);
  const text = `${path}/logs/caf\\xe9.log: its name is not UTF-8, so it is not read: rename it`;
  expect(all.filter(({ check }) => check === 'files')).toMatchObject([{ verdict: 'fail', text }]);
  expect(code).toBe(8);

  await using daemon = await DaemonProcess.start(project);
  await daemon.waitFor(() => daemon.output.includes('Cannot follow a file because of its name'));
  const status = await project.cli(['status', '--files']);
  expect(status.stdout).toMatch(
    /^unreadable +0 B of 0 B +0 B behind {2}\S+caf\\xe9\.log {2}its name/m,
  );
}, 60_000);

test('doctor names the harm first, with what mends it, and ends with 8', async () => {
  await using sink = await SmtpSink.listen();
  const { port } = sink;
  await sink[Symbol.asyncDispose]();
  using project = TestProject.make(configOf(port));
  const path = project.folder.write('logs/app.log', '2026-11-20T10:00:00Z INFO unseen\n');
  chmodSync(path, 0o000);

  const { code, all } = await findings(project, '--send-test-mail');
  const failed = all.filter(({ verdict }) => verdict === 'fail');
  expect(failed.filter(({ check }) => check === 'mail')).toHaveLength(2);
  expect(failed.every(({ fix }) => fix !== null && fix !== '')).toBe(true);
  // Harm first: nothing that is well stands before it.
  const verdicts = all.map(({ verdict }) => verdict);
  expect(verdicts.lastIndexOf('fail')).toBeLessThan(verdicts.indexOf('ok'));
  if (process.getuid?.() !== 0) expect(failed.some(({ text }) => text.includes(path))).toBe(true);
  expect(code).toBe(8);

  const told = await project.cli(['doctor']);
  expect(told.stdout).toMatch(/^fail +mail: .*ECONNREFUSED/m);
  expect(told.stdout).toMatch(/\d+ failed, \d+ to look at, \d+ ok\. Exit code 8\n$/);
}, 60_000);
