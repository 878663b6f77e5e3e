/**
 * Rotation on a thread of its own: hashing and copying large files must not keep the control thread from answering.
 *
 * The thread lives for one task. What it needs of ingest it asks through the control thread. It may be ended
 * at any moment: what it leaves unfinished is in the book, and settled by the next one.
 */
import { once } from 'node:events';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import { type CallHandlers, ThreadCalls } from '../base/thread-call.ts';
import type { Settings } from '../config/settings.ts';
import { INGEST_CALLS, type IngestService } from '../ingest/ingest-service.ts';
import type { Recovered } from './archive-recovery.ts';
import type { RotationRequest } from './rotation-request.ts';
import type { RotationResult } from './rotation-run.ts';

export type RotationWorkerData = Readonly<{ settings: Settings }>;

type ThreadOptions = Readonly<{ settings: Settings; signal: AbortSignal }>;

/** Make one run; rejects only when the thread itself fails or is called off, never because a stage failed. */
export function rotateOnThread(
  ingest: IngestService,
  request: RotationRequest,
  options: ThreadOptions,
): Promise<RotationResult> {
  return onThread(ingest, options, (calls) => calls.call('rotate', request));
}

/** Settle what an earlier run left unfinished. */
export function recoverOnThread(
  ingest: IngestService,
  options: ThreadOptions,
): Promise<Recovered[]> {
  return onThread(ingest, options, (calls) => calls.call('recover'));
}

async function onThread<T>(
  ingest: IngestService,
  { settings, signal }: ThreadOptions,
  task: (calls: ThreadCalls) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const workerData: RotationWorkerData = { settings: withoutEmail(settings) };
  const worker = Thread.start(moduleUrl('./rotation-worker.ts', import.meta.url), {
    workerData,
    name: 'rotation',
  });
  const handlers: CallHandlers = Object.fromEntries(
    INGEST_CALLS.map((name) => [name, (value: unknown) => ingest[name](value as never)]),
  );
  using calls = new ThreadCalls(worker, { handlers });

  const ended = new AbortController();
  const failed = once(worker, 'error', { signal: ended.signal }).then(([cause]: unknown[]) => {
    throw cause;
  });
  const calledOff = once(signal, 'abort', { signal: ended.signal }).then(() => {
    throw signal.reason;
  });
  try {
    return await Promise.race([task(calls), failed, calledOff]);
  } finally {
    // Both end with the thread, unheard.
    failed.catch(() => {});
    calledOff.catch(() => {});
    ended.abort();
    await worker.end();
  }
}

/** A rotation sends no mail itself, so it gets no password. */
function withoutEmail(settings: Settings): Settings {
  return { ...settings, email: null };
}
