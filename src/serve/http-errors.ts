/** Errors as the HTTP API answers them: a status and `{"error":{"code","message",…}}`, nothing of our insides. */
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { type ErrorCode, messageOf, OperatorError } from '../base/errors.ts';
import { STATUS_CODES } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { QueryError } from '../query/query-error.ts';
import { NotSignedIn, TooManyAttempts } from './http-auth.ts';
import { GUARD_HEADERS, HostRefused } from './http-guards.ts';
import { MethodRefused } from './http-methods.ts';
import { QueriesFull } from './query-pool.ts';

export type ErrorBody = Readonly<{
  error: Readonly<{
    /** An error code of Logstead, or `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `REFUSED`, `NOT_SIGNED_IN`, `TOO_MANY`, `BUSY`, `FAULT`. */
    code: string;
    message: string;
    hint?: string;
    /** Of a query: where (from 1, in characters), how much, and what instead. */
    column?: number;
    length?: number;
    expected?: string;
    suggestion?: string;
  }>;
}>;

/** What was asked for is not there (any more). */
export class NotFound extends Error {
  override name = 'NotFound';
}

type Answer = Readonly<{
  status: number;
  body: ErrorBody;
  headers?: Readonly<Record<string, string>>;
}>;

const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  QUERY_INVALID: 400,
  USAGE: 400,
  QUERY_STOPPED: 504,
  CLUSTER_UNREACHABLE: 503,
  DAEMON_NOT_RUNNING: 503,
  CLUSTER_REFUSED: 502,
  CLUSTER_UNSUITABLE: 502,
  CLUSTER_FAILED: 502,
};

export function addErrorAnswers(app: FastifyInstance, { log }: Readonly<{ log: Log }>): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, body, headers = {} } = answerTo(error);
    if (status === 500) log.error({ cause: error, url: request.url }, 'A request failed');
    return reply.status(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split('?')[0]}`;
    return reply.status(404).send({ error: { code: 'NOT_FOUND', message } } satisfies ErrorBody);
  });
}

/** What is no address, or has a name that is too long: the router refuses it, before any guard or route. */
export function answerRouterError(
  error: FastifyError,
  _request: unknown,
  reply: FastifyReply,
): void {
  const { status, body } = answerTo(error);
  void reply.headers(GUARD_HEADERS).status(status).send(body);
}

/** What is no request, or too large for one: nobody has seen it but Node. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.destroyed || error.code === 'ECONNRESET') return;
  const [status, message] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'This is no HTTP request'];
  const { body } = plain(status, 'USAGE', message);
  const text = JSON.stringify(body);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  }
  socket.destroy(error);
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Address and headers are longer than any query can be'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
};

function answerTo(error: FastifyError): Answer {
  if (error instanceof QueryError)
    return { status: 400, body: { error: describeQueryError(error) } };
  if (error instanceof OperatorError) {
    const { code, message, hint } = error;
    const status = STATUS_OF_CODE[code] ?? 500;
    return { status, body: { error: { code, message, ...(hint === undefined ? {} : { hint }) } } };
  }
  return answerToOther(error);
}

function answerToOther(error: FastifyError): Answer {
  if (error instanceof NotFound) return plain(404, 'NOT_FOUND', error.message);
  if (error instanceof MethodRefused) {
    const headers = { allow: error.allowed };
    return { ...plain(405, 'METHOD_NOT_ALLOWED', error.message), headers };
  }
  if (error instanceof HostRefused) return plain(403, 'REFUSED', error.message);
  if (error instanceof NotSignedIn) {
    const headers = { 'www-authenticate': 'Bearer realm="logstead"' };
    return { ...plain(401, 'NOT_SIGNED_IN', error.message), headers };
  }
  if (error instanceof TooManyAttempts) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return { ...plain(429, 'TOO_MANY', error.message), headers };
  }
  if (error instanceof QueriesFull) return plain(503, 'BUSY', error.message);
  if (error.validation !== undefined) return plain(400, 'USAGE', validationText(error));
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return plain(status, 'USAGE', messageOf(error));
  return plain(500, 'FAULT', 'This is a fault of Logstead; its log says more');
}

const NO_OBJECT =
  'The request needs a body: one JSON object, with the header Content-Type: application/json';

/** The first thing that is wrong, by its name, and what is allowed. */
function validationText({ validation, validationContext, message }: FastifyError): string {
  const [first] = validation ?? [];
  if (first === undefined) return message;
  const { instancePath, keyword, params } = first;
  const where = validationContext === 'querystring' ? 'parameter' : 'field';
  if (keyword === 'additionalProperties') {
    return `There is no ${where} "${params['additionalProperty']}" here`;
  }
  const name = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'required') return `The ${where} "${params['missingProperty']}" is missing`;
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as readonly unknown[]).join(', ');
    return `The ${where} "${name}" has to be one of: ${allowed}`;
  }
  // All of an address is text, unless it is a list of texts.
  if (where === 'parameter' && keyword === 'type' && params['type'] === 'string') {
    return `The parameter "${name}" is there more than once; give it once`;
  }
  // What is sent is no object, or nothing is.
  if (validationContext === 'body' && name === '') return NO_OBJECT;
  return name === '' ? message : `The ${where} "${name}" ${first.message ?? 'cannot be right'}`;
}

function describeQueryError(error: QueryError): ErrorBody['error'] {
  const { code, message, column, length, expected, hint, suggestion } = error;
  return {
    code,
    message,
    column,
    length,
    expected,
    ...(hint === undefined ? {} : { hint }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function plain(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
