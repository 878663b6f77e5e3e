/**
 * The thread that looks up what alert mails show: a query thread that knows this one question.
 *
 * It is there all the time where mails may be sent, so it loads what this question needs and no more: two thirds of the
 * memory of a query thread, and half its time to start.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { ThreadMemory } from '../base/thread-memory.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { answerAlertDetails } from './alert-details.ts';
import { calledOffBy } from './called-off.ts';
import type { QueryWorkerData, SentQuestion } from './query-worker.ts';

assert(parentPort !== null, 'a lookup thread is started by its pool');

const { stateDir, machine } = workerData as QueryWorkerData;
let reader: StoreReader | null = null;

function openReader(): StoreReader {
  return StoreReader.open({
    disk: systemDisk,
    clock: systemClock,
    database: Database.open(join(stateDir, DATABASE_NAME), { readOnly: true }),
    folder: join(stateDir, SEGMENTS_FOLDER),
    names: new ColumnNames(machine),
    onDamage: ({ segment }) => calls.emit('damaged', segment.number),
  });
}

void ThreadMemory.watch(systemClock, null, { mayPause: true });

const calls: ThreadCalls = new ThreadCalls(parentPort, {
  handlers: {
    /** Answered as soon as everything is loaded. */
    ready: () => {},
    answer({ question: asked, cancelled }: SentQuestion) {
      assert(asked.kind === 'alertDetails', 'only what mails show is asked of a lookup thread');
      reader ??= openReader();
      const looking = { reader, clock: systemClock, signal: calledOffBy(cancelled) };
      return answerAlertDetails(looking, asked.question);
    },
  },
});
