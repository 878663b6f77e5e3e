/**
 * The Debian package, built from this clone and installed in a real systemd on a machine without Node: it runs, mails,
 * keeps what the operator wrote, and on purge takes data along only when asked.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BootedSystemd, MailInside } from '../support/booted-systemd.ts';
import { runCommand } from '../support/daemon-process.ts';
import { needsProgram } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const BUILD = fileURLToPath(new URL('../../systemd/debian/build-deb.ts', import.meta.url));
const CONFIG_PATH = '/etc/logstead/config.ini';
const UNIT = 'logstead.service';
const SCENARIO_MS_MAX = 300_000;
const MAIL = (port: number): string => `
[email]
host = 127.0.0.1
port = ${port}
secure = none
from = logstead@example.org
to = ops@example.org
`;

test(
  'the Debian package installs, runs, mails and leaves',
  async (context) => {
    needsProgram(context, 'dpkg-deb');
    using folder = TempFolder.make();
    const name = await builtPackage(folder);
    expect(
      execFileSync('dpkg-deb', ['-I', `${folder.path}/${name}`], { encoding: 'utf8' }),
    ).toMatch(/Architecture: (amd64|arm64)/);
    // Debian's tools for archives, lintian among them, take no package with zstd inside.
    const bytes = readFileSync(folder.join(name));
    for (const member of ['control.tar.xz', 'data.tar.xz'])
      expect(bytes.includes(member)).toBe(true);

    await using machine = await BootedSystemd.boot(context, {
      binds: { [folder.path]: '/mnt/deb', [ROOT]: '/mnt/clone' },
    });
    using mail = await MailInside.listen(machine);
    const install = async (): Promise<string> => {
      const dpkg = ['DEBIAN_FRONTEND=noninteractive', 'dpkg', '-i', `/mnt/deb/${name}`];
      const { code, stderr } = await machine.run('env', dpkg);
      expect(code, stderr).toBe(0);
      return stderr;
    };
    const startedMs = performance.now();
    await install();
    expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
    expect(await machine.property(UNIT, 'UnitFileState')).toBe('enabled');
    const modes = ['-c', '%a %U %G', '/etc/logstead', CONFIG_PATH];
    expect(await machine.output('stat', modes)).toBe('755 root root\n640 root adm\n');

    machine.write(CONFIG_PATH, machine.read(CONFIG_PATH) + MAIL(mail.port));
    await machine.output('systemctl', ['reload', UNIT]);
    const now = new Date().toISOString();
    machine.write('/var/spool/logstead/shop.log', `${now} ERROR order failed\n`.repeat(5), 0o640);
    expect((await mail.next()).to).toEqual(['ops@example.org']);
    const seconds = (performance.now() - startedMs) / 1_000;
    await context.annotate(`from dpkg -i to the first mail: ${seconds.toFixed(1)} s`);

    // Again, as an upgrade does: what the operator wrote stays, and so does what was indexed. It starts once.
    expect(await startCount(machine)).toBe(1);
    await install();
    expect(await startCount(machine)).toBe(2);
    expect(machine.read(CONFIG_PATH)).toContain('[email]');
    const search = ['search', 'failed', '--count', '--config', CONFIG_PATH];
    expect((await machine.output('logstead', search)).trim()).toMatch(/^5\b/);

    await doctorKnowsItsUser(machine);
    await isNotMixedWithAClone(machine);
    await staysAsItWasLeft(machine, install);
    await leaves(machine, install);
  },
  SCENARIO_MS_MAX,
);

/** Made by somebody whose new files are nobody else's business, it is open to all as any package. */
async function builtPackage(folder: TempFolder): Promise<string> {
  const script = `umask 077; exec '${process.execPath}' '${BUILD}' --out '${folder.path}'`;
  const built = await runCommand('sh', ['-c', script]);
  expect(built, built.stderr).toMatchObject({ code: 0 });
  const name = built.stdout.trim().split('/').at(-1)!;
  const listed = execFileSync('dpkg-deb', ['-c', `${folder.path}/${name}`], { encoding: 'utf8' });
  const modes = new Set(listed.split('\n').map((line) => line.slice(0, 10)));
  expect([...modes].toSorted()).toEqual([
    '',
    '-rw-r--r--',
    '-rwxr-xr-x',
    'drwxr-xr-x',
    'lrwxrwxrwx',
  ]);
  return name;
}

async function startCount(machine: BootedSystemd): Promise<number> {
  const journal = await machine.output('journalctl', ['-u', UNIT, '-o', 'cat', '--no-pager']);
  return journal.split('Logstead is ready').length - 1;
}

/** Doctor runs as root, who may read everything; the service may not. */
async function doctorKnowsItsUser(machine: BootedSystemd): Promise<void> {
  machine.write('/var/spool/logstead/closed.log', 'for root alone\n', 0o600);
  const { code, stdout } = await machine.run('logstead', ['doctor', '--config', CONFIG_PATH]);
  expect(stdout).toMatch(
    /^fail +\/var\/spool\/logstead\/closed\.log: permission denied .*read as logstead/m,
  );
  expect(code).toBe(8);
}

/** Two programs for one service: an upgrade of the package would change nothing. */
async function isNotMixedWithAClone(machine: BootedSystemd): Promise<void> {
  for (const [command, hint] of [
    ['/mnt/clone/src/logstead.sh', 'the Debian package is installed'],
    ['logstead', 'belongs to the Debian package'],
  ] as const) {
    const verb = command === 'logstead' ? 'uninstall' : 'install';
    const { code, stderr } = await machine.run(command, ['service', verb]);
    expect(stderr).toContain(hint);
    expect(code).not.toBe(0);
  }
  expect(machine.list('/opt')).not.toContain('logstead');
  expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
}

/** Whoever has disabled or masked it finds it so after an upgrade. */
async function staysAsItWasLeft(
  machine: BootedSystemd,
  install: () => Promise<string>,
): Promise<void> {
  for (const [verb, state] of [
    ['disable', 'disabled'],
    ['mask', 'masked'],
  ] as const) {
    await machine.output('systemctl', [verb, '--now', UNIT]);
    await install();
    expect(await machine.property(UNIT, 'UnitFileState')).toBe(state);
    expect(await machine.property(UNIT, 'ActiveState')).toBe('inactive');
    const { stdout } = await machine.run('logstead', ['status']);
    expect(stdout).toBe('Not running. Start it with "systemctl start logstead".\n');
    const service = await machine.run('logstead', ['service', 'status']);
    expect(service.stdout).toMatch(
      verb === 'mask' ? /^service +inactive \(masked\)$/m : /^service +inactive \(dead\)$/m,
    );
    expect(service.stdout).toMatch(/^at boot +does not start$/m);
  }
  await machine.output('systemctl', ['unmask', UNIT]);
  await machine.output('systemctl', ['enable', '--now', UNIT]);
}

/** The unit of a clone goes before that of the package: its program, and none that comes later, would go on running. */
async function takesOverFromAClone(
  machine: BootedSystemd,
  install: () => Promise<string>,
): Promise<void> {
  await machine.output('/mnt/clone/src/logstead.sh', ['service', 'install']);
  expect(await install()).toContain('"/opt/logstead/src/logstead.sh service uninstall"');
  const refused = await machine.run('/usr/bin/logstead', ['service', 'install']);
  expect(refused.code, refused.stderr).toBe(4);

  await machine.output('/opt/logstead/src/logstead.sh', ['service', 'uninstall']);
  await machine.output('/usr/bin/logstead', ['service', 'install']);
  expect(await machine.property(UNIT, 'ActiveState')).toBe('active');
  expect(await machine.property(UNIT, 'UnitFileState')).toBe('enabled');
  expect(await machine.property(UNIT, 'ExecStart')).toContain('/usr/lib/logstead/');
}

async function leaves(machine: BootedSystemd, install: () => Promise<string>): Promise<void> {
  await machine.output('dpkg', ['--remove', 'logstead']);
  expect(machine.list('/usr/lib/logstead')).toEqual([]);
  expect(machine.read(CONFIG_PATH)).toContain('[email]');
  expect(machine.list('/var/lib/logstead')).toContain('logstead.db');

  await takesOverFromAClone(machine, install);
  const purge = ['DEBIAN_FRONTEND=noninteractive', 'dpkg', '--purge', 'logstead'];
  await machine.output('env', purge);
  expect(machine.list('/etc/logstead')).toEqual([]);
  expect(machine.list('/var/lib/logstead')).toContain('logstead.db');

  await install();
  machine.write('/tmp/answers', 'logstead logstead/remove-data boolean true\n');
  await machine.output('debconf-set-selections', ['/tmp/answers']);
  await machine.output('env', purge);
  expect(machine.list('/var/lib/private')).not.toContain('logstead');
  expect(machine.list('/var/spool')).not.toContain('logstead');
}
