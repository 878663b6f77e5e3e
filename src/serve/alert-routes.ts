/** Incidents, one by one and with what became of them; acknowledging and taking that back; silences; the rules at work. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { comingMs } from '../base/coming-time.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import type { FileRows } from '../model/file-rows.ts';
import { INCIDENT_ANSWER, RULES_ANSWER, SILENCES_ANSWER } from './alert-schemas.ts';
import { objectOf } from './answer-schemas.ts';
import { timeOf } from './asked-request.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { NotFound } from './http-errors.ts';
import { type QueryRouteOptions, timeContextOf } from './question-routes.ts';
import { described, routeSchema } from './route-schemas.ts';

export type AlertRouteOptions = QueryRouteOptions &
  Readonly<{
    ingest: Pick<IngestService, 'actOnAlerts'>;
    status: (files: FileRows) => Promise<DaemonStatus> | DaemonStatus;
  }>;

const ID = { type: 'string', pattern: '^[0-9a-f]{4,16}$' } as const;
const REASON = { type: 'string', maxLength: 500 } as const;
const WHO_AND_WHY = {
  who: described(REASON, 'Who does it; people read it'),
  why: described(REASON, 'Why; people read it'),
} as const;

type WhoAndWhy = { who?: string; why?: string };

/** Where nobody says who they are. */
const SOMEBODY = 'somebody by HTTP';

export function addAlertRoutes(app: FastifyInstance, options: AlertRouteOptions): void {
  addIncidentRoutes(app, options);
  addSilenceRoutes(app, options);
  const schema = routeSchema({
    summary: 'The rules at work: what each saw, holds and costs',
    answer: RULES_ANSWER,
  });
  app.get('/api/rules', { schema }, async () => {
    const { ingest } = await options.status('none');
    return { rules: ingest.rules };
  });
}

function addIncidentRoutes(app: FastifyInstance, { pool, ingest }: AlertRouteOptions): void {
  const story = async (id: string): Promise<object> => {
    const answer = await pool.ask({ kind: 'incident', question: { id } });
    if (answer === null) throw new NotFound(`No incident has the id "${id}", or several do`);
    return answer;
  };
  const schema = routeSchema({
    summary: 'One incident, what happened to it, and who was told of it',
    params: { id: ID },
    answer: INCIDENT_ANSWER,
  });
  app.get<{ Params: { id: string } }>('/api/alerts/:id', { schema }, (request) =>
    story(request.params.id),
  );
  const acknowledging = routeSchema({
    summary:
      'Say that somebody takes care of an open incident: reminders stop until it ends or gets worse',
    params: { id: ID },
    body: objectOf(WHO_AND_WHY, { optional: ['who', 'why'] }),
    answer: INCIDENT_ANSWER,
  });
  app.post<{ Params: { id: string }; Body: WhoAndWhy }>(
    '/api/alerts/:id/acknowledge',
    { schema: acknowledging },
    async (request) => {
      const { who = SOMEBODY, why = '' } = request.body;
      await ingest.actOnAlerts({ kind: 'acknowledge', incident: request.params.id, who, why });
      return story(request.params.id);
    },
  );
  const takingBack = routeSchema({
    summary:
      'Take back an acknowledgement: reminders go on, and what only it kept back is told now',
    params: { id: ID },
    body: objectOf(WHO_AND_WHY, { optional: ['who', 'why'] }),
    answer: INCIDENT_ANSWER,
  });
  app.post<{ Params: { id: string }; Body: WhoAndWhy }>(
    '/api/alerts/:id/unacknowledge',
    { schema: takingBack },
    async (request) => {
      const { who = SOMEBODY, why = '' } = request.body;
      await ingest.actOnAlerts({ kind: 'unacknowledge', incident: request.params.id, who, why });
      return story(request.params.id);
    },
  );
}

type SilenceBody = WhoAndWhy & { q: string; until: string; tz?: string };

function addSilenceRoutes(app: FastifyInstance, options: AlertRouteOptions): void {
  const { clock, pool, ingest } = options;
  const all = (reply: FastifyReply) => {
    void reply.header('cache-control', 'no-store');
    return pool.ask({ kind: 'silences', question: { nowMs: clock.nowMs() } });
  };
  app.get(
    '/api/silences',
    { schema: routeSchema({ summary: 'Silences that have not ended', answer: SILENCES_ANSWER }) },
    (_request, reply) => all(reply),
  );
  const silencing = routeSchema({
    summary: 'Tell nobody of incidents that match a query until a time; answers all silences',
    body: objectOf(
      {
        q: described(
          { type: 'string', minLength: 1, maxLength: 4_096 },
          'Over rule, severity, source and the fields of the group: rule:payments* host:db-1',
        ),
        until: described(REASON, 'Until when: 2h (from now), 18:00, 2026-11-20T12:00Z'),
        tz: described(REASON, 'Time zone of `until`'),
        ...WHO_AND_WHY,
      },
      { optional: ['tz', 'who', 'why'] },
    ),
    answer: SILENCES_ANSWER,
  });
  app.post<{ Body: SilenceBody }>(
    '/api/silences',
    { schema: silencing },
    async (request, reply) => {
      const { q, until, tz, who = SOMEBODY, why = '' } = request.body;
      const context = timeContextOf(tz === undefined ? {} : { tz }, clock);
      const untilMs = comingMs(until, context.nowMs) ?? timeOf('until', until, context)! / 1_000;
      await ingest.actOnAlerts({ kind: 'silence', query: q, untilMs, who, why });
      return all(reply);
    },
  );
  const ending = routeSchema({
    summary: 'End a silence now; answers those that are left',
    params: { id: ID },
    answer: SILENCES_ANSWER,
  });
  app.delete<{ Params: { id: string } }>(
    '/api/silences/:id',
    { schema: ending },
    async (request, reply) => {
      await ingest.actOnAlerts({
        kind: 'unsilence',
        silence: request.params.id,
        who: SOMEBODY,
        why: '',
      });
      return all(reply);
    },
  );
}
