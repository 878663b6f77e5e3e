/** The sealing thread: encodes heads, and merges segments, so that the ingest thread goes on reading. See `SealThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { systemDisk } from '../base/disk.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { ThreadMemory } from '../base/thread-memory.ts';
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { type SealContext, Sealer } from './seal.ts';
import type { DensifyOrder, EncodedHead, EncodeOrder, MergeOrder } from './seal-thread.ts';
import { addNames, receiveColumns } from './sent-columns.ts';
import { Shelf } from './shelf.ts';

assert(parentPort !== null, 'a sealing thread is started by its engine');

const sealer = new Sealer(systemDisk, workerData as SealContext);
const columns = new EntryColumns(new ColumnNames());

void ThreadMemory.watch(systemClock, null, { mayPause: true });

new ThreadCalls(parentPort, {
  handlers: {
    encode({ columns: received, added, ends, stamp, known, room }: EncodeOrder): EncodedHead {
      addNames(columns.names, added);
      receiveColumns(received, columns);
      const shelf = new Shelf(room);
      const encoded = sealer.encode(columns, ends, stamp, known);
      return { segments: [...encoded.map((segment) => shelf.put(segment))], room: shelf.room };
    },
    densify: ({ input, stamp }: DensifyOrder) => sealer.densify(input, stamp),
    merge: ({ inputs, stamp, dropped }: MergeOrder) => sealer.merge(inputs, stamp, dropped),
  },
});
