/** The HTTP side of a daemon over a store of its own, without the rest of the daemon. */
import { request } from 'node:http';
import { IncidentStore } from '../../src/alert/incident-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { silentLog } from '../../src/base/log.ts';
import type { DaemonStatus } from '../../src/serve/daemon-status.ts';
import { HttpServer } from '../../src/serve/http-server.ts';
import { TestStore } from './engine-store.ts';
import type { TestEntry } from './entry-rows.ts';
import { TempFolder } from './temp-folder.ts';

export const STATUS: DaemonStatus = {
  running: true,
  ready: true,
  version: '1.2.3',
  pid: 812,
  startedAtMs: 1_000,
  configPath: null,
  http: null,
  ingest: {
    entryCount: 12,
    byteCount: 3_456,
    storedEntryCount: 100,
    segmentCount: 2,
    indexBytes: 9_999,
    lagBytes: 7,
    lostBytes: 0,
    skippedBytes: 0,
    files: [],
    openIncidentCount: 1,
    outbox: { waiting: 1, failed: 0, held: 0, sent: 2, dead: 0 },
    losses: [],
    lastCommitAtMs: null,
    trouble: null,
  },
  rotation: { nextRunAtMs: null, last: null },
};

export type HttpAnswer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}>;

export class HttpScene implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly store: TestStore;
  readonly server: HttpServer;
  /** What the daemon says of itself; tests may replace it. */
  status: DaemonStatus = STATUS;

  private constructor(
    folder: TempFolder,
    store: TestStore,
    open: (scene: () => HttpScene) => HttpServer,
  ) {
    this.folder = folder;
    this.store = store;
    this.server = open(() => this);
  }

  static async open(entries: readonly TestEntry[]): Promise<HttpScene> {
    const folder = TempFolder.make();
    const store = new TestStore(folder.path);
    store.add(entries);
    using database = Database.open(store.databasePath);
    IncidentStore.open(database);
    let scene: HttpScene | null = null;
    const server = await HttpServer.listen({
      clock: systemClock,
      log: silentLog,
      settings: {
        http: { enabled: true, host: '127.0.0.1', port: 0 },
        paths: { stateDir: folder.path, logDir: '', reportDir: '', archiveDir: '', notifyDir: '' },
      },
      status: () => scene?.status ?? STATUS,
    });
    scene = new HttpScene(folder, store, () => server);
    return scene;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.server.url + path, { headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse((await this.get(path)).text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.store[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}
