/** The thread that copies entries to the cluster: one `Shipper`, its loop. Started by `ShipClient`. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { openLog } from '../base/log.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { OpenSegments } from '../engine/open-segments.ts';
import type { WorkerLog } from '../ingest/ingest-client.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { ClusterClient, type ShardAccess } from './cluster-client.ts';
import { Shipper } from './shipper.ts';

export type ShipWorkerData = Readonly<{
  stateDir: string;
  shards: readonly ShardAccess[];
  host: string;
  databaseName: string;
  delayMs: number;
  backfillRowsPerSecond: number;
  log: WorkerLog;
}>;

assert(parentPort !== null, 'this file runs as a worker');

const data = workerData as ShipWorkerData;
const log = openLog({ ...data.log, fields: { thread: 'cluster' } });
const stop = new AbortController();
const database = Database.open(join(data.stateDir, DATABASE_NAME), { readOnly: true });
const segments = new OpenSegments({
  disk: systemDisk,
  database,
  folder: join(data.stateDir, SEGMENTS_FOLDER),
  names: new ColumnNames(),
});
const clients = data.shards.map((access) => new ClusterClient(access));
const calls: ThreadCalls = new ThreadCalls(parentPort, {
  handlers: { status: () => shipper.status(), close },
});
const shipper = new Shipper({
  clock: systemClock,
  log,
  database,
  segments,
  clients,
  host: data.host,
  databaseName: data.databaseName,
  delayMs: data.delayMs,
  backfillRowsPerSecond: data.backfillRowsPerSecond,
  change: (change) => calls.call('change', change),
});
// A loop that fails ends the thread; the daemon starts another one.
const running = shipper.run(stop.signal);

async function close(): Promise<void> {
  stop.abort();
  await running;
  for (const client of clients) await client[Symbol.asyncDispose]();
  segments[Symbol.dispose]();
  database.close();
}
