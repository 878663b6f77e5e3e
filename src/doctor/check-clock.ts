/** Whether the clock is kept in step, and whether stamps without a zone are read in the zone that was meant. */
import { existsSync, readlinkSync } from 'node:fs';
import { zoneOfPath } from '../base/time-zone.ts';
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
  /** The zone that the running daemon uses, which has it from its start; null: none runs, or it does not say. */
  daemonTimezone: string | null;
  newestChangeMs: number | null;
  /** Default: as `/etc/localtime` says. */
  machineZone?: string | null;
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
  const machineZone = facts.machineZone === undefined ? zoneOfMachine() : facts.machineZone;
  const { daemonTimezone } = facts;
  if (machineZone !== null && daemonTimezone !== null && daemonTimezone !== machineZone) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'lines',
      text: `time zone: the daemon runs in ${daemonTimezone} as when it was started, the machine is in ${machineZone}: where the config says \`local\`, stamps that name no zone are read hours off`,
      fix: 'systemctl restart logstead (or start the daemon again as you do); for what was read meanwhile: logstead restamp SOURCE',
    });
  }
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
    return zoneOfPath(readlinkSync('/etc/localtime'));
  } catch {
    return null;
  }
}
