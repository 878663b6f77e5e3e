/** What a contestant is told on its command line, and what it tells back on standard output. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import type { Settings } from '../../src/config/settings.ts';
import { slowness } from './yardstick.ts';

export type SideArguments = Readonly<{
  logFolder: string;
  /** Empty; everything the contestant stores goes here. */
  stateFolder: string;
  /** A word that is in some entries. */
  needle: string;
}>;

export type SideResult = Readonly<{
  /** Counted by asking the store, after everything was searchable. */
  entryCount: number;
  errorCount: number;
  needleCount: number;
  /** From opening the store until the last entry could be found. */
  wallMs: number;
  /** User and system, of the whole process until then but for the yardstick, its start included. */
  cpuMs: number;
  /** How much longer this machine makes a piece of work of known price; the mean of before and after. */
  slowness: number;
  /** VmHWM. */
  peakBytes: number;
  /** Everything below the state folder, after it was closed. */
  diskBytes: number;
  /** The same after maintenance has been over everything; null or absent: it was not asked to. */
  denseDiskBytes?: number | null;
}>;

export function sideArguments<Arguments = SideArguments>(): Arguments {
  return JSON.parse(process.argv[2] ?? '') as Arguments;
}

export function report(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

export type Load = Pick<SideResult, 'wallMs' | 'cpuMs' | 'slowness' | 'peakBytes'>;

/** Do the work and measure it, as a whole process. */
export async function measureLoad(work: () => void | Promise<void>): Promise<Load> {
  const startCpuMs = cpuMs();
  const slownessBefore = slowness();
  const yardstickMs = cpuMs() - startCpuMs;
  const startedMs = performance.now();
  await work();
  const wallMs = performance.now() - startedMs;
  const measured = { wallMs, cpuMs: cpuMs() - yardstickMs, peakBytes: peakBytes() };
  return { ...measured, slowness: (slownessBefore + slowness()) / 2 };
}

/** A daemon's settings for a folder of logs, everything else as it comes; its folders are made. */
export function settingsFor(side: SideArguments, more = ''): Settings {
  const config = `[paths]
log_dir = ${side.logFolder}
state_dir = ${side.stateFolder}
report_dir = reports
archive_dir = archives
notify_dir = notifications
${more}`;
  const projectFolder = join(side.stateFolder, '..', 'project');
  const settings = settingsFromText(config, { projectFolder });
  prepareFolders(settings);
  return settings;
}

export function diskBytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

/** The most memory this process ever held. */
export function peakBytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
