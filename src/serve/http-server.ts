/**
 * The daemon's HTTP side: API, metrics and dashboard, on the loopback interface.
 *
 * It runs on the control thread and only passes on: questions go to query threads, files come from memory. Limits on
 * body, address, header and idle time; `query-routes.ts` limits rows, `query-pool.ts` time and how many wait.
 */
import { isIPv6 } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { addDashboard } from './dashboard-files.ts';
import { addErrorAnswers } from './http-errors.ts';
import { addGuards } from './http-guards.ts';
import { QueryPool } from './query-pool.ts';
import { addQueryRoutes } from './query-routes.ts';
import { addStateRoutes } from './state-routes.ts';
import { addTailRoute } from './tail-route.ts';

export type HttpServerOptions = Readonly<{
  clock: Clock;
  log: Log;
  settings: Pick<Settings, 'http' | 'paths'>;
  status: () => Promise<DaemonStatus> | DaemonStatus;
}>;

/** Requests carry their question in the address; a body is never large. */
const BODY_BYTES_MAX = 64 * 1024;
/** Sockets at the same time: dashboards, scrapers and scripts of one team. */
const CONNECTIONS_MAX = 256;
/** A request must have arrived whole by then. */
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 30_000;

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

  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const { clock, log, settings, status } = options;
    const { host, port } = settings.http;
    await using starting = new AsyncDisposableStack();
    const pool = starting.use(QueryPool.open({ clock, log, stateDir: settings.paths.stateDir }));
    const app = fastify({
      logger: false,
      bodyLimit: BODY_BYTES_MAX,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      forceCloseConnections: true,
      ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    });
    starting.defer(() => app.close());
    app.server.maxConnections = CONNECTIONS_MAX;
    addGuards(app, { host });
    addErrorAnswers(app, { log });
    addQueryRoutes(app, { clock, pool });
    addStateRoutes(app, { clock, pool, status });
    addTailRoute(app, { clock, pool });
    await addDashboard(app);
    await listening(app, { host, port });
    const address = app.server.address();
    const taken = address !== null && typeof address === 'object' ? address.port : port;
    starting.move();
    return new HttpServer(app, pool, `http://${isIPv6(host) ? `[${host}]` : host}:${taken}`);
  }

  /** Who answers its questions. */
  get queries(): Pick<QueryPool, 'ask'> {
    return this.#pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close();
    await this.#pool[Symbol.asyncDispose]();
  }
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
