/**
 * What the service manager is told while the daemon runs: a line of status, and that it lives.
 *
 * "It lives" is only said when the work is being done: the ingest thread answers, what was read is committed or the
 * reason why not is known, and a query thread, where there is one, answers a question from the store. A hang in any of them, or in the
 * thread that seals, ends in a restart, and the restart goes on from what is committed. A full disk is no hang: restarting would not
 * make room.
 */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { messageOf } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import type { Log } from '../base/log.ts';
import { formatCounted } from '../base/number-text.ts';
import { notifyService, watchdogIntervalMs } from '../base/service-notify.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { QueriesFull, type QueryPool } from './query-pool.ts';
import { troublesOf } from './troubles.ts';

export type ServiceWatchOptions = Readonly<{
  clock: Clock;
  log: Log;
  status: () => Promise<DaemonStatus>;
  /** Null where the daemon answers no queries. */
  queries: Pick<QueryPool, 'ask' | 'hasThreads'> | null;
  /** Tells people while it lasts. */
  standstill: Readonly<{ begin: (sinceMs: number) => void; end: () => Promise<void> }>;
}>;

/** How often the status line is told where no watchdog asks for more. */
const STATUS_INTERVAL_MS = 20_000;
/** A thread that is so long in one piece of work waits for a disk. Soon enough to tell people before a watchdog ends the process. */
const SILENT_MS_MAX = 30_000;
/** A process that was stopped or slept finds its timers due before any answer: so long the answer may take then. */
const AWAKE_MS = 2_000;
/** A full head takes a second to seal, and one that waits for a large merge some more; a disk that stalls may take a minute. */
const COMMIT_MS_MAX = 2 * 60_000;

export class ServiceWatch implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(options: ServiceWatchOptions) {
    this.#running = this.#run(options);
  }

  static start(options: ServiceWatchOptions): ServiceWatch {
    return new ServiceWatch(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // A check that hangs is what it waits for; the stop must not.
    await Promise.race([this.#running, Promise.resolve()]);
  }

  async #run(options: ServiceWatchOptions): Promise<void> {
    const { clock, log } = options;
    const { signal } = this.#stop;
    const intervalMs = watchdogIntervalMs() ?? STATUS_INTERVAL_MS;
    while (!signal.aborted) {
      try {
        const line = await saidWhileSilent(options, lookAlive(options, signal));
        if (signal.aborted) return;
        await notifyService(`WATCHDOG=1\nSTATUS=${line}`);
      } catch (cause) {
        if (signal.aborted) return;
        log.error({ error: messageOf(cause) }, 'The daemon does not answer itself');
      }
      await clock.sleep(intervalMs, { signal, holdsProcess: false });
    }
  }
}

/** Said while it lasts: whoever has no watchdog learns it from nothing else. */
async function saidWhileSilent<Line>(
  options: ServiceWatchOptions,
  looking: Promise<Line>,
): Promise<Line> {
  const done = new AbortController();
  void sayInTime(options, done.signal);
  try {
    const line = await looking;
    void options.standstill.end();
    return line;
  } finally {
    done.abort();
  }
}

async function sayInTime(
  { clock, log, standstill }: ServiceWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = clock.nowMs();
  await clock.sleep(SILENT_MS_MAX, { signal, holdsProcess: false });
  await clock.sleep(AWAKE_MS, { signal, holdsProcess: false });
  if (signal.aborted) return;
  log.error(
    { silentMs: SILENT_MS_MAX },
    'The daemon does not answer itself: does the disk of its state folder, or of a log, hang?',
  );
  standstill.begin(sinceMs);
}

/** One look at the threads that do the work; the status line. Rejects where one of them does not answer. */
export async function lookAlive(
  options: Pick<ServiceWatchOptions, 'clock' | 'status' | 'queries'>,
  signal: AbortSignal,
): Promise<string> {
  const status = await options.status();
  const { committingForMs } = status.ingest;
  if (committingForMs !== null && committingForMs > COMMIT_MS_MAX) {
    throw new Error(
      `a batch has been on its way into the index for ${formatDuration(committingForMs)}: the sealing thread hangs`,
    );
  }
  try {
    if (options.queries?.hasThreads) {
      const asked = { kind: 'incidents', question: { limit: 1 } } as const;
      await options.queries.ask(asked, { signal, isCheck: true });
    }
  } catch (cause) {
    // Threads that are busy are threads that live: each is ended and replaced at its deadline.
    if (!(cause instanceof QueriesFull)) throw cause;
  }
  return statusLine(status, options.clock.nowMs());
}

/** As `systemctl status` shows it: what is wrong, and what is being done. */
export function statusLine(status: DaemonStatus, nowMs: number): string {
  const { ingest } = status;
  const troubles = troublesOf(status, nowMs);
  const files = formatCounted(ingest.fileTotals.count - ingest.fileTotals.unreadableCount, 'file');
  const entries = formatCounted(ingest.storedEntryCount, 'entry', 'entries');
  const lead = troubles.length === 0 ? '' : `Needs you: ${troubles.join('; ')}. `;
  // One line: whatever a system error says, it must not be read as another assignment.
  return escapeTerminal(`${lead}Following ${files}, ${entries} indexed`.replace(/\s+/g, ' '));
}
