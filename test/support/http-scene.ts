/** The HTTP side of a daemon over a store of its own, without the rest of the daemon. */
import { request } from 'node:http';
import { request as requestEncrypted } from 'node:https';
import { customRule } from '../../src/alert/rule.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { silentLog } from '../../src/base/log.ts';
import { SigningKey } from '../../src/base/signing-key.ts';
import { minimalConfig } from '../../src/config/config-template.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import type { HttpSettings } from '../../src/config/settings.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { SavedQueries } from '../../src/ingest/saved-queries.ts';
import type { FileRows } from '../../src/model/file-rows.ts';
import { Outbox } from '../../src/notify/outbox.ts';
import type { DaemonStatus } from '../../src/serve/daemon-status.ts';
import {
  HttpServer,
  type HttpServerOptions,
  type ServedSettings,
} from '../../src/serve/http-server.ts';
import { Ledger } from '../../src/watch/ledger.ts';
import { AlertScene } from './alert-scene.ts';
import { TestStore } from './engine-store.ts';
import type { TestEntry } from './entry-rows.ts';
import { TempFolder } from './temp-folder.ts';

export const STATUS: DaemonStatus = {
  running: true,
  ready: true,
  version: '1.2.3',
  machine: 'web-01',
  pid: 812,
  timezone: 'UTC',
  startedAtMs: 1_000,
  configPath: null,
  http: null,
  ingest: {
    entryCount: 12,
    byteCount: 3_456,
    storedEntryCount: 100,
    segmentCount: 2,
    indexBytes: 9_999,
    setAside: { segmentCount: 0, entryCount: 0, lastAtMs: null },
    lagBytes: 7,
    lostBytes: 0,
    skippedBytes: 0,
    files: [],
    fileTotals: {
      count: 0,
      unreadableCount: 0,
      troubledCount: 0,
      behindCount: 0,
      lagBytes: 7,
      lagMs: 0,
    },
    failedFolders: [],
    deletedFiles: { count: 0, sizeBytes: 0 },
    rules: [],
    openIncidentCount: 1,
    outbox: {
      waiting: 1,
      failed: 0,
      held: 0,
      sent: 2,
      dead: 0,
      oldestAtMs: null,
      lastDeadAtMs: null,
    },
    losses: [],
    lastCommitAtMs: null,
    trouble: null,
    committingForMs: null,
    cluster: {
      writer: '0123456789abcdef',
      isLost: false,
      ackedRows: 0,
      ackedBatches: 0,
      ackedAtMs: null,
      pendingRows: 0,
      pendingBatches: 0,
      oldestPendingAtMs: null,
      gapRows: 0,
      backfill: null,
    },
    diskPressure: 'calm',
  },
  cluster: null,
  rotation: { nextRunAtMs: null, last: null },
};

export const HTTP_SETTINGS: HttpSettings = {
  enabled: true,
  host: '127.0.0.1',
  port: 0,
  tokens: [],
  hosts: [],
  tls: null,
};

export type HttpAnswer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  bytes: Buffer;
  /** Whether the answer came to its end. */
  complete: boolean;
}>;

export type HttpAsk = Readonly<{
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  /** The certificate of an encrypted server. */
  caCert?: Buffer;
}>;

export class HttpScene implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly store: TestStore;
  readonly server: HttpServer;
  /** One rule, `errors`, and one incident of it. */
  readonly alerts: AlertScene;
  readonly linkKey: SigningKey;
  readonly #database: Database;
  /** What the server runs on; tests may replace it. */
  settings: ServedSettings;
  /** What the daemon says of itself; tests may replace it. */
  status: DaemonStatus = STATUS;
  /** Instead of the status. */
  statusFailure: Error | null = null;
  /** Rows of which files it was asked for. */
  readonly rowsAsked: FileRows[] = [];

  private constructor(
    parts: Readonly<{
      folder: TempFolder;
      store: TestStore;
      database: Database;
      settings: ServedSettings;
      alerts: AlertScene;
      linkKey: SigningKey;
    }>,
    server: HttpServer,
  ) {
    this.folder = parts.folder;
    this.store = parts.store;
    this.#database = parts.database;
    this.settings = parts.settings;
    this.alerts = parts.alerts;
    this.linkKey = parts.linkKey;
    this.server = server;
  }

  static async open(
    entries: readonly TestEntry[],
    http: Partial<HttpSettings> = {},
    bounds: Pick<HttpServerOptions, 'stalledMs' | 'deadlineMs'> = {},
    groupBy: readonly string[] = [],
  ): Promise<HttpScene> {
    const folder = TempFolder.make();
    const store = new TestStore(folder.path);
    store.add(entries);
    const database = Database.open(store.databasePath);
    ArchiveBook.open(database);
    new Ledger(database);
    const outbox = Outbox.open(database, { email: ['ops@example.org'], routes: [], budget: 20 });
    const nowUs = systemClock.nowMs() * 1_000;
    const rules = [
      customRule({
        name: 'errors',
        test: ({ level }) => level === 'ERROR',
        notify: ['email'],
        groupBy,
      }),
    ];
    const alerts = new AlertScene({ database, outbox }, rules, nowUs);
    alerts.rows([{ etUs: nowUs, level: 'ERROR' }]);
    const savedQueries = SavedQueries.open(database);
    const config = `${minimalConfig()}[alert:mine]\nwhen = level>=error\n`;
    const {
      rotation,
      alerts: alertSettings,
      email,
      routes,
      notify,
    } = settingsFromText(config, {
      projectFolder: folder.path,
    });
    const settings: ServedSettings = {
      http: { ...HTTP_SETTINGS, ...http },
      paths: { stateDir: folder.path, logDir: '', reportDir: '', archiveDir: '', notifyDir: '' },
      rotation,
      alerts: alertSettings,
      store: { engine: 'local' },
      clickhouse: null,
      email,
      routes,
      notify,
    };
    let scene: HttpScene | null = null;
    const linkKey = SigningKey.open(folder.join('link-key'));
    const server = await HttpServer.listen({
      clock: systemClock,
      log: silentLog,
      settings: () => scene?.settings ?? settings,
      status: (files) => {
        scene?.rowsAsked.push(files);
        if (scene?.statusFailure) throw scene.statusFailure;
        return scene?.status ?? STATUS;
      },
      ingest: {
        changeSavedQuery: async (change) => savedQueries.apply(change, 1_000),
        actOnAlerts: (request) => alerts.act(request),
      },
      linkKey,
      ...bounds,
    });
    scene = new HttpScene({ folder, store, database, settings, alerts, linkKey }, server);
    return scene;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.send({ path, headers });
  }

  send({ method = 'GET', path, headers = {}, body, caCert }: HttpAsk): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const url = this.server.url + path;
      const isJson = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = { method, headers: { ...isJson, ...headers }, agent: false, ca: caCert };
      const ask = url.startsWith('https:') ? requestEncrypted : request;
      const sent = ask(url, options, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (chunk: Buffer) => pieces.push(chunk));
        response.on('close', () => {
          const bytes = Buffer.concat(pieces);
          const { statusCode: status = 0, headers: answered, complete } = response;
          resolve({ status, headers: answered, text: bytes.toString('utf8'), bytes, complete });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse((await this.get(path)).text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.#database.close();
    this.store[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}
