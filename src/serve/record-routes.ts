/** What is not about single entries: archived files, the ledger of a file, reports, saved queries, downloads. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { IngestService } from '../ingest/ingest-service.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { ReportSettings } from '../report/make-report.ts';
import {
  ARCHIVES_ANSWER,
  LEDGER_ANSWER,
  objectOf,
  SAVED_QUERIES_ANSWER,
} from './answer-schemas.ts';
import { timeOf, timeRangeOf } from './asked-request.ts';
import { NotFound } from './http-errors.ts';
import {
  type AskedText,
  callOff,
  type QueryRouteOptions,
  timeContextOf,
} from './question-routes.ts';
import { REPORT_FORMATS, type ReportFormat } from './questions.ts';
import { REPORT_ANSWER } from './report-schema.ts';
import {
  countUpTo,
  described,
  routeSchema,
  SHORT_TEXT,
  SINCE,
  UNTIL,
  ZONE,
} from './route-schemas.ts';

/** Archived files of one answer. */
const ARCHIVES_MAX = 1_000;
const ARCHIVES_DEFAULT = 100;
/** A report reads every entry of its range: about a second for a million. */
const REPORT_DEADLINE_MS = 60_000;
/** Longer is no path: Linux takes no more. */
const PATH_CHARACTERS_MAX = 4_096;
const DAY_US = 86_400_000_000;

export type RecordRouteOptions = QueryRouteOptions &
  Readonly<{
    ingest: Pick<IngestService, 'changeSavedQuery'>;
    /** As they are now: a reload may have changed them. */
    reportSettings: () => ReportSettings;
  }>;

export function addRecordRoutes(app: FastifyInstance, options: RecordRouteOptions): void {
  addArchiveRoute(app, options);
  addLedgerRoute(app, options);
  addReportRoute(app, options);
  addSavedQueryRoutes(app, options);
}

type AskedArchives = {
  text?: string;
  source?: string;
  since?: string;
  until?: string;
  tz?: string;
  limit?: number;
  offset?: number;
};

function addArchiveRoute(app: FastifyInstance, { clock, pool }: RecordRouteOptions): void {
  const schema = routeSchema({
    summary: 'Archived files, the last one first, with their hashes',
    query: {
      text: described(SHORT_TEXT, 'Somewhere in the original or the archive path'),
      source: SHORT_TEXT,
      since: SINCE,
      until: UNTIL,
      tz: ZONE,
      limit: countUpTo(ARCHIVES_MAX),
      offset: { type: 'integer', minimum: 0 },
    },
    answer: ARCHIVES_ANSWER,
  });
  app.get<{ Querystring: AskedArchives }>('/api/archives', { schema }, (request, reply) => {
    const { text, source, limit = ARCHIVES_DEFAULT, offset = 0 } = request.query;
    const context = timeContextOf(request.query, clock);
    const question = {
      ...(text === undefined ? {} : { text }),
      ...(source === undefined ? {} : { source }),
      ...timeRangeOf(request.query, context),
      limit,
      offset,
    };
    return pool.ask({ kind: 'archives', question }, callOff(request, reply));
  });
}

function addLedgerRoute(app: FastifyInstance, { pool }: RecordRouteOptions): void {
  const schema = routeSchema({
    summary:
      'What became of a file, generation by generation, the newest first: read, indexed, skipped and lost bytes, with reasons',
    query: {
      path: described(
        { type: 'string', minLength: 1, maxLength: PATH_CHARACTERS_MAX },
        'Where the file is, or was',
      ),
    },
    required: ['path'],
    answer: LEDGER_ANSWER,
  });
  app.get<{ Querystring: { path: string } }>('/api/ledger', { schema }, async (request, reply) => {
    const { path } = request.query;
    const found = await pool.ask({ kind: 'ledger', question: { path } }, callOff(request, reply));
    if (found === null) throw new NotFound(`No file was ever followed at "${path}"`);
    return found;
  });
}

const REPORT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
};

/** A report carries its own style and nothing else: no script, no address, no frame around it. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

function addReportRoute(app: FastifyInstance, options: RecordRouteOptions): void {
  const { clock, pool, reportSettings } = options;
  const schema = routeSchema({
    summary: 'What happened in a range of time; default: the last 24 hours',
    query: {
      since: SINCE,
      until: UNTIL,
      tz: ZONE,
      format: { type: 'string', enum: REPORT_FORMATS },
    },
    answer: REPORT_ANSWER,
    contentTypes: REPORT_FORMATS.filter((format) => format !== 'json').map(
      (format) => REPORT_TYPES[format].split(';')[0]!,
    ),
  });
  app.get<{ Querystring: AskedText & { format?: ReportFormat } }>(
    '/api/report',
    { schema },
    async (request, reply) => {
      const { format = 'json' } = request.query;
      const range = timeRangeOf(request.query, timeContextOf(request.query, clock), 'now');
      const untilUs = range.untilUs!;
      const fromUs = range.fromUs ?? untilUs - DAY_US;
      const { rotation, alerts, paths } = reportSettings();
      const question = { fromUs, untilUs, format, settings: { rotation, alerts, paths } };
      const { content } = await pool.ask(
        { kind: 'report', question },
        { ...callOff(request, reply), deadlineMs: REPORT_DEADLINE_MS },
      );
      reply.header('content-security-policy', REPORT_POLICY).type(REPORT_TYPES[format]);
      return reply.serializer((text: string) => text).send(content);
    },
  );
}

const SAVED_NAME = { type: 'string', minLength: 1, maxLength: 100 } as const;
const SAVED_BODY = objectOf(
  {
    q: { type: 'string', maxLength: 20_000 },
    since: { type: ['string', 'null'], maxLength: 100 },
    until: { type: ['string', 'null'], maxLength: 100 },
  },
  { optional: ['since', 'until'] },
);

type SavedBody = { q: string; since?: string | null; until?: string | null };

function addSavedQueryRoutes(app: FastifyInstance, options: RecordRouteOptions): void {
  const { clock, ingest, pool } = options;
  const all = (reply: FastifyReply) => {
    void reply.header('cache-control', 'no-store');
    return pool.ask({ kind: 'savedQueries', question: null });
  };
  app.get(
    '/api/queries',
    {
      schema: routeSchema({ summary: 'The saved queries, by name', answer: SAVED_QUERIES_ANSWER }),
    },
    (_request, reply) => all(reply),
  );
  const saving = routeSchema({
    summary: 'Save a query under a name, over what has it; answers all of them',
    params: { name: SAVED_NAME },
    body: SAVED_BODY,
    answer: SAVED_QUERIES_ANSWER,
  });
  app.put<{ Params: { name: string }; Body: SavedBody }>(
    '/api/queries/:name',
    { schema: saving },
    async (request, reply) => {
      const { q, since = null, until = null } = request.body;
      const context = timeContextOf({}, clock);
      parseQuery(q, { ...context, stages: true });
      // Each by itself: which is the earlier one can change from day to day.
      timeOf('since', since ?? undefined, context);
      timeOf('until', until ?? undefined, context);
      const query = { name: request.params.name, q, since, until };
      await ingest.changeSavedQuery({ kind: 'save', query });
      return all(reply);
    },
  );
  const removing = routeSchema({
    summary: 'Remove a saved query; answers those that are left',
    params: { name: SAVED_NAME },
    answer: SAVED_QUERIES_ANSWER,
  });
  app.delete<{ Params: { name: string } }>(
    '/api/queries/:name',
    { schema: removing },
    async (request, reply) => {
      const { name } = request.params;
      if (!(await ingest.changeSavedQuery({ kind: 'remove', name }))) {
        throw new NotFound(`There is no saved query "${name}"`);
      }
      return all(reply);
    },
  );
}
