/**
 * The daemon's own ingest with so many rules, in a process of its own: CPU, memory, and how much the rules found.
 *
 * The rules have watched since before the first line, so that all of them are new to every kind of rule: a commit at that
 * moment says so, as that of a daemon that has run before.
 */
import { readdirSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { ruleSections } from './alert-rules.ts';
import { measureLoad, report, type SideArguments, settingsFor, sideArguments } from './side.ts';

export type AlertSideResult = Readonly<{
  entryCount: number;
  /** Of reading it all, on all threads; the start of the process and the config are not in it. */
  cpuMs: number;
  slowness: number;
  peakBytes: number;
  ruleCount: number;
  matchedCount: number;
}>;

const side = sideArguments<SideArguments & Readonly<{ ruleCount: number; firstLineMs: number }>>();
const settings = settingsFor(side, ruleSections(side.ruleCount));
const log = openLog({ level: 'warn', style: 'json' });
await beginBefore(side.firstLineMs);
const ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
let entryCount = 0;
let cpuMs = 0;
const load = await measureLoad(async () => {
  const before = process.cpuUsage();
  ({ entryCount } = await ingest.drain());
  const { user, system } = process.cpuUsage(before);
  cpuMs = (user + system) / 1_000;
});
const { rules } = await ingest.service().status();
await ingest[Symbol.asyncDispose]();
if (readdirSync(side.stateFolder).length === 0) throw new Error('nothing was stored');
report({
  entryCount,
  cpuMs,
  slowness: load.slowness,
  peakBytes: load.peakBytes,
  ruleCount: rules.length,
  matchedCount: rules.reduce((sum, { counters }) => sum + counters.matchedCount, 0),
} satisfies AlertSideResult);

/** Somebody silences nothing: that is committed, with the clock of then. */
async function beginBefore(firstLineMs: number): Promise<void> {
  const atMs = firstLineMs - 1_000;
  const clock = { ...systemClock, nowMs: () => atMs };
  await using before = await Ingest.open({
    disk: systemDisk,
    clock,
    log,
    settings: { ...settings, watches: [] },
  });
  const untilMs = atMs + 60_000;
  await before.actOnAlerts({
    kind: 'silence',
    query: 'rule:nothing',
    untilMs,
    who: 'bench',
    why: '',
  });
}
