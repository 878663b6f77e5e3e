/** The checks of doctor that look at files, limits, disks, clock and config. */

import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { zoneOfPath } from '../../../src/base/time-zone.ts';
import { checkClock } from '../../../src/doctor/check-clock.ts';
import { checkDisk } from '../../../src/doctor/check-disk.ts';
import { checkFiles, shellWord } from '../../../src/doctor/check-files.ts';
import { checkLimits } from '../../../src/doctor/check-limits.ts';
import { byHarm, type Finding } from '../../../src/doctor/finding.ts';
import type { ReaderIdentity } from '../../../src/doctor/reader-identity.ts';
import { needsProgram } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOBODY = { name: 'somebody', asks: true, uid: 64_000, groupIds: [64_001], readsAll: false };

function verdicts(findings: readonly Finding[]): string[] {
  return findings.map(({ verdict, text }) => `${verdict} ${text}`);
}

test('checkFiles() names the file or the folder above it that stops the reader, once', () => {
  using folder = TempFolder.make();
  chmodSync(folder.path, 0o755);
  const open = folder.write('open.log', 'x\n');
  const closed = folder.write('closed.log', 'x\n');
  const inside = [folder.write('private/a.log', 'x\n'), folder.write('private/b.log', 'x\n')];
  chmodSync(open, 0o644);
  chmodSync(closed, 0o600);
  for (const path of inside) chmodSync(path, 0o644);
  chmodSync(folder.join('private'), 0o700);
  const files = [open, closed, ...inside].map((path) => ({ path, error: null }));
  expect(verdicts(checkFiles({ files, reader: NOBODY }))).toEqual([
    expect.stringMatching(new RegExp(`^fail ${closed}: permission denied \\(0600, `)),
    expect.stringMatching(new RegExp(`^fail ${folder.join('private')}: permission denied`)),
  ]);
  expect(verdicts(checkFiles({ files, reader: { ...NOBODY, readsAll: true } }))).toEqual([
    'ok files: 4 files to follow, all readable as somebody',
  ]);
  // The group of the file counts before everybody else.
  chmodSync(open, 0o604);
  const group = { ...NOBODY, groupIds: [process.getgid?.() ?? 0] };
  expect(verdicts(checkFiles({ files: [{ path: open, error: null }], reader: group }))[0]).toMatch(
    /^fail/,
  );
});

test('checkFiles() does not call a file closed that an access list may open', () => {
  using folder = TempFolder.make();
  chmodSync(folder.path, 0o755);
  const path = folder.write('a.log', 'x\n');
  const service: ReaderIdentity = { ...NOBODY, asks: false, uid: null };
  const found = (mode: number, reader = service): Finding => {
    chmodSync(path, mode);
    return checkFiles({ files: [{ path, error: null }], reader })[0]!;
  };
  // Nobody can say what a list allows where the tool for it is not installed.
  vi.stubEnv('PATH', folder.path);
  onTestFinished(() => void vi.unstubAllEnvs());
  // With an access list these bits are the most that it allows; without them it allows nothing.
  expect(found(0o640)).toMatchObject({
    verdict: 'warn',
    text: expect.stringContaining('an access list may allow it, which was not looked at'),
    fix: expect.stringMatching(/^see "getfacl .*a.log"; .*: setfacl -m g:adm:r /),
  });
  expect(found(0o600)).toMatchObject({
    verdict: 'fail',
    fix: expect.stringMatching(/^allow it: setfacl -m g:adm:r /),
  });
  const { uid, gid } = statSync(path);
  expect(found(0o240, { ...NOBODY, uid })).toMatchObject({ verdict: 'fail' });
  expect(found(0o604, { ...NOBODY, groupIds: [gid] })).toMatchObject({ verdict: 'fail' });
  chmodSync(path, 0o640);
  const [broken] = checkFiles({ files: [{ path, error: 'EIO' }], reader: service });
  expect(broken).toMatchObject({ verdict: 'fail' });
  const [refused] = checkFiles({ files: [{ path, error: 'permission denied' }], reader: service });
  expect(refused).toMatchObject({ verdict: 'warn' });
  // Who asks for himself knows.
  const [own] = checkFiles({ files: [{ path, error: 'permission denied' }], reader: NOBODY });
  expect(own).toMatchObject({ verdict: 'fail', text: expect.stringContaining('0640') });
  expect(checkFiles({ files: [{ path, error: null }], reader: NOBODY })[0]).toMatchObject({
    verdict: 'ok',
  });
});

test('checkFiles() is content once the command that it names was run, for files and for folders', (context) => {
  needsProgram(context, 'setfacl');
  using folder = TempFolder.make();
  chmodSync(folder.path, 0o755);
  const path = folder.write('closed/deep/a.log', 'x\n');
  const places = [folder.join('closed'), folder.join('closed/deep'), path];
  const service: ReaderIdentity = { ...NOBODY, asks: false, uid: null, groupIds: [4] };
  for (const [user, reader] of [
    ['g:adm', service],
    ['u:64000', NOBODY],
  ] as const) {
    chmodSync(places[0]!, 0o700);
    chmodSync(places[1]!, 0o711);
    chmodSync(path, 0o600);
    for (const place of places) execFileSync('setfacl', ['-b', place]);
    const error = reader === NOBODY ? 'permission denied' : null;
    const look = (): Finding => checkFiles({ files: [{ path, error }], reader })[0]!;
    const commands: string[] = [];
    for (let found = look(); found.verdict !== 'ok' && commands.length < 4; found = look()) {
      const command = /setfacl -m \S+ \S+(?=, or let)/.exec(found.fix ?? '')?.[0];
      if (command === undefined) break;
      commands.push(command);
      execFileSync('sh', ['-c', command]);
    }
    expect(commands.toSorted()).toEqual([
      `setfacl -m ${user}:r ${path}`,
      `setfacl -m ${user}:rx ${places[1]}`,
      `setfacl -m ${user}:x ${places[0]}`,
    ]);
    const last = checkFiles({ files: [{ path, error: null }], reader })[0];
    expect(last).toMatchObject({ verdict: 'ok' });
  }
});

test('checkFiles() says what the unit hides from the service, and which line shows it', () => {
  const hidden = [
    { folders: ['/home', '/root'], setting: 'ProtectHome=yes', shownBy: 'ProtectHome=read-only' },
  ];
  const watched = ['/var/log', '/home/shop/logs', '/homes'];
  const found = checkFiles({ files: [], reader: NOBODY, watched, hidden });
  expect(found).toMatchObject([
    {
      verdict: 'fail',
      text: '/home/shop/logs: the unit hides /home, /root from the service (ProtectHome=yes)',
      fix: expect.stringContaining('[Service], ProtectHome=read-only'),
    },
  ]);
});

test('shellWord() quotes what a shell would take apart', () => {
  expect(shellWord('/var/log/a.log')).toBe('/var/log/a.log');
  expect(shellWord("/var/log/it's $(here)")).toBe("'/var/log/it'\\''s $(here)'");
});

test('checkLimits() counts folders against inotify watches and files against descriptors', () => {
  using folder = TempFolder.make();
  folder.write('max_user_watches', '100\n');
  folder.write('max_user_instances', '128\n');
  const facts = { inotifyFolder: folder.path, folderCount: 10, fileCount: 10, openFilesMax: 1024 };
  expect(verdicts(checkLimits(facts))).toEqual([expect.stringMatching(/^ok /)]);
  expect(verdicts(checkLimits({ ...facts, folderCount: 81 }))).toEqual([
    expect.stringMatching(/^warn inotify watches: 81 folders to watch, 100 watches/),
  ]);
  expect(verdicts(checkLimits({ ...facts, fileCount: 900 }))).toEqual([
    expect.stringMatching(/^warn open files: 1,024 allowed/),
  ]);
});

test('checkDisk() warns of a disk that fills up, and fails one that is full', () => {
  let freeBytesMin = 0.6e9;
  const look = (freeBytes: number, daysLeft: number | null): string[] => {
    const room = { freeBytes, totalBytes: 100e9, daysLeft };
    return verdicts(
      checkDisk({
        folders: { 'state folder': { path: '/s', room } },
        ...{ stateDir: '/', freeBytesMin },
      }),
    );
  };
  expect(look(50e9, null)).toEqual(['ok state folder /s: 50 GB of 100 GB free']);
  expect(look(50e9, 10)).toEqual(['warn state folder /s: 50 GB of 100 GB free, 10 days left']);
  expect(look(50e9, 1)[0]).toMatch(/^fail/);
  expect(look(4e9, null)[0]).toMatch(/^warn/);
  expect(look(0.9e9, null)).toEqual([
    'warn state folder /s: 900 MB of 100 GB free; below 600 MB (free_space) nothing is read',
  ]);
  expect(look(0.5e9, null)[0]).toMatch(/^fail/);
  // As the daemon itself does.
  freeBytesMin = 20e9;
  expect(look(19e9, null)[0]).toMatch(/^fail .* below 20 GB \(free_space\) nothing is read$/);
  expect(look(79e9, null)[0]).toMatch(/^warn/);
  expect(look(80e9, null)[0]).toMatch(/^ok/);
});

test('checkDisk() names for each full disk the settings by which less is kept there', () => {
  const room = { freeBytes: 1e9, totalBytes: 100e9, daysLeft: null };
  const folders = { 'state folder': { path: '/s', room }, 'archive folder': { path: '/a', room } };
  expect(checkDisk({ folders, stateDir: '/', freeBytesMin: 1e9 }).map(({ fix }) => fix)).toEqual([
    'make room, or keep less: [retention] age and index_size in the config',
    'make room, or keep less: [retention] archive_age and archive_size in the config',
  ]);
});

test('checkDisk() fails a disk to which the kernel writes nothing more after an error', () => {
  using folder = TempFolder.make();
  const path = folder.makeFolder('a state');
  const above = folder.path.replaceAll(' ', '\\040');
  const lines = (options: string): string =>
    [
      '21 1 253:0 / / rw,relatime - ext4 /dev/vda rw,emergency_ro',
      `209 21 7:0 / ${above} rw,relatime - ext4 /dev/loop0 rw`,
      `210 209 7:1 / ${above}/a\\040state rw,relatime - ext4 /dev/loop1 ${options}`,
      '',
    ].join('\n');
  const look = (options: string): string[] => {
    const mountList = folder.write('mountinfo', lines(options));
    const folders = { 'state folder': { path, room: null } };
    return verdicts(checkDisk({ folders, stateDir: '/', freeBytesMin: 1e9, mountList }));
  };
  expect(look('rw,errors=remount-ro,emergency_ro')).toContain(
    `fail state folder ${path} is on a read-only disk: the daemon does not start`,
  );
  expect(look('rw,errors=remount-ro')).toEqual([]);
});

test('checkClock() notices files from the future', () => {
  const facts = {
    nowMs: 1e12,
    isContainer: true,
    timezone: 'UTC',
    daemonTimezone: null,
    newestChangeMs: 1e12 + 3_600_000,
  };
  expect(verdicts(checkClock(facts))[0]).toBe(
    'warn the clock: a followed file was changed 3600 s in the future',
  );
});

test('checkClock() notices that the machine has another time zone than the daemon had at its start', () => {
  const facts = {
    nowMs: 1e12,
    isContainer: true,
    timezone: 'Asia/Calcutta',
    newestChangeMs: null,
    machineZone: zoneOfPath('../usr/share/zoneinfo/Asia/Kolkata'),
  };
  expect(verdicts(checkClock({ ...facts, daemonTimezone: 'UTC' }))).toEqual([
    expect.stringMatching(/^warn time zone: the daemon runs in UTC as when it was started/),
  ]);
  // A zone that has two names is one zone.
  expect(verdicts(checkClock({ ...facts, daemonTimezone: 'Asia/Calcutta' }))).toEqual([
    'ok clock: kept in step, zone Asia/Calcutta',
  ]);
  expect(zoneOfPath('/usr/share/zoneinfo/Etc/UTC')).toBe('UTC');
  expect(zoneOfPath('/somewhere/else')).toBeNull();
});

test('byHarm() puts what loses lines first', () => {
  const finding = (verdict: Finding['verdict'], harm: Finding['harm']): Finding => ({
    check: 'x',
    verdict,
    harm,
    text: `${verdict} ${harm}`,
    fix: null,
  });
  const mixed = [
    finding('ok', 'none'),
    finding('warn', 'lines'),
    finding('fail', 'mail'),
    finding('fail', 'lines'),
  ];
  expect(byHarm(mixed).map(({ text }) => text)).toEqual([
    'fail lines',
    'fail mail',
    'warn lines',
    'ok none',
  ]);
});
