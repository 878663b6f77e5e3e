/** The ingest thread: one `Ingest`, its loop, and the calls it serves. Started by `IngestClient`. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { openLog, type RootLog } from '../base/log.ts';
import { type CallHandlers, ThreadCalls } from '../base/thread-call.ts';
import { collectAll, ThreadMemory } from '../base/thread-memory.ts';
import type { Settings } from '../config/settings.ts';
import { Ingest } from './ingest.ts';
import type { IngestOpening } from './ingest-client.ts';
import { INGEST_CALLS } from './ingest-service.ts';

assert(parentPort !== null, 'this file runs as a worker');

const stop = new AbortController();
let ingest: Ingest | null = null;
let log: RootLog | null = null;
let running: Promise<void> = Promise.resolve();

const serviceHandlers: CallHandlers = Object.fromEntries(
  INGEST_CALLS.map((name) => [name, (value: unknown) => serve(name, value)]),
);

const calls: ThreadCalls = new ThreadCalls(parentPort, {
  handlers: { ...serviceHandlers, open, close, reconfigure },
});

async function open({ settings, log: logOptions }: IngestOpening): Promise<void> {
  log = openLog({ ...logOptions, fields: { thread: 'ingest' } });
  ingest = await Ingest.open({
    disk: systemDisk,
    clock: systemClock,
    log,
    settings,
    onOutbox: () => calls.emit('outbox'),
    onLetGo: collectAll,
  });
  // A loop that fails ends the thread, and with it the daemon: what is committed is safe, the rest is read again.
  running = ingest.run(stop.signal);
  void ThreadMemory.watch(systemClock, stop.signal, { mayPause: true });
}

async function close(): Promise<void> {
  stop.abort();
  await running;
  await ingest?.[Symbol.asyncDispose]();
  ingest = null;
}

async function reconfigure(next: Settings): Promise<void> {
  log?.setLevel(next.log.level);
  await opened().reconfigure(next);
}

function serve(name: (typeof INGEST_CALLS)[number], value: unknown): unknown {
  const service = opened().service();
  return service[name](value as never);
}

function opened(): Ingest {
  if (ingest !== null) return ingest;
  throw new OperatorError('DAEMON_REFUSED', 'Cannot do this while the daemon starts or stops');
}
