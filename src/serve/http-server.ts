/**
 * The daemon's HTTP side: API, metrics and dashboard, on the loopback interface unless told otherwise.
 *
 * It runs on the control thread and only passes on: questions go to query threads, files come from memory. Limits on
 * body, address, header and idle time; routes limit rows, `query-pool.ts` time and how many wait.
 */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { jsonLine } from '../base/escape.ts';
import type { Log } from '../base/log.ts';
import type { SigningKey } from '../base/signing-key.ts';
import { clusterAccess } from '../clickhouse/open-cluster.ts';
import { machineNameOf } from '../config/machine-name.ts';
import type { HttpSettings, Settings } from '../config/settings.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import { rehearsalSettingsOf } from '../rehearsal/rehearsal-settings.ts';
import { addAlertLinkRoutes, isAlertLinkPath } from './alert-link-routes.ts';
import { addAlertRoutes } from './alert-routes.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { addDashboard, isDashboardPath } from './dashboard-files.ts';
import { addDownloadRoute } from './download-route.ts';
import { addAuth } from './http-auth.ts';
import { HttpCounts } from './http-counts.ts';
import { addErrorAnswers } from './http-errors.ts';
import { addGuards } from './http-guards.ts';
import { addOpenApi } from './openapi.ts';
import { QueryPool } from './query-pool.ts';
import { addQueryRoutes } from './query-routes.ts';
import { addRecordRoutes } from './record-routes.ts';
import { addRehearsalRoutes } from './rehearsal-routes.ts';
import { addStateRoutes } from './state-routes.ts';
import { addTailRoute } from './tail-route.ts';
import { buildValidators } from './validators.ts';

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
  status: () => Promise<DaemonStatus> | DaemonStatus;
  ingest: Pick<IngestService, 'changeSavedQuery' | 'actOnAlerts'>;
  /** Signs the links of alert mails. */
  linkKey: SigningKey;
}>;

/** Requests carry their question in the address; a body is never large. */
const BODY_BYTES_MAX = 64 * 1024;
/** Sockets at the same time: dashboards, scrapers and scripts of one team. */
const CONNECTIONS_MAX = 256;
/** A name in a path, each character of it written as up to twelve. */
const PATH_NAME_CHARACTERS_MAX = 1_200;
/** A request must have arrived whole by then. */
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 30_000;

/** Ready but for its address. What is never told to listen holds nothing. */
export type PreparedServer = Readonly<{ listen: () => Promise<HttpServer> }>;

type ServerParts = Readonly<{
  app: FastifyInstance;
  pool: QueryPool;
  /** Closes both. */
  parts: AsyncDisposableStack;
}>;

export class HttpServer implements AsyncDisposable {
  readonly #app: FastifyInstance;
  readonly #pool: QueryPool;
  /** `http://127.0.0.1:5647`: the port that was really taken. */
  readonly url: string;

  private constructor(app: FastifyInstance, pool: QueryPool, url: string) {
    this.#app = app;
    this.#pool = pool;
    this.url = url;
  }

  /** Everything but the address: takes most of the time, and asks nobody anything yet. */
  static async prepare(options: HttpServerOptions): Promise<PreparedServer> {
    const { clock, log, settings } = options;
    const { http, paths, ...engines } = settings();
    await using starting = new AsyncDisposableStack();
    const pool = starting.use(
      QueryPool.open({
        clock,
        log,
        stateDir: paths.stateDir,
        cluster: clusterAccess(engines),
        machine: machineNameOf(engines),
      }),
    );
    const app = makeApp(http);
    starting.defer(() => app.close());
    app.server.maxConnections = CONNECTIONS_MAX;
    await addRoutes(app, { ...options, pool });
    await app.ready();
    const parts = starting.move();
    return { listen: () => HttpServer.#listen(http, { app, pool, parts }) };
  }

  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    return (await HttpServer.prepare(options)).listen();
  }

  static async #listen(
    { host, port, tls }: HttpSettings,
    { app, pool, parts }: ServerParts,
  ): Promise<HttpServer> {
    await using starting = parts;
    await listening(app, { host, port });
    const address = app.server.address();
    const taken = address !== null && typeof address === 'object' ? address.port : port;
    starting.move();
    const scheme = tls === null ? 'http' : 'https';
    return new HttpServer(app, pool, `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${taken}`);
  }

  /** Who answers its questions. */
  get queries(): Pick<QueryPool, 'ask' | 'hasThreads'> {
    return this.#pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close();
    await this.#pool[Symbol.asyncDispose]();
  }
}

function makeApp({ tls }: HttpSettings): FastifyInstance {
  const options = {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_NAME_CHARACTERS_MAX },
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    // A proxy on this machine says who really asks; nobody else is believed.
    trustProxy: 'loopback',
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    schemaController: { compilersFactory: { buildValidator: buildValidators, buildSerializer } },
  } as const;
  if (tls === null) return fastify(options);
  const https = { cert: readTls('tls_cert', tls.cert), key: readTls('tls_key', tls.key) };
  return fastify({ ...options, https }) as unknown as FastifyInstance;
}

/** Answers are written as they are, hidden characters as their codes: a terminal may show them. */
const buildSerializer = () => () => jsonLine;

function readTls(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `Cannot read "${path}" of [http] ${key}: ${messageOf(cause)}`,
      { cause, hint: 'The daemon needs to read it as the user it runs as' },
    );
  }
}

type RouteParts = HttpServerOptions & Readonly<{ pool: QueryPool }>;

async function addRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  const { clock, log, settings, pool, status, ingest, linkKey } = parts;
  const counts = HttpCounts.of(app, clock);
  app.setReplySerializer((payload) => jsonLine(payload));
  addGuards(app, { hosts: () => [settings().http.host, ...settings().http.hosts] });
  addErrorAnswers(app, { log });
  await addOpenApi(app);
  addAuth(app, {
    clock,
    tokens: () => settings().http.tokens,
    isEncrypted: settings().http.tls !== null,
    isPageFile: (path) => isDashboardPath(path) || isAlertLinkPath(path),
  });
  addQueryRoutes(app, { clock, pool });
  addAlertRoutes(app, { clock, pool, ingest, status });
  addAlertLinkRoutes(app, { clock, pool, ingest, key: linkKey });
  addRehearsalRoutes(app, {
    clock,
    pool,
    rehearsalSettings: () => rehearsalSettingsOf(settings()),
  });
  addRecordRoutes(app, { clock, pool, ingest, reportSettings: settings });
  addDownloadRoute(app, { clock, pool, log });
  addStateRoutes(app, { clock, pool, status, counts });
  addTailRoute(app, { clock, pool });
  await addDashboard(app);
}

async function listening(
  app: FastifyInstance,
  { host, port }: Readonly<{ host: string; port: number }>,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = systemCodeOf(cause) === 'EADDRINUSE' ? 'another program does' : messageOf(cause);
    throw new OperatorError('CONFIG_INVALID', `Cannot listen on ${host}:${port}: ${reason}`, {
      cause,
      hint: 'Set another port in [http] listen; port 0 takes a free one, which "logstead status" tells',
    });
  }
}
