/**
 * `GET /api/download?q=&format=`: all entries that match, as a file. Sent piece by piece, at the reader's pace.
 *
 * The first piece is made before the answer begins, so that a mistake is answered as one. A later failure breaks the
 * connection off, and so does the end of the token or the session it was asked with: a file that is not whole must not
 * look whole.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../base/log.ts';
import { type MayAsk, NotSignedIn } from './http-auth.ts';
import { QueriesFull } from './query-pool.ts';
import { type AskedText, callOff, type QueryRouteOptions, questionOf } from './question-routes.ts';
import { DOWNLOAD_FORMATS, type DownloadFormat, type DownloadQuestion } from './questions.ts';
import { writeAtPace } from './response-pace.ts';
import { countUpTo, described, QUESTION, routeSchema } from './route-schemas.ts';

/** Entries of one download; more is `logstead export`. */
const DOWNLOAD_ROWS_MAX = 10_000_000;
/** Downloads at the same time: each keeps a query thread busy while its reader is fast. */
const DOWNLOADS_MAX = 4;

const TYPES: Readonly<Record<DownloadFormat, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  raw: 'application/octet-stream',
};
const EXTENSIONS: Readonly<Record<DownloadFormat, string>> = {
  ndjson: 'ndjson',
  csv: 'csv',
  raw: 'log',
};

type Asked = AskedText & {
  format?: DownloadFormat;
  limit?: number;
  order?: 'newest' | 'oldest';
};
type DownloadRequest = FastifyRequest<{ Querystring: Asked }>;
type DownloadOptions = QueryRouteOptions & Readonly<{ log: Log; mayAsk: MayAsk }>;

export function addDownloadRoute(app: FastifyInstance, options: DownloadOptions): void {
  let count = 0;
  const schema = routeSchema({
    summary: 'All entries that match, as a file; or the table that the stages of the query make',
    query: {
      ...QUESTION,
      format: described(
        { type: 'string', enum: DOWNLOAD_FORMATS },
        'raw: the original bytes, not escaped',
      ),
      limit: countUpTo(DOWNLOAD_ROWS_MAX),
      order: { type: 'string', enum: ['newest', 'oldest'] },
    },
    answer: null,
    contentTypes: Object.values(TYPES).map((type) => type.split(';')[0]!),
  });
  app.get<{ Querystring: Asked }>('/api/download', { schema }, async (request, reply) => {
    if (count >= DOWNLOADS_MAX) throw new QueriesFull(`${DOWNLOADS_MAX} downloads run already`);
    count += 1;
    try {
      await send(request, reply, options);
    } finally {
      count -= 1;
    }
  });
}

async function send(
  request: DownloadRequest,
  reply: FastifyReply,
  options: DownloadOptions,
): Promise<void> {
  const { pool, log, mayAsk } = options;
  const { format = 'ndjson', limit = DOWNLOAD_ROWS_MAX, order } = request.query;
  const signal = callOff(request, reply);
  const pace = { clock: options.clock, mayGoOn: () => mayAsk(request) };
  const asked = {
    ...questionOf(request.query, options),
    format,
    ...(order === undefined ? {} : { order }),
  };
  let question: DownloadQuestion = { ...asked, cursor: null, limit };
  let piece = await pool.ask({ kind: 'download', question }, signal);
  const headers = reply.getHeaders() as Record<string, string>;
  reply.hijack();
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="logstead.${EXTENSIONS[format]}"`,
    'cache-control': 'no-store',
  });
  try {
    for (;;) {
      const bytes = Buffer.from(piece.text, format === 'raw' ? 'latin1' : 'utf8');
      await writeAtPace(reply.raw, bytes, pace);
      const left: number = question.limit - piece.count;
      if (piece.cursor === null || left <= 0 || reply.raw.destroyed) break;
      question = { ...asked, cursor: piece.cursor, limit: left };
      piece = await pool.ask({ kind: 'download', question }, signal);
      if (!mayAsk(request)) throw new NotSignedIn('Its token or its session has ended');
    }
    reply.raw.end();
  } catch (cause) {
    if (!signal.signal.aborted) log.warn({ cause }, 'A download was broken off');
    reply.raw.destroy();
  }
}
