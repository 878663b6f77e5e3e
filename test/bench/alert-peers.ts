/** Debian's programs that do something when a line matches, each with a config that makes it as fast as it goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TempFolder } from '../support/temp-folder.ts';

const STAMP = fileURLToPath(new URL('./alert-stamp.ts', import.meta.url));

export type PeerScene = Readonly<{ folder: TempFolder; logPath: string }>;

export type Peer = Readonly<{
  name: string;
  /** Absolute path of the program: the peer is left out where it is not installed. */
  program: string;
  start: (scene: PeerScene) => ChildProcess;
  /** How long after the line each action began, ms. */
  delaysMs: (scene: PeerScene) => number[];
}>;

export const PEERS: readonly Peer[] = [
  {
    name: 'swatchdog, exec',
    program: '/usr/bin/swatchdog',
    start: startSwatchdog,
    delaysMs: executed,
  },
  {
    name: 'rsyslog, imfile → omprog',
    program: '/usr/sbin/rsyslogd',
    start: startRsyslog,
    delaysMs: stamped,
  },
  { name: 'fail2ban', program: '/usr/bin/fail2ban-server', start: startFail2ban, delaysMs: banned },
];

function stampProgram({ folder }: PeerScene): string {
  const path = folder.write(
    'stamp',
    `#!/bin/sh\nexec '${process.execPath}' '${STAMP}' '${folder.join('stamps')}'\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

function stamped({ folder }: PeerScene): number[] {
  return linesOf(folder.join('stamps')).map(Number);
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** Its `pipe` takes an option for the command, so it starts a program for each line. */
function startSwatchdog({ folder, logPath }: PeerScene): ChildProcess {
  const program = folder.write(
    'exec-stamp',
    `#!/bin/sh\necho "$* $(date +%s%N)" >> '${folder.join('execs')}'\n`,
  );
  chmodSync(program, 0o755);
  const config = folder.write('swatchdog.conf', `watchfor /needle/\n  exec "${program} $0"\n`);
  return spawn(
    '/usr/bin/swatchdog',
    [
      `--config-file=${config}`,
      `--tail-file=${logPath}`,
      '--tail-args=-n 0 -F',
      `--script-dir=${folder.path}`,
    ],
    { stdio: 'ignore', detached: true },
  );
}

function executed({ folder }: PeerScene): number[] {
  return linesOf(folder.join('execs')).map((line) => {
    const [, writtenMs, nanoseconds] = /at=(\d+\.\d+) (\d+)$/.exec(line) ?? [];
    return Number(nanoseconds) / 1e6 - Number(writtenMs);
  });
}

function startRsyslog(scene: PeerScene): ChildProcess {
  const { folder, logPath } = scene;
  const config = folder.write(
    'rsyslog.conf',
    `global(workDirectory="${folder.makeFolder('spool')}")
module(load="imfile")
module(load="omprog")
template(name="line" type="string" string="%msg%\\n")
input(type="imfile" File="${logPath}" Tag="bench" ruleset="needles")
ruleset(name="needles") {
  if $msg contains "needle" then action(type="omprog" binary="${stampProgram(scene)}" template="line")
}
`,
  );
  return spawn('/usr/sbin/rsyslogd', ['-n', '-f', config, '-i', folder.join('rsyslog.pid')], {
    stdio: 'ignore',
    detached: true,
  });
}

function startFail2ban({ folder, logPath }: PeerScene): ChildProcess {
  const put = (name: string, text: string): string => folder.write(`fail2ban/${name}`, text);
  put(
    'fail2ban.conf',
    `[Definition]
loglevel = ERROR
logtarget = ${folder.join('fail2ban.log')}
syslogsocket = auto
socket = ${folder.join('fail2ban.sock')}
pidfile = ${folder.join('fail2ban.pid')}
dbfile = None
dbmaxmatches = 1
dbpurgeage = 1d
allowipv6 = auto
`,
  );
  put(
    'filter.d/needle.conf',
    '[Definition]\nfailregex = needle found" n=\\d+ from=<HOST> \ndatepattern = time=%%Y-%%m-%%dT%%H:%%M:%%S\n',
  );
  // The clock is read by the shell that it starts for each address.
  put(
    'action.d/stamp.conf',
    `[Definition]\nactionban = date +"<ip> %%s%%N" >> ${folder.join('bans')}\nactionunban = true\n`,
  );
  put(
    'jail.conf',
    `[needle]
enabled = true
filter = needle
logpath = ${logPath}
backend = auto
maxretry = 1
findtime = 1h
bantime = 1h
usedns = no
action = stamp
`,
  );
  return spawn('/usr/bin/fail2ban-server', ['-c', folder.join('fail2ban'), '-f', 'start'], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, TZ: 'UTC' },
  });
}

/** Each address once, with the moment of its ban; the line says when it was written. */
function banned({ folder, logPath }: PeerScene): number[] {
  const path = folder.join('bans');
  if (!existsSync(path)) return [];
  const written = new Map(
    [...readFileSync(logPath, 'utf8').matchAll(/ from=(\S+) at=(\d+\.\d+)/g)].map((match) => [
      match[1]!,
      Number(match[2]),
    ]),
  );
  return linesOf(path)
    .map((line) => line.split(' '))
    .map(([address, nanoseconds]) => Number(nanoseconds) / 1e6 - written.get(address!)!);
}
