/**
 * Work on the state without a daemon: takes the daemon's lock, opens ingest in this process, and delivers what
 * was queued before it closes. For `once`, and for `rotate` where no daemon runs.
 */
import { systemDisk } from '../base/disk.ts';
import { type Log, logStyleOf, openLog } from '../base/log.ts';
import { ThreadMemory } from '../base/thread-memory.ts';
import { prepareFolders } from '../config/prepare-folders.ts';
import type { Settings } from '../config/settings.ts';
import { holdState } from '../ingest/held-state.ts';
import { Ingest } from '../ingest/ingest.ts';
import { Deliverer } from '../notify/deliverer.ts';
import { answerAlertDetails } from '../serve/alert-details.ts';
import type { CliContext } from './context.ts';

const STDERR = 2;

/** How long deliveries may take before the command ends; what is left stays queued for the next run. */
const DELIVERY_MS_MAX = 30_000;

export class StateSession implements AsyncDisposable {
  readonly ingest: Ingest;
  readonly log: Log;
  readonly #parts: AsyncDisposableStack;

  private constructor(ingest: Ingest, log: Log, parts: AsyncDisposableStack) {
    this.ingest = ingest;
    this.log = log;
    this.#parts = parts;
  }

  /** Throws STATE_IN_USE where a daemon (or another command) holds the state. */
  static async open(context: CliContext, settings: Settings): Promise<StateSession> {
    await using parts = new AsyncDisposableStack();
    const { clock } = context;
    const log = openLog({
      level: settings.log.level === 'info' ? 'warn' : settings.log.level,
      descriptor: STDERR,
      ...logStyleOf(STDERR, context.environment),
    });
    prepareFolders(settings);
    parts.use(holdState(settings.paths));
    const ingest = parts.use(await Ingest.open({ disk: systemDisk, clock, log, settings }));
    const reader = parts.use(ingest.openReader());
    const { signal } = new AbortController();
    const ended = new AbortController();
    parts.defer(() => ended.abort());
    void ThreadMemory.watch(clock, ended.signal, { mayPause: true });
    const deliverer = Deliverer.start({
      clock,
      log,
      settings,
      port: ingest.service(),
      alertDetails: (question) => answerAlertDetails({ reader, clock, signal }, question),
    });
    parts.defer(async () => {
      await deliverer.finish(DELIVERY_MS_MAX);
      await deliverer[Symbol.asyncDispose]();
    });
    return new StateSession(ingest, log, parts.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}
