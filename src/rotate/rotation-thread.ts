/**
 * Rotation on a thread of its own: hashing and copying large files must not keep the control thread from answering.
 *
 * The thread lives for one run. What it needs of ingest it asks through the control thread.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { moduleUrl } from '../base/module-url.ts';
import { type CallHandlers, ThreadCalls } from '../base/thread-call.ts';
import type { Settings } from '../config/settings.ts';
import { INGEST_CALLS, type IngestService } from '../ingest/ingest-service.ts';
import type { RotationRequest } from './rotation-job.ts';
import type { RotationResult } from './rotation-run.ts';

export type RotationWorkerData = Readonly<{ settings: Settings; request: RotationRequest }>;

/** Make one run; rejects only when the thread itself fails, never because a stage did. */
export async function rotateOnThread(
  ingest: IngestService,
  settings: Settings,
  request: RotationRequest,
): Promise<RotationResult> {
  const workerData: RotationWorkerData = { settings: withoutEmail(settings), request };
  const worker = new Worker(moduleUrl('./rotation-worker.ts', import.meta.url), {
    workerData,
    name: 'rotation',
  });
  const handlers: CallHandlers = Object.fromEntries(
    INGEST_CALLS.map((name) => [name, (value: unknown) => ingest[name](value as never)]),
  );
  using calls = new ThreadCalls(worker, { handlers });

  const failed = once(worker, 'error').then(([cause]: unknown[]) => {
    throw cause;
  });
  try {
    return await Promise.race([calls.call<RotationResult>('rotate'), failed]);
  } finally {
    await worker.terminate();
    failed.catch(() => {}); // the thread was ended on purpose
  }
}

/** A rotation sends no mail itself, so it gets no password. */
function withoutEmail(settings: Settings): Settings {
  return { ...settings, email: null };
}
