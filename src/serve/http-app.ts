/**
 * What answers requests: routes, guards and limits, on servers that listen already (`http-server.ts`).
 *
 * It runs on the control thread and only passes on: questions go to query threads, files come from memory. Limits on
 * body and address; routes limit rows, `query-pool.ts` time and how many wait.
 */
import type { RequestListener, Server } from 'node:http';
import { type FastifyInstance, fastify } from 'fastify';
import { jsonLine } from '../base/escape.ts';
import { rehearsalSettingsOf } from '../rehearsal/rehearsal-settings.ts';
import { addAlertLinkRoutes, isAlertLinkPath } from './alert-link-routes.ts';
import { addAlertRoutes } from './alert-routes.ts';
import { addAnswerCompression } from './answer-compression.ts';
import { addDashboard, isDashboardPath } from './dashboard-files.ts';
import { addDownloadRoute } from './download-route.ts';
import { addAuth } from './http-auth.ts';
import { HttpCounts } from './http-counts.ts';
import { addErrorAnswers, answerClientError, answerRouterError } from './http-errors.ts';
import { addGuards } from './http-guards.ts';
import { addMethodRefusal } from './http-methods.ts';
import type { HttpServerOptions } from './http-server.ts';
import { addOpenApi } from './openapi.ts';
import type { QueryPool } from './query-pool.ts';
import { addQueryRoutes } from './query-routes.ts';
import { addRecordRoutes } from './record-routes.ts';
import { addRehearsalRoutes } from './rehearsal-routes.ts';
import { addStateRoutes } from './state-routes.ts';
import { addTailRoute } from './tail-route.ts';
import { buildValidators, prepareValidators, SCHEMA_OPTIONS } from './validators.ts';

/** Requests carry their question in the address; a body is never large. */
const BODY_BYTES_MAX = 64 * 1024;
/** A name in a path, each character of it written as up to twelve. */
const PATH_NAME_CHARACTERS_MAX = 1_200;

export type HttpAppOptions = HttpServerOptions & Readonly<{ pool: QueryPool }>;

export type HttpApp = Readonly<{ handle: RequestListener; close: () => Promise<void> }>;

/** `server`: one of those whose requests it will be given. */
export async function openHttpApp(server: Server, options: HttpAppOptions): Promise<HttpApp> {
  const { promise: handler, resolve } = Promise.withResolvers<RequestListener>();
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerRouterError,
    routerOptions: { maxParamLength: PATH_NAME_CHARACTERS_MAX },
    // A proxy on this machine says who really asks; nobody else is believed.
    trustProxy: 'loopback',
    ajv: { customOptions: SCHEMA_OPTIONS },
    schemaController: { compilersFactory: { buildValidator: buildValidators, buildSerializer } },
    serverFactory(handle) {
      resolve(handle as RequestListener);
      return server;
    },
  });
  addRoutes(app, options);
  await app.ready();
  return { handle: await handler, close: () => app.close() };
}

/** Answers are written as they are, hidden characters as their codes: a terminal may show them. */
const buildSerializer = () => () => jsonLine;

function addRoutes(app: FastifyInstance, parts: HttpAppOptions): void {
  const { clock, log, settings, pool, status, ingest, linkKey } = parts;
  const counts = HttpCounts.of(app, clock);
  app.setReplySerializer((payload) => jsonLine(payload));
  addGuards(app, { hosts: () => [settings().http.host, ...settings().http.hosts] });
  addErrorAnswers(app, { log });
  addMethodRefusal(app);
  addAnswerCompression(app);
  app.addHook('preValidation', prepareValidators);
  addOpenApi(app);
  const mayAsk = addAuth(app, {
    clock,
    tokens: () => settings().http.tokens,
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
  addDownloadRoute(app, { clock, pool, log, mayAsk });
  addStateRoutes(app, { clock, pool, status, counts });
  addTailRoute(app, { clock, pool, mayAsk });
  addDashboard(app);
}
