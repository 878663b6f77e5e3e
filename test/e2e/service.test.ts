/**
 * `logstead service` in a real systemd, booted for the test: installed from a clone on a machine without Node, it starts,
 * mails, reloads, is restarted when it dies or hangs, stops in time, is upgraded and removed.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BootedSystemd, MailInside } from '../support/booted-systemd.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const CLONE = '/mnt/clone';
const UNIT = 'logstead.service';
const CONFIG_PATH = '/etc/logstead/config.ini';
const UNIT_PATH = '/etc/systemd/system/logstead.service';
const DROP_INS = '/etc/systemd/system/logstead.service.d';
const LAUNCHER = `${CLONE}/src/logstead.sh`;
/** In a file of root's, which systemd passes on. */
const MAIL_PASSWORD = 'of the mail server';
const MAIL_PASSWORD_PATH = '/etc/mail_password';
/** The stop that systemd asks for. */
const STOP_MS_MAX = 5_000;
const configText = (mailPort: number): string => `[paths]
log_dir = /var/spool/logstead
report_dir = /var/log/logstead/reports
archive_dir = /var/log/logstead/archives
notify_dir = /var/log/logstead/notifications
state_dir = /var/lib/logstead

[rotation]
idle = 0s

[alert:errors]
when = level>=error
threshold = 2

[email]
host = 127.0.0.1
port = ${mailPort}
secure = none
user = logstead
from = logstead@example.org
to = ops@example.org
`;
const SCENARIO_MS_MAX = 290_000;

type Scene = Readonly<{ machine: BootedSystemd; mail: MailInside }>;

test(
  'logstead service lives a whole life under systemd',
  async (context) => {
    await using machine = await BootedSystemd.boot(context, { binds: { [ROOT]: CLONE } });
    using mail = await MailInside.listen(machine, ['logstead', MAIL_PASSWORD]);
    const scene = { machine, mail };
    await isInstalledFromAClone(scene);
    await runsRestricted(scene);
    await mailsAboutADroppedFile(scene);
    await takesAGoodConfigAndRefusesABrokenOne(scene);
    await saysWhichFilesItDoesNotSee(scene);
    await comesBackWhenKilledOrHanging(scene);
    await stopsInTimeWithEverythingCommitted(scene);
    await isUpgradedForAConfigThatArchives(scene);
    await isToldWhatItsUserCannot(machine);
    await isRemoved(scene);
  },
  SCENARIO_MS_MAX,
);

async function isInstalledFromAClone({ machine, mail }: Scene): Promise<void> {
  const shown = await machine.run(LAUNCHER, ['service', 'install', '--dry-run']);
  expect(shown.stdout).toContain('would write     /etc/systemd/system/logstead.service: the unit');
  expect(machine.list('/opt/logstead')).toEqual([]);

  // So that a hang is noticed while a test waits for it.
  const soon = 'RestartSec=100ms\nWatchdogSec=6\n';
  const credential = `LoadCredential=email_password:${MAIL_PASSWORD_PATH}\n`;
  machine.write(`${DROP_INS}/90-test.conf`, `[Service]\n${soon}${credential}`);
  machine.write(MAIL_PASSWORD_PATH, `${MAIL_PASSWORD}\n`, 0o600);
  // By a root whose new files are nobody else's business, as hardened machines have it.
  const installed = await machine.run('sh', ['-c', `umask 077; ${LAUNCHER} service install`]);
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
  expect(machine.list('/opt/logstead/node_modules')).not.toContain('vitest');

  // What the operator writes stays.
  machine.write(CONFIG_PATH, configText(mail.port));
  const again = await machine.run('logstead', ['service', 'install']);
  expect(again, again.stderr).toMatchObject({ code: 0 });
  expect(again.stdout).toContain(`keep      ${CONFIG_PATH}: the config that is there`);
  expect(machine.read(CONFIG_PATH)).toBe(configText(mail.port));
}

async function runsRestricted({ machine }: Scene): Promise<void> {
  const process = `/proc/${await machine.property(UNIT, 'MainPID')}`;
  const status = machine.read(`${process}/status`);
  // Users that exist only while a service runs have the numbers from 61184 to 65519.
  expect(Number(/^Uid:\t(\d+)/m.exec(status)?.[1])).toBeGreaterThan(61_000);
  expect(status).toMatch(/^CapBnd:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  // It may lower the priority of its threads all the same.
  const nices = machine.list(`${process}/task`).map((thread) => {
    const [, numbers] = machine.read(`${process}/task/${thread}/stat`).split(') ');
    return Number(numbers?.split(' ')[16]);
  });
  expect(nices).toEqual(expect.arrayContaining([0, 3]));
  // It sees of /proc what is about processes; which boot of the machine this is says whether it was off.
  const [boot] = machine.read('/var/lib/logstead/alive').split('\n');
  expect(boot).toBe(machine.read('/proc/sys/kernel/random/boot_id').trim());
}

async function mailsAboutADroppedFile({ machine, mail }: Scene): Promise<void> {
  drop(machine, 'shop.log', [`${now()} ERROR order 1 failed`, `${now()} ERROR order 2 failed`]);
  const { to, text } = await mail.next();
  expect(to).toEqual(['ops@example.org']);
  expect(text).toContain('order 2 failed');
  expect(await matches(machine, 'failed')).toHaveLength(2);
  await waitFor(async () => (await machine.property(UNIT, 'StatusText')).includes('1 file'), {
    timeoutMs: 60_000,
  });
  // The password, which systemd passes to the service, is there for root as well.
  const { stdout } = await machine.run('logstead', ['doctor', '--send-test-mail']);
  expect(stdout).toMatch(/^ok +mail/m);
  expect((await mail.next()).subject).toContain('test');
}

async function takesAGoodConfigAndRefusesABrokenOne({ machine, mail }: Scene): Promise<void> {
  const good = configText(mail.port);
  machine.write(CONFIG_PATH, good.replace('threshold = 2', 'threshold = 3'));
  await machine.output('systemctl', ['reload', UNIT]);
  machine.write(CONFIG_PATH, good.replace('threshold', 'treshold'));
  expect((await machine.run('systemctl', ['reload', UNIT])).code).not.toBe(0);
  expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
  machine.write(CONFIG_PATH, good);
}

async function comesBackWhenKilledOrHanging({ machine }: Scene): Promise<void> {
  await machine.output('systemctl', ['kill', '--kill-whom=main', '--signal=SIGKILL', UNIT]);
  await isRestarted(machine, 1);

  const hanging = await machine.property(UNIT, 'MainPID');
  await machine.output('kill', ['-STOP', hanging]);
  await isRestarted(machine, 2);
  expect(await machine.property(UNIT, 'MainPID')).not.toBe(hanging);
  expect(await machine.output('journalctl', ['-u', UNIT, '--no-pager'])).toContain(
    'Watchdog timeout',
  );
}

async function isRestarted(machine: BootedSystemd, count: number): Promise<void> {
  const isBack = async (): Promise<boolean> =>
    (await machine.property(UNIT, 'NRestarts')) === String(count) &&
    (await machine.property(UNIT, 'ActiveState')) === 'active';
  await waitFor(isBack, { what: `restart ${count}`, timeoutMs: 60_000 });
}

async function stopsInTimeWithEverythingCommitted({ machine }: Scene): Promise<void> {
  drop(machine, 'late.log', [`${now()} INFO the last word`]);
  await waitFor(async () => (await matches(machine, '"last word"')).length === 1);
  const startedMs = performance.now();
  await machine.output('systemctl', ['stop', UNIT]);
  expect(performance.now() - startedMs).toBeLessThan(STOP_MS_MAX);
  expect(await machine.property(UNIT, 'Result')).toBe('success');
  expect(await matches(machine, '"last word"')).toHaveLength(1);
  expect(await matches(machine, 'failed')).toHaveLength(2);
  expect(machine.list('/var/lib/logstead/intake')).toEqual([]);

  const journal = await machine.output('journalctl', ['-u', UNIT, '-o', 'json', '--no-pager']);
  const messages = journal
    .trim()
    .split('\n')
    .map((line) => String(JSON.parse(line).MESSAGE));
  expect(messages.some((message) => message.includes('Logstead is ready'))).toBe(true);
}

/** What the unit hides: who asks sees it, and would not understand that there is none. */
async function saysWhichFilesItDoesNotSee({ machine }: Scene): Promise<void> {
  machine.write('/home/somebody/old.log', `${now()} INFO long gone\n`);
  const imported = await machine.run('logstead', ['import', '/home/somebody/old.log']);
  expect(imported).toMatchObject({ code: 4, stdout: '' });
  expect(imported.stderr).toContain('a service sees nothing in /home, /root and /tmp');
}

/** The drop-in that the installer writes from the config lets files be moved out of these folders, and changes no other. */
async function isUpgradedForAConfigThatArchives({ machine, mail }: Scene): Promise<void> {
  // As a program that runs as root leaves its logs: nobody else may even read them.
  const line = `${now()} INFO checkout of basket 17\n`;
  machine.write('/var/log/shop/checkout.log', line, 0o600);
  machine.write('/var/log/other/other.log', line);
  await writesAsRoot(machine, '/var/log/shop/open.log', { every: '1000' });
  await writesAsRoot(machine, '/var/log/till/till.log', { every: '0.2' });
  const watch = `
[watch:shop]
path = /var/log/shop/*.log
archive = yes
[watch:till]
path = /var/log/till/*.log
archive = yes
active = rename
post_rotate_signal = USR1
post_rotate_pid_file = /var/log/till/till.log.pid
`;
  machine.write(CONFIG_PATH, configText(mail.port) + watch);
  machine.write(UNIT_PATH, `${machine.read(UNIT_PATH)}# by hand\n`);
  const installed = await machine.output(LAUNCHER, ['service', 'install']);
  expect(installed).toMatch(/^write +\/etc\/systemd\/.*changed in it by hand is lost/m);
  expect(machine.read(UNIT_PATH)).not.toContain('by hand');
  expect(machine.list(DROP_INS)).toContain('20-logstead-archive.conf');
  expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
  expect(await matches(machine, 'failed')).toHaveLength(2);
  await waitFor(async () => (await matches(machine, 'basket')).length === 1, {
    what: 'the entry of a file that only root may read',
    timeoutMs: 60_000,
  });

  const said = await machine.output('logstead', ['rotate', '--config', CONFIG_PATH]);
  // What another user's program has open stays; one that is told of it opens its log anew, and the old one moves.
  expect(machine.list('/var/log/shop')).toEqual(['open.log', 'open.log.pid']);
  expect(said).toMatch(/^archived {2}\/var\/log\/till\/till\.log-\S+ to /m);
  expect(said.match(/^left .*/gm)).toEqual([
    'left      /var/log/shop/open.log: a process has it open for writing',
  ]);
  const archived = await machine.output('logstead', ['archives', 'list', '--json']);
  const moved = archived
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
    .find(({ originalPath }) => originalPath === '/var/log/shop/checkout.log');
  expect(machine.read(moved.path)).toBe(line);
  const pid = await machine.property(UNIT, 'MainPID');
  const inUnit = ['-t', pid, '-m', '--', 'rm', '/var/log/other/other.log'];
  expect((await machine.run('nsenter', inUnit)).stderr).toContain('Read-only file system');
  const ofOthers = ['-t', pid, '-m', '--', 'dd', 'if=/dev/zero', 'of=/proc/1/mem', 'count=0'];
  expect((await machine.run('nsenter', ofOthers)).stderr).toContain('Read-only file system');
}

/** As a service that was installed before it was given what it needs to see who writes, and with a command that systemd refuses it. */
async function isToldWhatItsUserCannot(machine: BootedSystemd): Promise<void> {
  const less = `${DROP_INS}/95-test.conf`;
  machine.write(less, '[Service]\nCapabilityBoundingSet=~CAP_SYS_PTRACE CAP_KILL\n');
  await machine.output('systemctl', ['daemon-reload']);
  const config = machine.read(CONFIG_PATH);
  const command = 'post_rotate_command = /usr/bin/systemctl kill -s HUP till.service\n';
  machine.write(CONFIG_PATH, config + command);
  const { stdout } = await machine.run('logstead', ['doctor', '--config', CONFIG_PATH]);
  expect(stdout).toContain('the unit lacks CAP_SYS_PTRACE and CAP_KILL');
  expect(stdout).toContain('post_rotate_command of [watch:till] is /usr/bin/systemctl, which');
  machine.write(CONFIG_PATH, config);
  await machine.output('rm', [less]);
  await machine.output('systemctl', ['daemon-reload']);
}

/** A program of root's that keeps its log open, writes a line every so many seconds, and opens it anew for SIGUSR1. */
async function writesAsRoot(
  machine: BootedSystemd,
  path: string,
  { every }: Readonly<{ every: string }>,
): Promise<void> {
  machine.write(path, '', 0o640);
  const script = `echo $$ > ${path}.pid; exec 3>>${path}; trap 'exec 3>>${path}' USR1
while :; do echo "$(date -u +%FT%TZ) INFO at the till" >&3; sleep ${every} & wait $!; done`;
  machine.write('/run/writer.sh', script);
  await machine.output('systemd-run', ['sh', '/run/writer.sh']);
  await waitFor(() => machine.read(path) !== '');
}

async function isRemoved({ machine }: Scene): Promise<void> {
  const hadNotifyDropIn = machine.list(DROP_INS).includes('10-logstead-notify.conf');
  const removed = await machine.output(LAUNCHER, ['service', 'uninstall']);
  expect(removed).toContain('kept      /etc/logstead');
  expect(removed).toContain(`kept      ${DROP_INS}/90-test.conf`);
  // Of drop-ins that are not there (this one is for newer versions of systemd) nothing is said.
  expect(removed.includes('10-logstead-notify.conf')).toBe(hadNotifyDropIn);
  expect(machine.list('/opt')).not.toContain('logstead');
  expect(machine.list('/etc/systemd/system')).not.toContain(UNIT);
  expect(machine.list('/var/lib/logstead')).toContain('logstead.db');
  expect(machine.read(CONFIG_PATH)).toContain('[email]');
  expect(machine.list(DROP_INS)).toEqual(['90-test.conf']);
  // What is not there any more is not missed; a folder for drop-ins without any is nobody's.
  await machine.output('rm', [`${DROP_INS}/90-test.conf`]);
  await machine.output(LAUNCHER, ['service', 'uninstall']);
  expect(machine.list('/etc/systemd/system')).not.toContain(`${UNIT}.d`);
}

function drop(machine: BootedSystemd, name: string, lines: readonly string[]): void {
  machine.write(`/var/spool/logstead/${name}`, lines.map((line) => `${line}\n`).join(''), 0o640);
}

/** Entries that a search finds, asked for as root. */
async function matches(machine: BootedSystemd, query: string): Promise<unknown[]> {
  const args = ['search', query, '--json', '--config', CONFIG_PATH];
  const { stdout } = await machine.run('/opt/logstead/src/logstead.sh', args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function now(): string {
  return new Date().toISOString();
}
