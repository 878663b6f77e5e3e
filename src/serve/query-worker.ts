/**
 * A query thread: answers one question after another from the store, which it only reads.
 *
 * The store is opened with the first question. A question can be called off through shared memory while it runs;
 * one that does not heed its deadline is ended with its thread, by the pool.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { AlertLog } from '../alert/alert-log.ts';
import { IncidentStore } from '../alert/incident-store.ts';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { ThreadMemory } from '../base/thread-memory.ts';
import type { ClusterAccess } from '../clickhouse/cluster-access.ts';
import { ClusterReader } from '../clickhouse/cluster-reader.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import { SavedQueries } from '../ingest/saved-queries.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { Outbox } from '../notify/outbox.ts';
import { Ledger } from '../watch/ledger.ts';
import type { Answering } from './asked-request.ts';
import { calledOffBy } from './called-off.ts';
import { answerOf } from './query-answers.ts';
import type { AskedQuestion } from './questions.ts';

export type QueryWorkerData = Readonly<{
  stateDir: string;
  cluster: ClusterAccess | null;
  /** The name of this machine, which its own entries have as their host. */
  machine: string | null;
}>;

/** `cancelled[0]` becomes 1 when nobody waits for the answer any more. */
export type SentQuestion = Readonly<{ question: AskedQuestion; cancelled: Int32Array }>;

assert(parentPort !== null, 'a query thread is started by its pool');

const { stateDir, cluster, machine } = workerData as QueryWorkerData;
let opened: Omit<Answering, 'signal'> | null = null;

function openStore(): Omit<Answering, 'signal'> {
  const path = join(stateDir, DATABASE_NAME);
  // Who only asks a cluster has no state: no incidents, no runs, nothing saved.
  const isEmpty = cluster !== null && !existsSync(path);
  const database = isEmpty ? emptyState() : Database.open(path, { readOnly: true });
  const folder = join(stateDir, SEGMENTS_FOLDER);
  return {
    reader:
      cluster === null
        ? StoreReader.open({
            disk: systemDisk,
            clock: systemClock,
            database,
            folder,
            names: new ColumnNames(machine),
            onDamage: ({ segment }) => calls.emit('damaged', segment.number),
          })
        : new ClusterReader({ clock: systemClock, ...cluster }),
    host: cluster === null ? null : machine,
    database,
    incidents: IncidentStore.reader(database),
    clock: systemClock,
    disk: systemDisk,
  };
}

/** The tables of a state in which nothing ever happened. */
function emptyState(): Database {
  const database = Database.open(':memory:');
  IncidentStore.open(database);
  ArchiveBook.open(database);
  new Ledger(database);
  Outbox.open(database, { email: [], routes: [], budget: 20 });
  SavedQueries.open(database);
  AlertLog.open(database);
  return database;
}

void ThreadMemory.watch(systemClock, null, { mayPause: true });

const calls: ThreadCalls = new ThreadCalls(parentPort, {
  handlers: {
    /** Answered as soon as everything is loaded. */
    ready: () => {},
    answer({ question, cancelled }: SentQuestion) {
      opened ??= openStore();
      return answerOf({ ...opened, signal: calledOffBy(cancelled) }, question);
    },
  },
});
