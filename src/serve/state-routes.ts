/** What the daemon says about itself: `/api/status`, `/metrics`, `/healthz`, `/readyz`. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { processUsage } from '../base/process-usage.ts';
import { FILE_ROWS, type FileRows } from '../model/file-rows.ts';
import { objectOf, STATUS_ANSWER, TEXT } from './answer-schemas.ts';
import type { DaemonStatus } from './daemon-status.ts';
import type { HttpCounts } from './http-counts.ts';
import { METRICS_CONTENT_TYPE, metricsText } from './metrics-text.ts';
import type { QueryPool } from './query-pool.ts';
import { described, routeSchema } from './route-schemas.ts';
import { standstillOf } from './troubles.ts';

export type StateRouteOptions = Readonly<{
  clock: Clock;
  pool: QueryPool;
  counts: HttpCounts;
  status: (files: FileRows) => Promise<DaemonStatus> | DaemonStatus;
}>;

export function addStateRoutes(
  app: FastifyInstance,
  { clock, pool, counts, status }: StateRouteOptions,
): void {
  const stating = routeSchema({
    summary: 'What the daemon says of itself',
    query: {
      files: described(
        { type: 'string', enum: FILE_ROWS },
        'Rows of which files, all where it is not said; `worst`: 200 at most, those in trouble first; who asks often takes `none`: `fileTotals` says what all are together',
      ),
    },
    answer: STATUS_ANSWER,
  });
  app.get<{ Querystring: { files?: FileRows } }>(
    '/api/status',
    { schema: stating },
    async (request) => status(request.query.files ?? 'all'),
  );

  const measuring = routeSchema({
    summary: "The daemon's numbers, for Prometheus",
    answer: null,
    contentTypes: ['text/plain'],
  });
  app.get('/metrics', { schema: measuring }, async (_request, reply) => {
    const text = metricsText({
      status: await status('none'),
      nowMs: clock.nowMs(),
      queries: pool.counts,
      routes: counts.routes(),
      usage: processUsage(),
    });
    return reply.type(METRICS_CONTENT_TYPE).send(text);
  });

  // Alive: this thread answers. Ready: entries are read and committed.
  const living = routeSchema({
    summary: 'Whether the daemon answers at all',
    answer: objectOf({ status: TEXT }),
  });
  app.get('/healthz', { schema: living }, async () => ({ status: 'ok' }));
  const ready = routeSchema({
    summary: 'Whether entries are read and committed; 503 where not',
    answer: objectOf({ status: TEXT }),
  });
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const reason = await standstill(status);
    if (reason === null) return { status: 'ready' };
    return reply.status(503).send({ status: 'not ready', reason });
  });
}

/** Why nothing is read or committed; null: it is. */
async function standstill(status: StateRouteOptions['status']): Promise<string | null> {
  try {
    const { ready, ingest } = await status('none');
    return ready ? null : (standstillOf(ingest) ?? 'starting');
  } catch (thrown) {
    if (thrown instanceof OperatorError) return thrown.message;
    throw thrown;
  }
}
