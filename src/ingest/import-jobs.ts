/**
 * Files that are brought in while the daemon runs: one after the other, on the ingest thread, between the turns that read
 * watched files. Whoever asked looks at how far it is; one that the daemon's end breaks off goes on where it stopped, when
 * it is asked for again.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { type Imported, type ImportOptions, importFile } from './import-file.ts';
import type { Ingest } from './ingest.ts';

export type ImportRequest = Readonly<{ path: string }> &
  Pick<ImportOptions, 'source' | 'tags' | 'format' | 'timezone' | 'again'>;

export type ImportState = Readonly<{
  /** Of the file, twice over: once for its hash, once for its entries. */
  readBytes: number;
  result: Imported | null;
  failure: ImportFailure | null;
}>;

export type ImportFailure = Readonly<{
  message: string;
  hint: string | null;
  /** What the system refused it with, such as ENOENT; null where it was not the system. */
  systemCode: string | null;
}>;

type Job = { readBytes: number; result: Imported | null; failure: ImportFailure | null };

/** Waiting or at work; a command asks for one file at a time. */
const OPEN_MAX = 100;
/** Finished ones that can still be asked about. */
const KEPT_MAX = 1_000;
/**
 * A piece takes milliseconds; a read of a network mount that hangs never ends. A quarter of what the thread has for its end
 * (`ingest-client.ts`): the last commit gets the rest.
 */
export const IMPORT_STOP_MS_MAX = 1_000;

export class ImportJobs {
  readonly #clock: Clock;
  readonly #ingest: Ingest;
  readonly #jobs = new Map<number, Job>();
  #lastId = 0;
  #openCount = 0;
  #isStopped = false;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock, ingest: Ingest) {
    this.#clock = clock;
    this.#ingest = ingest;
  }

  /** The number of the job, which begins when those before it have ended. */
  start(request: ImportRequest): number {
    if (this.#openCount >= OPEN_MAX) {
      throw new OperatorError(
        'DAEMON_REFUSED',
        `Cannot import "${request.path}": ${OPEN_MAX} files are waiting already`,
        { hint: 'Ask again when some of them are done' },
      );
    }
    this.#lastId += 1;
    const job: Job = { readBytes: 0, result: null, failure: null };
    this.#jobs.set(this.#lastId, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > KEPT_MAX) this.#jobs.delete(oldest!);
    this.#openCount += 1;
    this.#last = this.#last.then(() => this.#run(request, job));
    return this.#lastId;
  }

  state(id: number): ImportState {
    const job = this.#jobs.get(id);
    if (job !== undefined) return { ...job };
    throw new OperatorError('DAEMON_REFUSED', `Cannot tell how import ${id} is: it is not known`);
  }

  /** What is under way breaks off at its next piece; one that does not come in time breaks off when it comes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const enough = new AbortController();
    const { signal } = enough;
    await Promise.race([this.#last, this.#clock.sleep(IMPORT_STOP_MS_MAX, { signal })]);
    enough.abort();
  }

  async #run(request: ImportRequest, job: Job): Promise<void> {
    const { path, ...options } = request;
    try {
      this.#refuseStopped(path);
      const parts = { ingest: this.#ingest, book: this.#ingest.imports };
      job.result = await importFile(parts, path, {
        ...options,
        nowMs: () => this.#clock.nowMs(),
        onRead: (readBytes) => {
          this.#refuseStopped(path);
          job.readBytes = readBytes;
        },
      });
    } catch (cause) {
      job.failure = failureOf(cause);
    } finally {
      this.#openCount -= 1;
    }
  }

  #refuseStopped(path: string): void {
    if (!this.#isStopped) return;
    throw new OperatorError('DAEMON_REFUSED', `Cannot import "${path}": the daemon stops`, {
      hint: 'Ask again: it goes on where it broke off',
    });
  }
}

function failureOf(thrown: unknown): ImportFailure {
  const isTold = thrown instanceof OperatorError;
  return {
    message: messageOf(thrown),
    hint: isTold ? (thrown.hint ?? null) : null,
    systemCode: systemCodeOf(isTold ? thrown.cause : thrown) ?? null,
  };
}
