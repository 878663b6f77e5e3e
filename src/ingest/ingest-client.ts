/**
 * The control thread's end of the ingest thread: start it, ask it, hear from it, stop it.
 *
 * Everything that writes the state database goes through here, so that there is one writer.
 */
import { once } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log, LogStyle } from '../base/log.ts';
import { moduleUrl } from '../base/module-url.ts';
import { areThreadsAtWork } from '../base/process-usage.ts';
import { Thread } from '../base/thread.ts';
import { endOfThread, ThreadCalls } from '../base/thread-call.ts';
import { withoutPasswords } from '../config/passwords.ts';
import type { LogLevel, Settings } from '../config/settings.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import type { FileRows } from '../model/file-rows.ts';
import type { Notification } from '../model/notification.ts';
import type { DeliveryResult, DueRequest, OutboxRow } from '../notify/outbox.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import type { BookChange } from './archive-change.ts';
import type { ArchiveRow } from './archive-row.ts';
import type { ClusterChange } from './cluster-change.ts';
import type { ImportRequest, ImportState } from './import-jobs.ts';
import type { IngestService } from './ingest-service.ts';
import type { IngestStatus } from './ingest-status.ts';
import type { DrainResult } from './read-loop.ts';
import type { SavedQueryChange } from './saved-queries.ts';

/** Time to finish what was read and commit it before the thread is given up, where nothing comes of it. */
const STOP_MS_MAX = 4_000;
/**
 * The same where it works: while others keep the machine busy, what takes half a second takes many times as long. Those who stop
 * containers wait for ten seconds, the unit for 30.
 */
const BUSY_STOP_MS_MAX = 7_000;
/** How often that is looked at, and for how long nothing works before nothing will. */
const WORK_LOOK_MS = 100;
const NO_WORK_MS_MAX = 1_000;

/** Of the thread, when it was told to close: it has; it works on it; or nothing comes of it. */
type Closing = 'closed' | 'busy' | 'stuck';

/** Where a read holds it that the system does not give back, not at all. */
export const THREAD_END_MS_MIN = 250;
/** Else when it gets its turn: an idle one soon, the others when a piece is encoded. A process that is killed has failed, to who stopped it. */
const THREAD_END_MS_MAX: Readonly<Record<Closing, number>> = {
  closed: 5_000,
  busy: 10_000,
  stuck: THREAD_END_MS_MIN,
};

/** How the thread's own log looks; it writes to the same stream as the control thread's. */
export type WorkerLog = Readonly<{
  level: LogLevel;
  style: LogStyle;
  colour: boolean;
  descriptor: number;
}>;

/** What the thread is told when it is to open. */
export type IngestOpening = Readonly<{ settings: Settings; log: WorkerLog }>;

/** A thread on its way, and what ends it, heard from its first moment on: the error, or null. */
export type IngestThread = Readonly<{ worker: Thread; ended: Promise<unknown> }>;

export type IngestClientOptions = Readonly<{
  clock: Clock;
  log: Log;
  settings: Settings;
  workerLog: WorkerLog;
  /** Started before (`startThread`); default: started now. Ended with the client. */
  thread?: IngestThread;
  /** The outbox has rows to deliver. */
  onOutbox: () => void;
}>;

export class IngestClient implements IngestService, AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #worker: Thread;
  readonly #calls: ThreadCalls;
  /** Settles when the thread has ended: null when it was stopped, else why it died. */
  readonly ended: Promise<Error | null>;
  #stopping = false;

  private constructor(options: IngestClientOptions, { worker, ended }: IngestThread) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#worker = worker;
    this.#calls = new ThreadCalls(worker, { events: { outbox: options.onOutbox } });
    this.ended = this.#end(ended);
  }

  /** The thread alone: it loads what it needs while its starter still reads the config. Whoever does not go on ends it. */
  static startThread(): IngestThread {
    const worker = Thread.start(moduleUrl('./ingest-worker.ts', import.meta.url), {
      name: 'ingest',
    });
    const failed = once(worker, 'error').then(([cause]: unknown[]) => cause);
    const exited = once(worker, 'exit').then(() => null);
    return { worker, ended: Promise.race([failed, exited]) };
  }

  /** Resolves when the state of the thread is open and recovered. The caller holds the state lock. */
  static async start(options: IngestClientOptions): Promise<IngestClient> {
    const thread = options.thread ?? IngestClient.startThread();
    const opening: IngestOpening = {
      settings: withoutPasswords(options.settings),
      log: options.workerLog,
    };
    const client = new IngestClient(options, thread);
    try {
      await client.#calls.call('open', opening);
    } catch (cause) {
      client.#stopping = true;
      await thread.worker.end();
      throw cause;
    }
    return client;
  }

  status(files?: FileRows): Promise<IngestStatus> {
    return this.#calls.call('status', files);
  }

  drain(): Promise<DrainResult> {
    return this.#calls.call('drain');
  }

  archivable(): Promise<ArchivableFile[]> {
    return this.#calls.call('archivable');
  }

  applyBook(change: BookChange): Promise<number[]> {
    return this.#calls.call('applyBook', change);
  }

  unfinishedMoves(): Promise<ArchiveRow[]> {
    return this.#calls.call('unfinishedMoves');
  }

  agesBehindMs(): Promise<number> {
    return this.#calls.call('agesBehindMs');
  }

  lastRunAtMs(): Promise<number | null> {
    return this.#calls.call('lastRunAtMs');
  }

  enqueue(notification: Notification): Promise<void> {
    return this.#calls.call('enqueue', notification);
  }

  dueDeliveries(request: DueRequest): Promise<OutboxRow[]> {
    return this.#calls.call('dueDeliveries', request);
  }

  recordDelivery(result: DeliveryResult): Promise<void> {
    return this.#calls.call('recordDelivery', result);
  }

  actOnAlerts(request: AlertRequest): Promise<void> {
    return this.#calls.call('actOnAlerts', request);
  }

  changeSavedQuery(change: SavedQueryChange): Promise<boolean> {
    return this.#calls.call('changeSavedQuery', change);
  }

  startImport(request: ImportRequest): Promise<number> {
    return this.#calls.call('startImport', request);
  }

  importState(id: number): Promise<ImportState> {
    return this.#calls.call('importState', id);
  }

  checkSegment(number: number): Promise<void> {
    return this.#calls.call('checkSegment', number);
  }

  applyCluster(change: ClusterChange): Promise<void> {
    return this.#calls.call('applyCluster', change);
  }

  /** Go on with the settings of a reload. */
  reconfigure(settings: Settings): Promise<void> {
    return this.#calls.call('reconfigure', withoutPasswords(settings));
  }

  /** Finish what was read, commit, close. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const enough = new AbortController();
    const closed = this.#close(enough.signal);
    const closing = await Promise.race([closed, this.#patience(enough.signal)]);
    enough.abort();
    if (closing === 'busy') {
      this.#log.warn(
        {},
        'This machine is too busy to commit in time what was read last; it is read again at the next start',
      );
    }
    if (!(await this.#worker.endWithin(this.#clock, THREAD_END_MS_MAX[closing]))) {
      const why = closing === 'stuck' ? ' (a read that the system does not give back?)' : '';
      this.#log.warn({}, `The ingest thread has not ended${why}; it is left behind`);
    }
    this.#calls[Symbol.dispose]();
  }

  async #close(enough: AbortSignal): Promise<Closing> {
    try {
      await this.#calls.call('close');
    } catch (cause) {
      // One that was given up is no news.
      if (!enough.aborted) this.#log.error({ cause }, 'The ingest thread could not close cleanly');
    }
    return 'closed';
  }

  /** Resolves when no thread works any more, or has for too long: why it is not waited for. */
  async #patience(enough: AbortSignal): Promise<Closing> {
    const fromMs = this.#clock.monotonicMs();
    await this.#clock.sleep(STOP_MS_MAX - NO_WORK_MS_MAX, { signal: enough });
    let workedAtMs = this.#clock.monotonicMs();
    while (!enough.aborted) {
      await this.#clock.sleep(WORK_LOOK_MS, { signal: enough });
      const nowMs = this.#clock.monotonicMs();
      if (areThreadsAtWork()) workedAtMs = nowMs;
      if (nowMs - workedAtMs >= NO_WORK_MS_MAX) return 'stuck';
      if (nowMs - fromMs >= BUSY_STOP_MS_MAX) return 'busy';
    }
    return 'closed';
  }

  async #end(ended: Promise<unknown>): Promise<Error | null> {
    const cause = await ended;
    const why = cause === null ? '' : `: ${messageOf(cause)}`;
    this.#calls.gone(`the ingest thread ended${why}`);
    if (this.#stopping) return null;
    return cause instanceof Error
      ? endOfThread(cause)
      : new Error(
          `The ingest thread ended by itself: ${cause === null ? 'no error' : messageOf(cause)}`,
        );
  }
}
