/** What the daemon says about itself: `/api/status`, `/metrics`, `/healthz`, `/readyz`. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { METRICS_CONTENT_TYPE, metricsText } from './metrics-text.ts';
import type { QueryPool } from './query-pool.ts';

export type StateRouteOptions = Readonly<{
  clock: Clock;
  pool: QueryPool;
  status: () => Promise<DaemonStatus> | DaemonStatus;
}>;

export function addStateRoutes(
  app: FastifyInstance,
  { clock, pool, status }: StateRouteOptions,
): void {
  app.get('/api/status', async () => status());

  app.get('/metrics', async (_request, reply) => {
    const text = metricsText({
      status: await status(),
      nowMs: clock.nowMs(),
      queries: pool.counts,
    });
    return reply.type(METRICS_CONTENT_TYPE).send(text);
  });

  // Alive: this thread answers. Ready: entries are read and committed.
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { ready, ingest } = await status();
    if (ready) return { status: 'ready' };
    return reply
      .status(503)
      .send({ status: 'not ready', reason: ingest.trouble?.message ?? 'starting' });
  });
}
