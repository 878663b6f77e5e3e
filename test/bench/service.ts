/**
 * `npm run bench:service`: the whole daemon as systemd runs it, all restrictions on, from end to end.
 *
 * A systemd is booted in namespaces, Logstead is installed there by `logstead service install`, and systemd's own accounts of the
 * unit give the CPU time. In one run: idle over 1,000 files; 5,000 lines a second in one file; a folder of old logs from
 * the start until everything is searchable, beside rsyslog (imfile → file) and mtail (counting by level) on the same
 * files; a start with all of that in the index. Needs root and curl, and rsyslog and mtail from Debian for their rows.
 *
 *     npm run bench:service -- --corpus DIR --save
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BootedSystemd } from '../support/booted-systemd.ts';
import { writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { machineLine, saveSection } from './results.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const CLONE = '/mnt/clone';
const CORPUS = '/srv/corpus';
const LOGS = '/var/spool/logstead';
const CONFIG_PATH = '/etc/logstead/config.ini';
const UNIT = 'logstead.service';
/** As it is without a setting; the network of the machine that is booted is its own. */
const HTTP = '127.0.0.1:5647';
/** A daemon is idle for months; its start is not what is measured. */
const IDLE_AFTER_MS = 150_000;
/** A question costs some ten milliseconds of CPU time, which are taken from what is measured. */
const ASK_MS = 500;
const MIB = 2 ** 20;
/** No answer within this is none: ten million entries take a minute or two. */
const LOADED_MS_MAX = 900_000;
const FORMATS = ['pino', 'logfmt', 'syslog', 'nginx-access', 'log4j', 'python'] as const;

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    entries: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    save: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

type Spent = Readonly<{ cpuSeconds: number; wallSeconds: number; residentMib: number }>;
type Row = readonly [what: string, seen: string, wanted: string];

const configText = (logFolder: string): string => `[paths]
log_dir = ${logFolder}
report_dir = /var/log/logstead/reports
archive_dir = /var/log/logstead/archives
notify_dir = /var/log/logstead/notifications
state_dir = /var/lib/logstead

[alert:errors]
when = level>=error
threshold = 1000
window = 5m
group_by = source
notify = file
`;

using folder = TempFolder.make();
const corpus = values.corpus ?? generated(folder, Number(values.entries));
const context = {
  skip: (reason?: string): never => {
    throw new Error(`Cannot run the bench: it ${reason}`);
  },
};
await using machine = await BootedSystemd.boot(context, {
  binds: { [ROOT]: CLONE, [corpus]: CORPUS },
});
await machine.output(`${CLONE}/src/logstead.sh`, ['service', 'install']);
const rows: Row[] = [
  ...(await idle()),
  ...(await steady()),
  ...(await loading()),
  ...(await peers()),
];
const page = describe(rows);
process.stdout.write(page);
if (values.save) saveSection('The service', page);

function generated(into: TempFolder, entryCount: number): string {
  const logFolder = into.makeFolder('corpus');
  for (const [index, format] of FORMATS.entries()) {
    const log = { format, entryCount: Math.ceil(entryCount / FORMATS.length), seed: index + 1 };
    writeLog(join(logFolder, `${format}.log`), {
      ...log,
      needle: { word: 'nadel42', every: 10_000 },
    });
  }
  return logFolder;
}

/** Start anew with an empty state, following a folder. */
async function startAnew(logFolder: string): Promise<void> {
  await prepareAnew(logFolder);
  await machine.output('systemctl', ['start', UNIT]);
}

async function prepareAnew(logFolder: string): Promise<void> {
  await machine.output('systemctl', ['stop', UNIT]);
  await machine.output('find', ['/var/lib/private/logstead', '-mindepth', '1', '-delete']);
  machine.write(CONFIG_PATH, configText(logFolder));
  await machine.output('systemctl', ['reset-failed', UNIT]);
}

async function idle(): Promise<Row[]> {
  for (let index = 0; index < 1_000; index += 1) {
    const path = `${LOGS}/${index % 50}/${index}.log`;
    machine.write(path, '2026-11-20T10:00:00Z INFO started\n', 0o644);
  }
  await startAnew(LOGS);
  await storedEntries(1_000);
  // What a start leaves behind is let go of, and collected, within two minutes.
  await pause(IDLE_AFTER_MS);
  const { cpuSeconds, wallSeconds, residentMib } = await during(() => pause(seconds * 1_000));
  return [
    ['idle, 1,000 files in 50 folders: CPU', percent(cpuSeconds / wallSeconds), '≤ 1 % of a core'],
    ['idle: memory', `${residentMib.toFixed(0)} MiB`, '≤ 120 MB'],
  ];
}

async function steady(): Promise<Row[]> {
  const linesPerSecond = 5_000;
  const path = machine.pathOf(`${LOGS}/0/0.log`);
  const file = openSync(path, 'a');
  let written = 0;
  const write = async (forSeconds: number): Promise<void> => {
    const startMs = performance.now();
    const before = written;
    while (performance.now() - startMs < forSeconds * 1_000) {
      const due = before + ((performance.now() - startMs) / 1_000) * linesPerSecond;
      let text = '';
      for (; written < due; written += 1) text += steadyLine(written);
      if (text !== '') writeSync(file, text);
      await pause(10);
    }
  };
  // Warm, so that it is the work that is measured and not the compiler.
  await write(20);
  const spent = await during(() => write(seconds));
  closeSync(file);
  await storedEntries(1_000 + written);
  return [
    ['5,000 lines/s: CPU', percent(spent.cpuSeconds / spent.wallSeconds), '≤ 10 % of a core'],
    ['5,000 lines/s: memory', `${spent.residentMib.toFixed(0)} MiB`, '≤ 150 MB'],
  ];
}

function steadyLine(index: number): string {
  const stamp = new Date().toISOString();
  return `${stamp} INFO [worker-${index % 8}] request ${index} for user=${(index * 7919) % 10_007} took ${index % 997} ms\n`;
}

async function loading(): Promise<Row[]> {
  await prepareAnew(CORPUS);
  let entryCount = 0;
  const startedAtMs = Date.now();
  let endedAtMs = startedAtMs;
  const { cpuSeconds, residentMib } = await during(async () => {
    await machine.output('systemctl', ['start', UNIT]);
    ({ entryCount, endedAtMs } = await everythingStored());
  });
  const tookSeconds = (endedAtMs - startedAtMs) / 1_000;
  await machine.output('systemctl', ['restart', UNIT]);
  const started = await machine.output('systemctl', [
    ...[
      'show',
      '-P',
      'InactiveExitTimestampMonotonic',
      '-P',
      'ActiveEnterTimestampMonotonic',
      UNIT,
    ],
  ]);
  const [activating, active] = started.trim().split('\n').map(Number);
  const count = entryCount.toLocaleString('en');
  return [
    [
      `file to searchable under systemd, a rule on, ${count} entries`,
      `${Math.round(entryCount / tookSeconds / 1000)} k entries/s, ${((1e6 * cpuSeconds) / entryCount).toFixed(2)} µs CPU an entry, ${residentMib.toFixed(0)} MiB`,
      '≥ 900 k entries/s on two free cores',
    ],
    [
      `start with ${count} entries to READY`,
      `${((active! - activating!) / 1_000).toFixed(0)} ms`,
      '≤ 1 s',
    ],
  ];
}

/** The same files through programs that do a part of the work. */
async function peers(): Promise<Row[]> {
  await machine.output('systemctl', ['stop', UNIT]);
  const bytes = corpusFiles().reduce((sum, name) => sum + statSync(join(corpus, name)).size, 0);
  const rate = ({ cpuSeconds, wallSeconds, residentMib }: Spent): string =>
    `${(bytes / 1e6 / wallSeconds).toFixed(0)} MB/s, ${(bytes / 1e6 / cpuSeconds).toFixed(0)} MB per second of CPU${Number.isNaN(residentMib) ? '' : `, ${residentMib.toFixed(0)} MiB`}`;
  const rowsOfPeers: Row[] = [];
  if (existsSync('/usr/sbin/rsyslogd')) {
    rowsOfPeers.push([
      'rsyslog, imfile → file, on the same files',
      rate(await runRsyslog(bytes)),
      'beside it',
    ]);
  }
  if (existsSync('/usr/bin/mtail')) {
    rowsOfPeers.push([
      'mtail, counting by level, on the same files',
      rate(await runMtail()),
      'beside it',
    ]);
  }
  return rowsOfPeers;
}

async function runRsyslog(bytes: number): Promise<Spent> {
  machine.write(
    '/srv/rsyslog.conf',
    `global(workDirectory="/srv/rsyslog" maxMessageSize="64k")
module(load="imfile" mode="inotify")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imfile" File="${CORPUS}/*.log" Tag="bench" ruleset="copy" freshStartTail="off")
ruleset(name="copy") { action(type="omfile" file="/srv/rsyslog/out.log" template="raw") }
`,
  );
  mkdirSync(machine.pathOf('/srv/rsyslog'), { recursive: true });
  const out = machine.pathOf('/srv/rsyslog/out.log');
  const size = (): number => (existsSync(out) ? statSync(out).size : 0);
  return during(
    async () => {
      const command = ['/usr/sbin/rsyslogd', '-n', '-f', '/srv/rsyslog.conf', '-i', 'NONE'];
      await machine.output('systemd-run', ['--unit=bench-peer', ...command]);
      // Nothing of the log is left out, so that its size is known: some lines may be cut at 64 KiB.
      await waitFor(() => size() >= bytes * 0.999, {
        timeoutMs: LOADED_MS_MAX,
        found: () => `${size()} bytes`,
      });
    },
    { unit: 'bench-peer.service', isStopped: true },
  );
}

async function runMtail(): Promise<Spent> {
  machine.write(
    '/srv/mtail/count.mtail',
    'counter lines_total by level\n/\\b(?P<level>ERROR|WARN|INFO|DEBUG|error|warn|info|debug)\\b/ {\n  lines_total[$level]++\n}\n',
  );
  return during(
    async () => {
      const command = [
        '/usr/bin/mtail',
        '--one_shot',
        '--progs',
        '/srv/mtail',
        '--logs',
        `${CORPUS}/*.log`,
      ];
      await machine.output('systemd-run', ['--unit=bench-peer', '--remain-after-exit', ...command]);
      await waitFor(async () => (await machine.property('bench-peer', 'SubState')) === 'exited', {
        timeoutMs: LOADED_MS_MAX,
      });
    },
    { unit: 'bench-peer.service', isStopped: true },
  );
}

/** What a unit spent while something was done. */
async function during(
  work: () => Promise<unknown>,
  { unit = UNIT, isStopped = false } = {},
): Promise<Spent> {
  const cpu = async (): Promise<number> => {
    const nanoseconds = Number(await machine.property(unit, 'CPUUsageNSec'));
    return Number.isSafeInteger(nanoseconds) ? nanoseconds / 1e9 : 0;
  };
  const isRunning = (await machine.property(unit, 'ActiveState')) === 'active';
  const cpuBefore = isRunning ? await cpu() : 0;
  const startedMs = performance.now();
  await work();
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  const cpuSeconds = (await cpu()) - cpuBefore;
  const residentMib = await residentMibOf(unit);
  if (isStopped) await machine.output('systemctl', ['stop', unit]);
  return { cpuSeconds, wallSeconds, residentMib };
}

/** What its main process holds now; that of one that has ended is not known. */
async function residentMibOf(unit: string): Promise<number> {
  const pid = await machine.property(unit, 'MainPID');
  if (pid === '0') return Number.NaN;
  const status = machine.read(`/proc/${pid}/status`);
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / MIB;
}

type Ingest = Readonly<{
  storedEntryCount: number;
  lagBytes: number;
  lastCommitAtMs: number | null;
  files: readonly unknown[];
}>;

async function ingestNow(): Promise<Ingest | null> {
  const { code, stdout } = await machine.run('curl', ['-s', `http://${HTTP}/api/status`]);
  return code === 0 ? (JSON.parse(stdout) as { ingest: Ingest }).ingest : null;
}

async function storedEntries(count: number): Promise<void> {
  await waitFor(async () => ((await ingestNow())?.storedEntryCount ?? 0) >= count, {
    timeoutMs: LOADED_MS_MAX,
    what: `${count} entries to be stored`,
  });
}

/** All of the corpus, and when it was committed. */
async function everythingStored(): Promise<{ entryCount: number; endedAtMs: number }> {
  for (let last: Ingest | null = null; ; await pause(ASK_MS)) {
    const ingest = await ingestNow();
    if (ingest === null || ingest.files.length < corpusFiles().length) continue;
    const entryCount = ingest.storedEntryCount;
    if (ingest.lagBytes === 0 && entryCount === last?.storedEntryCount) {
      return { entryCount, endedAtMs: last.lastCommitAtMs ?? Number.NaN };
    }
    last = ingest;
  }
}

function corpusFiles(): string[] {
  return readdirSync(corpus).filter((name) => name.endsWith('.log'));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} % of a core`;
}

function describe(all: readonly Row[]): string {
  const lines = all.map(([what, seen, wanted]) => `| ${what} | ${seen} | ${wanted} |`);
  return `\`npm run bench:service\`. ${machineLine()}\n\n| what | seen | wanted |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
}
