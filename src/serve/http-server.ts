/**
 * The daemon's HTTP side: API, metrics and dashboard, on the loopback interface unless told otherwise.
 *
 * Here it listens, with limits on sockets and time; what answers is `http-app.ts`.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { createServer } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { SigningKey } from '../base/signing-key.ts';
import { clusterAccess } from '../clickhouse/cluster-access.ts';
import { machineNameOf } from '../config/machine-name.ts';
import type { HttpSettings, Settings } from '../config/settings.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import type { FileRows } from '../model/file-rows.ts';
import { QUERY_LENGTH_MAX } from '../query/parse-query.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { type HttpApp, openHttpApp } from './http-app.ts';
import { answerClientError } from './http-errors.ts';
import { type PoolEngine, QueryPool } from './query-pool.ts';
import { limitSilentConnections } from './silent-connections.ts';

/** What the server has to know of the settings; all but address, folders and certificate may change while it runs. */
export type ServedSettings = Pick<
  Settings,
  'http' | 'paths' | 'rotation' | 'alerts' | 'store' | 'clickhouse' | 'email' | 'routes' | 'notify'
>;

export type HttpServerOptions = Readonly<{
  clock: Clock;
  log: Log;
  /** As they are now. */
  settings: () => ServedSettings;
  status: (files: FileRows) => Promise<DaemonStatus> | DaemonStatus;
  ingest: Pick<IngestService, 'changeSavedQuery' | 'actOnAlerts'>;
  /** See `QueryPoolOptions`. */
  onDamage?: (segment: number) => void;
  /** Signs the links of alert mails. */
  linkKey: SigningKey;
  /** Bounds, for tests: of a connection on which nothing moves, and of a question. */
  stalledMs?: number;
  deadlineMs?: number;
}>;

/** Sockets at the same time: dashboards, scrapers and scripts of one team. */
const CONNECTIONS_MAX = 256;
/** A request must have arrived whole by then, and whether it has is looked at so often. */
const REQUEST_TIMEOUT_MS = 15_000;
const REQUEST_CHECK_MS = 5_000;
/** A connection on which nothing went either way for so long, longer than any answer takes, is given up: its reader reads no more. */
const STALLED_MS_MAX = 5 * 60_000;
const KEEP_ALIVE_MS = 30_000;
/** The longest query, each character of it nine percent-encoded bytes, and what else an address and its headers hold. */
const HEADER_BYTES_MAX = 9 * QUERY_LENGTH_MAX + 16 * 1024;
/** It has an address in each family, and people write it where they mean both. */
const LOCALHOST = 'localhost';

/** Ready but for its address. What is never told to listen holds nothing. */
export type PreparedServer = Readonly<{ listen: () => Promise<HttpServer> }>;

type ServerParts = Readonly<{
  app: HttpApp;
  pool: QueryPool;
  /** The one that the app was made for. */
  server: Server;
  stalledMs: number;
  log: Log;
  /** Closes them. */
  parts: AsyncDisposableStack;
}>;

export class HttpServer implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #pool: QueryPool;
  /** `http://127.0.0.1:5647`: the port that was really taken. */
  readonly url: string;

  private constructor(parts: AsyncDisposableStack, pool: QueryPool, url: string) {
    this.#parts = parts;
    this.#pool = pool;
    this.url = url;
  }

  /** Everything but the address: takes most of the time, and asks nobody anything yet. Throws CONFIG_INVALID. */
  static async prepare(options: HttpServerOptions): Promise<PreparedServer> {
    const { clock, log, settings, stalledMs = STALLED_MS_MAX, deadlineMs, onDamage } = options;
    const { http, paths } = settings();
    await using starting = new AsyncDisposableStack();
    const pool = starting.use(
      QueryPool.open({
        clock,
        log,
        stateDir: paths.stateDir,
        ...engineOf(settings()),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(onDamage === undefined ? {} : { onDamage }),
      }),
    );
    const server = await makeServer(http, stalledMs);
    const app = await openHttpApp(server, { ...options, pool });
    starting.defer(() => app.close());
    const parts = starting.move();
    const ready = { app, pool, server, stalledMs, log, parts };
    return { listen: () => HttpServer.#listen(http, ready) };
  }

  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    return (await HttpServer.prepare(options)).listen();
  }

  static async #listen(
    http: HttpSettings,
    { app, pool, server: first, stalledMs, log, parts }: ServerParts,
  ): Promise<HttpServer> {
    await using starting = parts;
    const { host, tls } = http;
    let { port } = http;
    for (const [index, address] of (await addressesOf(host, port)).entries()) {
      const server = index === 0 ? first : await makeServer(http, stalledMs);
      server.on('request', app.handle);
      if (server !== first) server.on('clientError', answerClientError);
      try {
        await listening(server, { host: address, port });
      } catch (cause) {
        if (index === 0) throw cause;
        // The other family may be switched off on this machine.
        log.warn({ cause, address }, `Listens on the first address of "${host}" only`);
        continue;
      }
      starting.defer(() => closed(server));
      const taken = server.address();
      if (taken !== null && typeof taken === 'object') port = taken.port;
    }
    const scheme = tls === null ? 'http' : 'https';
    const url = `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    return new HttpServer(starting.move(), pool, url);
  }

  /** Who answers its questions. */
  get queries(): Pick<QueryPool, 'ask' | 'hasThreads'> {
    return this.#pool;
  }

  /** Who answers may have changed, or how it is signed in to. Throws CONFIG_INVALID. */
  reconfigure(settings: ServedSettings): void {
    this.#pool.reconfigure(engineOf(settings));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

function engineOf(settings: ServedSettings): PoolEngine {
  return { cluster: clusterAccess(settings), machine: machineNameOf(settings) };
}

/** Those to listen on, each once. */
async function addressesOf(host: string, port: number): Promise<string[]> {
  if (host !== LOCALHOST) return [host];
  try {
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }
}

async function makeServer({ tls }: HttpSettings, stalledMs: number): Promise<Server> {
  const limits = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: REQUEST_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    // Refused by the guards, which say so.
    requireHostHeader: false,
  };
  const server = tls === null ? createServer(limits) : await makeEncryptedServer(tls, limits);
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = stalledMs;
  limitSilentConnections(server);
  return server;
}

async function makeEncryptedServer(
  tls: NonNullable<HttpSettings['tls']>,
  limits: object,
): Promise<Server> {
  const https = await import('node:https');
  const cert = readTls('tls_cert', tls.cert);
  const key = readTls('tls_key', tls.key);
  return https.createServer({ ...limits, handshakeTimeout: REQUEST_TIMEOUT_MS, cert, key });
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await end;
}

function readTls(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `Cannot read "${path}" of [http] ${key}: ${messageOf(cause)}`,
      {
        cause,
        hint: 'The daemon needs to read it as the user it runs as; a service gets it from systemd: README.md, "Beyond this machine"',
      },
    );
  }
}

async function listening(
  server: Server,
  { host, port }: Readonly<{ host: string; port: number }>,
): Promise<void> {
  try {
    const heard = once(server, 'listening');
    server.listen({ host, port });
    await heard;
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }
}

function cannotListen(host: string, port: number, cause: unknown): OperatorError {
  const reason = systemCodeOf(cause) === 'EADDRINUSE' ? 'another program does' : messageOf(cause);
  return new OperatorError('CONFIG_INVALID', `Cannot listen on ${host}:${port}: ${reason}`, {
    cause,
    hint: 'Set another port in [http] listen; port 0 takes a free one, which "logstead status" tells',
  });
}
