/** The sealing thread: groups, compresses, writes and syncs, so that the ingest thread goes on reading. See `SealThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { systemDisk } from '../base/disk.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { ThreadMemory } from '../base/thread-memory.ts';
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { type SealContext, Sealer } from './seal.ts';
import type { DensifyOrder, MergeOrder, SealAnswer, SealOrder } from './seal-thread.ts';
import { addNames, receiveColumns } from './sent-columns.ts';

assert(parentPort !== null, 'a sealing thread is started by its engine');

const sealer = new Sealer(systemDisk, workerData as SealContext);
const columns = new EntryColumns(new ColumnNames());

void ThreadMemory.watch(systemClock, null, { mayPause: true });

new ThreadCalls(parentPort, {
  handlers: {
    seal({ columns: received, added, ends, stamp, known }: SealOrder): SealAnswer {
      addNames(columns.names, added);
      receiveColumns(received, columns);
      try {
        return { sealed: sealer.seal(columns, ends, stamp, known) };
      } catch (thrown) {
        return { thrown };
      }
    },
    densify: ({ input, stamp }: DensifyOrder) => sealer.densify(input, stamp),
    merge: ({ inputs, stamp, dropped }: MergeOrder) => sealer.merge(inputs, stamp, dropped),
  },
});
