/** The rotation thread: makes a run or settles an unfinished one, with ingest reached through the thread that started it. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { systemDisk } from '../base/disk.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { INGEST_CALLS, type IngestService } from '../ingest/ingest-service.ts';
import { type JobParts, recoverMoves, rotate } from './rotation-job.ts';
import type { RotationRequest } from './rotation-request.ts';
import type { RotationWorkerData } from './rotation-thread.ts';

assert(parentPort !== null, 'this file runs as a worker');

const { settings } = workerData as RotationWorkerData;
const calls: ThreadCalls = new ThreadCalls(parentPort, {
  handlers: {
    rotate: (request: RotationRequest) => rotate(jobParts(), settings, request),
    recover: () => recoverMoves(jobParts(), settings),
  },
});

function jobParts(): JobParts {
  return { clock: systemClock, disk: systemDisk, ingest: remoteIngest() };
}

function remoteIngest(): IngestService {
  const remote = Object.fromEntries(
    INGEST_CALLS.map((name) => [name, (value: unknown) => calls.call(name, value)]),
  );
  return remote as unknown as IngestService;
}
