/**
 * A generated day, compressed into a minute or two of the wall clock, with planted bursts and a planted silence; two real
 * daemons follow it, one of them killed -9 again and again, also while it starts.
 *
 * - Every burst and the silence are found, and nothing else.
 * - Both find the same incidents, byte for byte: rule, group, severity, opening, end, count.
 * - `alerts test` says of each daemon's record exactly what it had said, to the id and the number of notifications.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { needsSharedData } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** A tenth of the 200 of `npm run test:alert-kills`, which goes by turns of 40. Each start costs some seconds of a processor. */
const KILLS = Number(process.env.ALERT_DAY_KILLS ?? 20);
const SEED = Number(process.env.ALERT_DAY_SEED ?? 1);
/** A start takes a second or two on a busy machine: some kills hit it, some the work behind it. */
const MS_PER_KILL = 3_000;
const DAY_MS = Math.max(60_000, KILLS * MS_PER_KILL);
const LINES_PER_SECOND = 1_500;
/** A burst lasts a fiftieth of the day, a silence a twentieth. */
const BURSTS = 8;

/** Each burst has a file of its own; the silence has that of the third format. */
const MIX = 'nginx,syslog,json,log4j,python,logfmt,klog,postgres';
const SILENT_SOURCE = 'app-json';
const LATENESS_MS = 4_000;
const RESOLVE_MS = 3_000;
/** Well below the planted one, and far above what is chance between two lines of the busiest of these sources. */
const SILENCE_MS = Math.round((DAY_MS / 20) * 0.4);

const BURST_MIN = 20;

/**
 * Syslog's stamps are whole seconds, and its burst of little more than one may fall into two of them by halves, each with less
 * than the share that is asked for: where it begins between 0.25 and 0.42 s. So it is aimed at 0.8 s: by the clock it begins some
 * 0.3 s sooner than in a day that is written at once, and on a busy machine later.
 */
const SYSLOG_BURST_AT_MS = 1_100;
/** Where a busy machine has it begin by halves all the same, the rule need not find it. With room on both sides. */
const HALVES_MS = { from: 200, until: 470 };

const RULES = `
[alert:bursts]
kind = rate
when = level>=error OR "EXT4-fs error"
percent = 35
minimum = ${BURST_MIN}
window = 1s
group_by = source
lateness = ${LATENESS_MS}ms
resolve_after = ${RESOLVE_MS}ms
cooldown = 5s
severity = high
notify = file

[alert:silent]
kind = absence
when = source:${SILENT_SOURCE}
silence = ${SILENCE_MS}ms
lateness = ${LATENESS_MS}ms
resolve_after = 0s
notify = file

[alert:many errors]
when = level>=error
threshold = 40
window = 1s
group_by = source
resolve_after = ${RESOLVE_MS}ms
cooldown = 10s
severity = critical
notify = file

[alert:fatal]
when = level:fatal
resolve_after = 0s
cooldown = 0s
group_by = source
notify = file
`;

type Planted = Readonly<{ file: string; start_ts: string; end_ts: string }>;
type Truth = Readonly<{
  args: Readonly<{ start: string }>;
  totals: Readonly<{ entries: number }>;
  bursts: readonly Planted[];
  silences: readonly Planted[];
}>;

type IncidentLine = Readonly<{
  rule: string;
  group: Readonly<{ source?: string }>;
  severity: string;
  openedAt: string;
  resolvedAt: string | null;
  count: number;
}>;

test(
  `a day is the same live, killed ${KILLS} times, and replayed; its bursts and its silence are found, nothing else`,
  async (context) => {
    const generator = needsSharedData(context, 'corpora/gen.mjs');
    using steady = TestProject.make(RULES);
    using killed = TestProject.make(RULES);
    const config = killed.folder.read('config/config.ini');
    const logDir = `log_dir = ${steady.folder.join('logs')}`;
    killed.folder.write('config/config.ini', config.replace('log_dir = logs', logDir));
    // Nobody is to be told of these, and the record has it. It is the first commit too: from then on what is written while
    // no daemon runs is known to be new.
    for (const project of [steady, killed]) {
      await project.cli(['alerts', 'silence', 'rule:fatal', '--for', '1h', '--why', 'known']);
    }
    await using live = await DaemonProcess.start(steady);
    const day = await startDay(generator, steady.folder.join('logs'));
    const dayEnd = once(day, 'close');
    const kills = await killAgainAndAgain(killed);
    const [code] = await dayEnd;
    expect(code).toBe(0);
    const truth = JSON.parse(readFileSync(steady.folder.join('logs/truth.json'), 'utf8')) as Truth;
    await using revived = DaemonProcess.spawn(killed);
    for (const [daemon, project] of [
      [live, steady],
      [revived, killed],
    ] as const) {
      await daemon.waitFor(async () => (await entryCount(project)) === truth.totals.entries, {
        what: `all ${truth.totals.entries} entries`,
        timeoutMs: 120_000,
      });
      await daemon.waitFor(
        async () => {
          await pause(LOOK_MS);
          return isSettled(await incidentLines(project));
        },
        {
          what: 'the end of every incident',
          timeoutMs: 60_000,
        },
      );
    }
    const lives = [await incidentLines(steady), await incidentLines(killed)] as const;
    await context.annotate(
      `${kills} kills, ${truth.totals.entries} entries, ${lives[0].length} incidents`,
    );
    expect(found(lives[0], 'bursts')).toEqual(planted(truth.bursts, found(lives[0], 'bursts')));
    const silences = found(lives[0], 'silent').filter(({ resolvedAt }) => resolvedAt !== null);
    expect(silences).toEqual(planted(truth.silences, silences));
    expect(lives[1].map(settledText)).toEqual(lives[0].map(settledText));
    for (const [index, project] of [steady, killed].entries()) {
      const { stdout } = await project.cli(['alerts', 'test', '--since', '2h', '--json']);
      expect(stdout.split('\n').sort()).toEqual((await rawLines(project)).sort());
      expect(lives[index]!.length).toBeGreaterThan(BURSTS);
    }
  },
  DAY_MS + 400_000,
);

async function startDay(generator: string, folder: string): Promise<ChildProcess> {
  const shape = {
    lines: Math.round((DAY_MS / 1_000) * LINES_PER_SECOND),
    seed: SEED,
    mix: MIX,
    bursts: BURSTS,
  };
  const beginsMs = syslogBurstMs(generator, shape);
  const partMs = (SYSLOG_BURST_AT_MS - beginsMs - Date.now()) % 1_000;
  await pause((partMs + 1_000) % 1_000);
  const options = { ...shape, rate: LINES_PER_SECOND, out: folder };
  return spawn(process.execPath, [generator, ...argumentsOf(options)], { stdio: 'ignore' });
}

/** How far into the day, as the same day has it that is written at once. */
function syslogBurstMs(
  generator: string,
  shape: Readonly<Record<string, string | number>>,
): number {
  using rehearsal = TempFolder.make();
  const options = { ...shape, 'sim-lps': LINES_PER_SECOND, out: rehearsal.path };
  execFileSync(process.execPath, [generator, ...argumentsOf(options)], { stdio: 'ignore' });
  const { bursts, args } = JSON.parse(rehearsal.read('truth.json')) as Truth;
  const burst = bursts.find(({ file }) => file.includes('syslog'))!;
  return Date.parse(burst.start_ts) - Date.parse(args.start);
}

function argumentsOf(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Each life lasts between nothing and twice what is usual: reading, firing, committing, telling, or starting. */
async function killAgainAndAgain(project: TestProject): Promise<number> {
  const endMs = performance.now() + DAY_MS * 0.98;
  let kills = 0;
  for (; kills < KILLS && performance.now() < endMs; kills += 1) {
    const daemon = DaemonProcess.spawn(project);
    const meanMs = (endMs - performance.now()) / (KILLS - kills);
    await pause(Math.random() * 2 * meanMs);
    await daemon.kill9();
  }
  return kills;
}

/** Each look is a process of its own. */
const LOOK_MS = 1_500;

async function entryCount(project: TestProject): Promise<number> {
  await pause(LOOK_MS);
  const { stdout } = await project.cli(['stats', '--json']);
  return (JSON.parse(stdout) as { total: number }).total;
}

async function rawLines(project: TestProject): Promise<string[]> {
  const { stdout } = await project.cli(['alerts', '--json', '--limit', '0']);
  return stdout.split('\n');
}

async function incidentLines(project: TestProject): Promise<IncidentLine[]> {
  const lines = (await rawLines(project)).filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as IncidentLine)
    .sort((a, b) => (settledText(a) < settledText(b) ? -1 : 1));
}

function touches({ group, openedAt, resolvedAt }: IncidentLine, one: Planted): boolean {
  const isSource = group.source === undefined || group.source === one.file.replace(/\.log$/, '');
  // A stamp of whole seconds lies up to a second before its line.
  const fromMs = Date.parse(one.start_ts) - 1_000;
  const untilMs = Date.parse(one.end_ts) + SILENCE_MS + 2_000;
  const endMs = Date.parse(resolvedAt ?? '');
  return isSource && Date.parse(openedAt) <= untilMs && endMs >= fromMs;
}

function fallsByHalves({ file, start_ts: start }: Planted): boolean {
  const partMs = Date.parse(start) % 1_000;
  return file.includes('syslog') && partMs >= HALVES_MS.from && partMs <= HALVES_MS.until;
}

/** All are over but the silence that began with the end of the day. */
function isSettled(incidents: readonly IncidentLine[]): boolean {
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  return open.length === 1 && open[0]!.rule === 'silent';
}

function settledText({ rule, group, severity, openedAt, resolvedAt, count }: IncidentLine): string {
  return JSON.stringify({ rule, group, severity, openedAt, resolvedAt, count });
}

function found(incidents: readonly IncidentLine[], rule: string): IncidentLine[] {
  return incidents.filter((incident) => incident.rule === rule);
}

/** Of the incidents those that touch what was planted, in the right source: one for each, else the difference shows. */
function planted(planted: readonly Planted[], incidents: readonly IncidentLine[]): IncidentLine[] {
  return planted
    .flatMap((one) => {
      const hits = incidents.filter((incident) => touches(incident, one));
      if (hits.length === 0 && fallsByHalves(one)) return [];
      if (hits.length === 1) return hits;
      throw new Error(`${hits.length} incidents for ${one.file} at ${one.start_ts}`);
    })
    .sort((a, b) => (settledText(a) < settledText(b) ? -1 : 1));
}
