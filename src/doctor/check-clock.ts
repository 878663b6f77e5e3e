/** Whether the clock is kept in step, and whether stamps without a zone are read in the zone that was meant. */
import { existsSync, readlinkSync } from 'node:fs';
import { type Finding, well } from './finding.ts';

const CHECK = 'clock';
/** Left by systemd-timesyncd, chrony and ntpd when they run; a container has its host's clock. */
const SIGNS_OF_SYNC = [
  '/run/systemd/timesync/synchronized',
  '/run/chrony/chronyd.pid',
  '/run/ntpd.pid',
  '/run/ntpsec/ntpd.pid',
] as const;
/** A file stamped later than this is from a clock that was wrong. */
const FUTURE_MS_MAX = 60_000;

export type ClockFacts = Readonly<{
  nowMs: number;
  isContainer: boolean;
  /** The zone this process uses, and the newest change of any followed file. */
  timezone: string;
  newestChangeMs: number | null;
}>;

export function checkClock(facts: ClockFacts): Finding[] {
  const findings: Finding[] = [];
  const { nowMs, newestChangeMs } = facts;
  if (newestChangeMs !== null && newestChangeMs > nowMs + FUTURE_MS_MAX) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'lines',
      text: `the clock: a followed file was changed ${Math.round((newestChangeMs - nowMs) / 1_000)} s in the future`,
      fix: 'timedatectl set-ntp true',
    });
  }
  if (!facts.isContainer && !SIGNS_OF_SYNC.some((path) => existsSync(path))) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'service',
      text: 'the clock is kept in step by nothing that was found (systemd-timesyncd, chrony, ntpd): windows and reports go by it',
      fix: 'timedatectl set-ntp true',
    });
  }
  const machineZone = zoneOfMachine();
  if (machineZone !== null && machineZone !== facts.timezone) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'none',
      text: `time zone: this command runs in ${facts.timezone}, the machine is in ${machineZone}`,
      fix: 'unset TZ, or name the zone in the config: [watch:NAME] timezone, [rotation] timezone',
    });
  }
  return findings.length > 0
    ? findings
    : [well(CHECK, `clock: kept in step, zone ${facts.timezone}`)];
}

function zoneOfMachine(): string | null {
  try {
    return /zoneinfo\/(.+)$/.exec(readlinkSync('/etc/localtime'))?.[1]?.replace('Etc/', '') ?? null;
  } catch {
    return null;
  }
}
