/**
 * The composition root: every part of the daemon, built by hand in flow order, closed in reverse.
 *
 * The control thread runs here: schedule, HTTP, control socket, delivery, systemd. It never reads logs and
 * never writes the state database; the ingest thread does both.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './base/clock.ts';
import { OperatorError } from './base/errors.ts';
import type { RootLog } from './base/log.ts';
import { notifyService } from './base/service-notify.ts';
import { SigningKey } from './base/signing-key.ts';
import { ThreadMemory } from './base/thread-memory.ts';
import { VERSION } from './base/version.ts';
import { ShipClient } from './clickhouse/ship-client.ts';
import { formatWarning } from './config/mistakes.ts';
import type { Settings } from './config/settings.ts';
import { copyingOf } from './ingest/copying.ts';
import { holdState } from './ingest/held-state.ts';
import { IngestClient, type IngestThread, type WorkerLog } from './ingest/ingest-client.ts';
import { LINK_KEY_NAME } from './ingest/state-files.ts';
import { FILE_ROWS, type FileRows } from './model/file-rows.ts';
import { LOOKUP_MS_MAX } from './notify/alert-lookup.ts';
import { Deliverer } from './notify/deliverer.ts';
import { Standstill } from './notify/standstill.ts';
import { Rotations } from './rotate/rotations.ts';
import { alertRequestOf } from './serve/alert-request.ts';
import { ControlServer } from './serve/control-socket.ts';
import type { DaemonStatus } from './serve/daemon-status.ts';
import type { HttpServer, PreparedServer } from './serve/http-server.ts';
import { importIdOf, importRequestOf } from './serve/import-request.ts';
import { lookupRehearsal } from './serve/lookup-rehearsal.ts';
import { withinPatience } from './serve/patient-status.ts';
import { QueryPool } from './serve/query-pool.ts';
import { ServiceWatch } from './serve/service-watch.ts';
import { standstillOf } from './serve/troubles.ts';

export type DaemonOptions = Readonly<{
  clock: Clock;
  log: RootLog;
  workerLog: WorkerLog;
  /** Their folders are there. */
  settings: Settings;
  /** Started before, so that it loads meanwhile (`IngestClient.startThread`). */
  ingestThread?: IngestThread;
  /** Read the config anew, and prepare its folders; throws what is wrong with it. */
  reloadSettings: (stop: AbortSignal) => Promise<Settings>;
}>;

/** A reload that is under way has stopped by then. */
const RELOAD_STOP_MS_MAX = 2_000;

export class Daemon implements AsyncDisposable {
  readonly #options: DaemonOptions;
  readonly #parts = new AsyncDisposableStack();
  readonly #startedAtMs: number;
  readonly #stopped = new AbortController();
  #settings: Settings;
  #linkKey!: SigningKey;
  #ingest!: IngestClient;
  /** Answers what alert mails show. */
  #lookups!: QueryPool;
  #deliverer!: Deliverer;
  /** Null while nothing is copied to a cluster. */
  #ship: ShipClient | null = null;
  #rotations!: Rotations;
  #http: HttpServer | null = null;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: DaemonOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#startedAtMs = options.clock.nowMs();
  }

  /** Start every part in flow order. If one fails to start, those before it are stopped. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      await daemon.#start();
    } catch (cause) {
      await daemon.#parts.disposeAsync();
      throw cause;
    }
    return daemon;
  }

  async #start(): Promise<void> {
    const { clock, log, settings, workerLog, ingestThread } = this.#options;
    const { stateDir } = settings.paths;
    this.#parts.use(holdState(settings.paths));
    this.#linkKey = SigningKey.open(join(stateDir, LINK_KEY_NAME));
    // It takes as long as the ingest thread does to start.
    const serving = settings.http.enabled ? this.#prepareServer() : null;
    // Its failure is looked at when it is to listen.
    serving?.catch(() => {});
    // The deliverer is woken by ingest and asks ingest: the wake-ups before it exists have nothing to wake.
    let wake = (): void => {};
    this.#ingest = this.#parts.use(
      await IngestClient.start({
        ...{ clock, log, settings, workerLog },
        ...(ingestThread === undefined ? {} : { thread: ingestThread }),
        onOutbox: () => wake(),
      }),
    );
    // A thread of their own: whoever searches must not hold up mails. It gets ready while the other parts start.
    const lookups = this.#parts.use(
      QueryPool.open({
        ...{ clock, log, stateDir, program: 'lookup', threadCountMax: 1 },
        onDamage: (segment) => this.#foundDamaged(segment),
      }),
    );
    lookups.keepReady(lookupRehearsal(settings, clock.nowMs()));
    this.#lookups = lookups;
    const linkKey = settings.http.enabled ? this.#linkKey : null;
    this.#deliverer = this.#parts.use(
      Deliverer.start({
        ...{ clock, log, settings, linkKey },
        port: this.#ingest,
        alertDetails: (question) =>
          lookups.ask({ kind: 'alertDetails', question }, { deadlineMs: LOOKUP_MS_MAX }),
      }),
    );
    wake = () => this.#deliverer.wake();
    wake();
    this.#parts.defer(() => this.#ship?.[Symbol.asyncDispose]());
    await this.#startCopying(settings);
    this.#rotations = this.#parts.use(
      await Rotations.start({
        ...{ clock, log, settings },
        ingest: this.#ingest,
        signal: this.#stopped.signal,
      }),
    );
    await this.#listen(serving);
    await notifyService('READY=1');
    const queries = this.#http?.queries ?? null;
    const standstill = this.#parts.use(
      new Standstill({
        delivery: () => ({ clock, log, settings: this.#settings, linkKey }),
        enqueue: (notification) => this.#ingest.enqueue(notification),
      }),
    );
    const status = (): Promise<DaemonStatus> => this.status('none');
    this.#parts.use(ServiceWatch.start({ clock, log, status, queries, standstill }));
    void this.#rotations.makeUp();
    this.#warnOfConfig(settings);
    void ThreadMemory.watch(clock, this.#stopped.signal);
    log.info({ stateDir, http: this.#http?.url ?? 'off' }, 'Logstead is ready');
  }

  async #listen(serving: Promise<PreparedServer> | null): Promise<void> {
    const { clock, log, settings } = this.#options;
    if (serving !== null) this.#http = this.#parts.use(await (await serving).listen());
    this.#parts.use(
      await ControlServer.listen({
        stateDir: settings.paths.stateDir,
        handlers: {
          status: (args) => withinPatience(clock, this.status(fileRowsOf(args))),
          reload: () => this.reload(),
          rotate: (args) => this.#rotations.rotate(watchOf(args)),
          'cluster-backfill': () => this.#planBackfill(),
          alerts: (args) => this.#ingest.actOnAlerts(alertRequestOf(args)),
          'send-test': (args) => this.#sendTest(channelsOf(args)),
          import: (args) => this.#ingest.startImport(importRequestOf(args)),
          'import-state': (args) => this.#ingest.importState(importIdOf(args)),
        },
        onFault: (command, error) => log.error({ command, cause: error }, 'A command failed'),
      }),
    );
  }

  /** Of ingest it asks nothing before it listens. */
  async #prepareServer(): Promise<PreparedServer> {
    const { clock, log } = this.#options;
    const { HttpServer } = await import('./serve/http-server.ts');
    return HttpServer.prepare({
      clock,
      log,
      settings: () => this.#settings,
      status: (files) => withinPatience(clock, this.status(files)),
      ingest: {
        changeSavedQuery: (change) => this.#ingest.changeSavedQuery(change),
        actOnAlerts: (request) => this.#ingest.actOnAlerts(request),
      },
      onDamage: (segment) => this.#foundDamaged(segment),
      linkKey: this.#linkKey,
    });
  }

  /** By an answer of a thread, which can write nothing. */
  #foundDamaged(segment: number): void {
    this.#ingest.checkSegment(segment).catch((cause: unknown) => {
      this.#options.log.warn({ cause, segment }, 'Cannot look at a segment that is damaged');
    });
  }

  /** Resolves when `stop` aborts; rejects when a part died that the daemon cannot be without. */
  async ended(stop: AbortSignal): Promise<void> {
    const asked = new Promise<null>((resolve) => {
      if (stop.aborted) resolve(null);
      else stop.addEventListener('abort', () => resolve(null), { once: true });
    });
    const death = await Promise.race([asked, this.#ingest.ended]);
    if (death !== null) throw death;
  }

  async status(files: FileRows): Promise<DaemonStatus> {
    const ingest = await this.#ingest.status(files);
    return {
      running: true,
      ready: standstillOf(ingest) === null,
      version: VERSION,
      machine: hostname(),
      pid: process.pid,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      startedAtMs: this.#startedAtMs,
      configPath: this.#settings.configPath,
      http: this.#http === null ? null : { url: this.#http.url },
      ingest,
      cluster: this.#ship === null ? null : { shards: await this.#ship.status() },
      rotation: this.#rotations.status(),
    };
  }

  /** Read the config anew. A broken one is refused with its mistakes, and the old one stays. */
  reload(): Promise<void> {
    // One after the other: what was written last is what holds.
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(): Promise<void> {
    const { log, reloadSettings } = this.#options;
    const stopped = this.#stopped.signal;
    await notifyService('RELOADING=1');
    try {
      const settings = await reloadSettings(stopped);
      refuseFixedChanges(this.#settings, settings);
      await this.#ingest.reconfigure(settings);
      // What is started from here on would be ended by nobody.
      stopped.throwIfAborted();
      this.#lookups.keepReady(lookupRehearsal(settings, this.#options.clock.nowMs()));
      this.#deliverer.reconfigure(settings);
      await this.#startCopying(settings);
      stopped.throwIfAborted();
      this.#http?.reconfigure(settings);
      log.setLevel(settings.log.level);
      this.#settings = settings;
      await this.#rotations.reconfigure(settings);
      this.#warnOfConfig(settings);
      log.info({ config: settings.configPath }, 'Runs on the new config');
    } catch (cause) {
      if (!stopped.aborted) log.error({ cause }, 'Refused the new config; the old one stays');
      throw cause;
    } finally {
      if (!stopped.aborted) await notifyService('READY=1');
    }
  }

  /** Copying goes on with other settings; what it has not sent waits in the book meanwhile. */
  async #startCopying(settings: Settings): Promise<void> {
    const { clock, log, workerLog } = this.#options;
    await this.#ship?.[Symbol.asyncDispose]();
    this.#ship = ShipClient.start({
      clock,
      log,
      workerLog,
      settings,
      change: (change) => this.#ingest.applyCluster(change),
    });
  }

  /** Returns the key by which is found what became of it. */
  async #sendTest(asked: readonly string[]): Promise<Readonly<{ key: string }>> {
    const { testNotification } = await import('./notify/test-notice.ts');
    const nowMs = this.#options.clock.nowMs();
    const notification = testNotification(this.#settings, { asked, nowMs });
    await this.#ingest.enqueue(notification);
    return { key: notification.key };
  }

  /** Name what the cluster has not got of the past; the copying thread sends it behind the present. */
  async #planBackfill(): Promise<void> {
    const copying = copyingOf(this.#settings);
    if (copying === null) {
      throw new OperatorError(
        'CONFIG_INVALID',
        'Cannot fill the cluster: nothing is copied to it',
        {
          hint: 'Set `[store] engine = both` and a [clickhouse] section, and reload',
        },
      );
    }
    const { clickhouse } = this.#settings;
    if (clickhouse !== null && (await this.#ingest.status('none')).cluster.isLost) {
      const { findSpans } = await import('./clickhouse/found-spans.ts');
      await this.#ingest.applyCluster({ kind: 'found', spans: await findSpans(clickhouse) });
    }
    await this.#ingest.applyCluster({ kind: 'plan-backfill', shardCount: copying.shardCount });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await notifyService('STOPPING=1');
    await Promise.race([
      this.#reloading,
      this.#options.clock.sleep(RELOAD_STOP_MS_MAX, { holdsProcess: false }),
    ]);
    await this.#parts.disposeAsync();
    this.#options.log.info({}, 'Logstead has stopped');
  }

  #warnOfConfig(settings: Settings): void {
    for (const warning of settings.warnings) {
      this.#options.log.warn({ config: settings.configPath }, formatWarning(warning));
    }
  }
}

/** Tokens and names may change; what the socket is made of may not. */
function fixedOf({ enabled, host, port, tls }: Settings['http']): object {
  return { enabled, host, port, tls };
}

/** Of which files a command wants rows; one that does not say wants all. */
function fileRowsOf(args: unknown): FileRows {
  const { files } = (args ?? {}) as Readonly<{ files?: unknown }>;
  return FILE_ROWS.find((rows) => rows === files) ?? 'all';
}

/** Which channels a command names; none: those that are in use. */
function channelsOf(args: unknown): readonly string[] {
  const { channels } = (args ?? {}) as Readonly<{ channels?: unknown }>;
  return Array.isArray(channels) ? channels.map(String) : [];
}

/** The section that a command names; null: it names none. */
function watchOf(args: unknown): string | null {
  const { watch } = (args ?? {}) as Readonly<{ watch?: unknown }>;
  return typeof watch === 'string' ? watch : null;
}

/** What holds locks, sockets and files cannot change under a running daemon. */
function refuseFixedChanges(old: Settings, next: Settings): void {
  const changed = [
    old.paths.stateDir === next.paths.stateDir ? null : '[paths] state_dir',
    JSON.stringify(fixedOf(old.http)) === JSON.stringify(fixedOf(next.http))
      ? null
      : '[http] enabled, listen, tls_cert or tls_key',
  ].filter((name) => name !== null);
  if (changed.length === 0) return;
  throw new OperatorError(
    'CONFIG_INVALID',
    `Cannot change ${changed.join(' and ')} of a running daemon`,
    { hint: 'Change the rest and reload, or restart the daemon' },
  );
}
