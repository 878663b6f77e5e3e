/** What a contestant is told on its command line, and what it tells back on standard output. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type SideArguments = Readonly<{
  /** The generated files, `FORMAT.log` each. */
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
  /** User and system, of the whole process until then, its start included. */
  cpuMs: number;
  peakBytes: number;
  /** Everything below the state folder, after it was closed. */
  diskBytes: number;
}>;

export type SideMeasurement = Omit<SideResult, 'cpuMs' | 'peakBytes'> &
  Readonly<{ usage: NodeJS.ResourceUsage }>;

export function sideArguments(): SideArguments {
  return JSON.parse(process.argv[2] ?? '') as SideArguments;
}

export function reportSide({ usage, ...measured }: SideMeasurement): void {
  const result: SideResult = {
    ...measured,
    cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    peakBytes: usage.maxRSS * 1024,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

export function diskBytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
