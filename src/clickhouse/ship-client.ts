/**
 * The control thread's end of the copying thread: start it, ask it, pass its changes on, stop it. Copying is never
 * something the daemon cannot be without: a thread that dies is started again.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { machineNameOf } from '../config/machine-name.ts';
import type { ClickHouseSettings, Settings } from '../config/settings.ts';
import type { ClusterChange } from '../ingest/cluster-change.ts';
import type { WorkerLog } from '../ingest/ingest-client.ts';
import type { ShardAccess } from './cluster-client.ts';
import type { ShipWorkerData } from './ship-worker.ts';
import type { ShardStatus } from './shipper.ts';

export type ShipClientOptions = Readonly<{
  clock: Clock;
  log: Log;
  workerLog: WorkerLog;
  settings: Settings;
  /** Changes the cluster book, durably. */
  change: (change: ClusterChange) => Promise<void>;
}>;

const RESTART_MS = 5_000;
/** What it is sending is cut off at once; this is for its connections to close. */
const STOP_MS_MAX = 1_000;

export class ShipClient implements AsyncDisposable {
  readonly #options: ShipClientOptions;
  readonly #stopped = new AbortController();
  #worker: Thread | null = null;
  #calls: ThreadCalls | null = null;

  private constructor(options: ShipClientOptions) {
    this.#options = options;
  }

  /** Null where the settings copy nothing. */
  static start(options: ShipClientOptions): ShipClient | null {
    const { store, clickhouse } = options.settings;
    if (store.engine === 'local' || clickhouse === null) return null;
    const client = new ShipClient(options);
    client.#start(clickhouse);
    return client;
  }

  /** How the shards are doing; nothing while the thread starts anew. */
  async status(): Promise<ShardStatus[]> {
    try {
      return (await this.#calls?.call<ShardStatus[]>('status')) ?? [];
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    const enough = new AbortController();
    await Promise.race([
      this.#calls?.call('close').catch(() => undefined),
      this.#options.clock.sleep(STOP_MS_MAX, { signal: enough.signal }),
    ]);
    enough.abort();
    await this.#worker?.end();
    this.#calls?.[Symbol.dispose]();
  }

  #start(cluster: ClickHouseSettings): void {
    const { log, settings, workerLog } = this.#options;
    const data: ShipWorkerData = {
      stateDir: settings.paths.stateDir,
      shards: writerAccess(cluster),
      host: hostOf(cluster),
      databaseName: cluster.database,
      delayMs: cluster.delayMs,
      backfillRowsPerSecond: cluster.backfillRowsPerSecond,
      log: workerLog,
    };
    const worker = Thread.start(moduleUrl('./ship-worker.ts', import.meta.url), {
      workerData: data,
      name: 'cluster',
    });
    const calls = new ThreadCalls(worker, {
      handlers: { change: (change: ClusterChange) => this.#options.change(change) },
    });
    this.#worker = worker;
    this.#calls = calls;
    worker.on('error', (error) => {
      if (!this.#stopped.signal.aborted)
        log.error({ error: messageOf(error) }, 'Copying to the cluster failed; it starts again');
    });
    worker.on('exit', () => {
      calls.gone('the copying thread ended');
      void this.#startAgain(cluster);
    });
  }

  async #startAgain(cluster: ClickHouseSettings): Promise<void> {
    const { signal } = this.#stopped;
    await this.#options.clock.sleep(RESTART_MS, { signal, holdsProcess: false });
    if (!signal.aborted) this.#start(cluster);
  }
}

/** Under which name the entries of this machine are kept. */
export function hostOf(clickhouse: ClickHouseSettings): string {
  return machineNameOf({ clickhouse });
}

/** How the writer signs in to each shard. */
export function writerAccess(cluster: ClickHouseSettings): ShardAccess[] {
  return cluster.shards.map((addresses) => ({
    addresses,
    user: cluster.writer.name,
    password: cluster.writer.password?.reveal() ?? '',
    caFile: cluster.caFile,
    verify: cluster.verify,
    compress: cluster.compress,
  }));
}

/** How the reader signs in: to any server, all of them see the whole cluster. */
export function readerAccess(cluster: ClickHouseSettings): ShardAccess {
  return {
    addresses: cluster.shards.flat(),
    user: cluster.reader.name,
    password: cluster.reader.password?.reveal() ?? '',
    caFile: cluster.caFile,
    verify: cluster.verify,
    compress: false,
  };
}
