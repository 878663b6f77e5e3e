/** Questions about entries and incidents: `/api/search`, `/api/stats`, `/api/histogram`, `/api/alerts`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { ALERT_SEVERITIES, type AlertSeverity } from '../model/notification.ts';
import { parseQuery } from '../query/parse-query.ts';
import { BUCKETS_MAX, type Question, SEARCH_LIMIT_MAX } from './query-answers.ts';
import type { AskOptions, QueryPool } from './query-pool.ts';

export type QueryRouteOptions = Readonly<{ clock: Clock; pool: QueryPool }>;

const text = { type: 'string', maxLength: 20_000 } as const;
/** Values of one answer. */
const VALUES_MAX = 100;

const time = { type: 'string', maxLength: 100 } as const;
const count = (maximum: number) => ({ type: 'integer', minimum: 1, maximum }) as const;

export const QUESTION = { q: text, since: time, until: time, tz: time } as const;

/** Query string of each route; anything else in it is an error, so that a slip is not silently ignored. */
const SCHEMAS = {
  search: schemaOf({
    ...QUESTION,
    limit: count(SEARCH_LIMIT_MAX),
    cursor: time,
    order: { type: 'string', enum: ['newest', 'oldest'] },
    hits: { type: 'boolean' },
  }),
  stats: schemaOf(QUESTION),
  histogram: schemaOf({ ...QUESTION, buckets: count(BUCKETS_MAX) }),
  values: schemaOf({ ...QUESTION, field: time, prefix: time, limit: count(VALUES_MAX) }),
  alerts: schemaOf({
    rule: time,
    severity: { type: 'string', enum: ALERT_SEVERITIES },
    state: { type: 'string', enum: ['open', 'resolved'] },
    limit: count(SEARCH_LIMIT_MAX),
    offset: { type: 'integer', minimum: 0 },
  }),
} as const;

export function schemaOf(properties: Readonly<Record<string, unknown>>): object {
  return { querystring: { type: 'object', additionalProperties: false, properties } };
}

export type AskedText = { q?: string; since?: string; until?: string; tz?: string };
type AskedSearch = AskedText & {
  limit?: number;
  cursor?: string;
  order?: 'newest' | 'oldest';
  hits?: boolean;
};
type AskedValues = AskedText & { field?: string; prefix?: string; limit?: number };
type AskedAlerts = {
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  limit?: number;
  offset?: number;
};

export function addQueryRoutes(app: FastifyInstance, options: QueryRouteOptions): void {
  const { pool } = options;
  app.get<{ Querystring: AskedSearch }>('/api/search', { schema: SCHEMAS.search }, (request) => {
    const { tz: _tz, ...asked } = request.query;
    const question = { ...asked, ...questionOf(request.query, options) };
    return pool.ask({ kind: 'search', question }, callOff(request));
  });
  app.get<{ Querystring: AskedText }>('/api/stats', { schema: SCHEMAS.stats }, (request) => {
    return pool.ask(
      { kind: 'stats', question: questionOf(request.query, options) },
      callOff(request),
    );
  });
  app.get<{ Querystring: AskedText & { buckets?: number } }>(
    '/api/histogram',
    { schema: SCHEMAS.histogram },
    (request) => {
      const { buckets } = request.query;
      const question = {
        ...questionOf(request.query, options),
        ...(buckets === undefined ? {} : { buckets }),
      };
      return pool.ask({ kind: 'histogram', question }, callOff(request));
    },
  );
  app.get<{ Querystring: AskedText }>('/api/fields', { schema: SCHEMAS.stats }, (request) => {
    const question = questionOf(request.query, options);
    return pool.ask({ kind: 'fields', question }, callOff(request));
  });
  app.get<{ Querystring: AskedValues }>('/api/values', { schema: SCHEMAS.values }, (request) => {
    const { field, prefix, limit } = request.query;
    if (field === undefined || field === '') {
      throw new OperatorError('USAGE', 'Cannot list values: expected field=NAME');
    }
    const question = {
      ...questionOf(request.query, options),
      field,
      ...(prefix === undefined ? {} : { prefix }),
      ...(limit === undefined ? {} : { limit }),
    };
    return pool.ask({ kind: 'values', question }, callOff(request));
  });
  app.get<{ Querystring: AskedAlerts }>('/api/alerts', { schema: SCHEMAS.alerts }, (request) => {
    return pool.ask({ kind: 'incidents', question: request.query }, callOff(request));
  });
}

/** Checked here, before a thread is asked: a mistake is answered at once, with its column. */
export function questionOf(asked: AskedText, { clock, pool }: QueryRouteOptions): Question {
  const nowMs = clock.nowMs();
  const timezone = timezoneOf(asked.tz);
  parseQuery(asked.q ?? '', { nowMs, timezone, stages: true });
  return {
    ...(asked.q === undefined ? {} : { q: asked.q }),
    ...(asked.since === undefined ? {} : { since: asked.since }),
    ...(asked.until === undefined ? {} : { until: asked.until }),
    timezone,
    nowMs,
    deadlineMs: pool.deadlineMs,
  };
}

function timezoneOf(name: string | undefined): string {
  if (name === undefined) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch (cause) {
    throw new OperatorError(
      'USAGE',
      `Cannot read tz="${name}": expected a time zone such as Europe/Berlin`,
      {
        cause,
      },
    );
  }
}

/** Aborts when the connection closes before the answer: nobody waits for it any more. */
function callOff(request: FastifyRequest): AskOptions {
  const controller = new AbortController();
  request.raw.socket.once('close', () => controller.abort());
  return { signal: controller.signal };
}
