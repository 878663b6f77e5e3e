/**
 * Query threads, so that no question holds up the control thread: one question at a time on each, the others wait.
 *
 * - A thread that does not heed its deadline is ended and replaced: whatever a query does, it stops.
 * - A question whose asker has gone is called off, waiting or running.
 * - Where there are several threads one is left to short questions: whoever types waits for no count of everything.
 * - A thread that nobody asked for a while is ended: it takes memory, and the next one starts in a second.
 * - Where the config names another engine or another password (`reconfigure`), threads that know the old one end.
 * - Where a second is too long (`keepReady`), one thread is there before anybody asks, warm from a rehearsal, and stays.
 * - When too many wait, new ones are refused at once (`QueriesFull`): an answer after a minute is no answer.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import type { ClusterAccess } from '../clickhouse/cluster-access.ts';
import { isLong } from './long-question.ts';
import { isStopped } from './query-stopped.ts';
import type { QueryWorkerData, SentQuestion } from './query-worker.ts';
import type { Answers, AskedQuestion } from './questions.ts';

/** Who answers. */
export type PoolEngine = Readonly<{
  /** Asked instead of the local store. */
  cluster?: ClusterAccess | null;
  /** The name of this machine, which entries without a host of their own have. */
  machine?: string | null;
}>;

export type QueryPoolOptions = PoolEngine &
  Readonly<{
    clock: Clock;
    log: Log;
    stateDir: string;
    /** `lookup` answers what mails ask and nothing else; it takes less memory and starts sooner. Default `query`. */
    program?: ThreadProgram;
    /** Threads at most; they start when they are needed. Default 2. */
    threadCountMax?: number;
    /** How long a question may run. Default 10 s. */
    deadlineMs?: number;
    /** How long a thread waits for its next question. Default a minute. */
    idleMs?: number;
    /** Told of the number of a segment that a thread found damaged, by each thread that does. */
    onDamage?: DamageListener;
  }>;

type DamageListener = (segment: number) => void;

export type AskOptions = Readonly<{
  signal?: AbortSignal;
  /** Nobody's question, but a look whether threads answer: it does not keep one from being ended as idle. */
  isCheck?: boolean;
  /** Where the question may take longer than others (a report). */
  deadlineMs?: number;
}>;

export type ThreadProgram = keyof typeof PROGRAMS;

const PROGRAMS = {
  query: moduleUrl('./query-worker.ts', import.meta.url),
  lookup: moduleUrl('./lookup-worker.ts', import.meta.url),
} as const;

const THREAD_COUNT_DEFAULT = 2;
const DEADLINE_MS_DEFAULT = 10_000;
/** A page that is open asks more often than this. */
const IDLE_MS_DEFAULT = 60_000;
/** A thread starts in a second where the machine is free; a question's own time begins when it has. */
const START_MS_MAX = 30_000;
/** What a thread has to stop by itself behind the deadline, before it is ended. */
const GRACE_MS = 1_000;
/** Questions that wait for a thread: a page of the dashboard asks three at a time. */
const WAITING_MAX = 64;
/** Heap of a thread; a query that needs more ends its thread, not the daemon. */
const HEAP_MEGABYTES_MAX = 1_024;

/** Too many questions are waiting. */
export class QueriesFull extends Error {
  override name = 'QueriesFull';
}

type Waiting = {
  asked: AskedQuestion;
  deadlineMs: number;
  isCheck: boolean;
  cancelled: Int32Array;
  resolve: (answer: unknown) => void;
  reject: (reason: unknown) => void;
};

export class QueryPool implements AsyncDisposable {
  readonly #options: QueryPoolOptions;
  readonly #waiting: Waiting[] = [];
  readonly #idle: QueryThread[] = [];
  readonly #threads = new Set<QueryThread>();
  #closed = false;
  /** What a thread is started with. */
  #workerData: QueryWorkerData;
  /** Long questions under way. */
  #longCount = 0;
  /** Asked of a thread that is started to be there; null: threads start when they are needed. */
  #rehearsal: AskedQuestion | null = null;
  /** Questions answered or refused since the start, and the time their threads spent. */
  readonly counts = { asked: 0, stopped: 0, refused: 0, busyMs: 0 };

  private constructor(options: QueryPoolOptions) {
    this.#options = options;
    this.#workerData = workerDataOf(options.stateDir, options);
  }

  static open(options: QueryPoolOptions): QueryPool {
    return new QueryPool(options);
  }

  get deadlineMs(): number {
    return this.#options.deadlineMs ?? DEADLINE_MS_DEFAULT;
  }

  /** Whether there is a thread at all: without one nothing can hang. */
  get hasThreads(): boolean {
    return this.#threads.size > 0;
  }

  /**
   * Have one thread there at all times, which has answered `rehearsal`: its code is compiled, its store is open. Null: end
   * it when nobody asks.
   */
  keepReady(rehearsal: AskedQuestion | null): void {
    this.#rehearsal = rehearsal;
    this.#rehearse();
    if (rehearsal === null) this.#restAnew();
  }

  /** Who answers from now on; what is being answered is answered by who was asked. */
  reconfigure(engine: PoolEngine): void {
    const workerData = workerDataOf(this.#options.stateDir, engine);
    if (JSON.stringify(workerData) === JSON.stringify(this.#workerData)) return;
    this.#workerData = workerData;
    this.#restAnew();
    this.#rehearse();
  }

  /** Throws `OperatorError` (QUERY_STOPPED, …) or `QueriesFull`. */
  ask<Kind extends AskedQuestion['kind']>(
    asked: Extract<AskedQuestion, { kind: Kind }>,
    { signal, deadlineMs = this.deadlineMs, isCheck = false }: AskOptions = {},
  ): Promise<Answers[Kind]> {
    this.counts.asked += 1;
    if (this.#closed || this.#waiting.length >= WAITING_MAX) {
      this.counts.refused += 1;
      return Promise.reject(new QueriesFull(`${WAITING_MAX} queries are waiting already`));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answers[Kind]>();
    const waiting: Waiting = {
      asked,
      deadlineMs,
      isCheck,
      cancelled: new Int32Array(new SharedArrayBuffer(4)),
      resolve: resolve as Waiting['resolve'],
      reject,
    };
    const callOff = (): void => this.#callOff(waiting);
    signal?.addEventListener('abort', callOff, { once: true });
    this.#waiting.push(waiting);
    this.#next();
    // A follower asks with one signal for days: what it listens for would hold every answer.
    return promise.finally(() => signal?.removeEventListener('abort', callOff));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(stopped('the daemon stops'));
    await Promise.all([...this.#threads].map((thread) => thread.end('the daemon stops')));
  }

  /** Where no thread is left and one shall be. */
  #rehearse(): void {
    if (this.#rehearsal === null || this.#threads.size > 0 || this.#closed) return;
    this.ask(this.#rehearsal, { isCheck: true }).catch((cause: unknown) => {
      // Whoever asks in earnest is told the same again.
      if (!this.#closed) this.#options.log.warn({ cause }, 'A query thread could not get ready');
    });
  }

  #callOff(waiting: Waiting): void {
    Atomics.store(waiting.cancelled, 0, 1);
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    waiting.reject(stopped('it was called off'));
  }

  #next(): void {
    const index = this.#closed ? -1 : this.#waiting.findIndex(({ asked }) => this.#mayRun(asked));
    if (index < 0) return;
    const thread = this.#takeIdle() ?? this.#start();
    if (thread === null) return;
    void this.#run(thread, this.#waiting.splice(index, 1)[0]!);
  }

  #mayRun(asked: AskedQuestion): boolean {
    return !isLong(asked) || this.#longCount < Math.max(1, this.#threadCountMax - 1);
  }

  get #threadCountMax(): number {
    return this.#options.threadCountMax ?? THREAD_COUNT_DEFAULT;
  }

  /** A thread may also end between two questions. */
  #takeIdle(): QueryThread | undefined {
    let thread = this.#idle.pop();
    while (thread?.hasEnded) {
      this.#threads.delete(thread);
      thread = this.#idle.pop();
    }
    return thread;
  }

  #start(): QueryThread | null {
    const { program = 'query' } = this.#options;
    if (this.#threads.size >= this.#threadCountMax) return null;
    const thread = QueryThread.start(program, this.#workerData, this.#options.onDamage);
    this.#threads.add(thread);
    return thread;
  }

  async #run(thread: QueryThread, waiting: Waiting): Promise<void> {
    const { asked, deadlineMs, cancelled, resolve, reject } = waiting;
    const { clock, log } = this.#options;
    const startedMs = clock.monotonicMs();
    thread.wanted?.abort();
    if (!waiting.isCheck) thread.lastUsedMs = startedMs;
    const finished = new AbortController();
    const share = isLong(asked) ? 1 : 0;
    this.#longCount += share;
    try {
      this.#endAfter(START_MS_MAX + deadlineMs, thread, finished.signal);
      await thread.ready;
      this.#endAfter(deadlineMs + GRACE_MS, thread, finished.signal);
      resolve(await thread.answer({ question: asked, cancelled }));
    } catch (error) {
      const isStop = thread.hasEnded || isStopped(error);
      if (isStop) this.counts.stopped += 1;
      else if (!(error instanceof OperatorError))
        log.error({ cause: error, kind: asked.kind }, 'A query failed');
      reject(thread.hasEnded ? stopped(messageOf(error)) : error);
    } finally {
      finished.abort();
      this.#longCount -= share;
      this.counts.busyMs += clock.monotonicMs() - startedMs;
      if (thread.hasEnded) this.#threads.delete(thread);
      else this.#rest(thread);
      this.#next();
      // A rehearsal that ended its thread would do so again.
      if (!waiting.isCheck) this.#rehearse();
    }
  }

  #endAfter(ms: number, thread: QueryThread, finished: AbortSignal): void {
    void this.#options.clock
      .sleep(ms, { signal: finished, holdsProcess: false })
      .then(() => (finished.aborted ? undefined : thread.end('it ran too long')));
  }

  /** What decides how long they wait has changed. */
  #restAnew(): void {
    for (const thread of this.#idle.splice(0)) {
      thread.wanted?.abort();
      this.#rest(thread);
    }
  }

  /** Wait for the next question; a thread that waits too long is ended, but the last one where one is kept ready. */
  #rest(thread: QueryThread): void {
    const { clock, idleMs = IDLE_MS_DEFAULT } = this.#options;
    if (thread.workerData !== this.#workerData) {
      this.#threads.delete(thread);
      void thread.end('the config was changed');
      return;
    }
    const wanted = new AbortController();
    thread.wanted = wanted;
    this.#idle.push(thread);
    const leftMs = Math.max(0, thread.lastUsedMs + idleMs - clock.monotonicMs());
    void clock.sleep(leftMs, { signal: wanted.signal, holdsProcess: false }).then(() => {
      const index = this.#idle.indexOf(thread);
      if (wanted.signal.aborted || index < 0) return undefined;
      if (this.#rehearsal !== null && this.#threads.size === 1) return undefined;
      this.#idle.splice(index, 1);
      this.#threads.delete(thread);
      return thread.end('nobody asks');
    });
  }
}

function workerDataOf(
  stateDir: string,
  { cluster = null, machine = null }: PoolEngine,
): QueryWorkerData {
  return { stateDir, cluster, machine };
}

function stopped(reason: string): OperatorError {
  return new OperatorError('QUERY_STOPPED', `Cannot finish the query: ${reason}`, {
    hint: 'Ask for a shorter time range, or for a word that is rarer',
  });
}

/** One thread, and whether it is still there. */
class QueryThread {
  readonly #worker: Thread;
  readonly #calls: ThreadCalls;
  readonly workerData: QueryWorkerData;
  hasEnded = false;
  readonly ready: Promise<void>;
  /** On the monotonic clock; checks do not count. */
  lastUsedMs = Number.NEGATIVE_INFINITY;
  /** Aborted when a resting thread gets its next question. */
  wanted: AbortController | null = null;

  private constructor(worker: Thread, workerData: QueryWorkerData, onDamage: DamageListener) {
    this.#worker = worker;
    this.workerData = workerData;
    this.#calls = new ThreadCalls(worker, { events: { damaged: onDamage } });
    worker.on('error', (error) => this.#gone(messageOf(error)));
    worker.on('exit', () => this.#gone('its thread ended'));
    worker.unref();
    this.ready = this.#calls.call('ready');
    // Asked for by each question; a thread that ends before there is one rejects nobody's promise.
    this.ready.catch(() => {});
  }

  static start(
    program: ThreadProgram,
    workerData: QueryWorkerData,
    onDamage: DamageListener = () => {},
  ): QueryThread {
    return new QueryThread(
      Thread.start(PROGRAMS[program], {
        workerData,
        name: program,
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES_MAX },
      }),
      workerData,
      onDamage,
    );
  }

  answer(sent: SentQuestion): Promise<unknown> {
    return this.#calls.call('answer', sent);
  }

  async end(reason: string): Promise<void> {
    this.#gone(reason);
    await this.#worker.end();
  }

  #gone(reason: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#calls.gone(reason);
  }
}
