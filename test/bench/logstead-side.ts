/**
 * Logstead's side of the benchmark: the daemon's own ingest, as `logstead once` runs it, in a process of its own.
 *
 * Everything the daemon does with a line is in it: discovery, detection of formats, fields, intake, ledger, index, patterns,
 * the one commit, and rules where the other side has the like: `rules` adds four.
 */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { ThreadMemory } from '../../src/base/thread-memory.ts';
import { Engine } from '../../src/engine/engine.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../../src/ingest/state-files.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import {
  diskBytesOf,
  measureLoad,
  report,
  type SideArguments,
  settingsFor,
  sideArguments,
} from './side.ts';

const RULES = `
[alert:errors]
when = level>=error
threshold = 1000
window = 5m
group_by = source
notify = file

[alert:logins]
when = "Failed password"
threshold = 1000
window = 1m
group_by = source
notify = file

[alert:slow]
when = status>=500
threshold = 1000
window = 10m
notify = file

[alert:panic]
when = panic OR "out of memory"
threshold = 1000
window = 10m
notify = file
`;

async function run(
  side: SideArguments & Readonly<{ rules: boolean; dense?: boolean }>,
): Promise<void> {
  const settings = settingsFor(side, side.rules ? RULES : '');
  const log = openLog({ level: 'warn', style: 'json' });
  let ingest: Ingest | null = null;
  // As the ingest thread of a daemon does.
  void ThreadMemory.watch(systemClock, null, { mayPause: true });
  const load = await measureLoad(async () => {
    ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
    await ingest.drain();
  });
  const counts = countAll(join(side.stateFolder, DATABASE_NAME), side.needle);
  await (ingest as Ingest | null)?.[Symbol.asyncDispose]();
  const diskBytes = diskBytesOf(side.stateFolder);
  const denseDiskBytes = side.dense ? await diskBytesWhenOld(side.stateFolder) : null;
  report({ ...counts, ...load, diskBytes, denseDiskBytes });
}

/** After what maintenance does to segments within their first hours. */
async function diskBytesWhenOld(stateFolder: string): Promise<number> {
  {
    using database = Database.open(join(stateFolder, DATABASE_NAME));
    const folder = join(stateFolder, SEGMENTS_FOLDER);
    using engine = Engine.open({ disk: systemDisk, clock: systemClock, database, folder });
    while (await engine.compact());
    while (await engine.densify(true));
  }
  return diskBytesOf(stateFolder);
}

function countAll(
  database: string,
  needle: string,
): Readonly<{ entryCount: number; errorCount: number; needleCount: number }> {
  using reader = StoreReader.open({ disk: systemDisk, clock: systemClock, database });
  const count = (query: string): number =>
    reader.count({ query: parseQuery(query, { nowMs: 0, timezone: 'UTC' }).filter });
  return {
    entryCount: count('*'),
    errorCount: count('level:error'),
    needleCount: count(needle),
  };
}

await run(sideArguments());
