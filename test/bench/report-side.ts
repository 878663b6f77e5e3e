/** Makes the report on everything in a store and writes it, in a process of its own: how long, and how much memory more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../../src/ingest/state-files.ts';
import { makeRangeReport } from '../../src/report/make-report.ts';
import { writeReport } from '../../src/report/report-files.ts';
import { report, settingsFor, sideArguments } from './side.ts';

export type ReportSideArguments = Readonly<{ logFolder: string; stateFolder: string }>;

export type ReportSideResult = Readonly<{
  entryCount: number;
  patternCount: number;
  sourceCount: number;
  fileCount: number;
  levels: readonly number[];
  /** The first in the process; its files, not its code, may be in the page cache. */
  wallMs: number;
  cpuMs: number;
  /** Resident with the store open, and the most until the report was written. */
  idleBytes: number;
  peakBytes: number;
}>;

const FOREVER_US = 253_402_300_800_000_000;

async function run(side: ReportSideArguments): Promise<ReportSideResult> {
  const settings = settingsFor({ ...side, needle: '' });
  const folder = mkdtempSync(join(tmpdir(), 'logstead-bench-report-'));
  try {
    using database = Database.open(join(side.stateFolder, DATABASE_NAME), { readOnly: true });
    const segments = join(side.stateFolder, SEGMENTS_FOLDER);
    const [disk, clock] = [systemDisk, systemClock];
    using reader = StoreReader.open({ disk, clock, database, folder: segments });

    reader.entryCount();
    const idleBytes = process.memoryUsage.rss();
    const startMs = performance.now();
    const before = process.cpuUsage();
    const made = makeRangeReport({ clock, disk, database, reader }, settings, {
      fromUs: 0,
      untilUs: FOREVER_US,
    });
    await writeReport({ disk, folder }, made);
    const wallMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(before);
    if (reader.damaged.length > 0) throw new Error(`${reader.damaged.length} segments are damaged`);
    return {
      entryCount: made.entryCount,
      patternCount: made.patterns.length,
      sourceCount: made.sources.length,
      fileCount: made.files.length,
      levels: [...made.levels],
      ...{ wallMs, cpuMs: (user + system) / 1000 },
      ...{ idleBytes, peakBytes: process.resourceUsage().maxRSS * 1024 },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

report(await run(sideArguments<ReportSideArguments>()));
