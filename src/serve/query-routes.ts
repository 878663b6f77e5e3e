/** Questions about entries: search, context, counts over time and by value, fields, patterns, activity; and incidents. */
import type { FastifyInstance } from 'fastify';
import { ALERT_SEVERITIES, type AlertSeverity } from '../model/notification.ts';
import { INCIDENTS_ANSWER } from './alert-schemas.ts';
import {
  ACTIVITY_ANSWER,
  CONTEXT_ANSWER,
  FIELDS_ANSWER,
  HISTOGRAM_ANSWER,
  PATTERNS_ANSWER,
  SEARCH_ANSWER,
  STATS_ANSWER,
  VALUES_ANSWER,
} from './answer-schemas.ts';
import { NotFound } from './http-errors.ts';
import { type AskedText, callOff, type QueryRouteOptions, questionOf } from './question-routes.ts';
import { HISTOGRAM_NAMES, type HistogramQuestion } from './questions.ts';
import {
  countUpTo,
  described,
  fromZeroTo,
  HISTOGRAM_PARAMETERS,
  PATTERN_PARAMETERS,
  QUESTION,
  routeSchema,
  SEARCH_PARAMETERS,
  SHORT_TEXT,
} from './route-schemas.ts';
import { SEARCH_LIMIT_MAX } from './search-answers.ts';

/** Values of one answer. */
const VALUES_MAX = 100;
/** Entries before and after one. */
const CONTEXT_MAX = 200;
const CONTEXT_DEFAULT = 10;

const SCHEMAS = {
  search: routeSchema({
    summary:
      'Entries that match, newest first, page by page; or the table that the stages of the query make',
    query: SEARCH_PARAMETERS,
    answer: SEARCH_ANSWER,
  }),
  context: routeSchema({
    summary: 'An entry with those before and after it in its file, as they arrived',
    query: {
      id: described(SHORT_TEXT, 'As /api/search gives it with ids=true'),
      before: described(fromZeroTo(CONTEXT_MAX), 'Entries before it'),
      after: described(fromZeroTo(CONTEXT_MAX), 'Entries after it'),
    },
    required: ['id'],
    answer: CONTEXT_ANSWER,
  }),
  stats: routeSchema({
    summary: 'How many entries match, by level, source and tag',
    query: QUESTION,
    answer: STATS_ANSWER,
  }),
  histogram: routeSchema({
    summary: 'How many entries match, over time',
    query: { ...HISTOGRAM_PARAMETERS, by: { type: 'string', enum: HISTOGRAM_NAMES } },
    answer: HISTOGRAM_ANSWER,
  }),
  fields: routeSchema({
    summary: 'Which fields the newest entries that match have, and what is in them',
    query: QUESTION,
    answer: FIELDS_ANSWER,
  }),
  values: routeSchema({
    summary: 'The most frequent values of a field (or level, source, tag, file)',
    query: {
      ...QUESTION,
      field: { ...SHORT_TEXT, minLength: 1 },
      prefix: described(SHORT_TEXT, 'Only values that begin like this, in either case'),
      limit: countUpTo(VALUES_MAX),
    },
    required: ['field'],
    answer: VALUES_ANSWER,
  }),
  patterns: routeSchema({
    summary: 'Messages of one shape, most frequent first',
    query: PATTERN_PARAMETERS,
    answer: PATTERNS_ANSWER,
  }),
  activity: routeSchema({
    summary: 'What each source wrote in the last ten minutes',
    answer: ACTIVITY_ANSWER,
  }),
  alerts: routeSchema({
    summary: 'Incidents, newest first',
    query: {
      rule: SHORT_TEXT,
      severity: { type: 'string', enum: ALERT_SEVERITIES },
      state: { type: 'string', enum: ['open', 'resolved'] },
      limit: countUpTo(SEARCH_LIMIT_MAX),
      offset: { type: 'integer', minimum: 0 },
    },
    answer: INCIDENTS_ANSWER,
  }),
} as const;

type AskedSearch = AskedText & {
  limit?: number;
  cursor?: string;
  order?: 'newest' | 'oldest';
  hits?: boolean;
  ids?: boolean;
};
type AskedHistogram = AskedText & Pick<HistogramQuestion, 'buckets' | 'by' | 'budgetMs'>;
type AskedValues = AskedText & { field: string; prefix?: string; limit?: number };
type AskedContext = { id: string; before?: number; after?: number };
type AskedAlerts = {
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  limit?: number;
  offset?: number;
};

export function addQueryRoutes(app: FastifyInstance, options: QueryRouteOptions): void {
  addEntryRoutes(app, options);
  addCountRoutes(app, options);
}

function addEntryRoutes(app: FastifyInstance, options: QueryRouteOptions): void {
  const { pool } = options;
  app.get<{ Querystring: AskedSearch }>(
    '/api/search',
    { schema: SCHEMAS.search },
    (request, reply) => {
      const { tz: _tz, ...asked } = request.query;
      const question = { ...asked, ...questionOf(request.query, options) };
      return pool.ask({ kind: 'search', question }, callOff(request, reply));
    },
  );
  app.get<{ Querystring: AskedContext }>(
    '/api/context',
    { schema: SCHEMAS.context },
    async (request, reply) => {
      const { id, before = CONTEXT_DEFAULT, after = CONTEXT_DEFAULT } = request.query;
      const question = { id, before, after };
      const found = await pool.ask({ kind: 'context', question }, callOff(request, reply));
      if (found === null) throw new NotFound(`There is no entry "${id}" in the index (any more)`);
      return found;
    },
  );
  app.get('/api/activity', { schema: SCHEMAS.activity }, (request, reply) => {
    const question = { nowMs: options.clock.nowMs(), deadlineMs: pool.deadlineMs };
    return pool.ask({ kind: 'activity', question }, callOff(request, reply));
  });
  app.get<{ Querystring: AskedAlerts }>(
    '/api/alerts',
    { schema: SCHEMAS.alerts },
    (request, reply) => {
      return pool.ask({ kind: 'incidents', question: request.query }, callOff(request, reply));
    },
  );
}

function addCountRoutes(app: FastifyInstance, options: QueryRouteOptions): void {
  const { pool } = options;
  app.get<{ Querystring: AskedText }>('/api/stats', { schema: SCHEMAS.stats }, (request, reply) => {
    const question = questionOf(request.query, options);
    return pool.ask({ kind: 'stats', question }, callOff(request, reply));
  });
  app.get<{ Querystring: AskedHistogram }>(
    '/api/histogram',
    { schema: SCHEMAS.histogram },
    (request, reply) => {
      const { tz: _tz, ...asked } = request.query;
      const question = { ...asked, ...questionOf(request.query, options) };
      return pool.ask({ kind: 'histogram', question }, callOff(request, reply));
    },
  );
  app.get<{ Querystring: AskedText }>(
    '/api/fields',
    { schema: SCHEMAS.fields },
    (request, reply) => {
      const question = questionOf(request.query, options);
      return pool.ask({ kind: 'fields', question }, callOff(request, reply));
    },
  );
  app.get<{ Querystring: AskedValues }>(
    '/api/values',
    { schema: SCHEMAS.values },
    (request, reply) => {
      const { tz: _tz, ...asked } = request.query;
      const question = { ...asked, ...questionOf(request.query, options) };
      return pool.ask({ kind: 'values', question }, callOff(request, reply));
    },
  );
  app.get<{ Querystring: AskedText & { limit?: number } }>(
    '/api/patterns',
    { schema: SCHEMAS.patterns },
    (request, reply) => {
      const { tz: _tz, ...asked } = request.query;
      const question = { ...asked, ...questionOf(request.query, options) };
      return pool.ask({ kind: 'patterns', question }, callOff(request, reply));
    },
  );
}
